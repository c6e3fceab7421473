"""Subjects that somebody listens to now, for completing what is being written."""

from __future__ import annotations

from engine.link.link import Link
from engine.rpc.broker import NatsBroker

from .connections import roster
from .inquiry import Inquiry
from .nearest import hidden
from .services.discovery import discover

MOST = 500


async def known_subjects(broker: NatsBroker) -> tuple[str, ...]:
    """Where somebody listens; where the servers do not tell, where services say that they do.

    Raises `LinkError`.
    """
    listened = await listened_subjects(broker.link)
    if listened:
        return listened
    found = [one.subject for each in await discover(broker) for one in each.endpoints]
    return tuple(filter(_is_spoken, found))[:MOST]


async def listened_subjects(link: Link) -> tuple[str, ...]:
    """Those without wildcards, sorted; what the servers will not tell is missing.

    Only servers are asked: no service hears of it. Raises `LinkError`.
    """
    async with Inquiry(link) as inquiry:
        found = await roster(inquiry)
    patterns = {one.pattern for each in found.connections for one in each.interests}
    return tuple(sorted(filter(_is_spoken, patterns))[:MOST])


def _is_spoken(pattern: str) -> bool:
    return not hidden(pattern) and not {"*", ">"} & set(pattern.split("."))
