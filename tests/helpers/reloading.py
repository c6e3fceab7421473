"""A server whose configuration is changed while it runs, as its operator would: by a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from engine import Profile
from engine.server.binary import find_binary

from .outside import DEADLINE, running


class Reloading:
    def __init__(self, folder: Path, process: Process, port: int) -> None:
        self._folder = folder
        self._process = process
        self.port = port

    def profile(self, user: str = "", password: str = "") -> Profile:
        return Profile((f"nats://127.0.0.1:{self.port}",), user=user, password=password)

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def reload(self, config: str) -> None:
        """Give it another configuration; returns when it says that it has taken it."""
        log = self._folder / "log"
        before = log.stat().st_size
        write(self._folder, self.port, config)
        self.tell(signal.SIGHUP)
        async with asyncio.timeout(DEADLINE):
            while b"Reloaded server configuration" not in log.read_bytes()[before:]:
                await asyncio.sleep(0.01)


def write(folder: Path, port: int, config: str) -> Path:
    file = folder / "nats.conf"
    lines = (f'host: 127.0.0.1\nport: {port}\nlog_file: "{folder}/log"', config, "")
    file.write_text("\n".join(lines))
    return file


@asynccontextmanager
async def reloading(folder: Path, config: str) -> AsyncIterator[Reloading]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    file = write(folder, port, config)
    env = {"PATH": os.environ["PATH"]}
    async with running(str(find_binary()), "-c", str(file), stdout=DEVNULL, env=env) as process:
        async with asyncio.timeout(DEADLINE):
            while not await _listens(port):
                await asyncio.sleep(0.01)
        yield Reloading(folder, process, port)


async def _listens(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True
    return False
