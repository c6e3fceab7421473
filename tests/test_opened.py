"""What is opened beside the loop is closed where nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from io import StringIO

import pytest
from helpers.waiting import until

from engine.opened import open_beside


async def test_who_waits_gets_it_open() -> None:
    assert not (await open_beside(StringIO)).closed


async def test_what_nobody_waits_for_any_more_is_closed() -> None:
    """Found by keys in a hurry: an export that is closed while its file is made."""
    may_open, file = threading.Event(), StringIO()

    def opening() -> StringIO:
        may_open.wait()
        return file

    waiting = asyncio.create_task(open_beside(opening))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not file.closed
    may_open.set()
    await until(lambda: file.closed)


async def test_what_cannot_be_opened_is_said() -> None:
    def opening() -> StringIO:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        await open_beside(opening)
