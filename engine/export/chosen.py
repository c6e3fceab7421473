"""What is exported: some exchanges of a journal, and all that is known of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.clients.names import Names
from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.content.coded import reading_of, says_more
from engine.content.content import Envelope, Side
from engine.content.reading import open_layers
from engine.diagnosis.judge import verdict
from engine.diagnosis.result import Diagnosis
from engine.filter.state_terms import ALONE, LOOK_WORDS, Look
from engine.flow.correlated import CORRELATION_ID
from engine.flow.ends import NOBODY_KNOWN, Ends
from engine.flow.flow import Answerers
from engine.journal import Exchange, Journal, State
from engine.message import Headers, Message
from engine.secrets.conceal import conceal
from engine.secrets.finding import NOTHING
from engine.secrets.known_secrets import KnownSecrets


@dataclass(frozen=True, slots=True)
class ChosenExchanges:
    """`numbers` are those of exchanges, in the order in which they are written.

    `ends` tells who asked and who answered; `judge` why an exchange went as it did, None for what
    the journal alone says.
    """

    journal: Journal
    numbers: Sequence[int]
    ends: Callable[[int], Ends] = lambda number: NOBODY_KNOWN
    judge: Callable[[Exchange], Diagnosis] | None = None
    look: Look = lambda number: 0
    names: Names | None = None
    answerers: Answerers = lambda number: ""
    header: str = CORRELATION_ID
    """Messages with the same value of it belong to one flow."""
    known: KnownSecrets = NOTHING
    masked: bool = True
    """True when no secret is to get out."""
    settings: SubjectSettings = NOTHING_SET
    """What bodies are."""

    @property
    def notes(self) -> int:
        """How many of the numbers are notes, and so no exchanges."""
        return len(frozenset(self.journal.notes).intersection(self.numbers))

    def exchanges(self) -> Iterator[Exchange]:
        """Those that the journal still holds."""
        for number in self.numbers:
            if number in self.journal:
                yield self.journal.exchange(number)

    def messages(self, exchange: Exchange) -> Iterator[Message]:
        """The first message of an exchange, and what came back."""
        for number in (exchange.number, *exchange.came_back):
            if number in self.journal:
                yield self.journal.message(number)

    def diagnosis(self, exchange: Exchange) -> Diagnosis:
        return self.judge(exchange) if self.judge else verdict(exchange, self.journal)

    def state(self, exchange: Exchange) -> str:
        """As the list names it; "" for a publish that wants no answer."""
        return LOOK_WORDS.get(self._look(exchange), exchange.state.label)

    def failed(self, exchange: Exchange) -> bool:
        return exchange.state.failed or self._look(exchange) == ALONE

    def _look(self, exchange: Exchange) -> int:
        waits = exchange.state is State.WAITING and not exchange.own
        return self.look(exchange.number) if waits else 0

    def without_secrets(self, written: str) -> str:
        return conceal(written, self.known).value if self.masked and written else written

    def read(self, exchange: Exchange, message: Message) -> tuple[str, str]:
        """What a body that is not text is read as, and what it says, without secrets; "" where
        that is what it is.
        """
        if not says_more(message.body):
            return "", ""
        side = Side.REQUEST if message.number == exchange.number else Side.REPLY
        settings = self.settings.without_commands()
        reading = reading_of(message, settings, exchange.subject, side)
        if reading.plain or reading.form == "hex":
            return "", ""
        return reading.title, self.without_secrets(reading.text)

    def bytes_without_secrets(self, written: bytes, headers: Headers) -> bytes:
        """Unpacked, where a secret is in what they pack."""
        if not self.masked or not written:
            return written
        inner = open_layers(written, Envelope(headers=headers))
        hidden = conceal(inner, self.known).value
        return hidden if hidden != inner else conceal(written, self.known).value
