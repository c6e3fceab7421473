"""A replay as a report in Markdown: what differs first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from engine.journal import Exchange
from engine.journal.times import took
from engine.words import counted

from .replay import ReplayOutcome, ReplayResult


def report(results: Sequence[ReplayResult]) -> str:
    """The results as a table, and each difference as a diff."""
    counts = Counter(result.outcome for result in results)
    parts = ", ".join(
        f"{counts[outcome]:,} {outcome}" for outcome in ReplayOutcome if counts[outcome]
    )
    lines = ["# Replay", "", f"{counted(len(results), 'message')}: {parts or 'none'}.", ""]
    lines += ["| subject | outcome | recorded | now | |", "|---|---|---|---|---|"]
    order = sorted(
        results, key=lambda each: (each.outcome is ReplayOutcome.SAME, each.request.number)
    )
    for result in order[:1000]:
        cells = (
            *(result.request.draft.subject, str(result.outcome)),
            *(_stood(result.recorded), _stood(result.new), result.words),
        )
        lines.append(f"| {' | '.join(_plain(cell) for cell in cells)} |")
    lines += list(_details([each for each in order if each.outcome is not ReplayOutcome.SAME][:25]))
    return "\n".join(lines) + "\n"


def _details(results: Iterable[ReplayResult]) -> Iterable[str]:
    for result in results:
        if result.comparison is None:
            continue
        yield f"\n## {_plain(result.request.draft.subject)}\n"
        yield "```diff"
        for line in result.comparison.body.lines[:200]:
            if line.change == "same":
                yield f" {line.left}"
                continue
            yield from (f"-{line.left}",) if line.left_at >= 0 else ()
            yield from (f"+{line.right}",) if line.right_at >= 0 else ()
        yield "```"


def _stood(exchange: Exchange | None) -> str:
    if exchange is None:
        return ""
    latency = f" in {took(exchange)}" if exchange.latency_bounds else ""
    return f"{exchange.state.label or 'published'}{latency}"


def _plain(cell: str) -> str:
    shown = " ".join(cell.encode("utf-8", "replace").decode().split())
    return shown.replace("|", "\\|").replace("<", "\\<")
