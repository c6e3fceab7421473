"""Asking on a real server and being told why: what the tests of the diagnosis share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from engine import Journal, NatsBroker, Profile
from engine.clients.connections import roster
from engine.clients.requesters import Requester, find_requesters
from engine.diagnosis.diagnosis import diagnose
from engine.diagnosis.result import Diagnosis
from engine.errors import NatstapError, RequestTimeout
from engine.rpc.inquiry import Inquiry

SHORT = 0.3
"""Seconds that a request waits here when it is known that nothing will come."""


@asynccontextmanager
async def asking(profile: Profile) -> AsyncIterator[NatsBroker]:
    async with NatsBroker(profile, journal=Journal()) as broker:
        yield broker


def journal_of(broker: NatsBroker) -> Journal:
    assert broker.journal is not None
    return broker.journal


def newest(broker: NatsBroker, subject: str) -> int:
    """The last exchange on a subject."""
    journal = journal_of(broker)
    return [n for n, _ in journal.heads() if journal.message(n).subject == subject][-1]


async def why(broker: NatsBroker, subject: str, **known: Any) -> Diagnosis:
    return await diagnose(broker, journal_of(broker), newest(broker, subject), **known)


async def failed(
    broker: NatsBroker, subject: str, expected: type[NatstapError] = RequestTimeout, **asked: Any
) -> Diagnosis:
    """Ask, fail as expected, and say why."""
    body = asked.pop("body", "?")
    with pytest.raises(expected):
        await broker.request(body, subject, **({"timeout": SHORT} | asked))
    return await why(broker, subject)


async def list_requesters(broker: NatsBroker) -> tuple[tuple[Requester, ...], tuple[str, ...]]:
    """The clients that have an inbox, natstap's own marked; and what could not be found out."""
    async with Inquiry(broker.link) as inquiry:
        found = await roster(inquiry)
    own = (broker.link.server.info.get("server_id"), broker.link.server.client_id)
    return find_requesters(found, own), found.unknown


def lines(found: Diagnosis, title: str) -> str:
    return "\n".join(text for named, text in found.evidence if named == title)
