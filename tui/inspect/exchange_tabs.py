"""The tabs of an exchange: its messages, then pages about all of them."""

from __future__ import annotations

from engine.journal import Exchange, Journal, State, pub_ack
from tui.kit.tab_line import TabLine

MAX_REPLIES = 99
"""Replies that get a tab of their own; the timeline counts the rest."""
PAGES = ("Timeline", "Path", "Evidence", "Raw")
"""The tabs after those of the messages; the middle ones when there is something on them."""
_PUB_ACK = "PubAck"
_STATUS = "Status"


class ExchangeTabs(TabLine):
    def __init__(self, journal: Journal) -> None:
        super().__init__(id="inspect-tabs")
        self._journal = journal
        self.pages: tuple[str, ...] = ()
        """Those after the messages."""

    def show(self, exchange: Exchange, pages: tuple[str, ...]) -> None:
        """Keep the page in front there though tabs come before it; where the exchange has no such
        page it is a message's.
        """
        front, self.pages = self.kept_page, pages
        self.labels = (*self._names(exchange), *pages)
        if front:
            self.active = self.labels.index(front) if front in self.labels else 0

    @property
    def kept_page(self) -> str:
        """The page in front, if every exchange has one like it."""
        front = self.labels[self.active] if self.labels else ""
        return front if front in PAGES else ""

    def bring(self, page: str) -> None:
        """Bring a page to the front, if the exchange has it."""
        if page in self.labels:
            self.choose(self.labels.index(page))

    def page_at(self, index: int) -> str:
        """The page of a tab; "" for a message's."""
        first = len(self.labels) - len(self.pages)
        return "" if index < first else self.pages[min(index, len(self.labels) - 1) - first]

    # -- those of the messages -----------------------------------------------------------------

    def _names(self, exchange: Exchange) -> list[str]:
        first = "Request" if exchange.reply_subject else "Message"
        numbers = exchange.came_back[:MAX_REPLIES]
        several = len(numbers) > 1
        return [first, *(self._title(number, at * several) for at, number in enumerate(numbers, 1))]

    def _title(self, number: int, place: int) -> str:
        """What a reply is, for not everything that comes back is an answer."""
        if number not in self._journal:
            return "Dropped"
        message = self._journal.message(number)
        if message.status:
            return f"{_STATUS} {message.status}"
        stored = not message.head and pub_ack(message.body) is not None
        return f"Reply {place or ''} {_PUB_ACK if stored else ''}".strip()

    def first_answer(self, exchange: Exchange) -> int:
        """Its tab; 0, the request's, where there is none: the server's "no responders", which has
        no body, is none.
        """
        names = [label for label in self.labels if label.startswith(("Reply", _STATUS))]
        names.sort(key=lambda label: (label.endswith(_PUB_ACK), label.startswith(_STATUS)))
        bare = exchange.state is State.NO_RESPONDERS
        return self.labels.index(names[0]) if names and not bare else 0

    def awaited(self, exchange: Exchange, before: Exchange) -> bool:
        """True when the first answer has come, or the first after a mere acknowledgement."""
        at_ack = bool(self.labels) and self.labels[self.active].endswith(_PUB_ACK)
        known = len(before.replies)
        return len(exchange.replies) > known and (not known or (known == 1 and at_ack))
