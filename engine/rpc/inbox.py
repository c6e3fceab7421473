"""The inbox: one wildcard subscription that hears the answers to all requests of one link.

Each request gets its own token behind the prefix, so it costs no subscription. What comes
for a request that is over is still recorded by the journal: that is how late answers and
second answers are seen. Requests that are answered under other subjects than their reply's,
as pulls are, get a subscription of their own (`own_inbox`).
"""

from __future__ import annotations

from typing import Protocol

from engine.errors import LinkLost, NatstapError, Refused
from engine.journal import Event, Journal
from engine.link.link import Link, Subscription
from engine.message import raw_bytes
from engine.rpc.ids import new_token
from engine.rpc.own_inbox import OwnInbox, batch_of, is_pull

MAX_PULLS = 64
"""Subjects kept that turned out to be pulls though their names do not say so."""


class Waiter(Protocol):
    """Somebody who waits for what comes to a reply subject."""

    subject: str
    number: int

    def hear(self, frame: bytes, start: int, head: int, reply: bytes = b"") -> None: ...

    def fail(self, error: NatstapError, event: Event, why: str = "") -> None: ...


class Inbox:
    """Reply subjects of one connection, and who waits on them."""

    def __init__(self, link: Link, journal: Journal | None) -> None:
        self._link = link
        self._journal = journal
        self._source = journal.sources.add("own inbox") if journal is not None else 0
        if journal is not None:
            journal.sources.time_by(self._source, link.arrival)
        self.prefix = f"{link.profile.inbox_prefix}.{new_token()}"
        self._stem = self.prefix.encode() + b"."
        self._made = 0
        self.waiting: dict[bytes, Waiter] = {}
        self.own: dict[bytes, OwnInbox] = {}
        """By reply subject: those that have a subscription of their own."""
        self.pulls: dict[bytes, None] = {}
        """Subjects found to be pulls though their names do not say so, as a mapped one."""
        self._subscription: Subscription | None = None

    def address(self) -> bytes:
        """A fresh reply subject, listened to from now on."""
        if self._subscription is None:
            self._subscription = self._link.subscribe(self._stem + b"*", self._hear)
        self._made += 1
        return self._stem + b"%x" % self._made

    def pulls_from(self, subject: bytes) -> bool:
        """True when what `subject` is asked for comes under other subjects than the reply's."""
        return is_pull(subject) or subject in self.pulls

    def open(self, body: bytes) -> OwnInbox:
        """A fresh reply subject with a subscription of its own, for the pull request `body`."""
        address = f"{self._link.profile.inbox_prefix}.{new_token()}".encode()
        made = OwnInbox(
            self._link, address, batch_of(body), self._journal, self._source, self._close
        )
        self.own[address] = made
        return made

    def _close(self, inbox: OwnInbox) -> None:
        self.own.pop(inbox.address, None)

    def hears(self, reply: bytes) -> bool:
        """True for a reply subject whose answers come here."""
        return reply.startswith(self._stem)

    @property
    def coming(self) -> str:
        """A subject as long as the one that a stream's request will name next in its headers."""
        return f"{self.prefix}.{self._made + 2:x}"

    def _hear(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        waiter = self.waiting.get(subject)
        if waiter is None and not subject.startswith(self._stem):
            self._hear_delivery(subject, reply, frame, start, head)
            return
        if self._journal is not None:
            self._journal.record(self._source, subject, reply, frame, start, head)
        if waiter is not None:
            waiter.hear(frame, start, head, reply)

    def _hear_delivery(
        self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int
    ) -> None:
        """A stream's message for a request that did not look like a pull.

        Where several are open it is not known whose it is, so it goes to none of them; from
        now on requests to their subjects have subscriptions of their own.
        """
        shared = {
            waiter for address, waiter in self.waiting.items() if address.startswith(self._stem)
        }
        for waiter in shared:
            self.pulls[raw_bytes(waiter.subject)] = None
        while len(self.pulls) > MAX_PULLS:
            del self.pulls[next(iter(self.pulls))]
        asker = shared.pop() if len(shared) == 1 else None
        if self._journal is not None:
            number = asker.number if asker is not None else 0
            self._journal.answer(number, self._source, subject, reply, frame, start, head)
        if asker is not None:
            asker.hear(frame, start, head, reply)

    def lose(self) -> None:
        """The connection went: what is in flight will not be answered here."""
        for waiter in set(self.waiting.values()):
            waiter.fail(LinkLost(waiter.subject), Event.LINK_LOST)
        for own in list(self.own.values()):
            own.end()

    def refuse(self, operation: str, subject: str, words: str) -> None:
        """The server refused a publish, or the inbox itself."""
        deaf = operation == "subscription" and subject.startswith(self.prefix)
        if deaf and self._subscription is not None:
            self._subscription.end()
            self._subscription = None  # so that the next request is told as well
        if operation == "publish" and (journal := self._journal) is not None:
            journal.unanswered.refuse(journal.asked_by(raw_bytes(subject)))
        deaf_here = self.waiting.get(raw_bytes(subject)) if operation == "subscription" else None
        for waiter in set(self.waiting.values()):
            refused = operation == "publish" and waiter.subject == subject
            if deaf or refused or waiter is deaf_here:
                waiter.fail(Refused(subject, operation), Event.REFUSED, words)
