"""Writes the table of keys into the README, from the tables of commands: `make keys`."""

from __future__ import annotations

from pathlib import Path

from tui.app import NatstapApp
from tui.desk.contexts import readme_table

README = Path(__file__).parents[1] / "README.md"


def write() -> None:
    text = README.read_text(encoding="utf-8")
    begin = text.index("| where | key | does |")
    end = text.index("\n\n", begin)
    README.write_text(text[:begin] + readme_table(NatstapApp) + text[end:], encoding="utf-8")


if __name__ == "__main__":
    write()
