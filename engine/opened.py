"""Opening a file beside the loop, for somebody who may have gone when it is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar


class Closable(Protocol):
    def close(self) -> object: ...


Opened = TypeVar("Opened", bound=Closable)


async def open_beside(opening: Callable[[], Opened]) -> Opened:
    """What `opening` returns, in a thread; it is closed where its asker was cancelled meanwhile.

    Raises what `opening` raises.
    """
    task = asyncio.ensure_future(asyncio.to_thread(opening))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_close)
        raise


def _close(task: asyncio.Future[Opened]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()
