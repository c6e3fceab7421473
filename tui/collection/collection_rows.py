"""The rows of a collection: folders, and what is in them, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from engine.checks.checks import count_expectations
from engine.collection.collection import LoadedCollection, Saved
from engine.collection.files import InvalidCollection
from engine.drafts.draft import Draft
from engine.message import text
from engine.runs.result import Result
from engine.words import counted
from tui.table.table import Cell, Column, Row

from .draft_view import kind_of
from .outcomes import outcome_cell

COLUMNS = (
    Column("name", 28),
    Column("kind", 16),
    Column("checks", 10, rank=2),
    Column("subject", 16, rank=1, grow=True),
)
_INDENT = "  "


class Folder(NamedTuple):
    """What a row of the list stands for when it is not something saved."""

    name: str


class Bad(NamedTuple):
    """A file that cannot be read."""

    name: str
    error: InvalidCollection


Item = Saved | Bad


def items(loaded: LoadedCollection, folder: Path, words: str) -> list[Item]:
    """What has every word, by name; files that cannot be read among them."""
    found: list[Item] = [*loaded.saved, *(_bad(error, folder) for error in loaded.errors)]
    wanted = words.lower().split()
    return sorted(
        (item for item in found if _matches(item, wanted)), key=lambda item: _order(item.name)
    )


def rows(found: list[Item], results: Mapping[str, Result] = MappingProxyType({})) -> Iterator[Row]:
    """The items, each folder ahead of what it holds; `results` are those of the last runs."""
    before: list[str] = []
    for item in found:
        *folders, name = item.name.split("/")
        for depth, part in enumerate(folders):
            if before[: depth + 1] != folders[: depth + 1]:
                path = "/".join(folders[: depth + 1])
                label = Cell(f"{_INDENT * depth}{part}/", "muted")
                yield Row(Folder(path), (label, Cell(""), Cell(""), Cell("")))
                before = folders[: depth + 1]
        before = folders
        shown = f"{_INDENT * len(folders)}{name}"
        yield Row(item.name, _cells(item, shown, results.get(item.name)))


def _cells(item: Item, label: str, result: Result | None) -> tuple[Cell, ...]:
    if isinstance(item, Bad):
        return Cell(label), Cell("! cannot be read", "bad"), Cell(""), Cell(item.error.why, "bad")
    glyph, role = ("→", "active") if isinstance(item.what, Draft) else ("●", "good")
    kind = Cell(f"{glyph} {kind_of(item.what)}", role)
    return Cell(label), kind, _checks_cell(item, result), Cell(item.what.subject)


def _checks_cell(item: Saved, result: Result | None) -> Cell:
    """What came of it when it was run last, else how much it expects."""
    if result is not None:
        return outcome_cell(result)
    count = count_expectations(item.checks.expect)
    return Cell(counted(count, "check") if count else "", "muted")


def _bad(error: InvalidCollection, folder: Path) -> Bad:
    return Bad(error.path.relative_to(folder).with_suffix("").as_posix(), error)


def _order(name: str) -> tuple[tuple[bool, str], ...]:
    """Folders come ahead of the files beside them."""
    *folders, last = name.split("/")
    return (*((False, folder) for folder in folders), (True, last))


def _matches(item: Item, words: list[str]) -> bool:
    if isinstance(item, Bad):
        whole = f"{item.name} {item.error}"
    else:
        whole = " ".join((item.name, kind_of(item.what), item.what.subject, text(item.what.body)))
    return all(word in whole.lower() for word in words)
