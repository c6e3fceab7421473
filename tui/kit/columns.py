"""The columns of a table: which there is room for, how wide each is, and a row cut to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui.safe import abridge, clean, fit, is_simple

Ink = Callable[..., Style]
"""Gives the style of component classes on top of one another."""

GAP = "  "
MARKER = "▌"
MAX_HELD = 60
"""Cells that a column takes for its longest text; only one that grows takes more."""
_MAX_MEASURED = 1000
"""Rows that are looked at for the longest text."""
_MAX_CHARACTERS = 400
"""Of a text, no more are measured."""


class Column(NamedTuple):
    name: str
    width: int
    """Cells; of a column that grows, the least that it is good for."""
    right: bool = False
    rank: int = 0
    """The column with the highest rank goes first where there is little room; 0 stays."""
    grow: bool = False
    """Takes what is left; of several, the last that there is room for."""
    narrower: tuple[tuple[int, int], ...] = ()
    """Ranks and widths: to what the column gives way before it goes."""
    middle: bool = False
    """What does not fit is cut in the middle: subjects and ids differ at their ends."""
    order: str = ""
    """How a click on the name sorts; "" for a column that does not sort."""
    snug: bool = False
    """Takes no more than its longest text, as one that grows does."""

    def at_rank(self, rank: int) -> int | None:
        """Cells that the column keeps when its turn comes; None where it has no turn."""
        return 0 if rank and rank == self.rank else dict(self.narrower).get(rank)

    def cut(self, text: str, cells: int) -> str:
        """Exactly `cells` of it."""
        return fit(abridge(text, cells) if self.middle else text, cells, self.right)

    def needed(self, cells: int, held: int) -> int:
        """A column that grows, or is snug, needs no more than its longest text."""
        return min(cells, held) if (self.grow or self.snug) and held else cells


class Cell(NamedTuple):
    text: str
    role: str = ""
    """A part that colour plays, as in `tui.kit.glyphs`."""


Columns = tuple[Column, ...]
Fitted = tuple[tuple[int, int], ...]
"""The index and the width of each column that there is room for."""


@lru_cache(maxsize=256)
def fitted(columns: Columns, width: int, held: tuple[int, ...] = ()) -> Fitted:
    """The columns for rows of `width` cells; `held` are the cells of each one's longest text."""
    held = held or (0,) * len(columns)
    sizes = [column.needed(column.width, most) for column, most in zip(columns, held, strict=True)]
    for rank in range(max(_ranks(columns), default=0), 0, -1):
        if _used(sizes) <= width:
            break
        for at, column in enumerate(columns):
            if (cells := column.at_rank(rank)) is not None:
                sizes[at] = min(sizes[at], column.needed(cells, held[at]))
    _share(columns, sizes, held, width - _used(sizes))
    return tuple((at, cells) for at, cells in enumerate(sizes) if cells > 0)


def _ranks(columns: Columns) -> list[int]:
    return [rank for column in columns for rank in (column.rank, *dict(column.narrower))]


def _used(sizes: Sequence[int]) -> int:
    return sum(sizes) + len(GAP) * (sum(map(bool, sizes)) - 1)


def _share(columns: Columns, sizes: list[int], held: tuple[int, ...], spare: int) -> None:
    """What is left goes to those whose texts are cut, the narrowest first, then to one that grows.

    What is missing is missing there as well.
    """
    shown = [at for at, cells in enumerate(sizes) if cells]
    wanted = {at: held[at] if columns[at].grow else min(held[at], MAX_HELD) for at in shown}
    while spare > 0 and (cut := [at for at in shown if sizes[at] < wanted[at]]):
        sizes[min(cut, key=sizes.__getitem__)] += 1
        spare -= 1
    if growing := [at for at in shown if columns[at].grow]:
        sizes[growing[-1]] = max(0, sizes[growing[-1]] + spare)


def measure(columns: Columns, rows: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """The cells of the longest text in each column, its name included."""
    seen = rows[:_MAX_MEASURED]
    return tuple(
        max(map(_cells, (column.name, *(row[at] for row in seen))))
        for at, column in enumerate(columns)
    )


def _cells(text: str) -> int:
    return cell_len(clean(text[:_MAX_CHARACTERS]))


def segments(
    cells: Iterable[tuple[str, str]], columns: Columns, sizes: Fitted, ink: Ink, cursor: bool
) -> list[Segment]:
    """A row; blanks go to the end of a segment, for terminals trip over one that begins so."""
    ground = ("cursor",) if cursor else ()
    plain, style = ink(*ground), ink(*ground, "active")
    words, gap = MARKER if cursor else " ", ""
    parts: list[Segment] = []
    for (at, room), (text, role) in zip(sizes, cells, strict=False):
        words += gap
        gap = GAP
        if not text:
            words += " " * room
            continue
        column, missing = columns[at], room - len(text)
        if missing >= 0 and text[0] != " " and is_simple(text):
            if column.right:
                words += " " * missing
                shown = text
            else:
                shown = text + " " * missing
        else:
            cut = column.cut(text, room)
            shown = cut.lstrip(" ")
            words += " " * (len(cut) - len(shown))
            if not shown:
                continue
        worn = ink(*ground, role) if role else plain
        if worn is style and parts:
            words += shown
        else:
            parts.append(Segment(words, style))
            words, style = shown, worn
    parts.append(Segment(words, style))
    return parts


def cells_of(sizes: Fitted) -> int:
    """The cells of a row with its marker."""
    return 1 + sum(cells for _, cells in sizes) + len(GAP) * max(0, len(sizes) - 1)
