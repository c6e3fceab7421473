"""The flow: all messages that carry the same correlation id, or another header's same value.

Pure: it reads the journal. Frames do not say which client wrote them, so a participant is
what can be known: natstap itself, the owner of an inbox, whoever serves a subject, a stream,
a consumer, the server. What answers an exchange of the flow belongs to it, header or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.journal import Exchange, Journal, Kind, pub_ack
from engine.journal.lens_bytes import Needle, owners
from engine.message import Message

CORRELATION_ID = "correlation_id"
MOST = 400
"""Exchanges and messages that are shown."""
_ACK = "$JS.ACK."

Role = Literal["natstap", "client", "subject", "stream", "consumer", "server"]


@dataclass(frozen=True, slots=True)
class Participant:
    """A column of the diagram."""

    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One message: from one participant to another, by their places in the flow."""

    number: int
    at: float
    """Seconds since the epoch."""
    source: int
    target: int
    label: str
    size: int
    """Bytes of the body."""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """`value` is what the messages share under `header`; "" when the exchange is alone."""

    header: str
    value: str
    participants: tuple[Participant, ...]
    steps: tuple[Step, ...]
    more: int = 0
    """Messages that are not shown."""


def flow(journal: Journal, number: int, header: str = CORRELATION_ID) -> Flow:
    """The flow that exchange `number` is part of; KeyError when the journal lost it."""
    exchange = journal.exchange(number)
    value = find_value(journal, exchange, header)
    numbers = _sharing(journal, header, value) if value else []
    heads = sorted({exchange.number, *numbers})
    drawing = _Drawing(journal)
    for one in heads[:MOST]:
        drawing.add(journal.exchange(one))
    steps = sorted(drawing.steps, key=lambda step: step.number)
    hidden = max(0, len(steps) - MOST) + max(0, len(heads) - MOST)
    return Flow(header, value, tuple(drawing.places), tuple(steps[:MOST]), hidden)


def find_value(journal: Journal, exchange: Exchange, header: str) -> str:
    """The header's value in the request, or else in the first reply that has it."""
    held = (one for one in (exchange.number, *exchange.replies[:MOST]) if one in journal)
    values = (journal.message(one).headers.get(header, "") for one in held)
    return next((one for one in values if one), "")


def threads(journal: Journal, number: int) -> tuple[str, ...]:
    """The headers that an exchange could be followed by, its correlation id first."""
    exchange = journal.exchange(number)
    held = [one for one in (exchange.number, *exchange.replies[:MOST]) if one in journal]
    names = dict.fromkeys(name for one in held for name in journal.message(one).headers)
    return tuple(sorted(names, key=lambda name: name != CORRELATION_ID))


def _sharing(journal: Journal, header: str, value: str) -> list[int]:
    """The exchanges with a message of that value, the newest of very many."""
    found: list[int] = []
    at = journal.first
    while at < journal.next:
        segment = journal.segment(at)
        count = len(segment.ends)
        if not count:
            break
        near = owners(segment, Needle.of(value), 0, count, journal.first)
        found += [one for one in near if _carries(journal, one, header, value)]
        at = segment.first + count
    return found[-MOST:]


def _carries(journal: Journal, number: int, header: str, value: str) -> bool:
    exchange = journal.exchange(number)
    held = (one for one in (number, *exchange.replies) if one in journal)
    return any(value in journal.message(one).headers.get_all(header) for one in held)


class _Drawing:
    """Participants as they come in, and the steps between them."""

    def __init__(self, journal: Journal) -> None:
        self.places: dict[Participant, int] = {}
        self.steps: list[Step] = []
        self._journal = journal

    def add(self, exchange: Exchange) -> None:
        if exchange.kind is Kind.NOTE:
            return
        request = self._journal.message(exchange.number)
        source, target = _ends(exchange, request)
        ask = self._place(source), self._place(target)
        self._step(request, *ask, _title(exchange))
        for number in exchange.replies[:MOST]:
            if number in self._journal:
                reply = self._journal.message(number)
                writer, label = _answer(exchange, reply, target)
                failed = label.startswith(("status", "error"))
                self._step(reply, self._place(writer), ask[0], label, failed)

    def _place(self, who: Participant) -> int:
        return self.places.setdefault(who, len(self.places))

    def _step(
        self, message: Message, source: int, target: int, label: str, failed: bool = False
    ) -> None:
        size = len(message.body)
        self.steps.append(Step(message.number, message.at, source, target, label, size, failed))


def _ends(exchange: Exchange, request: Message) -> tuple[Participant, Participant]:
    """Who sent the first message of an exchange, and to whom."""
    subject = Participant("subject", exchange.subject)
    if exchange.kind is Kind.DELIVERY:
        return _delivered(exchange)
    if exchange.kind is Kind.ORPHAN:
        return Participant("subject", "a service"), _asker(exchange.subject)
    if request.sent:
        return Participant("natstap", "natstap"), subject
    if exchange.reply_subject:
        return _asker(exchange.reply_subject), subject
    return Participant("client", "somebody"), subject


def _asker(inbox: str) -> Participant:
    """The owner of an inbox: all its requests share what is before the last token."""
    return Participant("client", inbox.rpartition(".")[0] or inbox)


def _delivered(exchange: Exchange) -> tuple[Participant, Participant]:
    """`$JS.ACK.<stream>.<consumer>...`, with a domain and an account hash before in long ones."""
    ack = exchange.reply_subject if exchange.reply_subject.startswith(_ACK) else exchange.subject
    tokens = ack.split(".")
    at = 4 if len(tokens) >= 11 else 2
    stream, consumer = (*tokens[at : at + 2], "?", "?")[:2]
    return Participant("stream", stream), Participant("consumer", consumer)


def _title(exchange: Exchange) -> str:
    titles = {Kind.DELIVERY: "delivery", Kind.ORPHAN: "reply", Kind.PUBLISH: "publish"}
    return titles.get(exchange.kind, "request")


def _answer(exchange: Exchange, reply: Message, asked: Participant) -> tuple[Participant, str]:
    """Who answered, and what the answer is."""
    if exchange.kind is Kind.DELIVERY:
        return asked, reply.body[:16].decode("ascii", "replace") or "+ACK"
    if reply.status:
        return Participant("server", "server"), f"status {reply.status}"
    fields = None if reply.head else pub_ack(reply.body)
    if fields is not None:
        return Participant("stream", str(fields["stream"])), "stored"
    failed = "Nats-Service-Error" in reply.headers or "Nats-Service-Error-Code" in reply.headers
    return asked, "error" if failed else "reply"


def offsets(drawn: Flow) -> Iterator[float]:
    """Seconds from the first step to each."""
    for step in drawn.steps:
        yield max(0.0, step.at - drawn.steps[0].at)
