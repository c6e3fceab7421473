"""The app in a real terminal that is closed under it."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

from helpers.outside import DEADLINE, running


def read_until(terminal: int, words: bytes) -> None:
    """Read what is painted until the words come."""
    painted, deadline = b"", time.monotonic() + DEADLINE
    while words not in painted and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.1)[0]:
            painted += os.read(terminal, 65536)
    assert words in painted


async def test_natstap_ends_with_its_terminal_though_nobody_tells_it(tmp_path: Path) -> None:
    """Its session has no controlling terminal: no signal comes, as under make."""
    terminal, inside = pty.openpty()
    command = (sys.executable, "-m", "tui", "--demo", "--collection", str(tmp_path))
    options = {"stdin": inside, "stderr": inside, "start_new_session": True}
    async with running(*command, stdout=inside, **options) as natstap:
        os.close(inside)
        await asyncio.to_thread(read_until, terminal, b"orders.create")
        os.close(terminal)
        async with asyncio.timeout(DEADLINE):
            assert await natstap.wait() == -signal.SIGHUP


async def test_a_told_end_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    terminal, inside = pty.openpty()
    command = (sys.executable, "-m", "tui", "--demo", "--collection", str(tmp_path))
    options = {"stdin": inside, "stderr": inside, "start_new_session": True}
    async with running(*command, stdout=inside, **options) as natstap:
        os.close(inside)
        await asyncio.to_thread(read_until, terminal, b"orders.create")
        natstap.send_signal(signal.SIGTERM)
        await asyncio.to_thread(read_until, terminal, b"\x1b[?1049l")
        async with asyncio.timeout(DEADLINE):
            assert await natstap.wait() == 128 + signal.SIGTERM
    os.close(terminal)
