"""Commands as whole processes: `natstap req` beside `nats req` and a script of nats-py's."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from subprocess import DEVNULL

from engine.broker import NatsBroker
from engine.profile.profile import Profile

from .rounds import interleave, row
from .sockets import Plain

SUBJECT = "bench.command"
SCRIPT = f"""
import asyncio, os
import nats

async def main():
    client = await nats.connect(os.environ["NATS_URL"])
    print((await client.request({SUBJECT!r}, b"x", timeout=5)).data.decode())
    await client.close()

asyncio.run(main())
"""
ROUNDS = 15


async def timed(*command: str, env: dict[str, str]) -> float:
    """Milliseconds until it ended, which must be well."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
    )
    code = await process.wait()
    if code:
        raise RuntimeError(f"{command[:3]} ended with {code}")
    return (time.perf_counter() - began) * 1e3


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    where = profile.servers[0].partition("://")[2]
    env = {key: value for key, value in os.environ.items() if not key.startswith("NATS")}
    env["NATS_URL"] = f"nats://{profile.user}:{profile.password}@{where}"

    def runs(*command: str) -> Callable[[], Awaitable[float]]:
        return lambda: timed(*command, env=env)

    start = "import tui.__main__; from tui.cli.command import load; load('req')"
    contest = {
        "engine": runs(sys.executable, "-c", "import engine"),
        "start": runs(sys.executable, "-c", start),
        "natstap": runs(sys.executable, "-m", "tui", "req", SUBJECT, "x"),
        "nats-py": runs(sys.executable, "-c", SCRIPT),
    }
    if nats := shutil.which("nats"):
        contest["nats"] = runs(nats, "--no-context", "req", SUBJECT, "x")
    broker = NatsBroker(profile)
    broker.subscriber(SUBJECT)(lambda body: body)
    await broker.start()
    try:
        found = await interleave(contest, max(rounds, ROUNDS))
    finally:
        await broker.stop()
    told = ", ".join(f"{name} {figure:.0f} ms" for name, figure in found.items())
    return [
        "Commands as whole processes",
        f"  {told}",
        row("start, of import engine", found["start"] / found["engine"], 1.5, least=False),
        row("natstap req, of nats-py", found["natstap"] / found["nats-py"], 1.1, least=False),
    ]
