"""What the lane of held requests shows: a row for each one that waits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.content.by_subject import SubjectSettings
from engine.content.coded import reading_of
from engine.latency_words import span
from engine.message import Message, text
from engine.responders.answer_waiting import unanswered
from engine.responders.lane import ByHand, Decision, HeldRequest, LetGo, PassOn, RefuseIt
from engine.words import octets
from tui.table.table import Cell, Column, Row

if TYPE_CHECKING:
    from engine.journal import Journal
    from engine.session import Session

HELD_COLUMNS = (
    Column("waits", 9, right=True),
    Column("held by", 10, rank=2, snug=True),
    Column("subject", 16, grow=True, middle=True, snug=True),
    Column("body", 20, rank=1, grow=True),
)
_MAX_WATCHED = 50
"""Watched requests without an answer that are offered."""
_PREVIEW = 200
"""Bytes of a body that are looked at."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits: held here, or watched and answered by nobody."""

    key: str
    request: Message
    where: str
    """The responder that holds it."""
    since: float
    held: HeldRequest | None = None
    number: int = 0

    @property
    def pass_to(self) -> str:
        return self.held.pass_to if self.held is not None else ""

    @property
    def suggested(self) -> bytes:
        return self.held.suggested.body if self.held is not None else b""


def find_waiting(session: Session) -> Iterator[Waiting]:
    """Those held here, the oldest first; then those that others asked in vain."""
    held = session.responders.held
    for each in held:
        key, request = f"held-{id(each)}", _asked(each, session.journal)
        yield Waiting(key, request, each.responder, each.since, each, each.number)
    mine = {each.number for each in held}
    for number in unanswered(session.journal, _MAX_WATCHED):
        if number not in mine:
            request = session.journal.message(number)
            yield Waiting(f"watched-{number}", request, "nobody", request.at, number=number)


def _asked(held: HeldRequest, journal: Journal) -> Message:
    """As the journal has it, which says when it came; else as it was heard."""
    if held.number in journal:
        return journal.message(held.number)
    return replace(held.message.raw_message, at=held.since)


def held_row(waiting: Waiting, settings: SubjectSettings) -> Row:
    """The body as what it is read as; as its bytes where that says nothing."""
    body = reading_of(waiting.request, settings).text or text(waiting.request.body[:_PREVIEW])
    role = "name" if waiting.held is not None else "muted"
    cells = (
        Cell(span(max(0.0, time.time() - waiting.since))),
        Cell(waiting.where, role),
        Cell(waiting.request.subject),
        Cell(" ".join(body[:_PREVIEW].split()), "muted"),
    )
    return Row(waiting.key, cells)


def told(waiting: Waiting, decision: Decision) -> str:
    """What was done with it."""
    subject = waiting.request.subject
    match decision:
        case ByHand():
            return f"Answered {subject} with {octets(len(decision.body))}."
        case RefuseIt(words=""):
            return f"Answered {subject}: no responders."
        case RefuseIt():
            return f"Answered {subject} with service error {decision.code}: {decision.words}."
        case PassOn():
            return f"Passed {subject} on to {decision.subject}."
        case LetGo():
            return f"Let {subject} go without an answer."
