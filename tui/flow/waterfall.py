"""The waterfall as text: who asked whom, the subject, how it ended, and a bar against time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from engine.flow.waterfall import FlowBar, Waterfall
from engine.latency_words import interval
from engine.words import counted
from tui.kit.facts import wrapped
from tui.kit.glyphs import Role, sign
from tui.kit.rows import duration
from tui.safe import clean, fit, shorten

ONE_LINE = 92
"""Cells from which on all of an exchange stands on one line."""
_TOOK, _BETWEEN = 12, 2
_MAX_NAME, _MAX_NAME_SHARE = 16, 0.2
"""Cells of a name where there is little room, and its share of the width where there is more."""
_MIN_BAR, _MAX_SUBJECT_SHARE = 20, 0.45
_MIN_GAP = 3
"""Cells of a gap that is worth drawing."""
_CAUSE_LINES = 2
_COPIED = 140
"""Cells of a line that is copied."""
_BAR, _OPEN, _GAP, _MOMENT = "▆", "░", "┄", "▏"
_BELOW = "└ "
_QUIET = "$foreground 60%"
_INKS: dict[Role, str] = {
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "$text-error",
    "active": "$text-primary",
    "muted": _QUIET,
    "name": "$text-accent",
}
Part = tuple[str, str]
"""Words and their ink."""
Cause = Callable[[FlowBar], str]
"""The sentence that says why an exchange failed."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Cells of the columns; `subject` is 0 where it has a line of its own."""

    width: int
    who: int
    whom: int
    subject: int
    bar: int


def sizes(drawn: Waterfall, width: int) -> Sizes:
    """As wide as what is in them, as far as there is room; the bars have what is left."""
    longest = max(_MAX_NAME, int(width * _MAX_NAME_SHARE))
    who = _widest(drawn, longest, lambda hop: hop.ends.asker)
    whom = _widest(drawn, longest, lambda hop: hop.ends.answerer)
    left = width - who - whom - 3 - _BETWEEN
    if width < ONE_LINE:
        return Sizes(width, who, whom, 0, max(1, left))
    left -= _TOOK + 2 * _BETWEEN
    wanted = max((cell_len(_subject(hop)) for hop in drawn.hops), default=0)
    subject = min(wanted, max(round(left * _MAX_SUBJECT_SHARE), left - _MIN_BAR))
    return Sizes(width, who, whom, subject, left - subject)


def head(drawn: Waterfall, width: int) -> Content:
    """What the columns are, and the ends of the time that the bars are drawn against."""
    room = sizes(drawn, width)
    names = f"{fit('who', room.who)} ▸ {fit('whom', room.whom)}"
    took = fit("took", _TOOK, right=True)
    time = "in their order" if not drawn.timed else f"0{_total(drawn):>{max(0, room.bar - 1)}}"
    gap = " " * _BETWEEN
    words = [names, fit("subject", room.subject), took, time] if room.subject else [names, time]
    return Content.styled(gap.join(words), _QUIET)


def rows(drawn: Waterfall, width: int, cause: Cause) -> Iterator[Content]:
    """One for each exchange; what failed the flow has its cause below it."""
    room, failed = sizes(drawn, width), drawn.failed
    for hop in drawn.hops:
        lines = list(_lines(drawn, hop, room, is_cause=hop == failed))
        if hop == failed:
            said = wrapped(clean(cause(hop)), max(10, width - 4))[:_CAUSE_LINES]
            lines += [
                Content.styled(f"{'    ' if at else '  ✗ '}{line}", "$text-error")
                for at, line in enumerate(said)
            ]
        yield Content("\n").join(lines)


def as_text(drawn: Waterfall, cause: Cause) -> str:
    """As it is copied."""
    lines = title(drawn), head(drawn, _COPIED), *rows(drawn, _COPIED, cause)
    whole = "\n".join(row.rstrip() for line in lines for row in line.plain.split("\n"))
    return f"{whole}\n"


def title(drawn: Waterfall) -> Content:
    """How many, how long, and how it went."""
    said = f"Flow: {counted(len(drawn.hops), 'exchange')} in {_total(drawn)}   "
    failed, several = drawn.failed, sum(hop.failed for hop in drawn.hops)
    if failed is not None:
        who = failed.ends.answerer or shorten(failed.subject, _MAX_NAME * 2)
        more = f", {several:,} failed" if several > 1 else ""
        verdict = f"✗ {clean(who)}: {failed.state.label}{more}", "$text-error"
    elif drawn.open:
        verdict = f"○ {drawn.open:,} waiting", "$text-primary"
    else:
        verdict = "✓ nothing failed", "$text-success"
    return Content.assemble(said, verdict)


def _total(drawn: Waterfall) -> str:
    """Of messages that came in one look it is only known what the time between them is at most."""
    if not drawn.timed:
        return "an unknown time"
    most = max((hop.took[1] for hop in drawn.hops if hop.took is not None), default=0.0)
    known = drawn.total or not most
    return duration(drawn.total) if known else interval(0.0, most, figure=duration)


def _lines(drawn: Waterfall, hop: FlowBar, room: Sizes, is_cause: bool) -> Iterator[Content]:
    glyph, _, _, role = sign(hop)
    ink = "$text-error" if is_cause else _INKS[role]
    subject = "$text-error" if is_cause else "$foreground"
    way = " ▸ " if any(hop.ends) else "   "
    names = f"{fit(hop.ends.asker, room.who)}{way}{fit(hop.ends.answerer, room.whom)}"
    who = names, "$text-accent"
    took = fit(f"{glyph} {_took(hop)}".rstrip(), _TOOK, right=True), ink
    bar = _bar(drawn, hop, room.bar, ink)
    if room.subject:
        shown = fit(_subject(hop), room.subject), subject
        yield _joined(who, shown, took, bar=bar)
    else:
        width = room.width - _TOOK - _BETWEEN
        yield _joined((fit(_subject(hop), width), subject), took)
        yield _joined(who, bar=bar)


def _joined(*parts: Part, bar: list[Part] | None = None) -> Content:
    """With room between; a part's first blanks go to the one before it, for drawings of the screen
    leave out those that a part begins with.
    """
    found: list[Part] = []
    between = " " * _BETWEEN
    for words, ink in [*_spaced(parts, between), *([(between, "")] if bar else []), *(bar or ())]:
        bare = words.lstrip(" ")
        if found and len(bare) < len(words):
            found[-1] = found[-1][0] + " " * (len(words) - len(bare)), found[-1][1]
        found.append((bare if found else words, ink))
    return Content.assemble(*((words, ink) for words, ink in found if words))


def _spaced(parts: tuple[Part, ...], between: str) -> Iterator[Part]:
    for place, (words, ink) in enumerate(parts):
        yield f"{between if place else ''}{words}", ink


def _subject(hop: FlowBar) -> str:
    return f"{'  ' * (hop.depth - 1)}{_BELOW if hop.depth else ''}{hop.subject}"


def _took(hop: FlowBar) -> str:
    """As exactly as it is known; what is open says how long it has been."""
    if hop.took is not None:
        return interval(*hop.took, own=hop.own, figure=duration, room=_TOOK - 2)
    if not hop.timed:
        return ""
    if hop.open:
        return duration(hop.waited, True)
    return duration(hop.end - hop.begin) if hop.end > hop.begin else ""


def _bar(drawn: Waterfall, hop: FlowBar, width: int, ink: str) -> list[Part]:
    """The gap before it, then from where it began to where it ended, at least one cell."""
    total = drawn.total
    scale = width / total if total else 0.0
    begin = min(width - 1, int(hop.begin * scale))
    end = min(width, max(begin + 1, math.ceil(hop.end * scale)))
    gap = max(0, begin - math.ceil((hop.begin - hop.gap) * scale)) if hop.gap else 0
    gap = gap if gap >= _MIN_GAP else 0
    letter = _OPEN if hop.open else _MOMENT if hop.end == hop.begin else _BAR
    return [
        (" " * (begin - gap), ""),
        (_GAP * gap, "$foreground 30%"),
        (letter * (end - begin), ink),
    ]


def _widest(drawn: Waterfall, longest: int, name: Callable[[FlowBar], str]) -> int:
    names = (cell_len(clean(name(hop)[:longest])) for hop in drawn.hops)
    return min(longest, max(names, default=0)) or 1
