"""The inbox: one wildcard subscription that hears the answers to all requests of one link.

Each request gets its own token behind the prefix, so it costs no subscription. What comes
for a request that is over is still recorded by the journal: that is how late answers and
second answers are seen.
"""

from __future__ import annotations

from typing import Protocol

from engine.errors import LinkLost, NatstapError, Refused
from engine.journal import Event, Journal
from engine.link.link import Link, Subscription
from engine.message import raw_bytes

from .ids import new_token


class Waiter(Protocol):
    """Somebody who waits for what comes to a reply subject."""

    subject: str

    def hear(self, frame: bytes, start: int, head: int) -> None: ...

    def fail(self, error: NatstapError, event: Event, why: str = "") -> None: ...


class Inbox:
    """Reply subjects of one connection, and who waits on them."""

    def __init__(self, link: Link, journal: Journal | None) -> None:
        self._link = link
        self._journal = journal
        self._source = journal.source("own inbox") if journal is not None else 0
        if journal is not None:
            journal.time_by(self._source, link.arrival)
        self.prefix = f"{link.profile.inbox_prefix}.{new_token()}"
        self._stem = self.prefix.encode() + b"."
        self._made = 0
        self.waiting: dict[bytes, Waiter] = {}
        self._subscription: Subscription | None = None

    def address(self) -> bytes:
        """A fresh reply subject, listened to from now on."""
        if self._subscription is None:
            self._subscription = self._link.subscribe(self._stem + b"*", self._hear)
        self._made += 1
        return self._stem + b"%x" % self._made

    @property
    def coming(self) -> str:
        """A subject as long as the one that a stream's request will name next in its headers."""
        return f"{self.prefix}.{self._made + 2:x}"

    def _hear(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        if self._journal is not None:
            self._journal.record(self._source, subject, reply, frame, start, head)
        waiter = self.waiting.get(subject)
        if waiter is not None:
            waiter.hear(frame, start, head)

    def lose(self) -> None:
        """The connection went: what is in flight will not be answered here."""
        for waiter in set(self.waiting.values()):
            waiter.fail(LinkLost(waiter.subject), Event.LINK_LOST)

    def refuse(self, operation: str, subject: str, words: str) -> None:
        """The server refused a publish, or the inbox itself."""
        deaf = operation == "subscription" and subject.startswith(self.prefix)
        if deaf and self._subscription is not None:
            self._subscription.end()
            self._subscription = None  # so that the next request is told as well
        if operation == "publish" and self._journal is not None:
            self._journal.refuse(raw_bytes(subject))
        for waiter in set(self.waiting.values()):
            if deaf or (operation == "publish" and waiter.subject == subject):
                waiter.fail(Refused(subject, operation), Event.REFUSED, words)
