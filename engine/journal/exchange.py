"""The life of an exchange: every state, every event, and one table that decides.

Rule: whatever affects an exchange's state lives in this file, and nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ExchangeKind(IntEnum):
    """What the message at the head of an exchange is."""

    REQUEST = 1
    PUBLISH = 2
    """It names no reply subject, so nothing can come back."""
    ORPHAN = 3
    """It went to an inbox, and no request that asked for it was seen."""
    DELIVERY = 4
    """A stream handing a message to a consumer; what comes back is an acknowledgement."""
    SYSTEM = 5
    """The server's own conversations: `$JS.API`, `$SYS`, `$SRV` and the like."""
    NOTE = 6
    """Not a message: something that happened to the connection."""
    WATCHED_SYSTEM = 7
    """As `SYSTEM`, on a `$` subject that is watched on purpose: never hidden."""


class State(IntEnum):
    """Where an exchange stands; `label` is the word that people read."""

    label: str
    NONE = 0, ""
    WAITING = 1, "waiting"
    ANSWERED = 2, "answered"
    PARTLY = 3, "partly answered"
    NO_RESPONDERS = 4, "no responders"
    TIMED_OUT = 5, "timed out"
    LATE = 6, "answered late"
    REFUSED = 7, "refused"
    STORED = 8, "stored only"
    SERVICE_ERROR = 9, "service error"
    LINK_LOST = 10, "link lost"
    CANCELLED = 11, "cancelled"
    KEPT = 12, "stored"
    """By a stream, and that was all that was wanted."""
    STATUS = 13, "error status"
    """The answer is a status or an error of the server's API: 404 No Messages, 408, 409."""
    NO_ANSWER = 14, "no answer"
    """Others asked, and natstap listened for so long that an answer is no longer expected."""

    def __new__(cls, value: int, label: str) -> State:
        state = int.__new__(cls, value)
        state._value_ = value
        state.label = label
        return state

    @property
    def failed(self) -> bool:
        """True when the asker did not get what it asked for in time."""
        return self in _FAILURES


_FAILURES = frozenset(
    {
        State.NO_RESPONDERS,
        State.TIMED_OUT,
        State.LATE,
        State.REFUSED,
        State.STORED,
        State.SERVICE_ERROR,
        State.LINK_LOST,
        State.CANCELLED,
        State.STATUS,
        State.NO_ANSWER,
    }
)


class Event(IntEnum):
    """What can happen to an exchange."""

    REPLY = 1
    """An answer, and no more are wanted."""
    PART = 2
    """An answer, and more are wanted."""
    LATE_REPLY = 3
    """An answer after the asker had given up."""
    PUB_ACK = 4
    """A stream's acknowledgement, where a service's answer was hoped for."""
    ERROR = 5
    """An answer with a Nats-Service-Error header."""
    NO_RESPONDERS = 6
    DEADLINE = 7
    REFUSED = 8
    LINK_LOST = 9
    CANCEL = 10
    COMPLETE = 11
    """The asker has all it wanted, though it had not said how many that would be."""
    STATUS = 12
    """An answer that says no with a status, or with an error of the server's API."""
    OVERDUE = 13
    """Others' request got no answer for much longer than its subject usually takes."""


_W, _P, _S = State.WAITING, State.PARTLY, State.STORED

TABLE: dict[tuple[State, Event], State] = {
    (_W, Event.REPLY): State.ANSWERED,
    (_W, Event.PART): State.PARTLY,
    (_W, Event.LATE_REPLY): State.LATE,
    (_W, Event.PUB_ACK): State.STORED,
    (_W, Event.ERROR): State.SERVICE_ERROR,
    (_W, Event.NO_RESPONDERS): State.NO_RESPONDERS,
    (_W, Event.DEADLINE): State.TIMED_OUT,
    (_W, Event.REFUSED): State.REFUSED,
    (_W, Event.LINK_LOST): State.LINK_LOST,
    (_W, Event.CANCEL): State.CANCELLED,
    (_W, Event.STATUS): State.STATUS,
    (_P, Event.REPLY): State.ANSWERED,
    (_P, Event.COMPLETE): State.ANSWERED,
    (_P, Event.ERROR): State.SERVICE_ERROR,
    (_P, Event.STATUS): State.STATUS,
    (_W, Event.COMPLETE): State.ANSWERED,
    (_S, Event.REPLY): State.ANSWERED,
    (_S, Event.PART): State.PARTLY,
    (_S, Event.LATE_REPLY): State.LATE,
    (_S, Event.ERROR): State.SERVICE_ERROR,
    (_S, Event.STATUS): State.STATUS,
    (_S, Event.LINK_LOST): State.LINK_LOST,
    (_S, Event.COMPLETE): State.KEPT,
    (State.KEPT, Event.REPLY): State.ANSWERED,
    (State.KEPT, Event.ERROR): State.SERVICE_ERROR,
    (State.TIMED_OUT, Event.REPLY): State.LATE,
    (State.TIMED_OUT, Event.PART): State.LATE,
    (State.TIMED_OUT, Event.LATE_REPLY): State.LATE,
    (State.TIMED_OUT, Event.PUB_ACK): State.STORED,
    (State.TIMED_OUT, Event.ERROR): State.LATE,
    (State.TIMED_OUT, Event.STATUS): State.STATUS,
    (State.TIMED_OUT, Event.NO_RESPONDERS): State.NO_RESPONDERS,
    (State.TIMED_OUT, Event.REFUSED): State.REFUSED,
    (State.CANCELLED, Event.LATE_REPLY): State.LATE,
    (State.LINK_LOST, Event.LATE_REPLY): State.LATE,
    (_W, Event.OVERDUE): State.NO_ANSWER,
    (State.NO_ANSWER, Event.REPLY): State.ANSWERED,
    (State.NO_ANSWER, Event.PART): State.PARTLY,
    (State.NO_ANSWER, Event.LATE_REPLY): State.LATE,
    (State.NO_ANSWER, Event.PUB_ACK): State.STORED,
    (State.NO_ANSWER, Event.ERROR): State.SERVICE_ERROR,
    (State.NO_ANSWER, Event.STATUS): State.STATUS,
    (State.NO_ANSWER, Event.NO_RESPONDERS): State.NO_RESPONDERS,
    (State.NO_ANSWER, Event.REFUSED): State.REFUSED,
    (State.REFUSED, Event.REPLY): State.ANSWERED,
    (State.REFUSED, Event.LATE_REPLY): State.LATE,
}
"""What is not in the table changes nothing: the first ending stands.

`NO_ANSWER` is no ending: nobody knows how long others wait, so what comes after it counts as if it
had come before, and its latency says when.
"""


def advance(state: State, event: Event) -> State:
    return TABLE.get((state, event), state)


STATES = tuple(State)
NEXT = tuple(bytes([0, *(advance(state, event) for event in Event)]) for state in STATES)
"""The table by number, `NEXT[state][event]`, for where a message costs less than a microsecond."""


Bounds = tuple[float, float]
"""The least and the most that a time can have been, or the earliest and the latest."""


def between(first: Bounds, then: Bounds) -> Bounds:
    """How long it can have been from one moment to a later one, in seconds."""
    return max(0.0, then[0] - first[1]), max(0.0, then[1] - first[0])


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and everything that came back, as it stands at the moment of looking.

    Numbers are the journal's message numbers; times are seconds since the epoch.
    """

    number: int
    kind: ExchangeKind
    state: State
    subject: str
    reply_subject: str
    started: float
    replies: tuple[int, ...] = ()
    copies: tuple[int, ...] = ()
    """The same messages seen again from another place: never counted as replies."""
    marks: tuple[int, ...] = ()
    """Messages that end or pace the replies, such as 204 EOB: never counted as replies."""
    answered: float | None = None
    """When the first answer came that was more than a stream's acknowledgement."""
    wanted: int = 1
    """How many replies the asker wants; 0 means as many as come."""
    timeout: float | None = None
    """Seconds the asker would wait; None when the asker is somebody else."""
    ended: float | None = None
    """When the asker stopped waiting."""
    why: str = ""
    """What the link said of it: a refusal's words, a note's text."""
    own: bool = False
    """True when natstap itself asked."""
    spread: float = 0.0
    """Seconds before `started` that the request can have come at the earliest; 0 when own."""
    answer_spread: float = 0.0
    """Seconds before `answered` that the answer can have come at the earliest."""
    to_store: bool = False
    """True when a stream was asked to have it: only its acknowledgement says that it has."""

    @property
    def came_back(self) -> tuple[int, ...]:
        """Replies and marks, in the order in which they came."""
        return tuple(sorted((*self.replies, *self.marks))) if self.marks else self.replies

    @property
    def latency(self) -> float | None:
        """Seconds from the request to its first real answer (or its refusal); None while open.

        At most so long: where natstap was not the asker, or looked late, see `latency_bounds`.
        """
        bounds = self.latency_bounds
        return bounds[1] if bounds else None

    @property
    def latency_bounds(self) -> Bounds | None:
        """The least and the most seconds that the latency can have been; None while open."""
        if self.answered is not None:
            end = self.answered - self.answer_spread, self.answered
        elif self.ended is not None:
            end = self.ended, self.ended
        else:
            return None
        return between((self.started - self.spread, self.started), end)
