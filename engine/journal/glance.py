"""A glance: what a row shows of an exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from engine.message import split_line, text

from .exchange import Bounds, ExchangeKind, between, timed
from .segment import Segment
from .states import STATES, State

if TYPE_CHECKING:
    from .store import Store

OWN = 1 << 8
"""Set in a mark when natstap itself asked."""

_KINDS = (ExchangeKind.NOTE, *ExchangeKind)
"""By number, which begins at 1."""
_NOTE, _HEAD = ord("+"), ord("H")
"""How the frame of a note begins, and that of a message with headers."""
_SEEN = 512
"""Bytes of a body that a glance takes."""


class Glance(NamedTuple):
    """Made without copying the body."""

    kind: ExchangeKind
    state: State
    subject: str
    body: bytes
    """The start of it."""
    at: float
    """Seconds since the epoch."""
    latency: Bounds | None
    """The least and the most seconds to the first answer; None while open."""
    replies: tuple[int, ...]
    wanted: int
    own: bool
    reply: str = ""
    """The reply subject of the request."""


class Glances:
    """At the exchanges in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mark(self, number: int) -> int:
        """A value that changes when the exchange does: its code, `OWN`, how many came back.

        0 when the store no longer holds it.
        """
        if number not in self._store:
            return 0
        segment = self._store.segment(number)
        first = segment.links[number - segment.first]
        more, copies = segment.more.get(number, ()), segment.copies.get(number, ())
        came = (first != 0) + len(more) + len(copies)
        own = OWN if number in segment.asked else 0
        return segment.codes[number - segment.first] | own | came << 9

    def of(self, number: int) -> Glance:
        """What a row shows of an exchange; KeyError when the store no longer holds it."""
        if number not in self._store:
            raise KeyError(number)
        segment = self._store.segment(number)
        at, code = number - segment.first, segment.codes[number - segment.first]
        subject, reply, body = _start(segment, at)
        began = segment.times[at]
        if number in segment.asked or number in segment.more or code & 15 == State.STORED:
            known = self._store.exchange(number)
            rest = known.latency_bounds, known.replies, known.wanted, known.own
        else:
            rest = self._one_reply(segment.links[at], segment.interval(at))
        return Glance(_KINDS[code >> 4], STATES[code & 15], subject, body, began, *rest, reply)

    def body_start(self, number: int) -> bytes:
        """The start of a message's body; it must be held."""
        segment = self._store.segment(number)
        data, at = segment.data, number - segment.first
        begin, end = segment.bounds(at)
        body = data.find(b"\r\n", begin, end) + 2
        if data[begin] == _HEAD:
            body += int(data[begin:body].rsplit(b" ", 2)[1])
        return b"" if data[begin] == _NOTE else bytes(data[body : min(end, body + _SEEN)])

    def _one_reply(
        self, reply: int, began: Bounds
    ) -> tuple[Bounds | None, tuple[int, ...], int, bool]:
        if not reply:
            return None, (), 1, False
        segment = self._store.segment(reply)
        taken = timed(between(began, segment.interval(reply - segment.first)))
        return taken, (reply,), 1, False


def _start(segment: Segment, at: int) -> tuple[str, str, bytes]:
    """Subject, reply subject and start of the body of a message; of a note its words."""
    data = segment.data
    begin, end = segment.ends[at - 1] if at else 0, segment.ends[at]
    line = data.find(b"\r\n", begin, end)
    if data[begin] == _NOTE:
        return text(bytes(data[line + 2 : min(end, line + 2 + _SEEN)])), "", b""
    subject, reply, head = split_line(bytes(data[begin:line]))
    body = line + 2 + head
    return text(subject), text(reply), bytes(data[body : min(end, body + _SEEN)])
