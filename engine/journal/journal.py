"""The journal: the bounded, numbered record of everything seen, paired as it comes.

Every message belongs to exactly one exchange: it begins one, answers one, or is a copy of
a message seen before from another place. Pairing is by exact reply subject, newest request
first.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from functools import partial

from engine.arrival import Arrival
from engine.message import raw_bytes, split_frame
from engine.service_failures import STATUS_MARK

from .classify import (
    REQUEST,
    SERVICE_ERROR,
    answer_event,
    is_mark,
    own_event,
    pub_ack,
    request_code,
)
from .exchange import ExchangeKind
from .pulse import Pulse
from .segment import COPY, FIRST_CODE, MARK, MAX_BYTES, MEMBER, Asked, Segment
from .states import NEXT, Event, State
from .store import Store

Sink = Callable[[bytes, bytes, bytes, int, int], object]
"""Takes subject, reply subject, frame, offset of its payload, length of its header block."""

SENT = 0
"""The source of what natstap itself sent."""

_WINDOW = 64
"""How many of the newest replies are searched for one seen before from another place."""
MAX_LEFT = 1 << 16
"""Exchanges of which it is kept why natstap's own responder left them unanswered."""
_MEMORY = 1 << 16
"""Reply subjects kept for pairing: at least this many of the newest, at most twice as many."""
_SOURCES = 256
"""Sources that have a place from the beginning."""
_SKEW = 0.25
"""Seconds that one connection may be behind another."""
_INBOXES = (b"_INBOX.", b"_R_.", b"_GR_.")
_REPLY = int(Event.REPLY)
_ANSWERS = (Event.REPLY, Event.PART, Event.ERROR)
_ACK = b"$JS.ACK."
_ANSWERED = bytes(
    code & 0xF0 | (NEXT[code & 15][_REPLY] if code & 15 < len(NEXT) else 0) for code in range(256)
)
_PUBLISH = ExchangeKind.PUBLISH << 4
_ACKNOWLEDGED = ExchangeKind.DELIVERY << 4
"""The code of what a consumer sends to `$JS.ACK`."""
_REPLY_TO = re.compile(rb"\r\nreply_to: *([^\r\n]+)\r\n")
_SPECIAL: tuple[bytes, ...] = (b"", b"_", b"$")
_SPACE = ord(" ")
_END = b" 2"
"""How the first line of a mark goes on that ends the replies: 204 EOB, 200."""
_now = time.time


class Journal(Store):
    """A store that finds, for each message it takes, the exchange that it belongs to."""

    def __init__(self, max_messages: int = 1_000_000, max_bytes: int = 512 << 20) -> None:
        super().__init__(max_messages, max_bytes)
        self.pulse = Pulse()
        self.inboxes: tuple[bytes, ...] = _INBOXES
        """Beginnings of reply subjects, to know an orphan by; never to pair."""
        self.adopted: deque[int] = deque(maxlen=_MEMORY)
        """The newest messages that began an exchange until their request was heard."""
        self.adoptions = 0
        """How many of those there were; never goes back."""
        self.sources: list[str] = ["natstap"]
        self._arrivals = [Arrival()] * _SOURCES
        """Of each source when what is recorded came; nothing there means now. A list, for that
        is found fastest; sources that nobody registered have their place too."""
        self._special = _SPECIAL
        self._shape: re.Pattern[bytes] | None = None
        self._orphans: dict[bytes, list[int]] = {}
        """The newest, by subject."""
        self._refusals: dict[int, int] = {}
        """How many of natstap's own answers the server refused, of the newest exchanges."""
        self.left: dict[int, str] = {}
        """Why natstap's own responder left an exchange unanswered, of the newest ones."""
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}

    def source(self, name: str) -> int:
        """Register a place that messages are seen from; its number goes with each of them."""
        self.sources.append(name)
        if len(self.sources) > len(self._arrivals):
            self._arrivals.append(Arrival())
        return len(self.sources) - 1

    def time_by(self, source: int, arrival: Arrival) -> None:
        """Let the link that a source is heard on say when its messages come."""
        self._arrivals[source] = arrival

    def sink(self, source: int) -> Sink:
        """A subscription's sink that records everything as seen from `source`."""
        return partial(self.record, source)

    def record(
        self, source: int, subject: bytes, reply: bytes, frame: bytes, start: int, head: int
    ) -> int:
        """Keep one frame and pair it; returns its number.

        The plain cases are spelled out here: a call costs a tenth of what a message may.
        """
        tail = self._tail
        number = self._next
        data = tail.data
        if number >= tail.turn or len(data) >= MAX_BYTES:
            tail = self._turn()
            data = tail.data
        self._next = number + 1
        data += frame  # in place: only what is sealed is bytes
        tail.ends.append(len(data))
        arrival = self._arrivals[source]
        tail.times.append(arrival.at or _now())
        tail.spreads.append(arrival.packed)
        tail.sources.append(source)
        young, old = self._young, self._old
        owner = young.get(subject) or (old.get(subject) if old else 0)
        if owner and owner >= self._oldest:
            tail.links.append(owner)
            tail.codes.append(MEMBER)
            if reply and reply.startswith(self.inboxes):
                young.setdefault(reply, owner)  # an answer that asks: its answer is no orphan
            place = owner - tail.first
            if (
                place < 0
                or tail.links[place]
                or tail.asked
                or (
                    frame.startswith(b" ", start + 8)
                    or frame.find(SERVICE_ERROR, start, start + head) >= 0
                    or frame.find(STATUS_MARK, start, start + head) >= 0
                    if head
                    else frame.startswith(b"{", start)
                )
            ):
                self._join(tail, owner, number, source, frame, start, head)
            else:
                tail.links[place] = number
                tail.codes[place] = _ANSWERED[tail.codes[place]]
                self.changed.append(owner)
        elif reply:
            if (
                (head and frame.find(b"\r\nreply_to", start, start + head) >= 0)
                or subject[:1] == b"$"
                or reply[:1] == b"$"
                or young.get(reply)
                or (old and old.get(reply))
                or reply in self._orphans
            ):
                self._ask(tail, number, source, subject, reply, frame, start, head)
            else:
                tail.heads.append(number - tail.first)
                tail.links.append(0)
                tail.codes.append(REQUEST)
                young[reply] = number
                if len(young) >= _MEMORY:
                    self._old, self._young = young, {}
        else:
            tail.heads.append(number - tail.first)
            tail.links.append(0)
            tail.codes.append(self._one_way(subject) if subject[:1] in self._special else _PUBLISH)
        pulse = self.pulse
        pulse.count += 1
        if pulse.waiting:
            pulse.wake()
        return number

    def show_recorded(
        self,
        segments: list[Segment],
        sources: list[str],
        inboxes: tuple[bytes, ...],
        left: dict[int, str],
    ) -> None:
        """Hold what was recorded elsewhere in place of all that is held; see `take_over`."""
        self.take_over(segments)
        self.sources[:] = sources
        self._arrivals += [Arrival()] * (len(sources) - len(self._arrivals))
        self.left = left
        self._young, self._old, self._orphans = {}, {}, {}
        for inbox in inboxes:
            self.add_inbox(inbox)

    def note(self, words: str) -> int:
        """Keep something that happened to the connection, in the order it happened."""
        told = raw_bytes(words)
        frame = b"+NOTE %d\r\n%b" % (len(told), told)
        self.notes.append(self._next)
        return self.record(SENT, b"", b"", frame, 0, 0)

    def answer(
        self,
        owner: int,
        source: int,
        subject: bytes,
        reply: bytes,
        frame: bytes,
        start: int,
        head: int,
    ) -> int:
        """Keep a frame that came on the subscription of exchange `owner`: it answers that,
        whatever its subject. With 0, or when `owner` is dropped, as `record`.
        """
        if owner < self.first or not owner:
            return self.record(source, subject, reply, frame, start, head)
        owner = self.head(owner)
        tail, number = self._append(source, frame)
        tail.links.append(owner)
        tail.codes.append(MEMBER)
        self._join(tail, owner, number, source, frame, start, head, reply.startswith(_ACK))
        self.pulse.beat()
        return number

    def begin(
        self, source: int, subject: bytes, reply: bytes, frame: bytes, start: int, head: int
    ) -> int:
        """Keep a frame that asks something of its own, though its subject is where another
        exchange awaits its answers.
        """
        tail, number = self._append(source, frame)
        self._ask(tail, number, source, subject, reply, frame, start, head)
        self.pulse.beat()
        return number

    def _append(self, source: int, frame: bytes) -> tuple[Segment, int]:
        tail = self._tail
        number = self._next
        if number >= tail.turn or len(tail.data) >= MAX_BYTES:
            tail = self._turn()
        self._next = number + 1
        tail.data += frame
        tail.ends.append(len(tail.data))
        arrival = self._arrivals[source]
        tail.times.append(arrival.at or _now())
        tail.spreads.append(arrival.packed)
        tail.sources.append(source)
        return tail, number

    def expect(
        self,
        number: int,
        *,
        wanted: int = 1,
        timeout: float | None = None,
        until_empty: bool = False,
        to_store: bool = False,
    ) -> None:
        """Say of a request just sent how many replies it wants and how long it waits.

        `until_empty` says that a reply without a body ends the replies, and is none. With
        `to_store` only a stream's word is wanted on the request's reply subject.
        """
        tail = self._tail
        segment = tail if number >= tail.first else self.segment(number)
        asked = segment.asked[number] = Asked(wanted, timeout)
        if until_empty or to_store:
            asked.until_empty, asked.to_store = until_empty, to_store

    def settle(self, number: int, event: Event, why: str = "") -> None:
        """Say how the wait for an own request ended, when no message says it."""
        if number < self.first:
            return
        asked = self.segment(number).asked.setdefault(number, Asked(1, None))
        if asked.ended is None:
            asked.ended = time.time()
        asked.why = why or asked.why
        self._advance(number, event)
        self.pulse.beat()

    def awaits(self, subject: bytes) -> bool:
        """True when an exchange, maybe one that was dropped, wants its answers there."""
        return subject in self._young or subject in self._old

    def asked_by(self, reply: bytes) -> int:
        """The newest exchange that wants its answers on this reply subject; 0 for none."""
        number = self._young.get(reply) or self._old.get(reply, 0)
        return number if number >= self.first else 0

    def refuse(self, reply: bytes) -> None:
        """Say that the server took no answer to `reply` from natstap: there has been none.

        Where somebody else answered as well, or an answer got through before (a server may
        allow so many and no more), the exchange stays answered.
        """
        number = self.asked_by(reply)
        if not number:
            return
        segment = self.segment(number)
        position = number - segment.first
        replies = self._replies(segment, number)
        if not replies or not all(self.message(number).sent for number in replies):
            return
        if self._count_refusal(number) >= len(replies):
            kind = segment.codes[position] & 0xF0
            segment.codes[position] = kind | NEXT[State.WAITING][Event.REFUSED]
            self.changed.append(number)
            self.pulse.beat()

    def _count_refusal(self, number: int) -> int:
        """One more of natstap's answers to an exchange was refused; how many by now."""
        count = self._refusals.pop(number, 0) + 1
        self._refusals[number] = count
        if len(self._refusals) > _WINDOW:
            del self._refusals[next(iter(self._refusals))]
        return count

    def leave(self, number: int, why: str) -> None:
        """Say that natstap's own responder heard an exchange and leaves it unanswered."""
        self.left[number] = why
        if len(self.left) > MAX_LEFT:
            del self.left[next(iter(self.left))]

    def overdue(self, number: int) -> None:
        """Say that others' request got no answer for too long; one that got any is left alone."""
        if number >= self.first and self.state(number) is State.WAITING:
            self._advance(number, Event.OVERDUE)
            self.pulse.beat()

    def reveal(self, number: int) -> None:
        """Never hide a `$` message: it is watched on purpose. To be called as it is recorded."""
        number = self.head(number)
        if number < self.first:
            return
        segment = self.segment(number)
        position = number - segment.first
        code = segment.codes[position]
        if code >> 4 == ExchangeKind.SYSTEM or code == _ACKNOWLEDGED:
            segment.codes[position] = ExchangeKind.WATCHED_SYSTEM << 4 | code & 15

    def show(self, number: int) -> None:
        """Count an exchange that the user began as any other, though it is with the server."""
        if number < self.first:
            return
        segment = self.segment(number)
        position = number - segment.first
        code = segment.codes[position]
        if code >> 4 in (ExchangeKind.SYSTEM, ExchangeKind.WATCHED_SYSTEM):
            kind = ExchangeKind.REQUEST if code & 15 else ExchangeKind.PUBLISH
            segment.codes[position] = kind << 4 | code & 15
            self.changed.append(number)

    def close(self, number: int) -> None:
        """Say that the asker has what it wanted: whatever comes now is late or a duplicate."""
        if number >= self.first:
            asked = self.segment(number).asked.get(number)
            if asked is not None and asked.ended is None:
                asked.ended = time.time()

    def add_inbox(self, stem: bytes) -> None:
        """Know orphans by one more beginning of reply subjects, such as `b"_MINE.abc."`."""
        if not stem.startswith(self.inboxes):
            self.inboxes = (*self.inboxes, stem)
            self._special = (*self._special, stem[:1])

    def add_prefix(self, prefix: bytes) -> None:
        """Know orphans by the prefix of an account's inboxes too, where an id comes after it."""
        if not (prefix + b".").startswith(self.inboxes):
            self._shape = re.compile(
                re.escape(prefix) + rb"\.[0-9A-Za-z]{16,}(\.[^.]+)?", re.DOTALL
            )
            self._special = (*self._special, prefix[:1])

    def _ask(
        self,
        tail: Segment,
        number: int,
        source: int,
        subject: bytes,
        reply: bytes,
        frame: bytes,
        start: int,
        head: int,
    ) -> None:
        """Begin the exchange of a message that names a reply subject."""
        young = self._young
        earlier = young.get(reply) or self._old.get(reply)
        if earlier and self._is_copy(earlier, frame, start, source, subject):
            tail.links.append(earlier)
            tail.codes.append(COPY)
            self.segment(earlier).copies.setdefault(earlier, []).append(number)
            return
        young[reply] = number
        if len(young) >= _MEMORY:
            self._old, self._young = young, {}
        tail.heads.append(number - tail.first)
        tail.links.append(0)
        code = request_code(subject, reply)
        tail.codes.append(code)
        if head and (found := _REPLY_TO.search(frame, start, start + head)):
            self._ask_too(found[1], number, code)
        for early in self._orphans.pop(reply, ()):
            self._adopt(tail, early, number, source)

    def _adopt(self, tail: Segment, early: int, number: int, source: int) -> None:
        """Let an orphan answer the request after it, when the two came on two connections.

        What is heard on one connection is in the order of the server; on two, an answer may
        be heard first.
        """
        at = early - tail.first
        if at < 0 or tail.sources[at] == source or tail.times[-1] - tail.times[at] > _SKEW:
            return
        del tail.heads[bisect_left(tail.heads, at)]
        tail.links[at], tail.codes[at] = number, MEMBER
        self.adoptions += 1
        self.adopted.append(early)
        frame = tail.frame(at)
        _, _, start, head = split_frame(frame)
        self._join(tail, number, early, tail.sources[at], frame, start, head)

    def _ask_too(self, reply: bytes, number: int, code: int) -> None:
        """A header names another reply subject; what a stream delivers is asked by its request."""
        owner = self._young.get(reply) or self._old.get(reply, 0)
        if code >> 4 != ExchangeKind.DELIVERY or owner < self._oldest:
            self._young[reply] = number

    def _one_way(self, subject: bytes) -> int:
        if not subject:
            return ExchangeKind.NOTE << 4
        if subject.startswith(self.inboxes) or (self._shape and self._shape.fullmatch(subject)):
            early = self._orphans.setdefault(subject, [])
            early.append(self._next - 1)
            del early[:-_WINDOW]
            if len(self._orphans) > _WINDOW:
                del self._orphans[next(iter(self._orphans))]
            return ExchangeKind.ORPHAN << 4
        if subject.startswith(b"$JS.ACK."):
            return ExchangeKind.DELIVERY << 4
        return ExchangeKind.SYSTEM << 4 if subject.startswith(b"$") else _PUBLISH

    def _join(
        self,
        tail: Segment,
        owner: int,
        number: int,
        source: int,
        frame: bytes,
        start: int,
        head: int,
        delivered: bool = False,
    ) -> None:
        """Let a message answer the exchange that asked for it.

        What a stream `delivered` is an answer whatever it holds: it was stored before.
        """
        segment = tail if owner >= tail.first else self.segment(owner)
        position = owner - segment.first
        first = segment.links[position]
        asked = segment.asked.get(owner)
        until_empty = asked is not None and asked.until_empty
        if (head or until_empty) and is_mark(frame, start, head, bool(first), until_empty):
            tail.codes[number - tail.first] = MARK
            segment.marks.setdefault(owner, []).append(number)
            self.changed.append(owner)
            if not first and frame.startswith(_END, start + 8):
                code = segment.codes[position]
                segment.codes[position] = code & 0xF0 | NEXT[code & 15][Event.COMPLETE]
            return
        if first:
            others = segment.more.get(owner, ())
            near = (first, *others[1 - _WINDOW :])
            if any(self._is_copy(number, frame, start, source) for number in near):
                tail.codes[number - tail.first] = COPY
                segment.copies.setdefault(owner, []).append(number)
                return
            segment.more.setdefault(owner, []).append(number)
        else:
            segment.links[position] = number
        code = segment.codes[position]
        event = (
            answer_event(frame, start, head, code)
            if not delivered and (head or frame.startswith(b"{", start))
            else _REPLY
        )
        if asked is not None:
            status = head > 8 and frame[start + 8] == _SPACE
            event = own_event(asked, event, status)
            waits = asked.to_store and code & 15 == State.WAITING and event in _ANSWERS
            if waits and self._instead(segment.frame(position), frame, start, head):
                self.changed.append(owner)
                return
        segment.codes[position] = code & 0xF0 | NEXT[code & 15][event]
        self.changed.append(owner)

    @staticmethod
    def _instead(request: bytes, frame: bytes, start: int, head: int) -> bool:
        """True for what came where only a stream's word was asked for, and is none."""
        _, reply, _, _ = split_frame(request)
        here = frame.split(b" ", 2)[1] == reply
        return here and (bool(head) or pub_ack(frame[start:]) is None)

    def _is_copy(
        self, number: int, frame: bytes, start: int, source: int, subject: bytes = b""
    ) -> bool:
        """True when message `number` is this one, seen from another place."""
        if number < self._oldest:
            return False
        segment = self.segment(number)
        position = number - segment.first
        if segment.sources[position] == source or segment.codes[position] == COPY:
            return False
        earlier = segment.frame(position)
        if earlier[:1] == b"+":
            return False
        named, _, begin, _ = split_frame(earlier)
        return earlier[begin:] == frame[start:] and (not subject or named == subject)

    def _advance(self, number: int, event: Event) -> None:
        segment = self.segment(number)
        position = number - segment.first
        code = segment.codes[position]
        if code >= FIRST_CODE:
            segment.codes[position] = code & 0xF0 | NEXT[code & 15][event]
            self.changed.append(number)
