"""What the journal holds: numbered messages in segments, and how their exchanges stand.

Bounded by count and bytes. Numbers start at 1 and are never used twice; what fell out is counted.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from engine.arrival import unpack
from engine.message import Message, text

from .changes import Changes
from .exchange import Exchange, ExchangeKind
from .glance import Glances
from .pulse import Pulse
from .segment import FIRST_CODE, Segment
from .states import NEXT, STATES, Event, State
from .times import AnswerTimes


class Store:
    """Bounded by `max_messages` and `max_bytes`; the oldest go first, and are counted."""

    def __init__(self, max_messages: int, max_bytes: int, first: int = 1) -> None:
        self.max_messages = max_messages
        self.max_bytes = max_bytes
        self.first = first
        """The oldest number still held."""
        self.next = first
        """The number that the next message will get."""
        self.pulse = Pulse()
        self.changes = Changes()
        self.answer_times = AnswerTimes(self)
        self.glances = Glances(self)
        self.notes = array("q")
        """The numbers of the notes held."""
        self.tail = Segment(first)
        self.segments = [self.tail]
        """All that is held, the oldest first."""
        self._firsts = [first]
        """Of each segment the number that it begins with."""
        self._began = first
        """The number of the first message that was ever held, since others were taken over."""
        self._sealed_bytes = 0

    @property
    def dropped(self) -> int:
        """How many messages fell out."""
        return self.first - self._began

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._sealed_bytes + self.tail.size

    def __len__(self) -> int:
        return self.next - self.first

    def __contains__(self, number: int) -> bool:
        return self.first <= number < self.next

    def message(self, number: int) -> Message:
        """The message with this number; raises KeyError when it fell out or never was."""
        segment = self.held(number)
        position = number - segment.first
        frame = segment.frame(position)
        at, source = segment.times[position], segment.sources[position]
        if frame[:1] == b"+":
            return Message("", frame[frame.index(b"\r\n") + 2 :], number=number, at=at)
        spread = unpack(segment.spreads[position])
        return Message.from_frame(frame, number, at, source, spread)

    def head(self, number: int) -> int:
        """The number of the exchange that a message belongs to."""
        segment = self.held(number)
        position = number - segment.first
        return number if segment.codes[position] >= FIRST_CODE else segment.links[position]

    def exchange(self, number: int) -> Exchange:
        """The exchange that message `number` begins, as it stands; KeyError as `message`."""
        segment = self.held(number)
        position = number - segment.first
        code = segment.codes[position]
        if code < FIRST_CODE:
            return self.exchange(segment.links[position])
        request = self.message(number)
        asked = segment.asked.get(number)
        answered = self.answer_times.first_answer(segment, number)
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
            replies=segment.replies(position),
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
        for segment in self.segments[self._index(max(since, self.first)) :]:
            for position in segment.heads:
                number = segment.first + position
                if number >= since:
                    yield number, segment.codes[position]

    def state(self, number: int) -> State:
        segment = self.held(number)
        return STATES[segment.codes[number - segment.first] & 15]

    def _index(self, number: int) -> int:
        return bisect_right(self._firsts, number) - 1

    def segment(self, number: int) -> Segment:
        """The segment that holds a number, which has to be one that is held."""
        tail = self.tail
        return tail if number >= tail.first else self.segments[max(0, self._index(number))]

    def held(self, number: int) -> Segment:
        """The same; raises KeyError when it fell out or never was."""
        if number not in self:
            raise KeyError(number)
        return self.segment(number)

    def advance(self, number: int, event: Event) -> None:
        """Something happened to the exchange that message `number` begins, if it does."""
        segment = self.segment(number)
        position = number - segment.first
        code = segment.codes[position]
        if code >= FIRST_CODE:
            segment.codes[position] = code & 0xF0 | NEXT[code & 15][event]
            self.changes.newest.append(number)
        self.pulse.beat()

    def take_over(self, segments: list[Segment]) -> None:
        """Hold these in place of all that is held; the first begins with `next` or later."""
        self.first = self._began = segments[0].first if segments else self.next
        if segments:
            self.next = segments[-1].first + len(segments[-1].ends)
        self.segments = [*segments, Segment(self.next)]
        self._firsts = [segment.first for segment in self.segments]
        self.tail = self.segments[-1]
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
        self.tail.seal()
        self._sealed_bytes += self.tail.size
        self.tail = Segment(self.next)
        self.segments.append(self.tail)
        self._firsts.append(self.next)
        while len(self.segments) > 1 and (
            self._sealed_bytes > self.max_bytes
            or self.next - self.segments[1].first >= self.max_messages
        ):
            self._sealed_bytes -= self.segments.pop(0).size
            del self._firsts[0]
        self.first = self.segments[0].first
        del self.notes[: bisect_left(self.notes, self.first)]
        self.changes.forget()
        return self.tail
