"""A program in a real terminal (a pty): started, typed to, watched for text on its screen."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import time
from collections.abc import Mapping
from typing import Self

_SLOW_PART = 1024
"""Bytes that a slow line takes at once."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?<>=]*[A-Za-z]|[()][A-Z0-9])")


class Terminal:
    """One program on a pty of `columns` by `rows`; ended with `close`."""

    def __init__(
        self, argv: list[str], columns: int = 160, rows: int = 50, env: Mapping[str, str] = {}
    ) -> None:
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
            os.execv(argv[0], argv)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(self._fd, False)
        self.rate = 0
        """Bytes a second that the line takes; 0 for as many as come."""
        self.heard = 0
        """Bytes that the program wrote so far."""
        self._recent = b""
        self._waiting: list[tuple[bytes, asyncio.Future[float]]] = []
        asyncio.get_running_loop().add_reader(self._fd, self._read)

    def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            data = os.read(self._fd, 1 << 16 if not self.rate else _SLOW_PART)
        except BlockingIOError:
            return
        except OSError:  # what a pty answers when the program has ended
            data = b""
        if not data or self.rate:
            loop.remove_reader(self._fd)
        if not data:
            self._end()
            return
        if self.rate:
            loop.call_later(len(data) / self.rate, loop.add_reader, self._fd, self._read)
        now = time.perf_counter()
        self.heard += len(data)
        self._recent = (self._recent + data)[-(1 << 16) :]
        for text, future in self._waiting:
            if text in self._recent and not future.done():
                future.set_result(now)
        self._waiting = [one for one in self._waiting if not one[1].done()]

    def _end(self) -> None:
        for text, future in self._waiting:
            if not future.done():
                words = f"the program ended before it showed {text!r}; it wrote:\n{self.plain()}"
                future.set_exception(EOFError(words))

    async def shows(self, text: str, timeout: float = 30.0) -> float:
        """The moment (perf_counter) at which `text` was written, looked for from now on."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._recent = b"" if self.heard else self._recent
        self._waiting.append((text.encode(), future))
        try:
            return await asyncio.wait_for(future, timeout)
        except TimeoutError:
            words = f"{text!r} was not shown within {timeout} s; it wrote:\n{self.plain()}"
            raise TimeoutError(words) from None

    def plain(self) -> str:
        """What was written lately, without colours and moves."""
        return _ESCAPES.sub("", self._recent.decode("utf-8", "replace"))

    def last(self, pattern: str) -> str:
        """The newest match's first group in what was written lately, "" if there is none."""
        found = re.findall(pattern, self.plain())
        return found[-1] if found else ""

    def hide_typing(self) -> None:
        """What is typed is not shown before the program shows it itself."""
        settings = termios.tcgetattr(self._fd)
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(self._fd, termios.TCSANOW, settings)

    def press(self, keys: bytes) -> float:
        """Type; returns the moment of it."""
        os.write(self._fd, keys)
        return time.perf_counter()

    def cpu(self) -> float:
        """Seconds of processor time that the program has used."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def close(self) -> None:
        self.rate = 0
        asyncio.get_running_loop().remove_reader(self._fd)
        os.kill(self.pid, signal.SIGKILL)
        await asyncio.to_thread(os.waitpid, self.pid, 0)
        os.close(self._fd)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()
