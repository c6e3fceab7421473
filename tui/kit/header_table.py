"""Headers as an aligned table: in wire order, repeats kept, long values folded, all selectable."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from textual import events
from textual.content import Content
from textual.widgets import Static

from tui.safe import clean, fit

Pairs = tuple[tuple[str, str], ...]

_MOST = 100
"""Headers that are shown; the raw bytes have all."""
_LONGEST = 2048
_WIDEST_NAME = 28
_GAP = "  "
_TELLING = {"correlation_id": "$text-accent", "Nats-Service-Error": "$text-error"}


class HeaderTable(Static):
    def __init__(self) -> None:
        super().__init__(id="header-table", markup=False)
        self.pairs: Pairs = ()

    def show(self, pairs: Pairs) -> None:
        self.pairs = pairs
        self._draw(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._draw(event.size.width)

    def _draw(self, width: int) -> None:
        lines = list(_lines(self.pairs[:_MOST], width or 80))
        if len(self.pairs) > _MOST:
            lines.append(Content(f"… and {len(self.pairs) - _MOST:,} more: see Raw"))
        nothing = Content.styled("no headers", "$foreground 60%")
        self.update(Content("\n").join(lines) if lines else nothing)


def _lines(pairs: Pairs, width: int) -> Iterator[Content]:
    names = max((cell_len(clean(name)) for name, _ in pairs), default=0)
    column = max(1, min(names, _WIDEST_NAME, width // 2))
    room = max(8, width - column - len(_GAP))
    for name, value in pairs:
        ink = _TELLING.get(name, "$foreground")
        for row, part in enumerate(_folded(value, room)):
            lead = fit("" if row else name, column) + _GAP
            yield Content.styled(lead, "$foreground 60%") + Content.styled(part, ink)


def _folded(value: str, room: int) -> list[str]:
    shown = clean(value[:_LONGEST])
    if len(value) > _LONGEST:
        shown += f"… and {len(value) - _LONGEST:,} characters more: see Raw"
    return chop_cells(shown, room) or [""]
