"""Which stream stores an answer that says where it is to be stored.

A temporary inbox is stored nowhere, so nobody is asked about one. Of another reply subject the
named stream is asked once, and again after a while: not for every answer, and a responder may
have no right to ask at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.errors import JetStreamOff, Refused, RequestTimeout
from engine.rpc.jetstream import JetStream
from engine.subject import REWRITTEN, matches

KNOWN_FOR = 60.0
"""Seconds for which what a stream said of its subjects is believed."""
INBOX = "_INBOX."
"""How the reply subjects of nearly all clients begin."""


class ReplyStreams:
    """The subjects of the streams that answers name, as far as they are known."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._may_not_ask = False

    def forget(self) -> None:
        """Another login may ask, and another server may have other streams."""
        self._known.clear()
        self._may_not_ask = False

    async def hold(self, api: JetStream, stream: str, subject: str, own_inbox: str) -> bool:
        """Whether an answer to `subject` is to be acknowledged by `stream`.

        False where nobody may ask: it goes out all the same, and is stored where a stream
        holds the subject. Raises `StreamNotFound`.
        """
        if subject.startswith((INBOX, f"{own_inbox}.", *REWRITTEN)):
            return False
        subjects = await self._subjects(api, stream)
        return any(matches(pattern, subject) for pattern in subjects)

    async def _subjects(self, api: JetStream, stream: str) -> tuple[str, ...]:
        at, subjects = self._known.get(stream, (0.0, ()))
        if self._may_not_ask or (at and time.monotonic() - at < KNOWN_FOR):
            return subjects
        try:
            subjects = await api.subjects(stream)
        except (JetStreamOff, Refused, RequestTimeout) as error:
            self._may_not_ask = isinstance(error, Refused)
            self._note(f"an answer's stream {stream} could not be looked at: {error}")
            subjects = ()
        self._known[stream] = time.monotonic(), subjects
        return subjects
