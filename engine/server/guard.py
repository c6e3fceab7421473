"""The watchman of the embedded server: a small shell that starts it and outlives natstap.

The shell holds one end of a pipe whose other end only natstap has. However natstap ends,
`kill -9` included, the pipe closes; the shell then kills its child and removes the private
directory. The server is never started by anybody else, so no moment exists in which it is
running and unguarded.
"""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.errors import ServerUnavailable
from engine.processes import end_process, start_process

SHELL = "/bin/sh"
LAST_LINES = 20

# Two lines remove the directory because asyncio may kill the outer shell, but not the inner.
# The outer one is the server's parent, so the server never stays behind as a zombie.
SCRIPT = """
directory=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- & server=$!
{
    read -r _ <&3
    kill -KILL $server
    rm -rf -- "$directory" || { sleep 1; rm -rf -- "$directory"; }
} 2>/dev/null & watch=$!
exec 3<&-
wait $server; status=$?
kill $watch 2>/dev/null; wait $watch 2>/dev/null
rm -rf -- "$directory"
exit $status
"""

NEEDED = frozenset(
    [
        "PATH",
        "HOME",
        "TMPDIR",
        "TZ",
        "LANG",
        "USER",
        "LOGNAME",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "GODEBUG",
        "GOGC",
        "GOMAXPROCS",
        "GOMEMLIMIT",
        "GOTRACEBACK",
    ]
)
"""Variables that a server may have of natstap's; all others may be secrets, and are not its."""


class Guard:
    """One guarded command and the last lines of what it says."""

    def __init__(self, shell: Process, hear: Callable[[bytes], None]) -> None:
        self._shell = shell
        self._hear = hear
        self._said: deque[bytes] = deque(maxlen=LAST_LINES)
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def over(
        cls, directory: Path, *command: str, hear: Callable[[bytes], None] = lambda line: None
    ) -> Guard:
        """Start `command` with `directory` as its own; raises `ServerUnavailable`.

        `hear` gets each line that it says.
        """
        if os.name != "posix":
            raise ServerUnavailable(
                "the embedded server needs Linux or macOS: "
                "start nats-server yourself and name it with --server"
            )
        arguments = (SHELL, "-c", SCRIPT, "natstap-guard", str(directory), *command)
        try:
            shell = await start_process(
                *arguments,
                env=_needed(os.environ),
                stdin=PIPE,
                stdout=DEVNULL,
                stderr=PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerUnavailable(f"the embedded server cannot be started: {error}") from error
        return cls(shell, hear)

    @property
    def exit_code(self) -> int | None:
        """The command's own, None while it runs."""
        return self._shell.returncode

    @property
    def last_words(self) -> str:
        """The last line on the command's stderr that is not empty."""
        return self._said[-1].decode(errors="replace").strip() if self._said else ""

    async def ended(self, timeout: float) -> bool:
        """True when the command, the guard and the directory are gone, within `timeout` s."""
        try:
            async with asyncio.timeout(timeout):
                await self._shell.wait()
                await asyncio.wait({self._listener}, timeout=timeout)
        except TimeoutError:
            return False
        return True

    async def release(self, timeout: float) -> None:
        """Kill the command if it still runs, and wait until all is gone."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        if not await self.ended(timeout):
            await end_process(self._shell)
            await asyncio.wait({self._listener})

    async def _listen(self) -> None:
        """A pipe that nobody reads would in the end stop the command."""
        assert self._shell.stderr is not None
        rest = b""
        while chunk := await self._shell.stderr.read(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line.strip():
                    self._said.append(line)
                    self._hear(line)
        if rest.strip():
            self._said.append(rest)


def _needed(environ: Mapping[str, str]) -> dict[str, str]:
    """Whoever may look at the server's environment sees nothing of the user's."""
    return {
        name: value for name, value in environ.items() if name in NEEDED or name.startswith("LC_")
    }
