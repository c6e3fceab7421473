"""The columns of a row: which there is room for, how wide they are, and the row cut to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from tui.safe import abridge, fit, shorten

from .rows import Cells

Ink = Callable[..., Style]
"""Gives the style of component classes on top of one another."""

GAP = "  "
MARKER = "▌"


class Layout(NamedTuple):
    """Cells for each column; 0 leaves a column out, and the subject takes what is left."""

    time: int
    state: int
    latency: int
    replies: int
    subject: int = 0
    preview: int = 0


_LAYOUTS = (
    (20, Layout(time=12, state=15, latency=8, replies=10)),
    (20, Layout(time=8, state=15, latency=8, replies=8)),
    (18, Layout(time=8, state=9, latency=8, replies=7)),
    (16, Layout(time=8, state=9, latency=8, replies=0)),
    (12, Layout(time=0, state=9, latency=8, replies=0)),
    (8, Layout(time=0, state=9, latency=0, replies=0)),
    (4, Layout(time=0, state=1, latency=0, replies=0)),
)
"""The least width of the subject, and the columns that leave it that much; widest first."""
_LONG_SUBJECT = 40
"""Where the subject has more room than this, the start of the body is shown as well."""
_LEAST_PREVIEW = 16


@lru_cache(maxsize=64)
def layout(width: int) -> Layout:
    """The richest layout for rows of `width` cells."""
    for least, columns in _LAYOUTS:
        gaps = len(GAP) * sum(1 for one in columns if one)
        subject = width - 1 - sum(columns) - gaps
        if subject >= least:
            return _with_preview(columns, subject)
    return Layout(0, 0, 0, 0, max(0, width - 1))


def _with_preview(columns: Layout, subject: int) -> Layout:
    spare = subject - _LONG_SUBJECT - len(GAP)
    if spare < _LEAST_PREVIEW:
        return columns._replace(subject=subject)
    return columns._replace(subject=_LONG_SUBJECT, preview=spare)


def segments(said: Cells, width: int, ink: Ink, cursor: bool, note: bool) -> list[Segment]:
    """A row of exactly `width` cells."""
    ground = ("cursor",) if cursor else ()
    marker = Segment((MARKER if cursor else " ")[:width], ink(*ground, "active"))
    if note:
        return [marker, Segment(_rule(said, width - 1), ink(*ground, "muted"))]
    return [marker, *_columns(said, layout(width), ink, ground)]


def _columns(said: Cells, to: Layout, ink: Ink, ground: tuple[str, ...]) -> list[Segment]:
    """The cells as segments; blanks go to the end of one, so that none begins with them."""
    muted, plain = ink(*ground, "muted"), ink(*ground)
    if not to.state:
        return [Segment(fit(abridge(said.subject, to.subject), to.subject), plain)]
    latency = fit(said.latency, to.latency, right=True)
    figure = latency.lstrip(" ")
    ahead = GAP + latency[: len(latency) - len(figure)] if to.latency else ""
    replies = GAP + fit(said.replies, to.replies) if to.replies else ""
    parts = [
        Segment(fit(abridge(said.subject, to.subject), to.subject) + GAP, plain),
        Segment(fit(_state(said, to.state), to.state) + ahead, ink(*ground, said.role)),
        Segment(figure + replies + (GAP if to.preview else ""), plain),
    ]
    if to.time:
        parts.insert(0, Segment(fit(said.time[: to.time], to.time) + GAP, muted))
    if to.preview:
        parts.append(Segment(fit(said.preview, to.preview), muted))
    return parts


def _state(said: Cells, width: int) -> str:
    if width == 1:
        return said.glyph
    return f"{said.glyph} {said.word if width > 9 else said.short}"


def _rule(said: Cells, width: int) -> str:
    """A note as a rule across the whole width."""
    start = f"── {said.time[:8]}  " if width >= 60 else "── "
    words = f"{start}{shorten(said.subject, max(1, width - len(start) - 4))} "
    return fit(words + "─" * (width - cell_len(words) - 1), width)
