"""A service of nats-py's `micro`, in a process of its own, with as many instances as asked."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helpers.outside import running

from engine import Profile

_SOURCE = r"""
import asyncio, json, os, sys
sys.modules["aiohttp"] = None  # nats-py has it for WebSockets alone
import nats, nats.micro
from nats.micro.request import ServiceError

SCHEMA = json.dumps({"type": "object", "properties": {
    "item": {"type": "string", "example": "tea"}, "qty": {"type": "integer", "minimum": 1}}})

async def create(request):
    if request.data == b"bad":
        raise ServiceError("400", os.environ["PEER_ERROR"])
    await request.respond(b"done: " + request.data)

async def main(name, *versions):
    client = await nats.connect(
        os.environ["PEER_URL"], user=os.environ["PEER_USER"], password=os.environ["PEER_PASSWORD"])
    for version in versions:
        service = await nats.micro.add_service(
            client, name=name, version=version, description="the " + name,
            metadata={"team": "checkout"})
        group = service.add_group(name=name, queue_group="workers")
        await group.add_endpoint(name="create", handler=create, metadata={"schema": SCHEMA})
        await group.add_endpoint(name="list", handler=create)
        # known to the server from here on
        await client.request(f"$SRV.PING.{name}.{service.id}", timeout=30)
    print("up", flush=True)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@asynccontextmanager
async def micro(
    profile: Profile, name: str, *versions: str, error: str = "bad order"
) -> AsyncIterator[None]:
    """Instances of a service, one per version, until the end; then the process is killed."""
    environment = {
        **os.environ,
        "PEER_URL": profile.servers[0],
        "PEER_USER": profile.user,
        "PEER_PASSWORD": profile.password,
        "PEER_ERROR": error,
    }
    command = (sys.executable, "-c", _SOURCE, name, *versions)
    async with running(*command, env=environment) as process:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert await process.stdout.readline() == b"up\n"
        yield
