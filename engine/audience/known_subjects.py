"""Subjects that somebody listens to now, for completing what is being written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from engine.clients.connections import AT_ONCE, Roster
from engine.clients.everybody import everybody
from engine.clients.listeners import is_tap
from engine.link.link import Link
from engine.rpc.broker import Broker
from engine.services.discovery import discover

from .nearest import hidden

MAX_SUBJECTS = 500
_told: WeakKeyDictionary[Link, tuple[Roster, tuple[str, ...]]] = WeakKeyDictionary()
"""What was found last, and in what: of a large account it takes long, and seldom changes."""
_WILD = re.compile(r"(?:^|(?<=\.))[*>](?:\.|$)")


async def known_subjects(broker: Broker) -> tuple[str, ...]:
    """Where somebody listens; where the servers do not tell, where services say that they do.

    Raises `LinkError`.
    """
    listened = await listened_subjects(broker.link)
    if listened:
        return listened
    return _spoken(
        endpoint.subject for each in await discover(broker) for endpoint in each.endpoints
    )


async def listened_subjects(link: Link) -> tuple[str, ...]:
    """Sorted; what the servers will not tell is missing, and so is what is only watched.

    Only servers are asked: no service hears of it. Raises `LinkError`.
    """
    found = await everybody(link)
    known = _told.get(link)
    if known is not None and known[0] is found:
        return known[1]
    patterns = (
        interest.pattern
        for each in found.connections
        for interest in each.interests
        if not is_tap(each.name, interest.pattern, interest.queue)
    )
    few = len(found.connections) <= AT_ONCE
    subjects = _spoken(patterns) if few else await asyncio.to_thread(_spoken, patterns)
    _told[link] = found, subjects
    return subjects


def _spoken(patterns: Iterable[str]) -> tuple[str, ...]:
    """Of a pattern with wildcards what is before them: that is how its subjects begin."""
    heads = (_WILD.split(pattern)[0] for pattern in patterns if not hidden(pattern))
    return tuple(sorted(set(filter(None, heads)))[:MAX_SUBJECTS])
