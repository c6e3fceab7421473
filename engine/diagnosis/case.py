"""The case: all that is known of one exchange, before it is judged. None is "not known"."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Literal, TypeVar, assert_never

from engine.message import Message
from engine.words import short

from .situation import Situation, situation_of

if TYPE_CHECKING:
    from engine.audience.audience import Audience
    from engine.clients.activity import Activity
    from engine.clients.listeners import Listener
    from engine.journal import Exchange
    from engine.rpc.handling.subscriber import Subscriber
    from engine.server.refused_publishes import RefusedPublish
    from engine.streams.stream_state import ConsumerState, StreamState

Value = TypeVar("Value")


class Fact(Enum):
    """What a rule may need to know. A rule that needs what is not known stays silent."""

    AUDIENCE = "the servers said something of who would get it now"
    LISTENERS = "everybody who listens now is known"
    ASKERS = "who listens on the reply subject now is known"
    BEFORE = "natstap looked who listens before it was asked"
    SERVER = "natstap asked its server for a sign of life now"
    CONSUMER = "the consumer that a pull asks is known, or known to be missing"
    STREAM = "the stream that stores the subject has been asked how it is"
    ACTIVITY = "what each listener got and published since then is known"
    CONSUMERS = "the consumers of the stream that stores it are known"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of an exchange beyond the journal, without asking the servers."""

    alone: bool = False
    """Nobody but natstap listened on the subject then."""
    unheard: bool = False
    """An answer may have gone where natstap did not listen."""
    owner: str = ""
    """The client whose watched inbox the subject is."""
    refused: RefusedPublish | None = None
    """A publish to its reply subject that the server refused, as its log tells."""
    breach: str = ""
    """What in it breaks the schema that it has to keep, in words; "" for nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is known: the first fields from the journal, the rest from the servers."""

    exchange: Exchange
    request: Message
    replies: tuple[Message, ...] = ()
    """The first ones that are still held; what decides is always among them."""
    last_reply: Message | None = None
    errors: tuple[Message, ...] = ()
    """Replies that are service errors, of very many the first."""
    notes: tuple[Exchange, ...] = ()
    """What happened to the connection about that time."""
    neighbours: tuple[Message, ...] = ()
    """Other requests on the same subject that were answered about that time."""
    heard: Heard = Heard()
    left: str = ""
    """Why natstap's own responder left it unanswered; "" where it did not."""
    hosted: tuple[Subscriber, ...] = ()
    """natstap's own responders on the subject."""
    audience: Audience | None = None
    """Who would get the request now."""
    askers: tuple[Listener, ...] | None = None
    """Who listens on the reply subject now, when somebody else asked."""
    before: Audience | None = None
    """Who would have got the request shortly before it was asked."""
    looked_at: float = 0.0
    """When the servers were asked; seconds since the epoch."""
    server: str = ""
    """The server that natstap is connected to."""
    server_answers: float | Literal[False] | None = None
    """Seconds until it answered a PING now; False when it did not."""
    consumer: ConsumerState | Literal[False] | None = None
    """The consumer that a pull asks; False when JetStream says that there is none."""
    stream: StreamState | Literal[False] | None = None
    """The stream that stores the subject; False when it did not say how it is."""
    activity: tuple[Activity, ...] | None = None
    """What each of those who could answer did between the look before and the look now."""
    own_asked: int = 1
    """Requests that natstap itself sent to the subject between the two looks."""
    own_answered: int = 0
    """Replies that came to the others of these."""
    asked_too: tuple[Message, ...] = ()
    """Other requests on the same subject about that time, answered or not."""
    onward: tuple[Exchange, ...] = ()
    """Requests of others with the same correlation id, seen while this one was open."""
    max_payload: int = 0
    """Bytes that the server takes in one message now; 0 while that is not known."""
    unknown: tuple[str, ...] = ()

    def knows(self, fact: Fact) -> bool:
        match fact:
            case Fact.AUDIENCE:
                return self.audience is not None
            case Fact.LISTENERS:
                return self.audience is not None and self.audience.listeners_known
            case Fact.ASKERS:
                return self.askers is not None
            case Fact.BEFORE:
                return self.before is not None
            case Fact.SERVER:
                return self.server_answers is not None
            case Fact.CONSUMER:
                return self.consumer is not None
            case Fact.STREAM:
                return self.stream is not None
            case Fact.ACTIVITY:
                return self.activity is not None
            case Fact.CONSUMERS:
                return self.audience is not None and self.audience.consumers is not None
            case _:
                assert_never(fact)

    @property
    def situation(self) -> Situation:
        return situation_of(self.exchange)

    @property
    def subject(self) -> str:
        """As it fits into a sentence."""
        return short(self.exchange.subject)

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """Those who could answer, as of now, as far as they are known."""
        return self.audience.answering if self.audience is not None else ()

    @property
    def waited(self) -> float:
        """Seconds that the asker waited; the timeout, unless something ended the wait earlier."""
        exchange = self.exchange
        real = exchange.ended - exchange.started if exchange.ended is not None else None
        if exchange.timeout is None:
            return real or 0
        return exchange.timeout if real is None else min(real, exchange.timeout)


def known(value: Value | None) -> Value:
    """A fact that the rule has declared to need."""
    if value is None:
        raise LookupError("a rule uses what it did not say that it needs")
    return value
