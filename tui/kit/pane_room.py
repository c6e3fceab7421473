"""The room that panes share, and the borders between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.widget import Widget

LEAST_SHARE = 0.15
"""The part of the room that each side of a border keeps."""


class Border(NamedTuple):
    """Where two parts of the screen meet."""

    name: str
    before: Region
    after: Region
    upright: bool
    """True between columns."""
    panes: tuple[str, ...]
    """The ids of the panes beside it."""

    @property
    def span(self) -> tuple[int, int]:
        """Where both begin on the screen, and how many cells they have."""
        if self.upright:
            return self.before.x, self.after.right - self.before.x
        return self.before.y, self.after.bottom - self.before.y

    @property
    def share(self) -> float:
        """The part of the first side now."""
        own = self.before.width if self.upright else self.before.height
        return own / max(1, self.span[1])

    def is_at(self, x: int, y: int) -> bool:
        """True on the two cells that the frames of both sides have there."""
        if self.upright:
            return x in (self.before.right - 1, self.after.x) and (
                self.after.y <= y < self.after.bottom
            )
        return y in (self.before.bottom - 1, self.after.y) and (
            self.before.x <= x < self.before.right
        )


class PaneRoom(Protocol):
    """How panes stand beside each other."""

    def lay_out(self, front: str, alone: bool, shares: Mapping[str, float]) -> None:
        """Show all panes, or the one in front `alone`; `shares` are by the borders' names."""
        ...

    def borders(self) -> Sequence[Border]:
        """Those between the panes that are shown."""
        ...


class PaneColumns(Horizontal):
    """Two columns of two panes each."""

    def __init__(self, columns: Mapping[str, Sequence[Widget]], id: str) -> None:  # noqa: A002
        """`columns` has the panes by the id of each column."""
        self._columns = tuple(Vertical(*panes, id=name) for name, panes in columns.items())
        self._panes = tuple(tuple(panes) for panes in columns.values())
        super().__init__(*self._columns, id=id)

    def lay_out(self, front: str, alone: bool, shares: Mapping[str, float]) -> None:
        for column, panes in zip(self._columns, self._panes, strict=True):
            for pane in panes:
                pane.display = not alone or pane.id == front
            column.display = any(pane.display for pane in panes)
        for before, after, upright in self._sides():
            share = None if alone else shares.get(before.id or "")
            divide(before, after, share, upright)

    def borders(self) -> Sequence[Border]:
        return [
            Border(
                before.id or "",
                before.region,
                after.region,
                upright,
                () if upright else (before.id or "", after.id or ""),
            )
            for before, after, upright in self._sides()
        ]

    def _sides(self) -> Iterator[tuple[Widget, Widget, bool]]:
        left, right = self._columns
        yield left, right, True
        for upper, lower in self._panes:
            yield upper, lower, False


def divide(before: Widget, after: Widget, share: float | None, upright: bool) -> None:
    """Give the first side a part of the room; None for what the style sheet says."""
    for side, part in ((before, share), (after, share and 1 - share)):
        size = None if part is None else f"{part:.3f}fr"
        most = None if part is None else "100%"
        if upright:
            side.styles.width, side.styles.max_width = size, most
        else:
            side.styles.height, side.styles.max_height = size, most
