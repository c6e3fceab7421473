"""One subject closely: how long its answers took, drawn, and how it failed."""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.content import Content
from textual.widgets import Static

from engine.statistics.subject_tally import SubjectStats
from engine.words import counted, octets
from tui.kit.chart import GUTTER
from tui.kit.failure_lines import failure_lines
from tui.kit.latency_chart import LEAST, latency_lines
from tui.kit.rewriting import rewrite
from tui.safe import abridge

_MUTED = "$foreground 60%"
_SIDE = 40
"""Cells of the failures, where they stand beside the histogram."""
_WIDE = 90
_MIN_SUBJECT = 16


class StatDetail(Static):
    DEFAULT_CSS = "StatDetail { height: 1fr; width: 1fr; }"

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._seen: SubjectStats | None = None

    def show(self, seen: SubjectStats | None) -> None:
        self._seen = seen
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width, height = self.size.width, self.size.height
        if self._seen is None or width < GUTTER + LEAST:
            rewrite(self, "", layout=False)
            return
        lines = list(_lines(self._seen, width, height))[:height]
        rewrite(self, Content("\n").join(lines), layout=False)


def _lines(seen: SubjectStats, width: int, height: int) -> Iterator[Content]:
    """The failures stand beside the histogram where there is room, else below it."""
    yield _summary(seen, width)
    stated = sum(count for _, count in seen.states)
    failures = list(failure_lines(seen.failures, stated, min(width, _SIDE)))
    if width >= _WIDE:
        yield Content("")
        chart = list(_chart(seen, width - _SIDE - 2, height - 2))
        yield from _beside(chart, failures, width - _SIDE)
        return
    yield from _chart(seen, width, height - 1 - len(failures))
    yield from failures


def _beside(left: list[Content], right: list[Content], at: int) -> Iterator[Content]:
    for line in range(max(len(left), len(right))):
        begin = left[line] if line < len(left) else Content("")
        end = right[line] if line < len(right) else Content("")
        yield Content.assemble(begin, " " * max(0, at - begin.cell_length), end)


def _summary(seen: SubjectStats, width: int) -> Content:
    counts = counted(seen.count, "exchange"), counted(seen.replies, "reply", "replies")
    figures = "  ".join((*counts, octets(seen.bytes)))
    subject = abridge(seen.subject, max(_MIN_SUBJECT, width - len(figures) - 2))
    return Content.assemble((f"{subject}  ", "bold"), (figures, _MUTED))


def _chart(seen: SubjectStats, width: int, height: int) -> Iterator[Content]:
    told = seen.latency
    if not told.count:
        why = "When answers came is not known" if seen.answered else "No answer was seen"
        yield Content.styled(f"{why}, so there is no latency to draw.", _MUTED)
        return
    yield from latency_lines(told, width, height)
