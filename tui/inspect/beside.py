"""What else there is to know of an exchange while one of its messages is looked at.

The other side, request or reply; where nothing came back, the evidence of why; the times, and how
it went before on the same subject.
"""

from __future__ import annotations

from textual.containers import Vertical

from engine.content.content import Side
from engine.journal import Exchange, Journal
from tui.kit.late import Late

from .annotations import Known
from .earlier import Earlier
from .evidence_view import EvidenceView
from .message_view import MessageView
from .timeline import Timeline


class Beside(Late, Vertical):
    DEFAULT_CSS = """
    Beside { height: 1fr; }
    Beside > * { border-top: solid $border-blurred; border-title-color: $text-primary; }
    Beside > MessageView { min-height: 8; }
    Beside > EvidenceView, Beside > Timeline { height: auto; max-height: 50%; }
    """

    def __init__(self, journal: Journal, known: Known) -> None:
        self._journal = journal
        self._known = known
        self._other = MessageView(id="other")
        self._evidence = EvidenceView(journal)
        self._timeline = Timeline(journal)
        self._earlier = Earlier(journal)
        self._evidence.border_title, self._timeline.border_title = "Why", "Timeline"
        self._timeline.display = True
        self._drawn: object = None
        self._before = 0
        """The exchange before which the earlier ones were."""
        super().__init__(self._other, self._evidence, self._timeline, self._earlier, id="beside")

    def show_other(self, exchange: Exchange, shown: int, reply: int) -> None:
        """Beside the message `shown`; `reply` is the best of those that came back, 0 for none."""
        number = exchange.number if shown != exchange.number else reply
        found = self._known.diagnosis(exchange)
        if (exchange, number, found) == self._drawn:
            return
        self._drawn = exchange, number, found
        self._other.display = number in self._journal
        self._evidence.display = not self._other.display and found is not None
        if self._other.display:
            self._other.border_title = "Reply" if number != exchange.number else "Request"
            side = Side.REPLY if number != exchange.number else Side.REQUEST
            self._other.show(self._journal.message(number), exchange.subject, side)
        elif found is not None:
            self._evidence.show(found, exchange)
        self._timeline.show(exchange)
        if exchange.number != self._before:
            self._before = exchange.number
            self._earlier.show(exchange)

    def refresh_from_journal(self) -> None:
        if self.display:
            self._earlier.refresh_from_journal()
