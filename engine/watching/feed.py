"""A feed: what others ask each other on chosen subjects, as whole exchanges, for a script.

    async for exchange in broker.watch("orders.>"):
        print(exchange.subject, exchange.request.body, exchange.state)

An exchange comes when its reply is there, when it wants none, or when none came in time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Self

from engine.durations import FEED_REPLY_WAIT, check_wait
from engine.errors import InvalidOption
from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.known_headers import correlation_id
from engine.message import Message
from engine.profile.profile import Profile
from engine.subject import check_subscribe

from .subject_watch import SubjectWatch

PACE = 0.005
"""Seconds between two looks while messages come."""
MAX_MESSAGES = 100_000
MAX_BYTES = 64 << 20
_KINDS = (ExchangeKind.REQUEST, ExchangeKind.PUBLISH, ExchangeKind.WATCHED_SYSTEM)


@dataclass(frozen=True, slots=True)
class SeenExchange:
    """One request of somebody, or one message that wanted no reply, and what came back."""

    number: int
    """In the feed's own journal."""
    subject: str
    state: State
    request: Message
    replies: tuple[Message, ...]
    """In the order in which they came; empty where nothing was wanted, or nothing came."""
    latency: float | None
    """Seconds until the first reply, at most; None without one."""
    only_watched: bool | None
    """True when nobody but this feed listened: without it the asker would have got "no
    responders" at once. None while that is not known."""
    reply_missed: bool
    """True where a reply may have passed unheard: a feed follows the inbox of a client from its
    first request on, so that of the first one it may miss the reply."""
    journal: Journal = field(repr=False, compare=False)

    @property
    def correlation_id(self) -> str:
        """The request's, "" where it has none."""
        return correlation_id(self.request.headers.pairs)


class ExchangeFeed:
    """Made by `NatsBroker.watch`; listens from `async with`, or from the first turn of a loop.

    It has a connection of its own, named so that others see who it is. See `disturbs`.
    """

    def __init__(
        self,
        profile: Profile,
        patterns: tuple[str, ...],
        *,
        reply_wait: float = FEED_REPLY_WAIT,
        gap: float | None = None,
    ) -> None:
        if not patterns:
            raise InvalidOption("subjects", "name what to listen to, such as orders.>")
        for pattern in patterns:
            check_subscribe(pattern)
        self._reply_wait = check_wait("reply_wait", reply_wait)
        self._gap = None if gap is None else check_wait("gap", gap)
        self.journal = Journal(MAX_MESSAGES, MAX_BYTES)
        """All that was heard."""
        self.disturbs = (
            f"While this listens on {', '.join(patterns)}, a request there that nobody answers "
            "waits for its timeout instead of failing at once: `only_watched` says which. "
            "No message, stream or consumer is changed."
        )
        """What listening does to the others, in words."""
        self._watch = SubjectWatch(profile, self.journal, patterns)
        self._open: dict[int, None] = {}
        self._next = 0

    @property
    def unfinished(self) -> int:
        """Exchanges that were heard of and have not ended."""
        return len(self._open)

    async def start(self) -> None:
        """Listen; returns when it hears. Raises `CannotConnect`, `LinkError`."""
        await self._watch.start()

    async def stop(self) -> None:
        """Listen no more; safe to call twice."""
        await self._watch.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def __aiter__(self) -> AsyncIterator[SeenExchange]:
        own = not self._watch.running
        await self.start()
        try:
            while True:
                beat = self.journal.pulse.count
                for number in list(self._whole()):
                    del self._open[number]
                    if (seen := self._seen(number)) is not None:
                        yield seen
                await self._wait(beat)
        finally:
            if own:
                await self.stop()

    async def _wait(self, beat: int) -> None:
        try:
            async with asyncio.timeout(self._patience()):
                await self.journal.pulse.wait(beat)
        except TimeoutError:
            return
        await asyncio.sleep(PACE)

    def _patience(self) -> float | None:
        """Seconds until an exchange that is open may be whole though nothing comes."""
        waits = (self._reply_wait, self._reply_wait if self._gap is None else self._gap)
        return max(min(waits) / 4, PACE) if self._open else None

    def _whole(self) -> Iterator[int]:
        for number, code in self.journal.heads(self._next):
            self._next = number + 1
            if ExchangeKind(code >> 4) in _KINDS:
                self._open[number] = None
        now = time.time()
        for number in self._open:
            try:
                exchange = self.journal.exchange(number)
            except KeyError:  # the journal is full, and let it go
                yield number
                continue
            if self._is_whole(exchange, now):
                yield number

    def _is_whole(self, exchange: Exchange, now: float) -> bool:
        if not exchange.reply_subject:
            return True
        if not exchange.replies:
            late = now - exchange.started > self._reply_wait
            if late and not self._watch.tap.missed(exchange.number):
                self.journal.unanswered.overdue(exchange.number)
            return late or exchange.state is State.NO_RESPONDERS
        if self._gap is None:
            return True
        return now - self.journal.message(exchange.replies[-1]).at > self._gap

    def _seen(self, number: int) -> SeenExchange | None:
        try:
            exchange = self.journal.exchange(number)
            return SeenExchange(
                number=number,
                subject=exchange.subject,
                state=exchange.state,
                request=self.journal.message(number),
                replies=tuple(self.journal.message(reply) for reply in exchange.replies),
                latency=exchange.latency if exchange.replies else None,
                only_watched=self._watch.only_listener.would_have_failed(number),
                reply_missed=not exchange.replies and self._watch.tap.missed(number),
                journal=self.journal,
            )
        except KeyError:
            return None
