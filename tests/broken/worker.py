"""A nats-py client in a process of its own that serves a subject in the way it is told.

`python worker.py subject queue behaviour`; the same words as tests/go/main.go and
tests/javascript/worker.mjs take. Prints "up" once the server knows its subscription.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

sys.modules["aiohttp"] = None  # nats-py has it for WebSockets alone, and it takes twice as long

import nats  # noqa: E402
from nats.aio.client import Client  # noqa: E402
from nats.aio.msg import Msg  # noqa: E402

_LONG = 3600.0


async def serve(client: Client, message: Msg, behaviour: str, detail: str) -> None:
    """Answer one request, or not: one branch for each behaviour."""
    if behaviour == "answer":
        await message.respond(b"done")
    elif behaviour == "throw":
        raise ValueError("out of tea")
    elif behaviour == "block":
        time.sleep(_LONG)  # noqa: ASYNC251 - the whole client is to stand still, its PONGs too
    elif behaviour == "elsewhere":
        await client.publish(detail, b"done")
    elif behaviour == "large":
        await message.respond(bytes(int(detail)))
    elif behaviour == "needs" and detail in (message.headers or {}):
        await message.respond(b"done")
    elif behaviour == "asks":
        known = {"correlation_id": (message.headers or {}).get("correlation_id", "")}
        answer = await client.request(detail, message.data, timeout=_LONG, headers=known)
        await message.respond(answer.data)
    elif behaviour == "slow":
        await asyncio.sleep(float(detail))
        await message.respond(b"done")
    elif behaviour == "envelope" and b'"pattern"' in message.data:
        asked = json.loads(message.data)
        answer = {"response": "done", "isDisposed": True, "id": asked["id"]}
        await message.respond(json.dumps(answer).encode())


async def quiet(error: Exception) -> None:
    """What goes wrong here goes wrong on purpose."""


async def main(subject: str, queue: str, behaviour: str) -> None:
    behaviour, _, detail = behaviour.partition(":")
    client = await nats.connect(
        os.environ["PEER_URL"],
        user=os.environ["PEER_USER"],
        password=os.environ["PEER_PASSWORD"],
        name=os.environ["PEER_NAME"],
        error_cb=quiet,
        reconnect_time_wait=0.05,
    )

    async def handle(message: Msg) -> None:
        await serve(client, message, behaviour, detail)

    await client.subscribe(subject, queue, handle)
    await client.flush()  # nats-py's PING overtakes the SUB
    await client.flush()
    print("up", flush=True)
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
