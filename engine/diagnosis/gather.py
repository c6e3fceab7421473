"""Gathering: everything that can be known about one exchange, before it is judged.

The journal is read and the servers are asked; the request is not sent again, and no service
gets anything. What cannot be found out within the time is in `unknown`.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

from engine.audience.audience import Audience, audience, last_look
from engine.clients.activity import compare
from engine.clients.connections import roster
from engine.clients.listeners import Listener, find_listeners
from engine.errors import JetStreamOff, NatstapError, NotConnected
from engine.journal import Exchange, Journal, Kind
from engine.link.link import LinkState
from engine.rpc.broker import NatsBroker
from engine.rpc.inquiry import Inquiry
from engine.rpc.jetstream import JetStream
from engine.rpc.streamed import StreamSubscriber
from engine.subject import matches

from .case import Case, Heard
from .journal_facts import from_journal, own_asked
from .rewritten import REWRITTEN

QUESTIONS = 3
"""How many waits for servers may follow each other in the time there is."""
SAME_MOMENT = 0.05
"""Seconds within which a failure makes the forecast and the diagnosis ask."""
_ASKED_ABOUT = (Kind.REQUEST, Kind.SYSTEM, Kind.PUBLISH)
"""Kinds that the servers are asked about: of the others nobody waits for anything."""


async def investigate(
    broker: NatsBroker,
    journal: Journal,
    number: int,
    timeout: float = 2.0,
    before: Audience | None = None,
    heard: Heard | None = None,
) -> Case:
    """Gather what there is within `timeout` seconds; KeyError when the journal lost it."""
    case = from_journal(journal, number, heard)  # for the journal may lose it meanwhile
    exchange = case.exchange
    found, askers, unknown = await _ask(broker, exchange, timeout)
    if exchange.number in journal:
        case = from_journal(journal, number, heard)  # it may have gone on meanwhile
    return replace(
        case,
        **_compared(broker, journal, exchange, before, found),
        max_payload=broker.link.max_payload if broker.link.writing else 0,
        hosted=tuple(
            subscriber
            for subscriber in broker.subscribers
            if subscriber.running
            and not isinstance(subscriber, StreamSubscriber)
            and matches(subscriber.subject, exchange.subject)
        ),
        audience=found,
        askers=askers,
        before=before if before and before.subject == exchange.subject else None,
        unknown=(*(found.unknown if found else ()), *unknown),
    )


def _compared(
    broker: NatsBroker,
    journal: Journal,
    exchange: Exchange,
    before: Audience | None,
    now: Audience | None,
) -> dict[str, Any]:
    """What each listener did between the look before and the look now, where both are whole."""
    if before is None or before.subject != exchange.subject:
        before = last_look(broker.link, exchange.subject, exchange.started)
    if before is None or now is None or not (before.listeners_known and now.listeners_known):
        return {}
    if before.at >= exchange.started or exchange.number not in journal:
        return {}
    return {
        "activity": compare(before.answering, now.answering),
        "own_asked": own_asked(journal, exchange, before.at),
    }


Answers = tuple[Audience | None, tuple[Listener, ...] | None, tuple[str, ...]]


async def _ask(broker: NatsBroker, exchange: Exchange, timeout: float) -> Answers:
    found, askers, trouble = None, None, ""
    try:
        async with asyncio.timeout(timeout):
            if exchange.kind in _ASKED_ABOUT:
                check_connected(broker)
                found = await audience(
                    broker, exchange.subject, timeout=timeout / QUESTIONS, since=_since(exchange)
                )
                askers = await _askers(broker, exchange, timeout / QUESTIONS)
    except NatstapError as error:
        trouble = str(error)
    except TimeoutError:
        trouble = f"the servers did not answer within {timeout:g} s"
    return found, askers, ((f"who is there: {trouble}",) if trouble else ())


def _since(exchange: Exchange) -> float:
    """What somebody else asked at the same moment will do, if the exchange was over then."""
    ends = [at for at in (exchange.ended, exchange.answered) if at is not None]
    return max(time.time() - SAME_MOMENT, *ends, 0.0)


def check_connected(broker: NatsBroker) -> None:
    """Raises `NotConnected`: what is asked without a connection waits for one."""
    state = broker.link.state
    if state not in (LinkState.CONNECTED, LinkState.SILENT):
        raise NotConnected(f"natstap is {state} now")


async def _askers(
    broker: NatsBroker, exchange: Exchange, timeout: float
) -> tuple[Listener, ...] | None:
    """Who hears the answers to somebody else's request; None where that cannot be seen."""
    reply = exchange.reply_subject
    if exchange.own or not reply or reply.startswith(tuple(REWRITTEN)):
        return None
    async with Inquiry(broker.link) as inquiry:
        found = await roster(inquiry, reply, timeout=timeout)
        heard = find_listeners(found, reply, broker.link)
        listeners = tuple(one for one in heard if not one.tap)
        if listeners or not found.complete:
            return listeners or None
        return None if await _is_stored(inquiry, reply, timeout) else ()


async def _is_stored(inquiry: Inquiry, subject: str, timeout: float) -> bool:
    prefix = inquiry.link.profile.jetstream_api
    api = JetStream(lambda to, body, _: inquiry.ask(to, body, timeout), prefix)
    try:
        return bool(await api.stream_of(subject))
    except JetStreamOff:
        return False
