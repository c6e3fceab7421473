"""Gathering: everything that can be known about one exchange, before it is judged.

The journal is read and the servers are asked; the request is not sent again, and no service
gets anything. What cannot be found out within the time is in `unknown`.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any, Literal

from engine.audience.audience import Audience, audience
from engine.audience.recent_looks import last_look
from engine.clients.activity import compare
from engine.clients.connections import roster
from engine.clients.listeners import Listener, find_listeners
from engine.errors import JetStreamOff, LinkSilent, NatstapError, NotConnected
from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.link.link import LinkState
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry
from engine.subject import REWRITTEN, matches

from .case import Case, Heard
from .jetstream_facts import ask_consumer, ask_stream, read_request
from .journal_facts import from_journal, own_beside, requests_beside

MAX_QUESTIONS = 3
"""How many waits for servers may follow each other in the time there is."""
_UNANSWERED = (State.NO_RESPONDERS, State.TIMED_OUT)
"""States in which it matters how the stream and the consumer are."""
_ASKED_ABOUT = (
    ExchangeKind.REQUEST,
    ExchangeKind.SYSTEM,
    ExchangeKind.WATCHED_SYSTEM,
    ExchangeKind.PUBLISH,
)
"""Kinds that the servers are asked about: of the others nobody waits for anything."""


async def investigate(
    broker: Broker,
    journal: Journal,
    number: int,
    timeout: float = 2.0,
    before: Audience | None = None,
    heard: Heard | None = None,
    shared: bool = False,
) -> Case:
    """Gather what there is within `timeout` seconds; KeyError when the journal lost it.

    With `shared`, what somebody else asked since the exchange was over is not asked again.
    """
    case = from_journal(journal, number, heard)  # for the journal may lose it meanwhile
    exchange = case.exchange
    looked_at = time.time()
    since = _over(exchange) if shared else None
    facts = await _ask(broker, exchange, timeout, since)
    if exchange.number in journal:
        case = from_journal(journal, number, heard)  # it may have gone on meanwhile
        if case.exchange.state is State.TIMED_OUT:
            beside = requests_beside(case.exchange, journal)
            case = replace(
                case,
                neighbours=beside.neighbours,
                asked_too=beside.asked_too,
                onward=beside.onward,
            )
    who = facts.get("audience")
    trouble = facts.pop("unknown", ())
    return replace(
        case,
        **facts,
        **_compared(broker, journal, exchange, before, who),
        max_payload=broker.link.server.max_payload if broker.link.writing else 0,
        hosted=tuple(
            subscriber
            for subscriber in broker.subscribers
            if subscriber.running
            and subscriber.consumer is None
            and matches(subscriber.subject, exchange.subject)
        ),
        before=before if before and before.subject == exchange.subject else None,
        looked_at=looked_at,
        server=str(broker.link.server.info.get("server_name") or broker.link.server.address),
        unknown=(*(who.unknown if who else ()), *trouble),
    )


def _compared(
    broker: Broker,
    journal: Journal,
    exchange: Exchange,
    before: Audience | None,
    now: Audience | None,
) -> dict[str, Any]:
    """What each listener did between the look before and the look now, where both are whole."""
    remembered = last_look(broker.link, exchange.subject, exchange.started)
    looks = [
        look
        for look in (before, remembered)
        if look is not None
        and look.subject == exchange.subject
        and look.listeners_known
        and look.at < exchange.started
    ]
    if not looks or now is None or not now.listeners_known or exchange.number not in journal:
        return {}
    before = max(looks, key=lambda look: look.at)
    others = own_beside(journal, exchange, before.at)
    return {
        "activity": compare(before.answering, now.answering, now.at - before.at),
        "own_asked": 1 + len(others),
        "own_answered": sum(len(other.replies) for other in others),
    }


async def _ask(
    broker: Broker, exchange: Exchange, timeout: float, since: float | None
) -> dict[str, Any]:
    """The fields of a case that the servers know; those that are not known are missing."""
    found: dict[str, Any] = {}
    trouble = ""
    try:
        async with asyncio.timeout(timeout):
            if exchange.kind in _ASKED_ABOUT:
                check_connected(broker)
                found["server_answers"] = await _ping(broker, timeout / 2)
                if found["server_answers"] is not False:
                    await _ask_servers(broker, exchange, timeout / MAX_QUESTIONS, since, found)
    except NatstapError as error:
        trouble = str(error)
    except TimeoutError:
        trouble = f"the servers did not answer within {timeout:g} s"
    if trouble:
        found["unknown"] = (f"who is there: {trouble}",)
    return found


async def _ping(broker: Broker, timeout: float) -> float | Literal[False]:
    """Seconds until the own server answered; False when it did not in time."""
    try:
        return await broker.link.barrier(timeout)
    except LinkSilent:
        return False


async def _ask_servers(
    broker: Broker,
    exchange: Exchange,
    timeout: float,
    since: float | None,
    found: dict[str, Any],
) -> None:
    """One thing after the other, so that what is known when the time is over is kept."""
    who = await audience(broker, exchange.subject, timeout=timeout, since=since)
    found["audience"] = who
    async with Inquiry(broker.link) as inquiry:
        request = read_request(exchange.subject)
        if request is not None and exchange.state in (*_UNANSWERED, State.STATUS):
            found["consumer"] = await ask_consumer(inquiry, request, timeout)
        stream = request.stream if request is not None else who.stream
        if stream and exchange.state in _UNANSWERED:
            prefix = request.prefix if request is not None else ""
            found["stream"] = await ask_stream(inquiry, stream, timeout, prefix)
    found["askers"] = await _askers(broker, exchange, timeout)


def _over(exchange: Exchange) -> float:
    """When it was over: a question that was asked since then is about all of it."""
    ends = [at for at in (exchange.ended, exchange.answered) if at is not None]
    return max(ends, default=time.time())


def check_connected(broker: Broker) -> None:
    """Raises `NotConnected`: what is asked without a connection waits for one."""
    state = broker.link.state
    if state not in (LinkState.CONNECTED, LinkState.SILENT):
        raise NotConnected(f"natstap is {state} now")


async def _askers(
    broker: Broker, exchange: Exchange, timeout: float
) -> tuple[Listener, ...] | None:
    """Who hears the answers to somebody else's request, taps included; None where not known."""
    reply = exchange.reply_subject
    if exchange.own or not reply or reply.startswith(tuple(REWRITTEN)):
        return None
    async with Inquiry(broker.link) as inquiry:
        found = await roster(inquiry, reply, timeout=timeout)
        listeners = find_listeners(found, reply, broker.link)
        if listeners or not found.complete:
            return listeners or None
        return None if await _is_stored(inquiry, reply, timeout) else ()


async def _is_stored(inquiry: Inquiry, subject: str, timeout: float) -> bool:
    try:
        return bool(await inquiry.jetstream(timeout).stream_of(subject))
    except JetStreamOff:
        return False
