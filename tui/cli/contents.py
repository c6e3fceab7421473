"""A body that is no text, as what it is read as: MessagePack, a packed body, and the like."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.content.by_subject import SubjectSettings
from engine.content.content import Envelope, Side
from engine.content.reading import Reading, read
from engine.content.settings import read_tables
from engine.errors import ContentError
from engine.message import Message
from tui.settings import read_settings


@lru_cache(maxsize=1)
def _settings(config: str) -> SubjectSettings:
    """What the user's settings say of bodies; no program of theirs is run."""
    given = read_settings(Path(config) if config else None)
    return read_tables(given.tables)[0].without_commands()


def read_as(reply: Message, subject: str, config: str) -> Reading | None:
    """What a reply's body is read as; None where it stays bytes. `subject` is that of the request,
    `config` the user's settings, "" for the usual ones.
    """
    reading = read(reply.body, Envelope(subject, reply.headers, Side.REPLY, _settings(config)))
    return reading if reading.error is None and reading.text else None


def content_record(reply: Message, subject: str, config: str) -> dict[str, Any]:
    """For a JSON line: `content` says what the bytes are, `value` what they say."""
    reading = read_as(reply, subject, config)
    if reading is None:
        return {}
    try:
        return {"content": reading.title, "value": reading.value()}
    except ContentError:
        return {"content": reading.title}
