"""Where commands are recorded and sent again: a server, a stream, services, a proxy before them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from engine import Link, Profile
from engine.server.server import EmbeddedServer

STREAM = {
    "name": "KEPT",
    "subjects": ["kept.>"],
    "storage": "memory",
    "allow_atomic": True,
    "allow_msg_schedules": True,
    "allow_msg_ttl": True,
    "allow_rollup_hdrs": True,
}


@asynccontextmanager
async def world() -> AsyncIterator[Profile]:
    """How to reach a server with the services that cases.py tells of."""
    async with EmbeddedServer() as server, Link.opened(server.profile()) as link:
        for _ in range(2):
            link.subscribe(b"svc.>", _answering(link, b"got it"))
        link.subscribe(b"ends.>", _answering(link, b"1", b"2", b""))
        await _store(link)
        yield server.profile()


def _answering(link: Link, *bodies: bytes) -> Any:
    def answer(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        for body in bodies if reply else ():
            link.publish(reply, body)

    return answer


async def _store(link: Link) -> None:
    from engine.rpc.inquiry import Inquiry

    async with Inquiry(link) as inquiry:
        made = await inquiry.ask("$JS.API.STREAM.CREATE.KEPT", json.dumps(STREAM).encode(), 5.0)
    assert b'"error"' not in made, made
