"""What the journal holds: numbered messages in segments, and how their exchanges stand.

Bounded by count and bytes. Numbers start at 1 and are never used twice; what fell out is counted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, islice

from engine.arrival import unpack
from engine.message import Message, text

from .classify import pub_ack
from .exchange import Bounds, Exchange, ExchangeKind, between
from .segment import FIRST_CODE, Segment
from .states import STATES, State

MAX_CHANGES = 1 << 16
"""Changes that are kept, at least."""

_LOOKED_AT = 256
"""Replies among which the first answer is, or none is looked for."""


class Store:
    """Bounded by `max_messages` and `max_bytes`; the oldest go first, and are counted."""

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self.changed: list[int] = []
        """Exchanges that something happened to after they began, the newest of many."""
        self.notes = array("q")
        """The numbers of the notes held."""
        self._segments = [Segment(1)]
        self._firsts = [1]
        """Of each segment the number that it begins with."""
        self._tail = self._segments[0]
        self._next = 1
        self._oldest = 1
        self._began = 1
        """The number of the first message that was ever held, since others were taken over."""
        self._sealed_bytes = 0
        self._forgotten = 0

    @property
    def first(self) -> int:
        """The oldest number still held."""
        return self._oldest

    @property
    def next(self) -> int:
        """The number that the next message will get."""
        return self._next

    @property
    def dropped(self) -> int:
        """How many messages fell out."""
        return self.first - self._began

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._sealed_bytes + self._tail.size

    def __len__(self) -> int:
        return self._next - self.first

    def __contains__(self, number: int) -> bool:
        return self.first <= number < self._next

    def message(self, number: int) -> Message:
        """The message with this number; raises KeyError when it fell out or never was."""
        segment = self._held(number)
        position = number - segment.first
        frame = segment.frame(position)
        at, source = segment.times[position], segment.sources[position]
        if frame[:1] == b"+":
            return Message("", frame[frame.index(b"\r\n") + 2 :], number=number, at=at)
        spread = unpack(segment.spreads[position])
        return Message.from_frame(frame, number, at, source, spread)

    def head(self, number: int) -> int:
        """The number of the exchange that a message belongs to."""
        segment = self._held(number)
        position = number - segment.first
        return number if segment.codes[position] >= FIRST_CODE else segment.links[position]

    def exchange(self, number: int) -> Exchange:
        """The exchange that message `number` begins, as it stands; KeyError as `message`."""
        segment = self._held(number)
        position = number - segment.first
        code = segment.codes[position]
        if code < FIRST_CODE:
            return self.exchange(segment.links[position])
        request = self.message(number)
        asked = segment.asked.get(number)
        answered = self._first_answer(segment, number)
        why = asked.why if asked else ""
        if code >> 4 == ExchangeKind.NOTE:
            why = text(request.body)
        return Exchange(
            number=number,
            kind=ExchangeKind(code >> 4),
            state=STATES[code & 15],
            subject=request.subject,
            reply_subject=request.reply,
            started=request.at,
            replies=self._replies(segment, number),
            copies=tuple(segment.copies.get(number, ())),
            marks=tuple(segment.marks.get(number, ())),
            answered=answered[1] if answered else None,
            spread=request.spread,
            answer_spread=answered[1] - answered[0] if answered else 0.0,
            wanted=asked.wanted if asked else 1,
            timeout=asked.timeout if asked else None,
            ended=asked.ended if asked else None,
            why=why,
            own=asked is not None,
            to_store=asked.to_store if asked else False,
        )

    def heads(self, since: int = 0) -> Iterator[tuple[int, int]]:
        """Number and code (`kind << 4 | state`) of each exchange from `since` on, oldest first."""
        for segment in self._segments[self._index(max(since, self.first)) :]:
            for position in segment.heads:
                number = segment.first + position
                if number >= since:
                    yield number, segment.codes[position]

    @property
    def changes(self) -> int:
        """How many changes there were; never goes back."""
        return self._forgotten + len(self.changed)

    def changed_since(self, seen: int) -> list[int] | None:
        """The exchanges of all changes after the first `seen`; None when too many were since."""
        return None if seen < self._forgotten else self.changed[seen - self._forgotten :]

    def latency(self, number: int) -> float | None:
        """`Exchange.latency`, without making an exchange; KeyError as `message`."""
        bounds = self.latency_bounds(number)
        return bounds[1] if bounds else None

    def latency_bounds(self, number: int) -> Bounds | None:
        """`Exchange.latency_bounds`, without making an exchange; KeyError as `message`."""
        segment = self._held(number)
        at = number - segment.first
        if (first := segment.links[at]) and not (
            number in segment.more or segment.codes[at] & 15 == State.STORED
        ):
            holder = self.segment(first)
            return between(segment.interval(at), holder.interval(first - holder.first))
        end = self._first_answer(segment, number)
        if end is None and (asked := segment.asked.get(number)) is not None and asked.ended:
            end = asked.ended, asked.ended
        return between(segment.interval(at), end) if end else None

    def is_own(self, number: int) -> bool:
        """True for a request of natstap's own; KeyError as `message`."""
        return number in self._held(number).asked

    def state(self, number: int) -> State:
        segment = self._held(number)
        return STATES[segment.codes[number - segment.first] & 15]

    def source_of(self, number: int) -> int:
        """The number of the place that a message was seen from; KeyError as `message`."""
        segment = self._held(number)
        return segment.sources[number - segment.first]

    def _replies(self, segment: Segment, number: int) -> tuple[int, ...]:
        first = segment.links[number - segment.first]
        return (first, *segment.more.get(number, ())) if first else ()

    def _answers(self, segment: Segment, number: int) -> Iterator[int]:
        """Replies that are more than a stream's acknowledgement or a status."""
        first = segment.links[number - segment.first]
        for reply in chain((first,), islice(segment.more.get(number, ()), _LOOKED_AT)):
            message = self.message(reply)
            if pub_ack(message.body) is None and not message.status:
                yield reply

    def _first_answer(self, segment: Segment, number: int) -> Bounds | None:
        """The earliest and the latest that the first answer can have come."""
        code = segment.codes[number - segment.first]
        first = segment.links[number - segment.first]
        if not first:
            return None
        several = code >> 4 == ExchangeKind.REQUEST and number in segment.more
        if code & 15 == State.STORED or several:
            first = next(self._answers(segment, number), first)
        holder = self.segment(first)
        return holder.interval(first - holder.first)

    def _index(self, number: int) -> int:
        return bisect_right(self._firsts, number) - 1

    def segment(self, number: int) -> Segment:
        """The segment that holds a number, which has to be one that is held."""
        tail = self._tail
        return tail if number >= tail.first else self._segments[max(0, self._index(number))]

    def _held(self, number: int) -> Segment:
        if number not in self:
            raise KeyError(number)
        return self.segment(number)

    @property
    def segments(self) -> tuple[Segment, ...]:
        """All that is held, the oldest first."""
        return tuple(self._segments)

    def begin_at(self, number: int) -> None:
        """Give the next message this number; nothing may be held yet."""
        self._segments = [Segment(number)]
        self._firsts, self._tail = [number], self._segments[0]
        self._next = self._oldest = self._began = number

    def take_over(self, segments: list[Segment]) -> None:
        """Hold these in place of all that is held; the first begins with `next` or later."""
        self._oldest = self._began = segments[0].first if segments else self._next
        if segments:
            self._next = segments[-1].first + len(segments[-1].ends)
        self._segments = [*segments, Segment(self._next)]
        self._firsts = [segment.first for segment in self._segments]
        self._tail = self._segments[-1]
        self._sealed_bytes = sum(segment.size for segment in segments)
        self.notes = array(
            "q",
            (
                segment.first + at
                for segment in segments
                for at in segment.heads
                if segment.codes[at] >> 4 == ExchangeKind.NOTE
            ),
        )

    def _turn(self) -> Segment:
        """Begin a new segment; let the oldest go when there is too much."""
        self._tail.seal()
        self._sealed_bytes += self._tail.size
        self._tail = Segment(self._next)
        self._segments.append(self._tail)
        self._firsts.append(self._next)
        while len(self._segments) > 1 and (
            self._sealed_bytes > self.max_bytes
            or self._next - self._segments[1].first >= self.max_messages
        ):
            self._sealed_bytes -= self._segments.pop(0).size
            del self._firsts[0]
        self._oldest = self._segments[0].first
        del self.notes[: bisect_left(self.notes, self._oldest)]
        self._forgotten += max(0, len(self.changed) - MAX_CHANGES)
        del self.changed[:-MAX_CHANGES]
        return self._tail
