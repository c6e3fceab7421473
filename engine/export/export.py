"""Exporting: one door to every way in which exchanges are written down for others."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import assert_never

from .chosen import ChosenExchanges
from .commands_export import commands
from .diagram import diagram
from .json_export import json_lines
from .report import report
from .table_export import table


class ExportFormat(StrEnum):
    REPORT = "report"
    NDJSON = "ndjson"
    CSV = "csv"
    MERMAID = "mermaid"
    COMMANDS = "commands"

    @property
    def ending(self) -> str:
        """What the name of a file ends with."""
        match self:
            case ExportFormat.REPORT:
                return ".md"
            case ExportFormat.NDJSON:
                return ".ndjson"
            case ExportFormat.CSV:
                return ".csv"
            case ExportFormat.MERMAID:
                return ".mmd"
            case ExportFormat.COMMANDS:
                return ".sh"
            case _:
                assert_never(self)

    @property
    def label(self) -> str:
        """What it is called on a tab."""
        match self:
            case ExportFormat.REPORT:
                return "Report"
            case ExportFormat.NDJSON:
                return "NDJSON"
            case ExportFormat.CSV:
                return "CSV"
            case ExportFormat.MERMAID:
                return "Mermaid"
            case ExportFormat.COMMANDS:
                return "nats commands"
            case _:
                assert_never(self)


def export(chosen: ChosenExchanges, form: ExportFormat) -> Iterator[str]:
    """The text, part by part: of a million exchanges it is long."""
    match form:
        case ExportFormat.REPORT:
            return report(chosen)
        case ExportFormat.NDJSON:
            return json_lines(chosen)
        case ExportFormat.CSV:
            return table(chosen)
        case ExportFormat.MERMAID:
            return iter((diagram(chosen),))
        case ExportFormat.COMMANDS:
            return commands(chosen)
        case _:
            assert_never(form)
