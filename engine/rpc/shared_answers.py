"""Answers shared for a moment: who asks what was just asked gets the same answer.

A failure is looked into by several at once, the forecast and the diagnosis first: the servers
are asked once. Each says since when an answer is new enough, so nobody gets one from before
what he wants to know about.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from engine.link.link import Link

SHARED_FOR = 1.0
"""Seconds after its asking for which an answer is given to others at most."""
MAX_ANSWERS = 8
"""Answers that are kept of one connection."""
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Asked(Generic[Answer]):
    at: float
    task: asyncio.Task[Answer]


class Recent(Generic[Answer]):
    """One kind of answer, by connection and by what was asked."""

    def __init__(self) -> None:
        self._asked: WeakKeyDictionary[Link, dict[Hashable, _Asked[Answer]]] = WeakKeyDictionary()

    async def get(
        self,
        link: Link,
        what: Hashable,
        ask: Callable[[], Awaitable[Answer]],
        since: float | None = None,
    ) -> Answer:
        """The answer to a question that was asked at `since` (seconds since the epoch) or later.

        None asks again now. Raises what `ask` raises. Who is cancelled while waiting takes the
        answer from nobody else.
        """
        known = self._asked.setdefault(link, {})
        now = time.time()
        found = known.get(what)
        if found is None or since is None or found.at < max(since, now - SHARED_FOR):
            # In no context: that of whoever asks first would keep all that it names alive.
            task = asyncio.get_running_loop().create_task(_begin(ask), context=Context())
            found = known[what] = _Asked(now, task)
            task.add_done_callback(_look_at_error, context=Context())
            _forget(known, now)
        return await asyncio.shield(found.task)


async def _begin(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    return await ask()


def _look_at_error(task: asyncio.Task[Answer]) -> None:
    """An error that nobody waits for any more is no warning."""
    if not task.cancelled():
        task.exception()


def _forget(known: dict[Hashable, _Asked[Answer]], now: float) -> None:
    for what in [what for what, asked in known.items() if asked.at < now - SHARED_FOR]:
        del known[what]
    while len(known) > MAX_ANSWERS:
        del known[next(iter(known))]
