"""A guide: a flow of a few steps, and the clients, streams and subjects that it needs.

It is data, read from TOML by `reading`; own ones are `NAME.guide.toml` in a collection.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.drafts.draft import Draft
from engine.responders.reply import ReplyDraft

from .conditions import Condition

MAX_STEPS = 30
MAX_SERVICES = 20
MAX_STREAMS = 10


class Deed(StrEnum):
    """What a step does to one of the guide's services when it begins."""

    STOP = "stop"
    """Its client disconnects."""
    START = "start"
    """It is there again and answers."""
    HANG = "hang"
    """It still takes its requests, and answers none."""


@dataclass(frozen=True, slots=True)
class ServiceChange:
    deed: Deed
    service: str


@dataclass(frozen=True, slots=True)
class GuideService:
    """A real client with a connection of its own, and what it answers."""

    name: str
    draft: ReplyDraft
    asks: str = ""
    """The subject that it asks before it answers, "" for none: it passes the answer on."""
    silenced: bool = False
    """True when it logs in as a user who may publish no reply."""


@dataclass(frozen=True, slots=True)
class Stream:
    name: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuideStep:
    say: str
    """One sentence: what happens, or what to do."""
    keys: tuple[str, ...] = ()
    """By Textual's names, in the order in which they are pressed."""
    until: tuple[Condition, ...] = ()
    """It is done when all of them hold; the last step has none."""
    compose: Draft | None = None
    """What it puts into Compose."""
    changes: tuple[ServiceChange, ...] = ()
    watch: str = ""
    """The subjects that Watch offers."""


@dataclass(frozen=True, slots=True)
class Guide:
    name: str
    """What `natstap demo NAME` calls it."""
    title: str
    about: str
    """One sentence on what it shows."""
    steps: tuple[GuideStep, ...]
    services: tuple[GuideService, ...] = ()
    streams: tuple[Stream, ...] = ()
