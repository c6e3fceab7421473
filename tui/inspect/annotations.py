"""What was found out about exchanges beyond the journal: paths, diagnoses, who else listened.

The screens write it when an engine's answer comes, the widgets read it. It is bounded, and
what was forgotten can be asked for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from engine.filter import state_terms as lens_codes
from engine.journal import Exchange, ExchangeKind, Journal, State
from engine.journal.journal import SENT
from engine.journal.walk import replies
from engine.subject import matches
from tui.kit.glyphs import BROKEN, ONLY_US, TO_WATCHED, UNHEARD, Sign

if TYPE_CHECKING:
    from engine.audience.audience import Audience
    from engine.content.content import Side
    from engine.diagnosis.case import Heard
    from engine.diagnosis.result import Diagnosis
    from engine.message import Message
    from engine.responders.responder import Responder
    from engine.schemas.schemas import CheckedBody
    from engine.server.refused_publishes import RefusedPublish
    from engine.tracing.path import Path

MAX_KEPT = 500
_MAX_ANSWERS = 16
"""Replies of which one may be natstap's own."""
_LOOKS = {lens_codes.ALONE: ONLY_US, lens_codes.UNHEARD: UNHEARD}
Value = TypeVar("Value")
Standing = tuple[State, "Heard"]
"""How an exchange stands, and what the watches know of it."""


@dataclass(slots=True)
class Known:
    """By the number of the exchange."""

    paths: dict[int, Path] = field(default_factory=dict)
    """The ways that traced requests took."""
    diagnoses: dict[int, tuple[Standing, Diagnosis]] = field(default_factory=dict)
    """Why they failed, and how they stood when that was found."""
    audiences: dict[int, Audience] = field(default_factory=dict)
    """Who listened when a request was sent."""
    acknowledged: dict[int, str] = field(default_factory=dict)
    """By the number of a message that a stream delivered: what came of telling it."""
    alone: Callable[[int], bool] = lambda number: False
    """True for a request that only natstap heard."""
    unheard: Callable[[int], bool] = lambda number: False
    """True for a request whose answer may have gone where natstap did not listen."""
    settled: Callable[[], Mapping[str, int]] = dict
    """By watch: up to which number all is known of the two."""
    breach: Callable[[Exchange], str] = lambda exchange: ""
    """What in an exchange breaks its schema, in words."""
    check: Callable[[Message, str, Side], CheckedBody | None] = lambda message, subject, side: None
    """Whether a message keeps its schema."""
    refused_reply: Callable[[str], RefusedPublish | None] = lambda reply_subject: None
    """What the server refused to publish to a reply subject."""
    owner: Callable[[str], str] = lambda subject: ""
    """The client whose watched inbox a subject is."""
    forecast: Callable[[], Audience | None] = lambda: None
    """Who listens on the subject in the composer."""
    hosted: Callable[[], Iterable[Responder]] = tuple
    """The responders that natstap itself runs."""

    def diagnosis(self, exchange: Exchange) -> Diagnosis | None:
        """What was found of the exchange as it stands now."""
        standing, found = self.diagnoses.get(exchange.number, (None, None))
        return found if standing == self.standing(exchange) else None

    def explain(self, exchange: Exchange, found: Diagnosis) -> None:
        """Keep what was found of the exchange as it stands."""
        keep(self.diagnoses, exchange.number, (self.standing(exchange), found))

    def standing(self, exchange: Exchange) -> Standing:
        """How it stands: when this changes, what was found of it is not true of it any more."""
        return exchange.state, self.heard(exchange)

    def about(self, exchange: Exchange) -> tuple[Path | None, Diagnosis | None, Sign | None]:
        """All that is known of an exchange: when this is as before, so are its looks."""
        return self.paths.get(exchange.number), self.diagnosis(exchange), self.aside(exchange)

    def aside(self, exchange: Exchange) -> Sign | None:
        """What is known of another's request without an answer, or answer without a request."""
        if exchange.kind is ExchangeKind.ORPHAN:
            return TO_WATCHED if self.owner(exchange.subject) else None
        if exchange.state is State.ANSWERED:
            return BROKEN if self.breach(exchange) else None
        if exchange.state is not State.WAITING or exchange.own:
            return None
        return _LOOKS.get(self.look(exchange.number))

    def look(self, number: int) -> int:
        """Of another's request without an answer, as a lens asks for it."""
        if self.alone(number):
            return lens_codes.ALONE
        return lens_codes.UNHEARD if self.unheard(number) else 0

    def expect(self, number: int) -> None:
        """Remember who listens now that a request was sent, where the servers have told."""
        if (audience := self.forecast()) is not None:
            keep(self.audiences, number, audience)

    @property
    def told(self) -> set[int]:
        """Exchanges of which the servers told who got them."""
        return self.paths.keys() | self.audiences.keys()

    def answerers(self, journal: Journal, number: int) -> str:
        """Names of who answered an exchange, one on each line; "" when nobody told."""
        path, audience = self.paths.get(number), self.audiences.get(number)
        names = [hop.name for hop in path.egress] if path else []
        if audience is not None:
            names += _only_one(audience, journal, number)
        return "\n".join((*names, *self._own(journal, number)))

    def _own(self, journal: Journal, number: int) -> Iterator[str]:
        """natstap's own responders on the subject, when natstap answered."""
        hosted = tuple(self.hosted())
        segment = journal.segment(number)
        answers = replies(journal, segment, number - segment.first) if hosted else ()
        if any(found.sources[place] == SENT for found, place in islice(answers, _MAX_ANSWERS)):
            subject = journal.message(number).subject
            yield from (reply.name for reply in hosted if matches(reply.pattern, subject))

    def heard(self, exchange: Exchange) -> Heard:
        """What the watches know of it."""
        from engine.diagnosis.case import Heard

        aside = self.aside(exchange)
        owner = self.owner(exchange.subject) if aside is TO_WATCHED else ""
        breach = self.breach(exchange)
        return Heard(
            alone=aside is ONLY_US,
            unheard=aside is UNHEARD,
            owner=owner,
            refused=self.refused_reply(exchange.reply_subject),
            breach=breach,
        )

    def judge(self, exchange: Exchange, journal: Journal) -> Diagnosis:
        """What was found out, or else what the journal alone says."""
        from engine.diagnosis.judge import verdict

        found = self.diagnosis(exchange)
        return found or verdict(exchange, journal, self.heard(exchange))


def _only_one(audience: Audience, journal: Journal, number: int) -> Iterator[str]:
    """The one client that could have answered; of several, nobody says which of them did."""
    several = audience.at_least or not audience.listeners_known or len(audience.answering) != 1
    if not several and journal.message(number).subject == audience.subject:
        yield audience.answering[0].client


def keep(store: dict[int, Value], number: int, value: Value) -> None:
    """Remember, and forget the oldest when there are many."""
    store[number] = value
    while len(store) > MAX_KEPT:
        del store[next(iter(store))]
