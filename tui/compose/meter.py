"""The byte meter: what the message weighs, headers included, against the server's limit."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from engine.drafts.draft import Size
from engine.words import octets

_NEARLY_FULL = 0.8
"""The part of the limit from which the meter warns."""


class Meter(Static):
    def __init__(self) -> None:
        super().__init__(id="meter", markup=False)
        self._shown: Size | None = None

    def show(self, size: Size | None) -> None:
        """None where what is written makes no message yet."""
        if size != self._shown:
            self._shown = size
            self.update(_said(size) if size is not None else "", layout=False)


def _said(size: Size) -> Content:
    if not size.limit:
        return Content.styled(octets(size.total), "$foreground 60%")
    if not size.fits:
        over = size.total - size.limit
        return Content.styled(f"! {octets(over)} over {size.limit:,}", "$text-error")
    words = f"{size.total:,} of {octets(size.limit)}"
    near = size.total > size.limit * _NEARLY_FULL
    return Content.styled(words, "$text-warning" if near else "$foreground 60%")
