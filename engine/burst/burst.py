"""A burst: one draft sent many times, at a rate, with so many in flight, and how it went.

Everything on a `Burst` can be read while it runs. Latency is counted from sending to the
answer, to the last answer of many, or to the stream's acknowledgement; failures have none.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.drafts.draft import Draft, InvalidDraft, Kind
from engine.drafts.send import NewId, PreparedDraft
from engine.drafts.template import Context
from engine.drafts.written_content import encoded
from engine.durations import MAX_WAIT
from engine.errors import (
    InvalidInput,
    JetStreamError,
    LinkError,
    NatstapError,
    NoResponders,
    Refused,
    RequestTimeout,
    ServiceError,
    StatusReply,
    StoredOnly,
)
from engine.rpc.broker import Broker
from engine.rpc.ids import new_short_id
from engine.statistics.histogram import FINE, Bucket, Histogram

MOST_IN_FLIGHT = 10_000
_KINDS: tuple[tuple[type[NatstapError], str], ...] = (
    (NoResponders, "no responders"),
    (StoredOnly, "stored only"),
    (RequestTimeout, "timed out"),
    (ServiceError, "service error"),
    (StatusReply, "error status"),
    (Refused, "refused"),
    (LinkError, "link lost"),
    (JetStreamError, "not stored"),
    (InvalidInput, "invalid"),
)


class BurstEnding(StrEnum):
    """Why a burst is over."""

    FINISHED = "finished"
    CANCELLED = "cancelled"
    DEADLINE = "out of time"


@dataclass(frozen=True, slots=True)
class BurstReport:
    """How a burst went, or goes. Times are seconds; percentiles are right to one percent."""

    count: int
    sent: int
    done: int
    failed: Mapping[str, int]
    """By kind, in the words of the exchanges' states."""
    elapsed: float
    ending: BurstEnding | None
    """None while it runs."""
    p50: float
    p90: float
    p99: float
    p999: float
    least: float
    mean: float
    most: float
    behind: float
    """How far it fell behind its rate at worst."""
    buckets: tuple[Bucket, ...]

    @property
    def throughput(self) -> float:
        """Good ends per second."""
        return self.done / self.elapsed if self.elapsed else 0.0

    @property
    def summary(self) -> str:
        """One line: how many, and how it went."""
        failed = [f"{count:,} {kind}" for kind, count in self.failed.items()]
        usual = self.ending in (None, BurstEnding.FINISHED) or str(self.ending) in self.failed
        ending = [] if usual else [str(self.ending)]
        if not failed and not ending:
            return f"{self.sent:,}× done"
        return ", ".join([f"{self.done:,} of {self.count:,}×", *failed, *ending])


class Burst:
    """`count` sendings of a draft; `rate` is per second, `deadline` seconds for all of it.

    `fresh` makes the correlation ids that natstap adds. Raises `InvalidInput` where the draft could
    not even be sent once.
    """

    def __init__(
        self,
        broker: Broker,
        draft: Draft,
        count: int,
        rate: float | None = None,
        in_flight: int = 1,
        *,
        deadline: float | None = None,
        variables: Mapping[str, str] | None = None,
        fresh: NewId = new_short_id,
        settings: SubjectSettings = NOTHING_SET,
    ) -> None:
        """`settings` know the types that bodies are written as."""
        _check(count, rate, in_flight, deadline)
        draft.check()
        self._settings = settings
        self.count = count
        self.sent = 0
        self.done = 0
        self.failed: Counter[str] = Counter()
        self.latencies = Histogram(FINE)
        self.behind = 0.0
        self.ending: BurstEnding | None = None
        self.last_error: NatstapError | None = None
        """The newest failure, whole: counters do not say why."""
        self.broker = broker
        """What it sends with; it is connected by then."""
        self._draft = draft
        self._prepared: PreparedDraft | None = None
        self._pause = 1 / rate if rate else 0.0
        self._in_flight = min(in_flight, count)
        self._deadline = deadline
        self._variables = variables or {}
        self._fresh = fresh
        self._begun = 0.0
        self._elapsed = 0.0
        self._tasks: asyncio.Task[None] | None = None

    # -- running -------------------------------------------------------------------------

    async def run(self) -> BurstReport:
        """Send all; returns when all ended, at the deadline, or after `cancel`."""
        if self.ending is not None:
            return self.report()
        self._begun = monotonic()
        self._tasks = asyncio.ensure_future(self._work())
        try:
            done, _ = await asyncio.wait({self._tasks}, timeout=self._deadline)
            self._end(BurstEnding.FINISHED if done else BurstEnding.DEADLINE)
        finally:
            self._end(BurstEnding.CANCELLED)
            await _finish(self._tasks)
            self._elapsed = monotonic() - self._begun
        return self.report()

    def cancel(self) -> None:
        """Send no more, and wait no longer for what is in flight."""
        self._end(BurstEnding.CANCELLED)
        if self._tasks is not None:
            self._tasks.cancel()

    def _end(self, ending: BurstEnding) -> None:
        self.ending = self.ending or ending

    async def _work(self) -> None:
        numbers = iter(range(1, self.count + 1))
        async with asyncio.TaskGroup() as group:
            for _ in range(self._in_flight):
                group.create_task(self._worker(numbers))
        if self._draft.kind is Kind.PUBLISH:
            await self._arrived()

    async def _worker(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            if self._pause:
                await self._wait_turn(self._begun + (number - 1) * self._pause)
            self.sent += 1
            begun = monotonic()
            try:
                await self._prepare(number).begin().outcome()
            except NatstapError as error:
                self.failed[kind_of(error)] += 1
                self.last_error = error
                await asyncio.sleep(0)  # what fails at once must leave others their turn
            except asyncio.CancelledError:
                self.failed["cancelled"] += 1
                raise
            else:
                self.done += 1
                self.latencies.add(monotonic() - begun)

    def _prepare(self, number: int) -> PreparedDraft:
        """What does not change is made ready once."""
        if self._prepared is None or self._draft.templates:
            rendered = self._draft.rendered(Context(number, self._variables))
            takes = self.broker.link.server.takes_headers
            rendered = encoded(rendered, self._settings, headers=takes)
            self._prepared = PreparedDraft(self.broker, rendered, fresh=self._fresh)
        return self._prepared

    async def _wait_turn(self, due: float) -> None:
        ahead = due - monotonic()
        self.behind = max(self.behind, -ahead)
        await asyncio.sleep(max(0.0, ahead))

    async def _arrived(self) -> None:
        """What is only published has gone when the server has read it."""
        try:
            await self.broker.link.barrier()
        except LinkError as error:
            self.failed[kind_of(error)] += 1
            self.last_error = error

    # -- telling -------------------------------------------------------------------------

    @property
    def elapsed(self) -> float:
        """Seconds since it began, or that it took."""
        running = self._begun and not self._elapsed
        return monotonic() - self._begun if running else self._elapsed

    def report(self) -> BurstReport:
        """How it stands now."""
        seen = self.latencies
        p50, p90, p99, p999 = map(seen.percentile, (50, 90, 99, 99.9))
        return BurstReport(
            count=self.count,
            sent=self.sent,
            done=self.done,
            failed=dict(self.failed.most_common()),
            elapsed=self.elapsed,
            ending=self.ending,
            p50=p50,
            p90=p90,
            p99=p99,
            p999=p999,
            least=seen.least if seen.count else 0.0,
            mean=seen.mean,
            most=seen.most,
            behind=self.behind,
            buckets=seen.buckets(),
        )


def kind_of(error: NatstapError) -> str:
    """A failure in the words of the exchanges' states."""
    return next((words for kind, words in _KINDS if isinstance(error, kind)), "failed")


async def _finish(task: asyncio.Task[None]) -> None:
    """End the work; what it raises is told, save that it was cancelled."""
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def _check(count: int, rate: float | None, in_flight: int, deadline: float | None) -> None:
    if count < 1:
        raise InvalidDraft("count", "send at least one")
    if rate is not None and not 0 < rate <= 1_000_000:
        raise InvalidDraft("rate", "it is more than nothing, and at most a million a second")
    if not 1 <= in_flight <= MOST_IN_FLIGHT:
        raise InvalidDraft("in_flight", f"between 1 and {MOST_IN_FLIGHT}")
    if deadline is not None and not 0 < deadline <= MAX_WAIT:
        raise InvalidDraft("deadline", "it is longer than nothing and at most a day")
