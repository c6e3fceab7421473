"""A consumer to pull from, and how it is asked."""

from __future__ import annotations

from typing import Any

from engine import NatsBroker

NEXT = "$JS.API.CONSUMER.MSG.NEXT.S.w"
PATIENT = {"batch": 1, "expires": 60_000_000_000}


async def stream(broker: NatsBroker, **consumer: Any) -> None:
    await broker.jetstream.api(
        "STREAM.CREATE.S", {"name": "S", "subjects": ["s.>"], "allow_direct": True}
    )
    config = {"durable_name": "w", "name": "w", "ack_policy": "explicit"} | consumer
    await broker.jetstream.create_consumer("S", config)
