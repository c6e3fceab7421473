"""An exchange as it stands: a request and everything that came back. Its states are in `states`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import inf

from engine.arrival import is_timed

from .states import State


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


Bounds = tuple[float, float]
"""The least and the most that a time can have been, or the earliest and the latest."""


ANY_TIME: Bounds = (0.0, inf)


def timed(bounds: Bounds) -> Bounds | None:
    """None where nothing is known of a time."""
    return None if bounds is ANY_TIME else bounds


def between(first: Bounds, then: Bounds) -> Bounds:
    """How long it can have been from one moment to a later one, in seconds: any time at all where
    one of them is not known.
    """
    if not (is_timed(first[1]) and is_timed(then[1])):
        return ANY_TIME
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
        """Seconds from the request to its first real answer (or its refusal); None while open, and
        where nobody took the time.

        At most so long: where natstap was not the asker, or looked late, see `latency_bounds`.
        """
        bounds = self.latency_bounds
        return bounds[1] if bounds else None

    @property
    def latency_bounds(self) -> Bounds | None:
        """The least and the most seconds that the latency can have been; None as `latency`."""
        if self.answered is not None:
            end = self.answered - self.answer_spread, self.answered
        elif self.ended is not None:
            end = self.ended, self.ended
        else:
            return None
        return timed(between((self.started - self.spread, self.started), end))
