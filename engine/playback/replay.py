"""Replay: the requests of a recording asked again, and the new answers compared with the old."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from engine.compare.compare import Comparison, compare
from engine.drafts.draft import Draft
from engine.drafts.draft_of_exchange import recorded_draft
from engine.drafts.send import begin
from engine.errors import InvalidInput, NatstapError
from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.latency_words import span
from engine.message import Message
from engine.responders.harmless import CONTROL
from engine.rpc.broker import Broker
from engine.subject import check_publish
from engine.words import counted

MAX_IN_FLIGHT = 1000
"""Requests that wait for their answers at the same time."""
MAX_REQUESTS = 100_000
SUBJECT_MARK = "{subject}"


class ReplayOutcome(StrEnum):
    """How a new answer compares with the recorded one."""

    SAME = "same"
    DIFFERENT = "different"
    """It was answered both times, and otherwise."""
    STATE = "another state"
    """Such as answered then, and no responders now."""
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """`speed` 1 is as fast as it was, 10 ten times faster, 0 one after the other at once."""

    subject: str = SUBJECT_MARK
    """Where requests go: "test.{subject}" asks another system, "test" one subject for all."""
    speed: float = 1.0
    timeout: float | None = None
    """Seconds for each answer; None is as recorded."""
    publishes: bool = False
    """True when messages without a reply subject are sent too."""

    def check(self) -> None:
        if not 0 <= self.speed <= 1e6:
            raise InvalidInput("speed: use a number between 0 and 1,000,000")
        check_publish(self.subject.replace(SUBJECT_MARK, "a"))


@dataclass(frozen=True, slots=True)
class ReplayedRequest:
    """A recorded message that is sent again, `at` seconds after the first of them."""

    number: int
    at: float
    draft: Draft


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came of one; `new` is None where it was not sent."""

    request: ReplayedRequest
    recorded: Exchange
    outcome: ReplayOutcome
    new: Exchange | None = None
    comparison: Comparison | None = None
    words: str = ""
    """In a sentence, without a full stop."""


class Replay:
    """The requests of exchanges `numbers` in `recorded`, sent over `broker`; raises `InvalidInput`.

    `broker` must have a journal: what comes back is looked up there.
    """

    def __init__(
        self,
        recorded: Journal,
        numbers: Iterable[int],
        broker: Broker,
        options: ReplayOptions | None = None,
        alone: Callable[[int], bool] = lambda number: False,
    ) -> None:
        """`alone` tells of a request that only natstap heard (`Hearing.heard_alone`)."""
        self.options = options or ReplayOptions()
        self.options.check()
        self._recorded = recorded
        self._broker = broker
        self._alone = alone
        self.requests: tuple[ReplayedRequest, ...] = tuple(self._plan(numbers))
        self.results: list[ReplayResult] = []
        if not self.requests:
            raise InvalidInput("there is no request in there that could be sent again")
        if len(self.requests) > MAX_REQUESTS:
            raise InvalidInput(f"more than {MAX_REQUESTS:,} requests: filter the list first")

    @property
    def seconds(self) -> float:
        """How long the sending takes at this speed."""
        return self.requests[-1].at / self.options.speed if self.options.speed else 0.0

    def sentences(self, where: str) -> list[str]:
        """What will be sent where, to be said before."""
        subjects = Counter(request.draft.subject for request in self.requests)
        told = [f"{counted(len(self.requests), 'message')} will be sent to {where}:"]
        told += [f"  {count:,} to {subject}" for subject, count in subjects.most_common(10)]
        if (more := len(subjects) - 10) > 0:
            told.append(f"  and others to {counted(more, 'more subject')}")
        if len(self.requests) == 1:
            return [*told, "It is sent at once, with a new id."]
        pace = f"within {span(self.seconds)}" if self.options.speed else "one after the other"
        return [*told, f"They are sent {pace}, with new ids."]

    async def run(self) -> AsyncIterator[ReplayResult]:
        """Send them all, each when its time has come; what came of each, as it comes.

        Ended by closing the iterator: what is in flight is given up.
        """
        tasks: set[asyncio.Task[ReplayResult]] = set()
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            for request in self.requests:
                due = began + request.at / self.options.speed if self.options.speed else 0.0
                while tasks and (
                    len(tasks) >= MAX_IN_FLIGHT or not self.options.speed or due > loop.time()
                ):
                    limit = max(0.0, due - loop.time()) if self.options.speed else None
                    limit = None if len(tasks) >= MAX_IN_FLIGHT else limit
                    done, tasks = await asyncio.wait(
                        tasks, timeout=limit, return_when=asyncio.FIRST_COMPLETED
                    )
                    for task in done:
                        yield task.result()
                if (pause := due - loop.time()) > 0:
                    await asyncio.sleep(pause)
                tasks.add(asyncio.create_task(self.send(request)))
            while tasks:
                done, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def send(self, request: ReplayedRequest) -> ReplayResult:
        """Send one now, wait for its answer, and compare; a server cannot make it raise."""
        result = await self._send(request)
        self.results.append(result)
        return result

    async def _send(self, request: ReplayedRequest) -> ReplayResult:
        recorded = self._recorded.exchange(request.number)
        try:
            sent = begin(self._broker, request.draft)
        except NatstapError as error:
            return ReplayResult(request, recorded, ReplayOutcome.NOT_SENT, words=str(error))
        words = ""
        try:
            await sent.outcome()
        except NatstapError as error:
            words = str(error)
        journal = self._broker.journal
        if journal is None or sent.number not in journal:
            return ReplayResult(
                request, recorded, ReplayOutcome.NOT_SENT, words=words or "it is gone"
            )
        return self._compared(request, recorded, journal, journal.exchange(sent.number))

    def _compared(
        self, request: ReplayedRequest, recorded: Exchange, journal: Journal, new: Exchange
    ) -> ReplayResult:
        then = State.NO_RESPONDERS if self._alone(recorded.number) else recorded.state
        if then is new.state is State.NO_RESPONDERS:
            words = "nobody listened, then and now"
            return ReplayResult(request, recorded, ReplayOutcome.SAME, new, words=words)
        if _group(then) != _group(new.state):
            words = f"{then.label or 'published'} then, {new.state.label} now"
            return ReplayResult(request, recorded, ReplayOutcome.STATE, new, words=words)
        pairs = list(zip(_replies(self._recorded, recorded), _replies(journal, new), strict=False))
        counts = len(recorded.replies), len(new.replies)
        found = [compare(old, fresh) for old, fresh in pairs]
        worst = next((each for each in found if not _alike(each)), found[0] if found else None)
        if counts[0] != counts[1] and recorded.wanted != 1:
            words = f"{counted(counts[0], 'reply', 'replies')} then, {counts[1]:,} now"
            return ReplayResult(request, recorded, ReplayOutcome.DIFFERENT, new, worst, words)
        alike = worst is None or _alike(worst)
        outcome = ReplayOutcome.SAME if alike else ReplayOutcome.DIFFERENT
        words = worst.sentence.rstrip(".") if worst is not None else "nothing came back"
        return ReplayResult(request, recorded, outcome, new, worst, words)

    def _plan(self, numbers: Iterable[int]) -> Iterable[ReplayedRequest]:
        first: float | None = None
        for number in numbers:
            if number not in self._recorded:
                continue
            exchange = self._recorded.exchange(number)
            if not self._is_wanted(exchange):
                continue
            first = exchange.started if first is None else first
            draft = recorded_draft(self._recorded, number)
            subject = self.options.subject.replace(SUBJECT_MARK, draft.subject)
            changed = replace(draft, subject=subject)
            if self.options.timeout is not None:
                changed = replace(changed, timeout=self.options.timeout)
            yield ReplayedRequest(number, max(0.0, exchange.started - first), changed)

    def _is_wanted(self, exchange: Exchange) -> bool:
        kinds = {ExchangeKind.REQUEST} | (
            {ExchangeKind.PUBLISH} if self.options.publishes else set()
        )
        return exchange.kind in kinds and not exchange.subject.startswith(CONTROL)


_FAILED_ALIKE = (State.NO_ANSWER, State.TIMED_OUT, State.WAITING)


def _group(state: State) -> State:
    """States that mean the same to an asker: nobody knows how long others waited."""
    if state in _FAILED_ALIKE:
        return State.TIMED_OUT
    return State.ANSWERED if state in (State.LATE, State.PARTLY) else state


def _replies(journal: Journal, exchange: Exchange) -> list[Message]:
    return [journal.message(number) for number in exchange.replies if number in journal]


def _alike(comparison: Comparison) -> bool:
    """The same but for what differs from message to message."""
    news = [header for header in comparison.headers if header.change != "same"]
    return comparison.body.equal and all(header.expected for header in news)
