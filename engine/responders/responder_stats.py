"""What a responder did: counted, timed, and the last requests one by one."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from engine.statistics.histogram import Histogram, Latencies, bucket_of

MAX_HEARD = 100
"""Requests that are remembered one by one."""


class AnswerOutcome(StrEnum):
    """What became of one request; the values are the words that people read."""

    ANSWERED = "answered"
    FAILED = "failed on purpose"
    SILENT = "silent"
    ERROR = "error"
    """The answer could not be made or sent."""
    HELD_BACK = "held back"
    """Beyond the rate limit or the number of requests that it was to take, or switched off
    before its time came; a stream gets it back."""
    LOOP = "refused"
    """An answer would have come back here, or been a command to the server."""
    PASSED_ON = "passed on"
    """To another subject, by hand; whoever listens there answers."""
    NOBODY = "nobody waits"
    """The message names no reply subject."""

    @property
    def sent(self) -> bool:
        """True when something went out to whoever asked."""
        return self in _SENT


_SENT = frozenset((AnswerOutcome.ANSWERED, AnswerOutcome.FAILED))


class HandledRequest(NamedTuple):
    """One request and what became of it."""

    at: float
    """Seconds since the epoch."""
    subject: str
    reply_to: str
    size: int
    """Bytes of the body."""
    outcome: AnswerOutcome
    latency: float
    """Seconds until it was answered, or left."""
    number: int = 0
    """Of its exchange in the journal; 0 when no journal saw it."""
    words: str = ""
    """Why, where that is not plain."""


@dataclass(frozen=True, slots=True)
class Served:
    """The figures of a responder at one moment, since it was made."""

    requests: int = 0
    answered: int = 0
    failed: int = 0
    silent: int = 0
    errors: int = 0
    held_back: int = 0
    refused: int = 0
    nobody: int = 0
    duplicates: int = 0
    """Answers that were sent a second time."""
    stored: int = 0
    """Answers that a stream acknowledged."""
    last_error: str = ""
    latency: Latencies = field(default_factory=Latencies)
    """Of what was sent: from hearing the request to the first answer."""


class Record:
    """Where a responder writes down what it does."""

    def __init__(self) -> None:
        self.counts: Counter[AnswerOutcome] = Counter()
        self.duplicates = 0
        self.stored = 0
        self.last_error = ""
        self.last_held: HandledRequest | None = None
        """The request that was held back last, while nothing worse has happened since."""
        self.last: deque[HandledRequest] = deque(maxlen=MAX_HEARD)
        self._latencies = Histogram()

    @property
    def requests(self) -> int:
        return self.counts.total()

    @property
    def sent(self) -> int:
        return self.counts[AnswerOutcome.ANSWERED] + self.counts[AnswerOutcome.FAILED]

    @property
    def handled(self) -> int:
        """Requests that were dealt with, whatever was done: all but those held back."""
        return self.requests - self.counts[AnswerOutcome.HELD_BACK]

    @property
    def time(self) -> float:
        """Seconds that all answers took together."""
        return self._latencies.total

    @property
    def median(self) -> float:
        """Seconds within which half of the answers went out; 0 before the first."""
        return self._latencies.percentiles(0.5)[0]

    def add(self, heard: HandledRequest) -> None:
        outcome = heard.outcome
        self.counts[outcome] += 1
        self.last.append(heard)
        if outcome in _SENT:
            self._latencies.add(heard.latency, bucket_of(heard.latency))
        elif outcome in (AnswerOutcome.ERROR, AnswerOutcome.LOOP):
            self.fail(heard.words)
        elif outcome is AnswerOutcome.HELD_BACK:
            self.last_held = heard

    def fail(self, words: str) -> None:
        """Something went wrong, whatever became of the request."""
        self.last_error, self.last_held = words, None

    @property
    def complaint(self) -> str:
        """What went wrong last, as a sentence; "" when nothing has."""
        if self.last_held is not None:
            held = self.counts[AnswerOutcome.HELD_BACK]
            return f"{held:,} held back, without an answer: {self.last_held.words}"
        return f"last error: {self.last_error}" if self.last_error else ""

    def refuse(self, reply_to: str, words: str) -> None:
        """The server took no answer to `reply_to`: there has been none."""
        for at, heard in enumerate(self.last):
            if heard.reply_to == reply_to and heard.outcome.sent:
                self.counts[heard.outcome] -= 1
                self.counts[AnswerOutcome.ERROR] += 1
                self.last[at] = heard._replace(outcome=AnswerOutcome.ERROR, words=words)
                self.fail(words)

    def snapshot(self) -> Served:
        counts = self.counts
        return Served(
            requests=self.requests,
            answered=counts[AnswerOutcome.ANSWERED],
            failed=counts[AnswerOutcome.FAILED],
            silent=counts[AnswerOutcome.SILENT],
            errors=counts[AnswerOutcome.ERROR],
            held_back=counts[AnswerOutcome.HELD_BACK],
            refused=counts[AnswerOutcome.LOOP],
            nobody=counts[AnswerOutcome.NOBODY],
            duplicates=self.duplicates,
            stored=self.stored,
            last_error=self.last_error,
            latency=self._latencies.snapshot(),
        )
