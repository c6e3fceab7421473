"""A nats-py client in a process of its own that works off a stream's requests as it is told.

`python stream_worker.py stream consumer behaviour`. Prints "up" once it pulls, and "took" for
each message that it was delivered.
"""

from __future__ import annotations

import asyncio
import os
import sys

sys.modules["aiohttp"] = None  # nats-py has it for WebSockets alone, and it takes twice as long

import nats  # noqa: E402
from nats.aio.client import Client  # noqa: E402
from nats.aio.msg import Msg  # noqa: E402


async def work(client: Client, message: Msg, behaviour: str, detail: str) -> None:
    """Do one job: "hold" keeps it, "ack" says no more than that, "slow" answers late."""
    print("took", flush=True)
    if behaviour == "ack":
        await message.ack()
    elif behaviour == "slow":
        await asyncio.sleep(float(detail))
        await client.publish((message.headers or {})["reply_to"], b"done")
        await message.ack()


async def main(stream: str, consumer: str, behaviour: str) -> None:
    behaviour, _, detail = behaviour.partition(":")
    client = await nats.connect(
        os.environ["PEER_URL"],
        user=os.environ["PEER_USER"],
        password=os.environ["PEER_PASSWORD"],
        name=os.environ["PEER_NAME"],
    )
    pulling = await client.jetstream().pull_subscribe_bind(consumer, stream)
    print("up", flush=True)
    jobs = set()
    while True:
        try:
            (message,) = await pulling.fetch(1, timeout=60)
        except nats.errors.TimeoutError:
            continue
        job = asyncio.create_task(work(client, message, behaviour, detail))
        jobs.add(job)
        job.add_done_callback(jobs.discard)


asyncio.run(main(*sys.argv[1:]))
