"""Soak: natstap for minutes with traffic, responders, watches, bursts and a server that comes and
goes; what it holds must stay flat. `python -m tests.soak [minutes]`, or `make soak`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory

from engine import Journal, NatsBroker, NatstapError
from engine.responders.reply import ReplyDraft
from engine.server.server import EmbeddedServer
from engine.session import Session
from tui.app import NatstapApp

EVERY = 10.0
"""Seconds between two looks."""
AWAY = 25.0
"""Seconds between two restarts of the server."""
RATE = 400
"""Requests a second that others ask."""
HELD = 20_000
"""Messages that the journal holds, so that it is full soon."""
GROWTH = 1.08
"""What memory may grow by, from the second quarter to the last: allocators do not give all back."""
SLACK = 3
"""Tasks, handles and subscriptions that may be there at one look and not at another."""


@dataclass(frozen=True, slots=True)
class Holdings:
    seconds: int
    megabytes: float
    tasks: int
    handles: int
    subscriptions: int
    exchanges: int
    """Seen so far: they are not held."""

    @classmethod
    def of(cls, session: Session, journal: Journal, began: float) -> Holdings:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(
            seconds=round(time.monotonic() - began),
            megabytes=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
            tasks=len(asyncio.all_tasks()),
            handles=len(os.listdir("/proc/self/fd")),
            subscriptions=session.broker.link.subscription_count,
            exchanges=journal.next - 1,
        )


@asynccontextmanager
async def others(server: EmbeddedServer) -> AsyncIterator[None]:
    """Somebody who asks what natstap hosts and what a service of their own answers."""
    async with NatsBroker(server.profile()) as broker:

        @broker.subscriber("soak.work.*", queue="workers")
        async def work(body: bytes) -> bytes:
            return body

        await broker.start()
        asking = asyncio.create_task(_ask(broker))
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def _ask(broker: NatsBroker) -> None:
    subjects = ("soak.work.a", "soak.work.b", "soak.hosted", "nobody")
    for number in range(sys.maxsize):
        with suppress(NatstapError):
            await broker.request(b"x" * 200, subjects[number % len(subjects)], timeout=1)
        await asyncio.sleep(1 / RATE)


async def _restart(server: EmbeddedServer) -> None:
    while True:
        await asyncio.sleep(AWAY)
        await server.restart()


async def soak(minutes: float) -> list[Holdings]:
    Journal.__init__.__defaults__ = (HELD, 16 << 20)
    looks: list[Holdings] = []
    print("  ".join(f"{field.name:>13}" for field in fields(Holdings)))
    with TemporaryDirectory() as folder:
        os.environ.update(XDG_STATE_HOME=f"{folder}/state", XDG_CONFIG_HOME=f"{folder}/config")
        async with EmbeddedServer() as server, others(server):
            own = server.profile()
            flags = {"server": own.servers[0], "user": own.user, "password": own.password}
            app = NatstapApp(flags, {}, watch=("soak.>",), collection=f"{folder}/collection")
            async with app.run_test(size=(120, 40)) as pilot:
                while app.session is None:
                    await pilot.pause(0.05)
                session, began = app.session, time.monotonic()
                responder = await session.responders.add(ReplyDraft(subject="soak.hosted"))
                await responder.start()
                restarting = asyncio.create_task(_restart(server))
                while time.monotonic() - began < minutes * 60:
                    await asyncio.sleep(EVERY)
                    looks.append(Holdings.of(session, app.journal, began))
                    print("  ".join(f"{value:>13,.6g}" for value in astuple(looks[-1])), flush=True)
                restarting.cancel()
    return looks


def grown(looks: list[Holdings]) -> list[str]:
    """What did not stay flat, in words."""
    quarter = max(1, len(looks) // 4)
    before, after = looks[quarter : 2 * quarter] or looks[:1], looks[-quarter:]
    wrong = []
    for name in ("megabytes", "tasks", "handles", "subscriptions"):
        first = max(getattr(look, name) for look in before)
        last = min(getattr(look, name) for look in after)
        most = first * GROWTH if name == "megabytes" else first + SLACK
        if last > most:
            wrong.append(f"{name} grew from {first:.6g} to {last:.6g}")
    return wrong


def main(words: list[str]) -> int:
    looks = asyncio.run(soak(float(words[0]) if words else 10.0))
    wrong = grown(looks)
    print("\n".join(wrong) if wrong else "flat")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
