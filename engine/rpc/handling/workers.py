"""Workers: what came waits in a queue, and is handled one at a time, or several, in order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from engine.errors import LinkError

logger = logging.getLogger("natstap")
Arrival = tuple[bytes, int, int, bytes]
"""A frame, the offset of its payload, the length of its header block, its reply subject."""
MOST_WAITING = 1 << 17
"""Messages that wait for a handler at most, as many as half a minute of a busy subject,"""
MOST_BYTES = 128 << 20
"""and their bytes; what comes then is dropped, counted and told."""
AT_ONCE = 64
"""Workers that are there from the start; the others are hired when all are busy."""


class Workers:
    """At most so many, who `handle` what came on a subject; `note` is told what goes wrong."""

    def __init__(
        self,
        subject: str,
        most: int,
        handle: Callable[[Arrival], Awaitable[None]],
        note: Callable[[str], None],
    ) -> None:
        self.waiting: deque[Arrival] = deque()
        self.busy = 0
        self.dropped = 0
        """Messages that were not handled because too many waited."""
        self.idle = asyncio.Event()
        """Set while nothing waits, and nobody is busy."""
        self.idle.set()
        self._subject = subject
        self._most = most
        self._handle = handle
        self._note = note
        self._held = 0
        """Bytes that wait."""
        self._wake: deque[asyncio.Future[None]] = deque()
        self._roused = False
        """True from when a worker was called until it comes."""
        self._workers: set[asyncio.Task[None]] = set()

    def __contains__(self, task: asyncio.Task[None] | None) -> bool:
        return task in self._workers

    def begin(self) -> None:
        """What is waited for belongs to one event loop, and a broker may be started in another."""
        self.idle = asyncio.Event()
        self.idle.set()

    def hire(self) -> None:
        for _ in range(min(self._most, AT_ONCE)):
            self._hire_one()

    def _hire_one(self) -> None:
        self._workers.add(asyncio.get_running_loop().create_task(self._work()))

    def leave_out(self, task: asyncio.Task[None] | None) -> None:
        """Nobody is to wait for the handler that runs in this task."""
        if task in self._workers:
            self.busy -= 1
            if not self.busy and not self.waiting:
                self.idle.set()

    async def dismiss(self) -> None:
        workers, self._workers = self._workers, set()
        self.waiting.clear()
        own = {asyncio.current_task()} & workers
        for worker in workers - own:
            worker.cancel()
        self._held = 0
        self._wake.clear()
        self._roused = False
        await asyncio.gather(*workers - own, return_exceptions=True)
        self.busy = len(own)
        self.idle.set()

    def enqueue(self, arrival: Arrival) -> None:
        if len(self.waiting) >= MOST_WAITING or self._held >= MOST_BYTES:
            self._drop()
            return
        self.waiting.append(arrival)
        self._held += len(arrival[0])
        self.idle.clear()
        if not self._roused:
            self._rouse()

    def _rouse(self) -> None:
        """Call one worker. It calls the next where more waits: a handler that waits for nothing is
        done with all of it before another would have come.
        """
        while self._wake:
            waiter = self._wake.popleft()
            if not waiter.done():
                waiter.set_result(None)
                self._roused = True
                return
        if 0 < len(self._workers) < self._most:
            self._hire_one()
            self._roused = True

    def _drop(self) -> None:
        self.dropped += 1
        if self.dropped == 1:
            self._note(f"too many messages on {self._subject} wait: some are not handled")

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        waiting, handle = self.waiting, self._handle
        while True:
            self._roused = False
            while waiting:
                arrival = waiting.popleft()
                self._held -= len(arrival[0])
                self.busy += 1
                if waiting and not self._roused:
                    self._rouse()
                try:
                    await handle(arrival)
                except LinkError as error:
                    self._note(f"a message on {self._subject} was not acknowledged: {error}")
                except Exception as error:  # a worker that ends leaves the subject deaf
                    logger.error("a message on %s is lost", self._subject, exc_info=error)
                    self._note(f"a message on {self._subject} is lost: {error}")
                finally:
                    self.busy -= 1
                while task.cancelling():  # left by a task group that failed, before Python 3.13
                    task.uncancel()
            if task not in self._workers:  # its handler stopped all, or did not let it end
                return
            if not self.busy:
                self.idle.set()
            waiter = loop.create_future()
            self._wake.append(waiter)
            await waiter
