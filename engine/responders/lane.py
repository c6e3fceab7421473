"""A lane: requests that wait until somebody decides, one by one, what becomes of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from engine.drafts.draft import Pairs
from engine.rpc.message import NatsMessage

MAX_HELD = 1000
"""Requests that wait at the same time; what comes then is told that it is too many."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Answer with this."""

    body: bytes
    headers: Pairs = ()


@dataclass(frozen=True, slots=True)
class RefuseIt:
    """Answer with a service error; without `words`, as when nobody listens."""

    words: str = ""
    code: str = "500"


@dataclass(frozen=True, slots=True)
class PassOn:
    """Send it to another subject, for whoever listens there to answer it."""

    subject: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """Leave it without an answer."""

    why: str = "it was let go by hand"


Decision = ByHand | RefuseIt | PassOn | LetGo


@dataclass(eq=False, slots=True)
class HeldRequest:
    """A request that waits; `suggested` is what the responder would answer."""

    place: int
    message: NatsMessage
    responder: str
    suggested: ByHand
    pass_to: str
    """Where the responder would pass it on to; "" where nobody said."""
    number: int = 0
    """Of its exchange in the journal; 0 without one."""
    since: float = field(default_factory=time.time)
    """Seconds since the epoch."""
    decided: asyncio.Future[Decision] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def decide(self, decision: Decision) -> bool:
        """False where somebody decided already, or it does not wait any more."""
        if self.decided.done():
            return False
        self.decided.set_result(decision)
        return True


class Lane:
    """Of one responder, in order of arrival."""

    def __init__(self) -> None:
        self._held: dict[int, HeldRequest] = {}
        self._places = count(1)

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[HeldRequest]:
        return iter(tuple(self._held.values()))

    @property
    def full(self) -> bool:
        return len(self._held) >= MAX_HELD

    async def hold(
        self,
        message: NatsMessage,
        responder: str,
        suggested: ByHand,
        pass_to: str,
        number: int,
        seconds: float,
    ) -> Decision:
        """Wait until it is decided, at most for `seconds`; then it is let go."""
        held = HeldRequest(next(self._places), message, responder, suggested, pass_to, number)
        self._held[held.place] = held
        try:
            async with asyncio.timeout(seconds):
                return await held.decided
        except TimeoutError:
            return LetGo(f"nobody answered it by hand within {seconds:g} s")
        finally:
            self._held.pop(held.place, None)

    def let_all_go(self, why: str) -> None:
        for held in self:
            held.decide(LetGo(why))
