"""The report of a burst as plain text, to be pasted wherever it is talked about."""

from __future__ import annotations

from collections.abc import Iterator

from engine.burst.burst import Burst, BurstReport
from engine.drafts.draft import Draft
from engine.latency_words import span
from engine.words import counted
from tui.kit.rows import duration
from tui.safe import clean

from .burst_plan import Plan
from .burst_view import FIGURES, behind_words

_BAR = 40


def write_report(draft: Draft, plan: Plan, burst: Burst) -> str:
    return "\n".join(_lines(draft, plan, burst)) + "\n"


def _lines(draft: Draft, plan: Plan, burst: Burst) -> Iterator[str]:
    report = burst.report()
    pace = f"{plan.rate:g}/s" if plan.rate else "as fast as it goes"
    yield f"{draft.kind.replace('_', ' ')} {clean(draft.subject)}"
    flight = f"{plan.in_flight:,} in flight, deadline {span(plan.deadline)}"
    yield f"{counted(plan.count, 'message')}, {pace}, {flight}"
    ending = str(report.ending) if report.ending else "still running"
    yield (
        f"{ending} after {span(report.elapsed)}: {report.sent:,} sent, {report.done:,} done, "
        f"{report.throughput:,.0f}/s"
    )
    yield from (f"{kind}: {count:,}" for kind, count in report.failed.items())
    if behind := behind_words(report, plan):
        yield behind
    if burst.last_error is not None:
        yield f"last error: {clean(str(burst.last_error))}"
    if report.done:
        yield ""
        yield from (f"{name:<6}{duration(getattr(report, field)):>9}" for name, field in FIGURES)
        yield ""
        yield from _histogram(report)


def _histogram(report: BurstReport) -> Iterator[str]:
    most = max(bucket.count for bucket in report.buckets)
    for bucket in report.buckets:
        bar = "#" * -(-bucket.count * _BAR // most)
        between = f"{duration(bucket.begin):>9} - {duration(bucket.end):>9}"
        yield f"{between}  {bucket.count:>9,}  {bar}".rstrip()
