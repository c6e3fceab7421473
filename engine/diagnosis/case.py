"""The case: everything that can be known about one exchange, gathered before it is judged.

The journal is read and the servers are asked; the request is not sent again, and no service
gets anything. What cannot be found out within the time is in `unknown`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from engine.audience.audience import Audience, audience
from engine.clients.connections import roster
from engine.clients.listeners import Listener, find_listeners
from engine.errors import JetStreamOff, NatstapError, NotConnected
from engine.journal import Exchange, Journal, Kind, State
from engine.link.link import LinkState
from engine.message import Message
from engine.rpc.broker import NatsBroker
from engine.rpc.inquiry import Inquiry
from engine.rpc.jetstream import JetStream
from engine.rpc.streamed import StreamSubscriber
from engine.rpc.subscriber import Subscriber
from engine.subject import matches
from engine.words import short

from .verdict import REWRITTEN, Verdict, verdict, waited

QUESTIONS = 3
"""How many waits for servers may follow each other in the time there is."""
NEAR = 2.0
"""Seconds before and after an exchange in which a note counts as beside it."""
AROUND = 1000
"""Messages on each side of an exchange that are looked at."""
REPLIES = 16
NEIGHBOURS = 8
NOTES = 20
_TELLING = (Kind.REQUEST, Kind.SYSTEM, Kind.WATCHED_SYSTEM, Kind.PUBLISH)
"""Kinds that the servers are asked about: of the others nobody waits for anything."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is known. `audience` and `askers` are None where the servers did not say."""

    exchange: Exchange
    verdict: Verdict
    request: Message
    replies: tuple[Message, ...] = ()
    """The first ones; what decides is always among them."""
    notes: tuple[Exchange, ...] = ()
    """What happened to the connection about that time."""
    neighbours: tuple[Message, ...] = ()
    """Other requests on the same subject that were answered about that time."""
    hosted: tuple[Subscriber, ...] = ()
    """natstap's own responders on the subject."""
    audience: Audience | None = None
    """Who would get the request now."""
    askers: tuple[Listener, ...] | None = None
    """Who listens on the reply subject now, when somebody else asked."""
    before: tuple[Listener, ...] = ()
    """Who could have answered shortly before it was asked, where that was looked at."""
    unknown: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """As it fits into a sentence."""
        return short(self.exchange.subject)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Those who could answer, as of now."""
        return self.audience.answering if self.audience is not None else ()

    @property
    def waited(self) -> float:
        """Seconds that the asker waited."""
        return waited(self.exchange)


async def investigate(
    broker: NatsBroker,
    journal: Journal,
    number: int,
    timeout: float = 2.0,
    before: Audience | None = None,
) -> Case:
    """Gather what there is within `timeout` seconds; KeyError when the journal lost it."""
    exchange = journal.exchange(number)
    case = from_journal(journal, number)  # for the journal may lose it meanwhile
    found, askers, unknown = await _ask(broker, exchange, timeout)
    if exchange.number in journal:
        case = from_journal(journal, number)  # it may have gone on meanwhile
    return replace(
        case,
        hosted=tuple(
            one
            for one in broker.subscribers
            if one.running
            and not isinstance(one, StreamSubscriber)
            and matches(one.subject, exchange.subject)
        ),
        audience=found,
        askers=askers,
        before=before.answering if before and before.subject == exchange.subject else (),
        unknown=(*(found.unknown if found else ()), *unknown),
    )


def from_journal(journal: Journal, number: int) -> Case:
    """The case as far as the journal alone knows it; KeyError when it lost the exchange."""
    exchange = journal.exchange(number)
    open_ended = exchange.state in (State.TIMED_OUT, State.WAITING, State.NO_ANSWER)
    return Case(
        exchange=exchange,
        verdict=verdict(exchange, journal),
        request=journal.message(exchange.number),
        replies=tuple(journal.message(n) for n in exchange.replies[:REPLIES] if n in journal),
        notes=tuple(islice(_notes(exchange, journal), NOTES)),
        neighbours=tuple(_neighbours(exchange, journal)) if open_ended else (),
    )


# -- from the servers --------------------------------------------------------------------

Answers = tuple[Audience | None, tuple[Listener, ...] | None, tuple[str, ...]]


async def _ask(broker: NatsBroker, exchange: Exchange, timeout: float) -> Answers:
    found, askers, trouble = None, None, ""
    try:
        async with asyncio.timeout(timeout):
            if exchange.kind in _TELLING:
                check_connected(broker)
                found = await audience(broker, exchange.subject, timeout=timeout / QUESTIONS)
                askers = await _askers(broker, exchange, timeout / QUESTIONS)
    except NatstapError as error:
        trouble = str(error)
    except TimeoutError:
        trouble = f"the servers did not answer within {timeout:g} s"
    return found, askers, ((f"who is there: {trouble}",) if trouble else ())


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


# -- from the journal --------------------------------------------------------------------


def _around(exchange: Exchange, journal: Journal, kind: Kind) -> Iterator[int]:
    for number, code in journal.heads(exchange.number - AROUND):
        if number > exchange.number + AROUND:
            return
        if code >> 4 == kind and number != exchange.number:
            yield number


def _notes(exchange: Exchange, journal: Journal) -> Iterator[Exchange]:
    begin = exchange.started - NEAR
    end = max(exchange.ended or 0, exchange.answered or 0, exchange.started) + NEAR
    around = (journal.exchange(one) for one in _around(exchange, journal, Kind.NOTE))
    return (one for one in around if begin <= one.started <= end)


def _neighbours(exchange: Exchange, journal: Journal) -> Iterator[Message]:
    around = _around(exchange, journal, Kind.REQUEST)
    answered = (journal.message(n) for n in around if journal.state(n) is State.ANSWERED)
    return islice((one for one in answered if one.subject == exchange.subject), NEIGHBOURS)
