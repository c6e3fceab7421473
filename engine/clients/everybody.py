"""Everybody who is connected, asked for once and shared by all who want to know.

The answer grows with the account: ten thousand clients are several megabytes. So of a large
account it is good for a while, the longer the larger it is, and what did not change since the
answer before is kept: the index of who listens where costs more than the answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.link.link import Link
from engine.rpc.inquiry import Inquiry
from engine.rpc.shared_answers import Recent

from .ask_again import good_for
from .connections import AT_ONCE, Roster, roster


@dataclass(frozen=True, slots=True)
class _Kept:
    at: float
    """When it was asked for, in seconds since the epoch."""
    server: object
    """The id of the server that the link was at."""
    found: Roster


_everybody: Recent[Roster] = Recent()
_kept: WeakKeyDictionary[Link, _Kept] = WeakKeyDictionary()


async def everybody(link: Link, *, timeout: float = 1.0, since: float | None = None) -> Roster:
    """All connections; what somebody else asked at `since` (epoch seconds) or later will do.

    Of a large account what is known already will do as well.
    """

    async def ask() -> Roster:
        began = time.time()
        before = kept.found if (kept := _kept.get(link)) is not None else Roster()
        async with Inquiry(link) as inquiry:
            found = await roster(inquiry, timeout=timeout, before=before)
        if len(found.connections) > AT_ONCE:
            _kept[link] = _Kept(began, link.server.info.get("server_id"), found)
        return found

    if (known := _known(link)) is not None:
        return known
    return await _everybody.get(link, "", ask, since)


def _known(link: Link) -> Roster | None:
    kept = _kept.get(link)
    if kept is None or kept.server != link.server.info.get("server_id") or not kept.found.complete:
        return None
    age = time.time() - kept.at
    return kept.found if 0 <= age < good_for(len(kept.found.connections)) else None
