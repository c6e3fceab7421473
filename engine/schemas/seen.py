"""The values of messages that were seen on a subject, to learn a shape from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.content.by_subject import SubjectSettings
from engine.content.coded import reading_of
from engine.content.content import Side
from engine.errors import ContentError
from engine.journal import Exchange, Journal, State
from engine.journal.segment import FIRST_CODE
from engine.message import Message
from engine.subject import matches

LOOKED_AT = 20_000
"""The newest messages of the journal that are looked at."""
MAX_LEARNED = 100
_MAX_SIZE = 256 << 10


def seen_values(
    journal: Journal, pattern: str, side: Side, settings: SubjectSettings
) -> Iterator[Any]:
    """Of requests, or of first replies, on the subjects of a pattern; the newest first."""
    found = 0
    for exchange in _exchanges(journal, pattern):
        message = _message(journal, exchange, side)
        if message is None or len(message.body) > _MAX_SIZE:
            continue
        try:
            yield reading_of(message, settings, exchange.subject, side).value()
        except ContentError:
            continue
        found += 1
        if found == MAX_LEARNED:
            return


def _exchanges(journal: Journal, pattern: str) -> Iterator[Exchange]:
    newest = journal.next - 1
    for number in range(newest, max(journal.first - 1, newest - LOOKED_AT), -1):
        segment = journal.segment(number)
        if segment.codes[number - segment.first] < FIRST_CODE:
            continue
        if matches(pattern, (exchange := journal.exchange(number)).subject):
            yield exchange


def _message(journal: Journal, exchange: Exchange, side: Side) -> Message | None:
    """The one to learn from; None for an error, and for what is not there."""
    if side is Side.REQUEST:
        return journal.message(exchange.number)
    if exchange.state is not State.ANSWERED or not exchange.replies:
        return None
    number = exchange.replies[0]
    return journal.message(number) if number in journal else None
