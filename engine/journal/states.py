"""The states of an exchange, and the table that says which comes after which: what was heard makes
of a waiting one "answered", "late", "nobody listens" and so on.

Rule: whatever affects an exchange's state lives in this file, and nothing here does I/O.
"""

from __future__ import annotations

from enum import IntEnum


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
    def slug(self) -> str:
        """The name that files and scripts know it by, such as timed-out; it stays."""
        return self.label.replace(" ", "-")

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
