"""A command of natstap's run in this process, or as a process; what it printed, and its code."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.outside import DEADLINE, address, running

from engine import Profile
from tui.cli.commands import find_command
from tui.cli.running import perform

NATSTAP = (sys.executable, "-m", "tui")


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """The JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    def record(self, kind: str) -> dict[str, Any]:
        """The only JSON line of a kind."""
        (found,) = [record for record in self.records if record["type"] == kind]
        return found


def where(profile: Profile) -> tuple[str, ...]:
    """Flags with which a command connects as the profile says, and to nothing else."""
    return ("--no-context", "--server", address(profile))


async def ran(profile: Profile | None, *words: str) -> Ran:
    """Run a command in this process."""
    flags = where(profile) if profile is not None else ()
    command = find_command([*words, *flags])
    assert command is not None
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = int(await perform(command))
        except SystemExit as left:
            code = int(left.code or 0)
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


async def processed(
    *words: str, env: Mapping[str, str] | None = None, given: bytes | None = None, **more: Any
) -> Ran:
    """Run natstap as a process without a terminal; `given` is what it finds on stdin."""
    options = {"stdin": DEVNULL if given is None else PIPE, "stderr": PIPE, "env": env, **more}
    async with running(*NATSTAP, *words, **options) as process:
        async with asyncio.timeout(DEADLINE):
            out, err = await process.communicate(given)
    assert process.returncode is not None
    return Ran(process.returncode, out.decode(), err.decode())


@asynccontextmanager
async def started(*words: str, env: Mapping[str, str]) -> AsyncIterator[Any]:
    """natstap as a process that goes on until the block ends."""
    options: dict[str, Any] = {"stdin": DEVNULL, "stderr": PIPE, "env": env}
    async with running(*NATSTAP, *words, **options) as process:
        yield process


def alone(profile: Profile, tmp_path: Path) -> dict[str, str]:
    """An environment that points to a server, with no settings and no contexts."""
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("NATS")},
        "NATS_URL": address(profile),
        "XDG_CONFIG_HOME": str(tmp_path),
        "HOME": str(tmp_path),
    }
