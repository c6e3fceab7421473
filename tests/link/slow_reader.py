"""A program that listens on one subject and tells what its link tells it."""

from __future__ import annotations

import asyncio
import sys

from engine import Link, Profile
from engine.link import standstill
from engine.link.events import Happening, LinkEvent


async def main(server: str, user: str, password: str) -> None:
    standstill.STANDSTILL = 1.0
    over = asyncio.Event()

    def tell(event: LinkEvent) -> None:
        print(event.what.name, event.words, flush=True)
        if event.what is Happening.RESTORED:
            over.set()

    async with Link.opened(Profile((server,), user=user, password=password)) as link:
        link.subscribe(b"flood", lambda *_: None)
        await link.barrier()
        link.events.listeners.append(tell)
        print("listens", flush=True)
        await over.wait()


asyncio.run(main(*sys.argv[1:]))
