"""What bodies are, as they and the settings say: MessagePack, a packed body, and the like."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.content.by_subject import SubjectSettings
from engine.content.coded import reading_of
from engine.content.content import Side
from engine.content.reading import Reading
from engine.content.settings import read_tables
from engine.errors import ContentError
from engine.filter.state_terms import Hearsay, Look, Names, no_look
from engine.message import Message
from engine.schemas.schemas import Schemas
from tui.settings import read_settings

from .output import WARN, Output

if TYPE_CHECKING:
    from engine.journal import Journal


def read_content_settings(out: Output) -> SubjectSettings:
    """What the user's settings say of bodies; it is said what is wrong with them."""
    given = read_settings(Path(out.config) if out.config else None)
    settings, problems = read_tables(given.tables)
    for name, words in problems:
        out.say(given.problem(name, words), WARN)
    return settings


@lru_cache(maxsize=1)
def settings_of(out: Output) -> SubjectSettings:
    """The same, without the programs that translate: none is run."""
    return read_content_settings(out).without_commands()


@lru_cache(maxsize=1)
def schemas_of(out: Output) -> Schemas:
    """Those that the settings name."""
    return Schemas(lambda: settings_of(out))


def breach(journal: Journal, number: int, schemas: Schemas) -> str:
    """What in an exchange breaks its schema, "" for nothing."""
    return schemas.find_breach(journal, journal.exchange(number)) if schemas.any else ""


def hearsay(
    journal: Journal, out: Output, schemas: Schemas, names: Names, look: Look = no_look
) -> Hearsay:
    """What a filter has to know, as far as a command knows it."""
    return Hearsay(
        names, look, lambda number: breach(journal, number, schemas), lambda: settings_of(out)
    )


def read_as(message: Message, subject: str, side: Side, out: Output) -> Reading | None:
    """What a body is read as; None where it stays as it is. `subject` is that of the request."""
    reading = reading_of(message, settings_of(out), subject, side)
    return reading if reading.error is None and reading.text and not reading.plain else None


def content_record(message: Message, subject: str, side: Side, out: Output) -> dict[str, Any]:
    """For a JSON line: `content` says what the bytes are, `value` what they say."""
    reading = read_as(message, subject, side, out)
    if reading is None:
        return {}
    try:
        return {"content": reading.title, "value": reading.value()}
    except ContentError:
        return {"content": reading.title}
