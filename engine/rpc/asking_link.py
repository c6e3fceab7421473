"""A connection that only sends and asks: what a draft needs of a broker, and nothing that serves.

A program that makes one request and ends does not wait for the import of all the rest.
"""

from __future__ import annotations

from typing import Protocol, Self

from engine.journal import Journal
from engine.link.link import Link
from engine.profile.profile import Profile

from .connected import Connected
from .ids import new_id


class Sends(Protocol):
    """What drafts are sent with: a `Broker`, or an `AskingLink`."""

    @property
    def connected(self) -> Connected: ...
    @property
    def link(self) -> Link: ...
    @property
    def journal(self) -> Journal | None: ...


class AskingLink:
    """Made by `open`; `async with` closes it."""

    def __init__(self, link: Link, journal: Journal) -> None:
        self.link = link
        self.journal: Journal | None = journal
        self.connected = Connected(link, journal, new_id)
        link.events.listeners.append(self.connected.on_link)

    @classmethod
    async def open(cls, profile: Profile, journal: Journal) -> Self:
        """Raises `CannotConnect`."""
        return cls(await Link.open(profile), journal)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.link.close()
