"""Writes docs/keys.md, man/natstap.1 and the table in docs/filter.md, from the tables that natstap
itself uses: `make keys`.
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.filter.completion import terms
from tui.__main__ import DESK_COMMANDS, parser
from tui.app import NatstapApp
from tui.cli.manual import manual
from tui.desk.contexts import key_table
from tui.web_flags import web_parser

ROOT = Path(__file__).parents[1]
KEYS = ROOT / "docs" / "keys.md"
FILTER = ROOT / "docs" / "filter.md"
FILTER_HEAD = "| term | passes | example |\n|---|---|---|\n"
MANUAL = ROOT / "man" / "natstap.1"
ABOUT = """# Keys

Every command by its key, as the help page (`F1`) and the palette (`^P`) have them. A key means the
same on every screen. Where a letter would be text in a field, the second key of a command works, or
`Esc` first. [configuration.md](configuration.md) says how to give commands other keys.

This page is written by `make keys` from the tables of commands.

"""


def filter_page(written: str) -> str:
    """The page with its table anew."""
    before, _, rest = written.partition(FILTER_HEAD)
    after = rest[rest.index("\n\n") :]
    rows = (
        f"| `{_cell(term.usage)}` | {_cell(term.meaning)} | `{_cell(term.example)}` |"
        for term in terms()
    )
    return before + FILTER_HEAD + "\n".join(rows) + after


def _cell(words: str) -> str:
    return words.replace("|", "\\|")


def main() -> None:
    os.environ.pop("NATSTAP_COLLECTION", None)
    KEYS.write_text(f"{ABOUT}{key_table(NatstapApp)}\n", encoding="utf-8")
    FILTER.write_text(filter_page(FILTER.read_text(encoding="utf-8")), encoding="utf-8")
    MANUAL.write_text(manual(parser(), DESK_COMMANDS, web_parser()), encoding="utf-8")


if __name__ == "__main__":
    main()
