"""The JavaScript client, in a process of its own, told what to do line by line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from helpers.outside import running

from engine import Profile

_HERE = Path(__file__).parents[1] / "javascript"
_LINE = 1 << 24
"""Bytes of the longest line that is read."""


class JavaScriptError(Exception):
    """What the client threw; `cause` is the class of its cause, "" when it has none."""

    def __init__(self, words: str, cause: str) -> None:
        super().__init__(words)
        self.cause = cause


class JavaScript:
    """A connected client. It does one thing after another; for two at once, have two."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.client_id = 0

    async def do(self, what: str, **details: Any) -> Any:
        """Have it do something that its commands name; raises `JavaScriptError` if it threw."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"what": what, **details}).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> Any:
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            line = await self._process.stdout.readline()
        assert line, "the JavaScript process ended; what it said is in the test's stderr"
        told = json.loads(line)
        if "error" in told:
            raise JavaScriptError(told["error"], told.get("cause", ""))
        return told["value"]

    async def ended(self) -> int:
        """Wait until the process has died by itself, and return its exit code."""
        async with asyncio.timeout(60):
            return await self._process.wait()


def missing() -> str:
    """Why the client cannot run here; "" when it can."""
    if shutil.which("node") is None:
        return "there is no node"
    wanted = json.loads((_HERE / "package.json").read_text())["dependencies"]
    lacking = [one for one in wanted if not (_HERE / "node_modules" / one).is_dir()]
    names = ", ".join(lacking)
    return f"{names} not installed: npm install in tests/javascript" if lacking else ""


@asynccontextmanager
async def javascript(
    profile: Profile, name: str = "javascript", *, inbox: str = ""
) -> AsyncIterator[JavaScript]:
    """A client until the end; then the process is killed."""
    environment = {
        **os.environ,
        "PEER_URL": profile.servers[0],
        "PEER_USER": profile.user,
        "PEER_PASSWORD": profile.password,
        "PEER_NAME": name,
        "PEER_INBOX": inbox,
    }
    options = {"stdin": PIPE, "env": environment, "cwd": _HERE, "limit": _LINE}
    async with running("node", "peer.mjs", **options) as process:
        peer = JavaScript(process)
        peer.client_id = await peer.answer()
        yield peer
