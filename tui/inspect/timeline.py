"""The timeline of an exchange: every message with its distance from the request."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Literal

from rich.cells import cell_len
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.journal import Exchange, Journal, State, pub_ack
from engine.journal.exchange import Bounds, between
from engine.journal.times import came
from engine.latency_words import ALIKE_MOMENTS, interval, span
from engine.message import Message
from engine.words import counted, octets
from tui.kit.late import Late
from tui.safe import clean, fit

_MAX_MESSAGES = 200
"""Messages that are listed; more are counted."""
_LINE = "  "
_TIME = 12

Row = tuple[Bounds, int, str, str, str]
"""When, the number of its message, what, how large, and where it was seen."""
_LAST = sys.maxsize
"""What is no message comes after those of the same moment."""


class Timeline(Late, VerticalScroll):
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._moments = Static(id="moments", markup=False)
        super().__init__(self._moments, id="timeline")

    def show(self, exchange: Exchange) -> None:
        rows = sorted(self._rows(exchange), key=lambda row: (row[0][1], row[1]))
        widths = _widest(rows, 2), _widest(rows, 3)
        lines = [
            _line(_offset(exchange, when, number), (what, size), seen, widths)
            for when, number, what, size, seen in rows
        ]
        hidden = sum(
            max(0, len(numbers) - _MAX_MESSAGES)
            for numbers in (exchange.came_back, exchange.copies)
        )
        if hidden:
            lines.append(
                Content.styled(f"… and {counted(hidden, 'message')} more", "$foreground 60%")
            )
        self._moments.update(Content("\n").join(lines))

    def _rows(self, exchange: Exchange) -> Iterator[Row]:
        asked = self.journal.message(exchange.number)
        yield self._row(asked, "→ request" if asked.reply else "→ message")
        several = len(exchange.came_back) > 1
        before: set[tuple[bytes, bytes]] = set()
        for index, number in enumerate(exchange.came_back[:_MAX_MESSAGES], 1):
            if number in self.journal:
                message = self.journal.message(number)
                again = " again" if (message.head, message.body) in before else ""
                before.add((message.head, message.body))
                place = f" {index}" if several else ""
                yield self._row(message, f"← {_name(message)}{place}{again}")
        for number in exchange.copies[:_MAX_MESSAGES]:
            if number in self.journal:
                yield self._row(self.journal.message(number), "· same again")
        if exchange.ended is not None and exchange.state in _ENDINGS:
            ended = exchange.ended, exchange.ended
            yield ended, _LAST, _ENDINGS[exchange.state], "", ""

    def _row(self, message: Message, what: str) -> Row:
        seen = self.journal.sources.names[message.source]
        where = "sent here" if message.sent else seen
        return came(message), message.number, what, octets(len(message.body)), where


_ENDINGS = {
    State.TIMED_OUT: "✗ the wait ended",
    State.LATE: "✗ the wait ended",
    State.STORED: "✗ the wait ended",
    State.PARTLY: "✗ the wait ended",
    State.STATUS: "✗ the wait ended",
    State.CANCELLED: "– given up",
    State.LINK_LOST: "↯ connection lost",
    State.REFUSED: "⊘ refused",
}


def _name(message: Message) -> str:
    if message.status:
        return f"status {message.status}"
    return "acknowledged" if not message.head and pub_ack(message.body) else "reply"


def _offset(exchange: Exchange, when: Bounds, number: int) -> str:
    """How long after the request, as exactly as it is known."""
    if number == exchange.number:
        return f"+{span(0)}"
    asked = exchange.started - exchange.spread, exchange.started
    said = interval(*between(asked, when), own=exchange.own, alike=ALIKE_MOMENTS, room=_TIME - 1)
    return said if said.startswith("≤") else f"+{said}"


def _widest(rows: Sequence[Row], column: Literal[2, 3]) -> int:
    return max(cell_len(row[column]) for row in rows)


def _line(when: str, said: tuple[str, str], seen: str, widths: tuple[int, int]) -> Content:
    what, size = said
    return Content.assemble(
        (fit(when, _TIME, right=True), "$text-primary"),
        _LINE + fit(what, widths[0]) + _LINE,
        (fit(size, widths[1], right=True) + _LINE + clean(seen), "$foreground 60%"),
    )
