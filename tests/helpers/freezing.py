"""Processes that stand still, as behind a pulled cable; their sockets stay open."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def freeze(pid: int) -> None:
    """Return when none of its threads runs any more: the signal alone comes some time before."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 30
    while not _stands(pid):
        assert time.monotonic() < deadline, f"process {pid} was not stopped"
        time.sleep(0.001)


def _stands(pid: int) -> bool:
    threads = Path(f"/proc/{pid}/task")
    if threads.exists():
        told = [(thread / "stat").read_text() for thread in threads.iterdir()]
        return all(line.rpartition(")")[2].split()[0] == "T" for line in told)
    ps = subprocess.run(["ps", "-o", "state=", "-p", str(pid)], capture_output=True, text=True)
    return ps.stdout.startswith("T")


def thaw(pid: int) -> None:
    with suppress(ProcessLookupError):  # it was ended meanwhile
        os.kill(pid, signal.SIGCONT)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    freeze(pid)
    try:
        yield
    finally:
        thaw(pid)
