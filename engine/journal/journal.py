"""The journal: the bounded, numbered record of everything seen, paired as it comes.

Every message belongs to exactly one exchange: it begins one, answers one, or is a copy of
a message seen before from another place. Pairing is by exact reply subject, newest request
first.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from engine.message import raw_bytes, split_frame
from engine.service_failures import STATUS_MARK

from .classify import (
    REQUEST,
    SERVICE_ERROR,
    answer_event,
    instead_of_ack,
    is_mark,
    own_event,
    request_code,
)
from .exchange import ExchangeKind
from .inboxes import Inboxes
from .own_requests import OwnRequests
from .segment import COPY, MARK, MAX_BYTES, MEMBER, Segment
from .sources import Sources
from .states import NEXT, Event, State
from .store import Store
from .unanswered import Unanswered

Sink = Callable[[bytes, bytes, bytes, int, int], object]
"""Takes subject, reply subject, frame, offset of its payload, length of its header block."""

SENT = 0
"""The source of what natstap itself sent."""

_WINDOW = 64
"""How many of the newest replies are searched for one seen before from another place."""
_MEMORY = 1 << 16
"""Reply subjects kept for pairing: at least this many of the newest, at most twice as many."""
_SKEW = 0.25
"""Seconds that one connection may be behind another."""
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
_SPACE = ord(" ")
_END = b" 2"
"""How the first line of a mark goes on that ends the replies: 204 EOB, 200."""
_now = time.time


class Journal(Store):
    """A store that finds, for each message it takes, the exchange that it belongs to."""

    def __init__(
        self, max_messages: int = 1_000_000, max_bytes: int = 512 << 20, *, first: int = 1
    ) -> None:
        super().__init__(max_messages, max_bytes, first)
        self.sources = Sources()
        self.inboxes = Inboxes()
        self.own = OwnRequests(self)
        self.unanswered = Unanswered(self)
        self._changed = self.changes.newest
        self._arrivals = self.sources.arrivals
        self._special = self.inboxes.special
        self._orphans = self.inboxes.orphans
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}

    def sink(self, source: int) -> Sink:
        """A subscription's sink that records everything as seen from `source`."""
        return partial(self.record, source)

    def record(
        self, source: int, subject: bytes, reply: bytes, frame: bytes, start: int, head: int
    ) -> int:
        """Keep one frame and pair it; returns its number.

        The plain cases are spelled out here: a call costs a tenth of what a message may.
        """
        tail = self.tail
        number = self.next
        data = tail.data
        if number >= tail.turn or len(data) >= MAX_BYTES:
            tail = self._turn()
            data = tail.data
        self.next = number + 1
        data += frame  # in place: only what is sealed is bytes
        tail.ends.append(len(data))
        arrival = self._arrivals[source]
        tail.times.append(arrival.at or _now())
        tail.spreads.append(arrival.packed)
        tail.sources.append(source)
        young, old = self._young, self._old
        owner = young.get(subject) or (old.get(subject) if old else 0)
        if owner and owner >= self.first:
            tail.links.append(owner)
            tail.codes.append(MEMBER)
            if reply and reply.startswith(self.inboxes.stems):
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
                self._changed.append(owner)
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
            tail.codes.append(
                self.inboxes.kind(subject, number) << 4
                if subject[:1] in self._special
                else _PUBLISH
            )
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
        self.sources.show(sources)
        self.unanswered.left = left
        self._young, self._old = {}, {}
        self._orphans.clear()
        for inbox in inboxes:
            self.inboxes.add(inbox)

    def note(self, words: str) -> int:
        """Keep something that happened to the connection, in the order it happened."""
        told = raw_bytes(words)
        frame = b"+NOTE %d\r\n%b" % (len(told), told)
        self.notes.append(self.next)
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
        tail = self.tail
        number = self.next
        if number >= tail.turn or len(tail.data) >= MAX_BYTES:
            tail = self._turn()
        self.next = number + 1
        tail.data += frame
        tail.ends.append(len(tail.data))
        arrival = self._arrivals[source]
        tail.times.append(arrival.at or _now())
        tail.spreads.append(arrival.packed)
        tail.sources.append(source)
        return tail, number

    def asked_by(self, reply: bytes) -> int:
        """The newest exchange that wants its answers on this reply subject; 0 for none."""
        number = self._young.get(reply) or self._old.get(reply, 0)
        return number if number >= self.first else 0

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
        earlier = young.get(reply) or self._old.get(reply, 0)
        if earlier >= self.first and self.segment(earlier).is_again(
            earlier, frame, start, source, subject
        ):
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
        self.changes.adoptions += 1
        self.changes.adopted.append(early)
        frame = tail.frame(at)
        _, _, start, head = split_frame(frame)
        self._join(tail, number, early, tail.sources[at], frame, start, head)

    def _ask_too(self, reply: bytes, number: int, code: int) -> None:
        """A header names another reply subject; what a stream delivers is asked by its request."""
        owner = self._young.get(reply) or self._old.get(reply, 0)
        if code >> 4 != ExchangeKind.DELIVERY or owner < self.first:
            self._young[reply] = number

    def _mixed(self, segment: Segment, owner: int, before: int, source: int) -> bool:
        """Whether an exchange's replies come from several places; `before` was the newest."""
        if owner in segment.mixed:
            return True
        if before >= self.first:
            holder = self.segment(before)
            if holder.sources[before - holder.first] == source:
                return False
        segment.mixed.add(owner)
        return True

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
            self._changed.append(owner)
            if not first and frame.startswith(_END, start + 8):
                code = segment.codes[position]
                segment.codes[position] = code & 0xF0 | NEXT[code & 15][Event.COMPLETE]
            return
        if first:
            others = segment.more.get(owner, ())
            if self._mixed(segment, owner, others[-1] if others else first, source) and any(
                before >= self.first and self.segment(before).is_again(before, frame, start, source)
                for before in (first, *others[1 - _WINDOW :])
            ):
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
            if waits and instead_of_ack(segment.frame(position), frame, start, head):
                self._changed.append(owner)
                return
        segment.codes[position] = code & 0xF0 | NEXT[code & 15][event]
        self._changed.append(owner)
