"""Clients of three languages that serve a subject in the way they are told, each a process.

What the words mean is in worker.py; Go and JavaScript take most of the same.
"""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from helpers import javascript_peer
from helpers.outside import running

from engine import Profile

_HERE = Path(__file__).parent
_GO = _HERE.parent / "go"
_BUILD = 120.0
"""Seconds that a first build may take."""
LANGUAGES = ("python", "javascript", "go")


@asynccontextmanager
async def worker(
    profile: Profile,
    subject: str,
    behaviour: str,
    *,
    name: str = "worker",
    queue: str = "",
    language: str = "python",
) -> AsyncIterator[Process]:
    """One client until the end, subscribed when this returns; skips where it cannot be run."""
    environment = {
        **os.environ,
        "PEER_URL": profile.servers[0],
        "PEER_USER": profile.user,
        "PEER_PASSWORD": profile.password,
        "PEER_NAME": name,
    }
    command = (*_command(language), subject, queue, behaviour)
    async with running(*command, stderr=DEVNULL, env=environment, cwd=_HERE.parent) as process:
        await said(process, b"up\n")
        yield process


@asynccontextmanager
async def workers(
    profile: Profile, subject: str, queue: str, **behaviours: str
) -> AsyncIterator[dict[str, Process]]:
    """A queue group: clients by name (`_` for `-`), each with its behaviour."""
    async with AsyncExitStack() as stack:
        made = {}
        for key, behaviour in behaviours.items():
            name = key.replace("_", "-")
            client = worker(profile, subject, behaviour, name=name, queue=queue)
            made[name] = await stack.enter_async_context(client)
        yield made


async def said(process: Process, line: bytes) -> None:
    """Wait for a line; fails when the process says another or ends."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        heard = await process.stdout.readline()
    assert heard == line, heard


def _command(language: str) -> tuple[str, ...]:
    match language:
        case "python":
            return sys.executable, str(_HERE / "worker.py")
        case "javascript":
            if why := javascript_peer.missing():
                pytest.skip(f"no JavaScript client: {why}")
            return "node", "javascript/worker.mjs"
        case "go":
            return (_go_worker(),)
    raise AssertionError(language)


@functools.cache
def _go_worker() -> str:
    """Build it, at the first use; skips without a toolchain that can."""
    if shutil.which("go") is None:
        pytest.skip("no Go client: there is no go")
    made = _GO / "worker"
    command = ("go", "build", "-o", str(made), ".")
    built = subprocess.run(command, cwd=_GO, capture_output=True, timeout=_BUILD, check=False)
    if built.returncode:
        pytest.skip(f"no Go client: {built.stderr.decode(errors='replace')[-200:]}")
    return str(made)
