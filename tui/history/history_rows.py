"""The rows of the history: when, what, where to, what came of it."""

from __future__ import annotations

import time

from engine.drafts.draft import Kind
from engine.history.entry import Entry
from engine.journal import ExchangeKind, State
from engine.message import text
from tui.collection.draft_view import kind_of
from tui.kit.glyphs import KINDS, STATES, Sign
from tui.kit.rows import clock
from tui.table.table import Cell, Column, Row

COLUMNS = (
    Column("sent", 12),
    Column("kind", 14, rank=3),
    Column("subject", 16, grow=True),
    Column("outcome", 15),
    Column("bytes", 9, right=True, rank=2),
    Column("body", 24, rank=4),
)
_OUTCOMES = {STATES[state].word: STATES[state] for state in STATES} | {
    state.label: STATES[state] for state in State if state in STATES
}
_OPEN = Sign("○", "not known", "not known", "muted")
_PREVIEW = 200
"""Bytes of a body that are looked at."""


def history_row(entry: Entry, today: str) -> Row:
    sign = outcome(entry)
    shown = entry.shown
    size = entry.left_out or len(shown.body)
    left_out = "(too large to keep)" if entry.left_out else ""
    preview = left_out or " ".join(text(shown.body[:_PREVIEW]).split())
    cells = (
        Cell(moment(entry.at, today), "muted"),
        Cell(kind_of(entry.draft)),
        Cell(shown.subject),
        Cell(f"{sign.glyph} {sign.word}", sign.role),
        Cell(f"{size:,}"),
        Cell(preview, "muted"),
    )
    return Row(entry, cells)


def outcome(entry: Entry) -> Sign:
    """How what came of it looks."""
    if not entry.outcome:
        return KINDS[ExchangeKind.PUBLISH] if entry.draft.kind is Kind.PUBLISH else _OPEN
    known = _OUTCOMES.get(entry.outcome)
    return known or Sign("·", entry.outcome, entry.outcome, "muted")


def moment(at: float, today: str) -> str:
    """The local time of day, or the day and the minute where it is another; `today` is a `day`."""
    try:
        return clock(at)[:8] if day(at) == today else f"{day(at)[:6]} {clock(at)[:5]}"
    except (ValueError, OverflowError, OSError):
        return "?"  # somebody else's file


def day(at: float) -> str:
    return time.strftime("%d %b %Y", time.localtime(at))
