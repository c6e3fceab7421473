"""A hosted responder's row in the pane."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tui.kit.rows import duration
from tui.table.table import Cell, Column, Row

if TYPE_CHECKING:
    from engine.responders.responder import Responder

COLUMNS = (
    Column("state", 6),
    Column("name", 13, rank=2),
    Column("subject", 14, grow=True),
    Column("handled", 5, right=True),
    Column("p50", 7, right=True, rank=1),
)
_FRESH = 2.0
"""Seconds for which the state tells that a request was held back."""


def looks_of(responder: Responder) -> tuple[object, ...]:
    """What its row and its complaint depend on."""
    record = responder.record
    state, complaint = _state(responder), responder.complaint
    return (responder, state, responder.draft, responder.name, record.handled, complaint)


def responder_row(responder: Responder) -> Row:
    median = duration(responder.record.median) if responder.served else ""
    return Row(
        responder,
        (
            _state(responder),
            Cell(responder.name),
            Cell(responder.subject),
            Cell(f"{_short(responder.record.handled)}×", "muted"),
            Cell(median, "muted"),
        ),
    )


def _short(count: int) -> str:
    """In four cells."""
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}" if count < 10 * size else f"{count // size}{unit}"
    return str(count)


def _state(responder: Responder) -> Cell:
    if not responder.on:
        return Cell("○ off", "muted")
    if responder.trouble:
        return Cell("! down" if responder.cut_off else "! deaf", "bad")
    held = responder.record.last_held
    if held is not None and time.time() - held.at < _FRESH:
        return Cell("◐ full", "warn")
    return Cell("● on", "good")
