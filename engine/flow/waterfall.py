"""The waterfall: the exchanges of a flow against time, each below the one that it was asked for.

Pure: it reads the journal. An exchange lies below another when the client that answers that one
asked it meanwhile; where the clients have no names, nobody knows, and it lies on the first level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from engine.arrival import is_timed
from engine.clients.names import OWN
from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.journal.exchange import Bounds

from .ends import Ends

_ASKED = (ExchangeKind.REQUEST, ExchangeKind.PUBLISH)
_OPEN = (State.WAITING, State.NO_ANSWER)
_LONG = 10.0
"""Seconds after which it is told in steps of as many how long something is silent."""


@dataclass(frozen=True, slots=True)
class FlowBar:
    """One exchange; `begin` and `end` are seconds since the flow began."""

    number: int
    ends: Ends
    subject: str
    kind: ExchangeKind
    state: State
    begin: float
    end: float
    """When the last that came back came, or the wait ended; for an open one, now."""
    took: Bounds | None
    """The least and the most seconds that its latency can have been; None while it has none."""
    own: bool
    open: bool
    """True while nobody knows its end."""
    waited: float
    """Seconds since it began, for an open one; in whole ones where it is silent for long."""
    timed: bool = True
    """False where nobody knows when it was: `begin` and `end` only keep the order."""
    depth: int = 0
    gap: float = 0.0
    """Seconds before it in which nothing else of the flow went on but what it was asked for."""

    @property
    def failed(self) -> bool:
        return self.kind in _ASKED and self.state.failed


@dataclass(frozen=True, slots=True)
class Waterfall:
    hops: tuple[FlowBar, ...]

    @property
    def timed(self) -> bool:
        """False where nobody knows when some of them were."""
        return all(hop.timed for hop in self.hops)

    @property
    def total(self) -> float:
        """Seconds from the first message to the last."""
        return max((hop.end for hop in self.hops), default=0.0)

    @property
    def failed(self) -> FlowBar | None:
        """The failed exchange that the others can have failed for: the deepest, then the first."""
        failed = (hop for hop in self.hops if hop.failed)
        return max(failed, key=lambda hop: (hop.depth, -hop.begin), default=None)

    @property
    def open(self) -> int:
        """Exchanges that wait for an answer."""
        return sum(hop.open for hop in self.hops)


def waterfall(
    journal: Journal, heads: Iterable[int], ends: Callable[[int], Ends], now: float
) -> Waterfall:
    """Of the exchanges with these numbers, as they stand `now`, in seconds since the epoch."""
    exchanges = [journal.exchange(head) for head in sorted(heads) if head in journal]
    exchanges = [found for found in exchanges if found.kind is not ExchangeKind.NOTE]
    first = min((exchange.started for exchange in exchanges), default=0.0)
    hops = [_hop(journal, exchange, ends(exchange.number), first, now) for exchange in exchanges]
    placed = _placed(sorted(hops, key=lambda hop: (hop.begin, hop.number)))
    return Waterfall(tuple(_bounded(placed)))


def _hop(journal: Journal, exchange: Exchange, ends: Ends, first: float, now: float) -> FlowBar:
    is_open = exchange.kind in _ASKED and exchange.state in _OPEN and bool(exchange.reply_subject)
    lasts = is_open and is_timed(exchange.started)
    end = max(exchange.started, now) if lasts else _end(journal, exchange)
    return FlowBar(
        exchange.number,
        ends,
        exchange.subject,
        exchange.kind,
        exchange.state,
        exchange.started - first,
        end - first,
        exchange.latency_bounds,
        exchange.own,
        is_open,
        _waited(exchange, now) if is_open else 0.0,
        is_timed(exchange.started),
    )


def _end(journal: Journal, exchange: Exchange) -> float:
    last = exchange.came_back[-1:]
    came = [journal.message(number).at for number in last if number in journal]
    return max([exchange.started, *came, *filter(None, (exchange.answered, exchange.ended))])


def _waited(exchange: Exchange, now: float) -> float:
    waited = max(0.0, now - exchange.started)
    if exchange.state is State.WAITING or waited < _LONG:
        return waited
    return waited // _LONG * _LONG


def _bounded(hops: list[FlowBar]) -> Iterable[FlowBar]:
    """What is silent for long ends with the others, for it would make them too small to be seen."""
    others = (hop.end for hop in hops if hop.state is not State.NO_ANSWER)
    last = max(others, default=0.0)
    for hop in hops:
        silent = hop.state is State.NO_ANSWER and last > hop.begin
        yield replace(hop, end=last) if silent else hop


def _placed(hops: list[FlowBar]) -> list[FlowBar]:
    """Each with its depth, and with the gap before it."""
    placed: list[FlowBar] = []
    reached: dict[int, float] = {}
    """By what is above, 0 for nothing: when the last below it ended."""
    for hop in hops:
        asked_for = (above for above in reversed(placed) if _is_below(hop, above))
        above = next(asked_for, None)
        level = above.number if above else 0
        before = reached.get(level, above.begin if above else hop.begin)
        gap, depth = max(0.0, hop.begin - before), above.depth + 1 if above else 0
        placed.append(replace(hop, depth=depth, gap=gap))
        reached[level] = max(before, hop.end)
    return placed


def _is_below(hop: FlowBar, above: FlowBar) -> bool:
    asker = hop.ends.asker
    known = asker not in ("", OWN) and asker == above.ends.answerer
    return known and above.begin <= hop.begin <= above.end
