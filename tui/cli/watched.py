"""An exchange that was watched: who took part, and what is printed of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.arrival import is_timed
from engine.clients.names import Names
from engine.content.content import Side
from engine.diagnosis.case import Heard
from engine.diagnosis.judge import verdict
from engine.latency_words import interval

from .message_flags import message_record
from .output import BAD, DIM, GOOD, WARN, Output

if TYPE_CHECKING:
    from engine.diagnosis.result import Diagnosis
    from engine.filter.lens import Lens
    from engine.journal import Journal
    from engine.journal.exchange import Bounds
    from engine.message import Message
    from engine.rpc.broker import Broker
    from engine.watching.feed import ExchangeFeed, SeenExchange

_NAME_WAIT = 0.5
"""Seconds that an exchange waits for the names of those who take part in it."""
_NAME_PAUSE = 1.0
"""Seconds after such a wait in which no other exchange waits: a busy subject is not held up."""


@dataclass(slots=True)
class WatchOptions:
    """What is printed, and what ends it."""

    shown: Lens
    until: Lens
    count: int
    printed: int = 0

    @property
    def waits(self) -> bool:
        """True when there is something that must come."""
        return bool(self.count) or not self.until.empty

    def ends(self, feed: ExchangeFeed, described: Described, out: Output) -> bool:
        if self.count and self.printed >= self.count:
            return True
        return not self.until.empty and passes(self.until, feed, described, out)


def seen_in(journal: Journal, number: int, heard: Heard) -> tuple[SeenExchange, Diagnosis]:
    """An exchange of any journal, and what is to be said of it."""
    from engine.watching.feed import SeenExchange

    exchange = journal.exchange(number)
    seen = SeenExchange(
        number=number,
        subject=exchange.subject,
        state=exchange.state,
        request=journal.message(number),
        replies=tuple(journal.message(reply) for reply in exchange.replies),
        latency=exchange.latency if exchange.replies else None,
        only_watched=heard.alone or None,
        reply_missed=heard.unheard,
        journal=journal,
    )
    return seen, verdict(exchange, journal, heard)


def passes(lens: Lens, feed: ExchangeFeed, described: Described, out: Output) -> bool:
    from .contents import hearsay, schemas_of

    exchange = feed.journal.exchange(described.seen.number)
    code = exchange.kind << 4 | exchange.state
    known = hearsay(feed.journal, out, schemas_of(out), lambda number: described.listener)
    return lens.accepts(feed.journal, exchange.number, code, known)


@dataclass(frozen=True, slots=True)
class Described:
    """An exchange with the names of those who took part, and what is to be said of it."""

    seen: SeenExchange
    asker: str
    listener: str
    verdict: Diagnosis


async def describe(feed: ExchangeFeed, broker: Broker, out: Output) -> AsyncIterator[Described]:
    """Each exchange as it ends, with names as far as the servers tell them."""
    from .contents import breach, schemas_of

    names = Names()
    learning = asyncio.create_task(names.keep_learning(lambda: broker.link))
    namer = Namer(names)
    try:
        async for seen in feed:
            asker, listener = await namer.name(seen)
            heard = Heard(
                alone=seen.only_watched is True,
                unheard=seen.reply_missed,
                breach=breach(feed.journal, seen.number, schemas_of(out)),
            )
            found = verdict(feed.journal.exchange(seen.number), feed.journal, heard)
            yield Described(seen, asker, listener, found)
    finally:
        learning.cancel()


class Namer:
    """Names of those who take part; the servers are waited for now and then, and not each time."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._patient_from = 0.0
        """By the monotonic clock: before that nobody waits for a name."""

    async def name(self, seen: SeenExchange) -> tuple[str, str]:
        """Who asked and who listens; "" for who is not known."""
        found = self._known(seen)
        wanted = not found[1] or (seen.request.reply and not found[0])
        if not wanted or time.monotonic() < self._patient_from:
            return found
        with suppress(TimeoutError):
            async with asyncio.timeout(_NAME_WAIT):
                while self._names.looked_at < seen.request.at:
                    await asyncio.sleep(0.02)
        self._patient_from = time.monotonic() + _NAME_PAUSE
        return self._known(seen)

    def _known(self, seen: SeenExchange) -> tuple[str, str]:
        """What is not known is asked for."""
        at, reply = seen.request.at, seen.request.reply
        asker = self._names.asker(reply, at) if reply else ""
        return asker, self._names.listeners(seen.subject, at)


def exchange_record(described: Described, out: Output) -> dict[str, Any]:
    """The JSON line of an exchange."""
    seen = described.seen
    bounds = _bounds(seen)
    return {
        "type": "exchange",
        "subject": seen.subject,
        "state": seen.state.slug or "published",
        "at": round(seen.request.at, 6) if is_timed(seen.request.at) else None,
        "from": described.asker,
        "to": described.listener,
        "latency": None if seen.latency is None else round(seen.latency, 6),
        "latency_at_least": None if bounds is None else round(bounds[0], 6),
        "correlation_id": seen.correlation_id,
        "request": _message(seen.request, seen.subject, Side.REQUEST, out),
        "replies": [_message(reply, seen.subject, Side.REPLY, out) for reply in seen.replies],
        "only_watched": seen.only_watched,
        "cause": str(described.verdict.cause),
        "sentence": described.verdict.sentence,
    }


def _bounds(seen: SeenExchange) -> Bounds | None:
    """The least and the most seconds until the first reply."""
    return seen.journal.exchange(seen.number).latency_bounds if seen.latency is not None else None


def _message(message: Message, subject: str, side: Side, out: Output) -> dict[str, Any]:
    fields = message_record(message, subject, side, out)
    if message.status:
        fields |= {"status": message.status, "description": message.description}
    return fields


def print_exchange(out: Output, described: Described) -> None:
    seen = described.seen
    tone = {"good": GOOD, "warn": WARN, "bad": BAD}.get(described.verdict.tone, DIM)
    way = f"{described.asker or 'somebody'} → {described.listener or 'nobody known'}"
    bounds = _bounds(seen)
    took = interval(*bounds, room=8) if bounds else ""
    state = seen.state.label or "published"
    parts = (out.paint(f"{state:<14}", tone), f"{took:>8}", seen.subject, way)
    out.line("  ".join(out.safe(part) if at != 0 else part for at, part in enumerate(parts)))
    if seen.state.failed:
        out.line(f"  {out.safe(described.verdict.sentence)}")
