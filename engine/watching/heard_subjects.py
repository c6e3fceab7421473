"""The subjects that a watch listens to: what comes there is counted and recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engine.journal import Journal
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link, Subscription
from engine.link.wire import Sink
from engine.message import raw_bytes, text
from engine.subject import check_subscribe, matches, overlaps

from .left_out import LeftOut


class HeardSubjects:
    """`heard` is told of each message that was recorded."""

    def __init__(
        self, journal: Journal, source: int, heard: Callable[[int, bytes, bytes], None]
    ) -> None:
        self.seen: dict[str, int] = {}
        """Messages heard, by pattern."""
        self.left_out = LeftOut()
        """What of it is not recorded."""
        self.refused: set[str] = set()
        """Patterns that this user may not listen to, as of this connection."""
        self.record = journal.record
        self._journal = journal
        self._source = source
        self._heard = heard
        self._subscriptions: dict[str, Subscription] = {}

    @property
    def patterns(self) -> tuple[str, ...]:
        """What is listened to now."""
        return tuple(pattern for pattern in self._subscriptions if pattern not in self.refused)

    def match(self, subject: bytes) -> bool:
        """True when what goes to a subject is heard."""
        heard = text(subject)
        return any(matches(pattern, heard) for pattern in self._subscriptions)

    def let_go(self, pattern: str) -> None:
        self._subscriptions.pop(pattern).end()

    def end(self) -> None:
        for pattern in list(self._subscriptions):
            self.let_go(pattern)

    def on_link(self, event: LinkEvent) -> None:
        if event.what is Happening.REFUSED and event.operation == "subscription":
            self.refused |= {event.subject} & self._subscriptions.keys()
        elif event.what is Happening.PERMITTED:
            self.refused.discard(event.subject)
        elif event.what is Happening.RESTORED:
            self.refused.clear()  # what still is refused will be told again

    def listen(self, link: Link, pattern: str) -> None:
        if pattern in self._subscriptions:
            return
        # Where two patterns overlap the server sends a message twice: the first one keeps it.
        earlier = tuple(other for other in self._subscriptions if overlaps(other, pattern))
        literal = b"" if {"*", ">"} & set(pattern.split(".")) else raw_bytes(pattern)
        shown = pattern.startswith("$")
        sink = (
            partial(self._hear, pattern, earlier, literal, shown)
            if earlier or literal or shown
            else self._plain_sink(pattern)
        )
        self.seen.setdefault(pattern, 0)
        self._subscriptions[pattern] = link.subscribe(check_subscribe(pattern), sink)

    def _plain_sink(self, pattern: str) -> Sink:
        """Of a pattern that no other one overlaps: what most that is heard passes through, so that
        nothing is looked up that stays the same.
        """
        seen, left_out, record, source = self.seen, self.left_out, self.record, self._source
        heard = self._heard

        def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
            if left_out.known and left_out.takes(subject, reply, frame, start, head):
                return
            seen[pattern] += 1
            number = record(source, subject, reply, frame, start, head)
            heard(number, subject, reply)

        return hear

    def _hear(
        self,
        pattern: str,
        earlier: tuple[str, ...],
        literal: bytes,
        shown: bool,
        subject: bytes,
        reply: bytes,
        frame: bytes,
        start: int,
        head: int,
    ) -> None:
        """`shown` says that the filter is not to hide it: somebody watches it on purpose."""
        if earlier and any(matches(wide, text(subject)) for wide in earlier):
            return
        if self.left_out.takes(subject, reply, frame, start, head):
            return
        self.seen[pattern] += 1
        if literal and subject != literal:
            # A stream delivers under the subject that it stored: that answers who asked for it.
            asker = self._journal.asked_by(literal)
            number = self._journal.answer(asker, self._source, subject, reply, frame, start, head)
        else:
            number = self.record(self._source, subject, reply, frame, start, head)
        self._heard(number, subject, reply)
        if shown:
            self._journal.reveal(number)
