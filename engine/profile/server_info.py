"""What a NATS server says first: its INFO line. Nothing is sent to hear it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from engine.fields import read_json

HELLO = b"INFO {"


async def greet(host: str, port: int, timeout: float = 0.3) -> dict[str, Any] | None:
    """The INFO of the server there, or None when no NATS server greets within `timeout` s."""
    try:
        async with asyncio.timeout(timeout):
            line = await _first_line(host, port)
        info = read_json(line[len(HELLO) - 1 :]) if line.startswith(HELLO) else None
    except (OSError, ValueError):
        return None
    return info if isinstance(info, dict) else None


async def answers(host: str, port: int, timeout: float = 0.3) -> bool:
    """True when a NATS server greets there within `timeout` seconds."""
    return await greet(host, port, timeout) is not None


async def _first_line(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return await reader.readline()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
