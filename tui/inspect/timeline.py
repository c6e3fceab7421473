"""The timeline of an exchange: every message with its distance from the request."""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.journal import Exchange, Journal, State, pub_ack
from engine.message import Message
from engine.words import counted, octets, span
from tui.safe import clean, fit

_MOST = 200
"""Messages that are listed; more are counted."""
_LINE = "  "

Row = tuple[float, str, str, str]
"""When, what, how large, and where it was seen."""


class Timeline(VerticalScroll):
    def __init__(self, journal: Journal) -> None:
        super().__init__(id="timeline")
        self.journal = journal

    def compose(self) -> ComposeResult:
        yield Static(id="moments", markup=False)

    def show(self, exchange: Exchange) -> None:
        rows = sorted(self._rows(exchange))
        lines = [_line(at - exchange.started, *rest) for at, *rest in rows]
        hidden = sum(max(0, len(one) - _MOST) for one in (exchange.came_back, exchange.copies))
        if hidden:
            lines.append(
                Content.styled(f"… and {counted(hidden, 'message')} more", "$foreground 60%")
            )
        self.query_one("#moments", Static).update(Content("\n").join(lines))

    def _rows(self, exchange: Exchange) -> Iterator[Row]:
        asked = self.journal.message(exchange.number)
        yield self._row(asked, "→ request" if asked.reply else "→ message")
        several = len(exchange.came_back) > 1
        before: set[tuple[bytes, bytes]] = set()
        for index, number in enumerate(exchange.came_back[:_MOST], 1):
            if number in self.journal:
                message = self.journal.message(number)
                again = " again" if (message.head, message.body) in before else ""
                before.add((message.head, message.body))
                place = f" {index}" if several else ""
                yield self._row(message, f"← {_name(message)}{place}{again}")
        for number in exchange.copies[:_MOST]:
            if number in self.journal:
                yield self._row(self.journal.message(number), "· same again")
        if exchange.ended is not None and exchange.state in _ENDINGS:
            yield exchange.ended, _ENDINGS[exchange.state], "", ""

    def _row(self, message: Message, what: str) -> Row:
        seen = self.journal.sources[message.source]
        return message.at, what, octets(len(message.body)), "sent here" if message.sent else seen


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


def _line(offset: float, what: str, size: str, seen: str) -> Content:
    when = fit(f"+{span(offset)}", 10, right=True)
    return Content.assemble(
        (when, "$text-primary"),
        _LINE + fit(what, 18) + _LINE,
        (fit(size, 14, right=True) + _LINE + clean(seen), "$foreground 60%"),
    )
