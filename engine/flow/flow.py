"""The flow: all messages that carry the same correlation id, or another header's same value.

Pure: it reads the journal. Frames do not say which client wrote them, so a participant is
what can be known: natstap itself, a client that the servers named, the owner of an inbox,
whoever serves a subject, a stream, a consumer, the server. Many nameless inboxes that asked
once each, as command lines do, are one. What answers an exchange of the flow belongs to it,
header or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal, Protocol

from engine.clients.listeners import WATCH_NAME
from engine.clients.names import OWN, Names
from engine.journal import Exchange, ExchangeKind, Journal, State, pub_ack
from engine.journal.classify import NO, SERVICE_ERROR, api_refusal, reply_status
from engine.journal.exchange import Bounds, between
from engine.message import Message

from .correlated import CORRELATION_ID, Thread
from .ends import delivered

MAX_STEPS = 400
"""Messages that are shown."""
_FEW = 2
"""Nameless inboxes that asked once and still have a column each."""
_UNANSWERED = (State.NO_ANSWER, State.TIMED_OUT)
_ASKING = (ExchangeKind.REQUEST, ExchangeKind.PUBLISH)

Role = Literal["natstap", "client", "clients", "subject", "stream", "consumer", "server"]
Answerers = Callable[[int], str]
"""Names of who is known to have got an exchange's request, one on each line."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A column of the diagram."""

    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One message: from one participant to another, by their places in the flow."""

    number: int
    exchange: int
    at: float
    """Seconds since the epoch."""
    source: int
    target: int
    label: str
    size: int
    """Bytes of the body."""
    failed: bool = False
    back: bool = False
    """True for what answers."""
    spread: float = 0.0
    """Seconds before `at` that it can have come at the earliest."""


@dataclass(frozen=True, slots=True)
class Flow:
    """`value` is what the messages share under `header`; "" when the exchange is alone."""

    header: str
    value: str
    participants: tuple[Participant, ...]
    steps: tuple[FlowStep, ...]
    more: int = 0
    """Messages that are not shown."""


class Threaded(Protocol):
    """Exchanges that are drawn together, and what their messages share."""

    @property
    def heads(self) -> Collection[int]: ...

    @property
    def header(self) -> str: ...

    @property
    def value(self) -> str: ...


def flow(journal: Journal, number: int, header: str = CORRELATION_ID) -> Flow:
    """The flow that exchange `number` is part of; KeyError when the journal lost it."""
    thread = Thread(journal, number, header)
    thread.catch_up()
    return draw(journal, thread)


def draw(
    journal: Journal,
    thread: Threaded,
    names: Names | None = None,
    answerers: Answerers = lambda number: "",
) -> Flow:
    """The flow of a thread as far as it is found; `names` and `answerers` tell who took part."""
    exchanges = [journal.exchange(head) for head in sorted(thread.heads) if head in journal]
    drawing = _Drawing(journal, names or Names(), answerers)
    drawing.once = _once(exchanges, drawing.names)
    total = 0
    for exchange in exchanges:
        total += (1 + len(exchange.came_back)) * (exchange.kind is not ExchangeKind.NOTE)
        if len(drawing.steps) < 2 * MAX_STEPS:
            drawing.add(exchange)
    steps = sorted(drawing.steps, key=lambda step: step.number)[:MAX_STEPS]
    hidden = total - len(steps)
    return Flow(thread.header, thread.value, tuple(drawing.places), tuple(steps), hidden)


def _once(exchanges: Iterable[Exchange], names: Names) -> frozenset[str]:
    """The inboxes that nobody named and that asked a single time, if they are many."""
    asked = Counter(
        _owner(exchange.reply_subject)
        for exchange in exchanges
        if exchange.kind in _ASKING and exchange.reply_subject and not exchange.own
        if not names.asker(exchange.reply_subject)
    )
    once = frozenset(owner for owner, times in asked.items() if times == 1)
    return once if len(once) > _FEW else frozenset()


def _owner(inbox: str) -> str:
    """All requests of a client share what is before the last token."""
    return inbox.rpartition(".")[0] or inbox


class _Drawing:
    """Participants as they come in, and the steps between them."""

    def __init__(self, journal: Journal, names: Names, answerers: Answerers) -> None:
        self.places: dict[Participant, int] = {}
        self.steps: list[FlowStep] = []
        self.names = names
        self.once: frozenset[str] = frozenset()
        """Inboxes that are one participant."""
        self._journal = journal
        self._answerers = answerers

    def add(self, exchange: Exchange) -> None:
        if exchange.kind is ExchangeKind.NOTE:
            return
        request = self._journal.message(exchange.number)
        source, target = self._ends(exchange, request)
        ask = self._place(source), self._place(target)
        silent = exchange.state in _UNANSWERED
        outcome = f": {exchange.state.label}" if silent else ""
        self._step(exchange, request, ask, f"{_title(exchange, target)}{outcome}", silent)
        held = (number for number in exchange.came_back if number in self._journal)
        asked_back: set[str] = set()
        for number in islice(held, MAX_STEPS):
            reply = self._journal.message(number)
            writer, label = _answer(exchange, reply, target)
            failed = label in ("error", "not stored") or reply_status(reply.head) >= NO
            ends = self._place(writer), ask[0]
            if reply.subject in asked_back:
                ends = ask
            asked_back.add(reply.reply)
            self._step(exchange, reply, ends, label, failed)

    def _place(self, who: Participant) -> int:
        return self.places.setdefault(who, len(self.places))

    def _step(
        self,
        exchange: Exchange,
        message: Message,
        ends: tuple[int, int],
        label: str,
        failed: bool = False,
    ) -> None:
        back = message.number != exchange.number or exchange.kind is ExchangeKind.ORPHAN
        size, head = len(message.body), exchange.number
        step = FlowStep(
            message.number, head, message.at, *ends, label, size, failed, back, message.spread
        )
        self.steps.append(step)

    def _ends(self, exchange: Exchange, request: Message) -> tuple[Participant, Participant]:
        """Who sent the first message of an exchange, and to whom."""
        if exchange.kind is ExchangeKind.DELIVERY:
            stream, consumer = delivered(exchange.subject, exchange.reply_subject)
            return Participant("stream", stream), Participant("consumer", consumer)
        if exchange.kind is ExchangeKind.ORPHAN:
            return Participant("subject", "a service"), self._asker(exchange.subject)
        target = self._target(exchange)
        if request.sent:
            return _NATSTAP, target
        if exchange.reply_subject:
            return self._asker(exchange.reply_subject), target
        return Participant("client", "somebody"), target

    def _asker(self, inbox: str) -> Participant:
        name, owner = self.names.asker(inbox, full=True), _owner(inbox)
        if name == OWN:
            return _NATSTAP
        if owner in self.once:
            return Participant("clients", f"{len(self.once)} inboxes")
        return Participant("client", name or owner)

    def _target(self, exchange: Exchange) -> Participant:
        """The client that got it, if only one can have; else whoever serves the subject."""
        if exchange.state is not State.NO_RESPONDERS and not exchange.subject.startswith("$"):
            told = {*self._answerers(exchange.number).split("\n")} - {"", WATCH_NAME}
            only = self.names.listener(exchange.subject, exchange.started)
            name = told.pop() if len(told) == 1 else only
            if name and name != OWN:
                return Participant("client", name)
        return Participant("subject", exchange.subject)


_NATSTAP = Participant("natstap", OWN)


def _title(exchange: Exchange, target: Participant) -> str:
    """What a message is; its subject, where the column does not say that."""
    titles = {ExchangeKind.DELIVERY: "delivery", ExchangeKind.ORPHAN: "reply"}
    if exchange.kind in titles or target.role == "client":
        return titles.get(exchange.kind, exchange.subject)
    return "publish" if exchange.kind is ExchangeKind.PUBLISH else "request"


def _answer(exchange: Exchange, reply: Message, asked: Participant) -> tuple[Participant, str]:
    """Who answered, and what the answer is."""
    if exchange.kind is ExchangeKind.DELIVERY:
        return asked, reply.body[:16].decode("ascii", "replace") or "+ACK"
    if reply.status:
        return Participant("server", "server"), f"status {reply.status}"
    fields = None if reply.head else pub_ack(reply.body)
    if fields is not None:
        label = "not stored" if "error" in fields else "stored"
        return Participant("stream", str(fields["stream"])), label
    if (status := reply_status(reply.head)) >= NO:
        return asked, f"status {status}"
    refused = SERVICE_ERROR in reply.head or api_refusal(reply.body) is not None
    return asked, "error" if refused else "reply"


def offsets(drawn: Flow) -> Iterator[Bounds]:
    """The least and the most seconds from the first step to each."""
    for place, step in enumerate(drawn.steps):
        first = drawn.steps[0]
        began, came = (first.at - first.spread, first.at), (step.at - step.spread, step.at)
        yield between(began, came) if place else (0.0, 0.0)
