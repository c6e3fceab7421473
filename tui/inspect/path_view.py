"""The path of a traced request: who passed it on, who got it, and where the time went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.journal import Exchange
from engine.latency_words import span
from engine.tracing.path import Hop, Path, TraceStep
from engine.tracing.timing import Spent, where_the_time_went
from engine.words import counted
from tui.kit.facts import Fact, Facts, wrapped
from tui.kit.late import Late
from tui.safe import clean, fit

_BAR = 32
_MAX_HOPS = 100
_LONG_ID = 40
_PARTS = (("network", "$text-primary"), ("server", "$text-accent"), ("service", "$text-success"))


class PathView(Late, VerticalScroll):
    def __init__(self) -> None:
        self._shown: tuple[Path, Exchange] | None = None
        self._facts = Facts("path-facts")
        self._times = Static(id="path-times", markup=False)
        super().__init__(self._facts, self._times, id="path")

    def on_resize(self) -> None:
        if self._shown is not None:
            self.show(*self._shown)

    def show(self, path: Path, exchange: Exchange) -> None:
        self._shown = path, exchange
        self._facts.show((("Path", path.sentence), *path_facts(path)))
        spent = where_the_time_went(path, exchange)
        lines = list(bars(spent, max(20, self.size.width - 2)))
        self._times.update(Content("\n").join(lines))


def path_facts(path: Path) -> Sequence[Fact]:
    """Every step in order, then what is missing."""
    facts = [fact for hop in path.hops[:_MAX_HOPS] if (fact := _fact(hop))]
    if (more := len(path.hops) - _MAX_HOPS) > 0:
        facts.append(("…", f"and {counted(more, 'step')} more"))
    if path.refusal:
        facts.append(("Refused", path.refusal))
    if not path.complete and not path.refused:
        facts.append(("Not known", "not every server reported its part of the way"))
    if path.unreadable:
        facts.append(("Not known", f"{counted(path.unreadable, 'report')} made no sense"))
    return facts


def _fact(hop: Hop) -> Fact:
    words = _WORDS[hop.step](hop)
    if hop.no_interest:
        words += ": nobody is interested"
    if hop.error:
        words += (
            f", too old to report: {hop.error}" if hop.unreported else f", refused: {hop.error}"
        )
    return hop.step.capitalize(), words


def named(server: str) -> str:
    """A server without a name is called by its id, which nobody can read."""
    return f"server {server}" if len(server) < _LONG_ID else f"server {server[:6]}…"


def _peer(hop: Hop) -> str:
    cid = f" (cid {hop.cid})" if hop.cid else ""
    return f"{hop.peer or 'client'} {hop.name}".rstrip() + cid


def _out(hop: Hop) -> str:
    queue = f", the chosen member of queue {hop.queue}" if hop.queue else ""
    account = f", account {hop.account}" if hop.account else ""
    pattern = f" on {hop.subject}" if hop.subject else ""
    return f"to {_peer(hop)}{pattern}{queue}{account}"


_WORDS = {
    TraceStep.IN: lambda hop: f"by {named(hop.server)} from {_peer(hop)}",
    TraceStep.MAPPED: lambda hop: f"to {hop.subject}",
    TraceStep.EXPORTED: lambda hop: f"by account {hop.account} as {hop.subject}",
    TraceStep.IMPORTED: lambda hop: f"by account {hop.account} as {hop.subject}",
    TraceStep.STORED: lambda hop: f"in stream {hop.stream}",
    TraceStep.OUT: _out,
}


def bars(spent: Spent, width: int) -> Iterator[Content]:
    """A bar for each part of the time; what cannot be told is said."""
    if spent.total is not None:
        yield Content.styled(f"Where {span(spent.total)} went", "bold")
    for name, ink in _PARTS:
        seconds: float | None = getattr(spent, name)
        if seconds is not None and spent.total:
            yield _bar(name, seconds, spent.total, ink, width)
    if spent.why:
        yield from (Content.styled(line, "$foreground 60%") for line in _note(spent.why, width))


def _bar(name: str, seconds: float, total: float, ink: str, width: int) -> Content:
    room = max(4, min(_BAR, width - 24))
    cells = max(1, round(room * min(1.0, seconds / total))) if seconds else 0
    return Content.assemble(
        fit(name, 9),
        ("█" * cells, ink),
        ("░" * (room - cells), "$foreground 20%"),
        f"  {span(seconds)}",
    )


def _note(why: str, width: int) -> list[str]:
    return wrapped(f"{why[0].upper()}{clean(why[1:])}.", width)
