"""A burst as it runs, and how it went: progress, figures, failures and the histogram."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widgets import Static

from engine.burst.burst import Burst, BurstEnding, BurstReport
from engine.errors import NatstapError
from engine.statistics.histogram import Bucket
from tui.kit.facts import wrapped
from tui.kit.glyphs import STATES
from tui.kit.rows import duration
from tui.safe import fit

from .burst_chart import chart
from .burst_plan import Plan

_MUTED = "$foreground 60%"
FINE_BUCKETS = 4_000
"""Buckets for the drawing: as many as were counted, each a hundredth wide."""
_COLUMN = 9
_LABEL = 6
_BEHIND = 0.1
"""Seconds from which on it is said how far the burst fell behind its rate."""
_ERROR_LINES = 6
_ENDINGS = {
    None: ("●", "sending", "$text-primary"),
    BurstEnding.FINISHED: ("✓", "finished", "$text-success"),
    BurstEnding.CANCELLED: ("–", "cancelled", "$foreground 60%"),
    BurstEnding.DEADLINE: ("✗", "out of time", "$text-warning"),
}
_CANCELLED = str(BurstEnding.CANCELLED)
_PARTS = (
    ("━", "$text-success"),
    ("━", "$text-error"),
    ("━", _MUTED),
    ("╌", "$text-primary"),
    ("─", "$foreground 20%"),
)
"""How the parts of the bar are drawn."""
_TALL = 16
"""Lines from which on some are blank."""
_UNSENT = ("✗", "not sent", "$text-error")
_GLYPHS = {state.label: sign.glyph for state, sign in STATES.items()}
_HINTS = (
    ("^J", "starts, and draws the progress here"),
    ("c, Esc", "cancel: the report stays"),
    ("r", "sends the same again"),
    ("y", "copies the report as text"),
)
FIGURES = (
    ("min", "least"),
    ("p50", "p50"),
    ("p90", "p90"),
    ("p99", "p99"),
    ("p99.9", "p999"),
    ("max", "most"),
    ("mean", "mean"),
)


@dataclass(frozen=True, slots=True)
class BurstRun:
    """What is kept of a burst, to see the next one in front of it."""

    subject: str
    report: BurstReport
    fine: Sequence[Bucket]


class BurstView(Static, can_focus=True):
    """Never changes its size, so drawing it ten times a second moves nothing else."""

    DEFAULT_CSS = "BurstView { height: 1fr; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__(id="burst-view", markup=False)
        self.burst: Burst | None = None
        self.error: NatstapError | None = None
        """Why nothing could be sent at all."""
        self._plan: Plan | None = None
        self._before: BurstRun | None = None

    def show(self, burst: Burst, plan: Plan, before: BurstRun | None = None) -> None:
        """Draw this burst from now on, in front of the run `before`."""
        self.burst, self._plan, self._before, self.error = burst, plan, before, None
        self.look()

    def on_resize(self, event: events.Resize) -> None:
        self.look()

    def look(self) -> None:
        """Draw how it stands now."""
        width, height = self.size.width, self.size.height
        lines = list(self._lines(width, height))[:height] if width > 20 else []
        self.update(Content("\n").join(lines), layout=False)

    def _lines(self, width: int, height: int) -> Iterator[Content]:
        if self.burst is None or self._plan is None:
            yield from _hints()
            return
        report = self.burst.report()
        state = _UNSENT if self.error is not None else _ENDINGS[report.ending]
        blank = [Content("")] * (height >= _TALL)
        above = [*_progress(report, state, width), *blank, *self._told(report, width)]
        yield from above
        if report.done:
            fine: tuple[Bucket, ...] = self.burst.latencies.buckets(FINE_BUCKETS)
            yield Content("")
            behind = self._before.fine if self._before is not None else ()
            yield from chart(report, fine, width, height - len(above) - 1, behind)

    def _told(self, report: BurstReport, width: int) -> Iterator[Content]:
        yield from _percentiles(report, self._before, width)
        behind = behind_words(report, self._plan) if self._plan else ""
        if behind:
            yield Content.styled(fit(f"! {behind}", width).rstrip(), "$text-warning")
        error = self.error or (self.burst.last_error if self.burst else None)
        if error is not None:
            for line in wrapped(f"! {error}", width)[:_ERROR_LINES]:
                yield Content.styled(line, "$text-error")


def _hints() -> Iterator[Content]:
    for key, says in _HINTS:
        yield Content.assemble((f"{key:<8}", "$text-accent"), (says, _MUTED))


def _progress(report: BurstReport, state: tuple[str, str, str], width: int) -> Iterator[Content]:
    glyph, word, ink = state
    over = min(report.sent, report.done + sum(report.failed.values()))
    flying = report.sent - over
    pace = f"{report.throughput:,.0f}/s   {duration(report.elapsed, True)}"
    words = f"{over:,} of {report.count:,}   {pace}"
    if report.ending is None:
        words += f"   {flying:,} in flight"
    yield Content.assemble((f"{glyph} {word}", f"bold {ink}"), "  ", words)
    yield _bar(over, report, width)
    yield from _counts(report, width)


def _bar(over: int, report: BurstReport, width: int) -> Content:
    """What went well, what failed, what is in flight, what is not sent yet."""
    label = f"{over * 100 // report.count:>3} %".lstrip()
    room = width - _LABEL
    well, failed = report.done, min(_failed(report), over - report.done)
    ends = [min(room, -(-number * room // report.count)) for number in (well, well + failed)]
    ends += [over * room // report.count, min(room, -(-report.sent * room // report.count)), room]
    parts: list[tuple[str, str]] = []
    at = 0
    for end, (letter, ink) in zip(ends, _PARTS, strict=True):
        parts.append((letter * max(0, end - at), ink))
        at = max(at, end)
    return Content.assemble(*parts, " " * (_LABEL - len(label)), label)


def _counts(report: BurstReport, width: int) -> Iterator[Content]:
    """What went well, what failed, and each kind of failure: on as many lines as it takes."""
    failed = _failed(report)
    line = Content.assemble(
        (f"✓ {report.done:,} went well   ", "$text-success"),
        (f"✗ {failed:,} failed   ", "$text-error" if failed else _MUTED),
    )
    for kind, count in report.failed.items():
        words = f"{_GLYPHS.get(kind, '!')} {kind} {count:,}   "
        if line.cell_length + len(words) > width:
            yield line
            line = Content("")
        line = Content.assemble(line, (words, _ink(kind)))
    yield line


def _failed(report: BurstReport) -> int:
    """What was cancelled has not failed."""
    return sum(count for kind, count in report.failed.items() if kind != _CANCELLED)


def _percentiles(report: BurstReport, before: BurstRun | None, width: int) -> Iterator[Content]:
    """A small table; the last columns go first where there is no room."""
    lead = _COLUMN if before is not None else 0
    shown = FIGURES[: max(1, (width - lead) // _COLUMN)]
    if not report.done:
        return
    names, now, then = (" " * lead, "now", "░ before") if before is not None else ("", "", "")
    yield Content.assemble(names, (_columns([name for name, _ in shown]), _MUTED))
    yield Content(now.ljust(lead) + _columns(_figures(report, shown)))
    if before is not None:
        yield Content.styled(then.ljust(lead) + _columns(_figures(before.report, shown)), _MUTED)


def _figures(report: BurstReport, shown: Sequence[tuple[str, str]]) -> list[str]:
    return [duration(getattr(report, field)) for _, field in shown]


def _columns(words: Sequence[str]) -> str:
    return "".join(f"{word:<{_COLUMN}}" for word in words).rstrip()


def _ink(kind: str) -> str:
    return _MUTED if kind == _CANCELLED else "$text-error"


def behind_words(report: BurstReport, plan: Plan) -> str:
    """How far it fell behind its rate, where that is worth a word."""
    if plan.rate is None or report.behind < max(_BEHIND, 2 / plan.rate):
        return ""
    return f"fell behind {plan.rate:g}/s by up to {duration(report.behind)}: allow more in flight"
