"""A body for a subject that the user has not written yet: as its schema says, or as its messages
have looked so far."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import islice
from typing import NamedTuple

from engine.content.content import CONTENTS
from engine.content.reading import read
from engine.drafts.draft import endpoint_draft
from engine.journal import Journal
from engine.rpc.broker import Broker
from engine.services.discovery import discover
from engine.services.skeleton import learn
from engine.subject import matches

from .history import History

LOOKED_AT = 20_000
"""The newest messages of the journal that are looked at."""
MAX_LEARNED = 50
"""Bodies that are learned from at most,"""
LEARNED_BYTES = 2 << 20
"""and their bytes, save that the newest is always among them."""
_SLICE = 1_000
"""Messages after which others get their turn."""


class Example(NamedTuple):
    """`source` says in a few words where the body was learned, `content` what it is sent as."""

    body: bytes
    source: str
    content: str = ""


async def example_body(
    broker: Broker, journal: Journal, history: History, subject: str
) -> Example | None:
    """None where nothing is known of the subject. Raises `Refused`, `LinkError`.

    Values that were seen are never in it, only names and types.
    """
    if known := await _from_schema(broker, subject):
        return known
    seen = [body async for body in _seen(journal, subject)]
    return await asyncio.to_thread(_learned, seen, history, subject)


def _learned(seen: list[bytes], history: History, subject: str) -> Example | None:
    """In a thread: large bodies take their time."""
    return _laid_out(seen, "messages seen here") or _laid_out(
        _sent(history, subject), "the history"
    )


async def _from_schema(broker: Broker, subject: str) -> Example | None:
    for service in await discover(broker):
        for endpoint in service.endpoints:
            if matches(endpoint.subject, subject) and endpoint.schema is not None:
                body = endpoint_draft(endpoint).body
                return Example(body, f"the schema of {service.name}") if body else None
    return None


async def _seen(journal: Journal, subject: str) -> AsyncIterator[bytes]:
    """Bodies of the newest messages on the subject."""
    found, held, newest = 0, 0, journal.next - 1
    for number in range(newest, max(journal.first, newest - LOOKED_AT), -1):
        if not number % _SLICE:
            await asyncio.sleep(0)
        if number in journal and (message := journal.message(number)).subject == subject:
            yield message.body
            found, held = found + 1, held + len(message.body)
            if found == MAX_LEARNED or held > LEARNED_BYTES:
                return


def _sent(history: History, subject: str) -> list[bytes]:
    entries = (entry.draft.body for entry in history.entries() if entry.draft.subject == subject)
    return list(islice(entries, MAX_LEARNED))


def _laid_out(bodies: list[bytes], source: str) -> Example | None:
    skeleton = learn(bodies)
    if not skeleton.seen:
        return None
    body = json.dumps(skeleton.value(), indent=2, ensure_ascii=False)
    return Example(body.encode("utf-8", "surrogatepass"), source, _content(bodies[0]))


def _content(body: bytes) -> str:
    """What the newest is, if a body that is typed can be sent as it without being told more."""
    reading = read(body)
    content = CONTENTS.get(reading.choice)
    writes = content is not None and content.writes and not reading.plain
    return reading.choice if writes and reading.choice != "protobuf" else ""
