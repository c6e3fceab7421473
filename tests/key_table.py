"""Writes docs/keys.md from the tables of commands: `make keys`."""

from __future__ import annotations

from pathlib import Path

from tui.app import NatstapApp
from tui.desk.contexts import key_table

KEYS = Path(__file__).parents[1] / "docs" / "keys.md"
ABOUT = """# Keys

Every command by its key, as the help page (`F1`) and the palette (`^P`) have them. A key means the
same on every screen. Where a letter would be text in a field, the second key of a command works, or
`Esc` first. [configuration.md](configuration.md) says how to give commands other keys.

This page is written by `make keys` from the tables of commands.

"""


def page() -> str:
    return f"{ABOUT}{key_table(NatstapApp)}\n"


if __name__ == "__main__":
    KEYS.write_text(page(), encoding="utf-8")
