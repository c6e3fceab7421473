"""Checks as the text that people write, as it stands in a request's file; and back."""

from __future__ import annotations

from pathlib import Path

from engine.checks.checks import Checks
from engine.errors import InvalidInput

from .files import InvalidCollection
from .reading import read_checks
from .toml import write_toml

_HERE = Path("checks")


class InvalidCheckText(InvalidInput):
    """`line` is counted from 1, 0 where no line is to blame."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(f"line {line}: {why}" if line else why)
        self.line = line


def parse_checks(written: str) -> Checks:
    """Raises `InvalidCheckText`, also for a secret."""
    try:
        return read_checks(_HERE, written)
    except InvalidCollection as error:
        raise InvalidCheckText(error.why, error.line) from None


def write_checks(checks: Checks) -> str:
    """The text that `parse_checks` reads."""
    return write_toml(checks.write()).lstrip("\n")
