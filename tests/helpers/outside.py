"""Programs in processes of their own, and the `nats` CLI: none outlives its test."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from engine import Profile

DEADLINE = 120.0
NATS = shutil.which("nats")
nats_cli = pytest.mark.skipif(NATS is None, reason="the nats CLI is not installed")


@asynccontextmanager
async def running(*command: str, stdout: int = PIPE, **options: Any) -> AsyncIterator[Process]:
    """A process until the end; then it is killed, and gone with its pipes."""
    process = await asyncio.create_subprocess_exec(*command, stdout=stdout, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await ended(process)


async def ended(process: Process) -> int:
    """Its exit code, once its pipes are closed too: asyncio's own `wait` can return before."""
    if process.stdin is not None:
        process.stdin.close()
    async with asyncio.timeout(DEADLINE):
        await process.communicate()
    assert process.returncode is not None
    return process.returncode


async def printed(
    *command: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, code: int = 0
) -> str:
    """All that a program prints until it ends, which must be with `code`."""
    options: dict[str, Any] = {"stdin": DEVNULL, "stderr": STDOUT, "env": env, "cwd": cwd}
    async with running(*command, **options) as process, asyncio.timeout(DEADLINE):
        made, _ = await process.communicate()
    told = made.decode(errors="replace")
    assert process.returncode == code, told
    return told


def address(profile: Profile) -> str:
    """The first server of a profile as a URL with its user and password."""
    where = profile.servers[0].partition("://")[2]
    return f"nats://{profile.user}:{profile.password}@{where}"


def signed_in(profile: Profile) -> dict[str, str]:
    """An environment in which the CLI and the examples reach the profile's server."""
    return {**os.environ, "NATS_URL": address(profile)}


async def nats(profile: Profile, *words: str, code: int = 0) -> str:
    """What the CLI prints; it reads nothing of the user's own contexts."""
    assert NATS
    return await printed(NATS, "--no-context", *words, env=signed_in(profile), code=code)
