"""The pulse: tells whoever looks that there is something new, without calling anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator


class Pulse:
    """A counter that can be awaited; a thousand beats before a look are one look."""

    __slots__ = ("count", "waiting")

    def __init__(self) -> None:
        self.count = 0
        """How often it beat; never goes back."""
        self.waiting: list[asyncio.Future[None]] = []

    def beat(self) -> None:
        self.count += 1
        if self.waiting:
            self.wake()

    def wake(self) -> None:
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
        self.waiting.clear()

    async def wait(self, seen: int) -> int:
        """Return the count as soon as it differs from `seen`; at once if it does already."""
        if self.count == seen:
            waiter = asyncio.get_running_loop().create_future()
            self.waiting.append(waiter)
            try:
                await waiter
            finally:
                if waiter in self.waiting:
                    self.waiting.remove(waiter)
        return self.count

    async def beats(self, interval: float) -> AsyncIterator[int]:
        """Yield the count whenever it changed, at most once every `interval` seconds."""
        seen = -1
        while True:
            seen = await self.wait(seen)
            yield seen
            await asyncio.sleep(interval)
