"""The rows of a collection: folders, and what is in them, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engine.collection.collection import InvalidCollection, Loaded, Saved
from engine.drafts.draft import Draft
from engine.message import text
from tui.table.table import Cell, Column, Row

from .draft_view import kind_of

COLUMNS = (Column("name", 28), Column("kind", 16), Column("subject", 16, rank=1, grow=True))
_INDENT = "  "


class Folder(NamedTuple):
    """What a row of the list stands for when it is not something saved."""

    name: str


class Bad(NamedTuple):
    """A file that cannot be read."""

    name: str
    error: InvalidCollection


Item = Saved | Bad


def items(loaded: Loaded, folder: Path, words: str) -> list[Item]:
    """What has every word, by name; files that cannot be read among them."""
    found: list[Item] = [*loaded.saved, *(_bad(error, folder) for error in loaded.errors)]
    wanted = words.lower().split()
    return sorted(
        (item for item in found if _matches(item, wanted)), key=lambda item: _order(item.name)
    )


def rows(found: list[Item]) -> Iterator[Row]:
    """The items, each folder ahead of what it holds."""
    before: list[str] = []
    for item in found:
        *folders, name = item.name.split("/")
        for depth, part in enumerate(folders):
            if before[: depth + 1] != folders[: depth + 1]:
                path = "/".join(folders[: depth + 1])
                label = Cell(f"{_INDENT * depth}{part}/", "muted")
                yield Row(Folder(path), (label, Cell(""), Cell("")))
                before = folders[: depth + 1]
        before = folders
        yield Row(item.name, _cells(item, f"{_INDENT * len(folders)}{name}"))


def _cells(item: Item, label: str) -> tuple[Cell, ...]:
    if isinstance(item, Bad):
        return Cell(label), Cell("! cannot be read", "bad"), Cell(item.error.why, "bad")
    glyph, role = ("→", "active") if isinstance(item.what, Draft) else ("●", "good")
    return Cell(label), Cell(f"{glyph} {kind_of(item.what)}", role), Cell(item.what.subject)


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
