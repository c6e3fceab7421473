"""One exchange, closely: the verdict first, then every message, the times and the bytes."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from engine.content.content import Side
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.rules.waiting import ASK_THE_SERVERS
from engine.journal import Exchange, ExchangeKind, Journal
from engine.rpc.handling.acknowledge import Delivery, read_delivery
from tui.body.commands import BODY
from tui.body.pane import BodyPane
from tui.kit.command import Commanded
from tui.kit.tab_line import TabLine
from tui.safe import clean, shorten

from .annotations import Known
from .beside import Beside
from .evidence_view import EvidenceView
from .exchange_tabs import PAGES, ExchangeTabs
from .inspect_commands import INSPECT
from .message_view import MessagePage
from .path_view import PathView
from .raw_view import RawView
from .timeline import Timeline
from .verdict_line import VerdictLine

TALL = 32
"""Rows in which a request, its reply and their times have room below each other."""
_LOW = 16
"""Rows below which a blank line costs more than it is worth."""


class Inspect(Vertical, Commanded):
    TABLE = (*INSPECT, *BODY)

    class Acknowledge(Message):
        """Somebody wants to tell a stream of the message `number`."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Pin(Message):
        """Somebody wants the shape of requests or replies on a subject pinned, or not any more."""

        def __init__(self, subject: str, side: Side) -> None:
            super().__init__()
            self.subject = subject
            self.side = side

    def __init__(self, journal: Journal, known: Known | None = None) -> None:
        super().__init__(id="inspect", classes="pane -empty")
        self.border_title = "3 Inspect"
        self.journal = journal
        self.known = known or Known()
        self.number = 0
        """The exchange that is shown; 0 for none."""
        self.has_server = True
        """Whether somebody can be asked."""
        self._exchange: Exchange | None = None
        self._shown = 0
        """The message that is shown."""
        self._verdict = Diagnosis(Cause.OPEN, "")
        self._about: object = None
        """What else was known of it."""
        self.tabs: ExchangeTabs = ExchangeTabs(journal)
        self.verdict_line = VerdictLine()
        self._detail = Static(id="detail", markup=False)
        self._message = MessagePage(id="message")
        self._beside = Beside(journal, self.known)
        """What else there is to know, where there is room for it."""
        self._timeline = Timeline(journal)
        self._path = PathView()
        self._evidence = EvidenceView(journal)
        self._raw = RawView()
        self._front = ContentSwitcher(
            self._message,
            self._timeline,
            self._path,
            self._evidence,
            self._raw,
            id="inspect-pages",
        )

    def compose(self) -> ComposeResult:
        yield Static("Choose an exchange to see what happened to it.", id="nothing")
        yield self.verdict_line
        yield self._detail
        yield self.tabs
        yield self._front
        yield self._beside

    def on_resize(self) -> None:
        self.set_class(self.size.height < _LOW, "-low")
        self.set_class(self.size.height >= TALL, "-tall")
        self._show_beside()

    # -- what the screen calls -------------------------------------------------------------

    @property
    def body_pane(self) -> BodyPane | None:
        """The body in sight; None while there is none."""
        pages = {"message": self._message.body, "raw": self._raw.body}
        return pages.get(self._front.current or "") if self.number else None

    @property
    def delivery(self) -> Delivery | None:
        """Who delivered the message that is shown; None where no stream did."""
        if self._shown not in self.journal:
            return None
        return read_delivery(self.journal.message(self._shown).reply)

    def show_again(self) -> None:
        """Judge and show anew what is shown: something else is known of all messages now."""
        number, shown = self.number, self.tabs.active
        if number in self.journal:
            self._exchange, self._shown = None, 0
            self.refresh_from_journal()
            self._turn(shown)

    @property
    def side(self) -> tuple[str, Side]:
        """The subject of the exchange, and which side of it wrote the message that is shown."""
        exchange = self._exchange
        if exchange is None or self._shown == exchange.number:
            return exchange.subject if exchange is not None else "", Side.REQUEST
        return exchange.subject, Side.REPLY

    def ask_to_acknowledge(self) -> None:
        self.post_message(self.Acknowledge(self._shown))

    def show(self, number: int) -> None:
        """Show another exchange, from its verdict on."""
        if number == self.number:
            return
        self.number = number
        self._exchange = None
        if not self.tabs.kept_page:
            self.tabs.active = 0
        self.refresh_from_journal()
        self._choose_best()

    def refresh_from_journal(self) -> None:
        """Take up what has changed of the exchange shown; cheap when nothing has."""
        if self.number not in self.journal:
            return
        self._beside.refresh_from_journal()
        exchange = self.journal.exchange(self.number)
        about = (self.known.about(exchange), self.known.acknowledged.get(self._shown))
        if exchange == self._exchange and about == self._about:
            return
        self._about = about
        self._verdict = self.known.judge(exchange, self.journal)
        better = self._exchange is not None and self.tabs.awaited(exchange, self._exchange)
        self._exchange = exchange
        self._judge(exchange)
        self.tabs.show(exchange, self._found(exchange))
        self._turn(self.tabs.active)
        if better:
            self._choose_best()

    # -- the verdict -----------------------------------------------------------------------

    def _judge(self, exchange: Exchange) -> None:
        self.remove_class("-empty")
        name = "" if exchange.kind is ExchangeKind.NOTE else shorten(exchange.subject, 60)
        self.border_title = Content(f"3 Inspect: {name}" if name else "3 Inspect")
        self._show_detail()
        explained = self.known.diagnosis(exchange) is not None
        self.border_subtitle = "F8 shows the evidence" if explained else ""
        self.verdict_line.show(exchange, self._verdict)

    def _show_detail(self) -> None:
        """What the verdict adds, and what a stream was told of the message shown."""
        told = self.known.acknowledged.get(self._shown, "")
        vain = self._verdict.advice == ASK_THE_SERVERS and not self.has_server
        more = (not vain and self._verdict.advice) or self._verdict.detail
        detail = "\n".join(words for words in (more, told) if words)
        self._detail.update(Content(clean(detail)))
        self._detail.display = bool(detail)

    # -- the pages -------------------------------------------------------------------------

    def _found(self, exchange: Exchange) -> tuple[str, ...]:
        """The pages that there is something to show on."""
        empty = {
            "Path": self.known.about(exchange)[0] is None,
            "Evidence": self.known.diagnosis(exchange) is None,
        }
        return tuple(page for page in PAGES if not empty.get(page))

    def _choose_best(self) -> None:
        """The first answer if there is one, for that is what was asked for."""
        best = self.tabs.first_answer(self._exchange) if self._exchange is not None else 0
        self._turn(best)
        if self.tabs.kept_page:
            self._turn(self.tabs.active)
        else:
            self.tabs.active = best

    @on(TabLine.Chosen, "#inspect-tabs")
    def _chosen(self, event: TabLine.Chosen) -> None:
        self._turn(event.index)

    def _turn(self, index: int) -> None:
        """Bring the page of a tab to the front; raw is of the message looked at last."""
        if self._exchange is None:
            return
        before, page = self._front.current, self.tabs.page_at(index).lower()
        self._front.current = page or "message"
        if page:
            self._show_page(page, self._exchange)
        else:
            self._show_message((self._exchange.number, *self._exchange.came_back)[index])
        if self._front.current != before:
            self.refresh_bindings()
        self._show_beside()

    def _show_beside(self) -> None:
        """Below the message that is looked at, in a pane that is high enough."""
        wanted = self.size.height >= TALL and self._front.current == "message"
        self._beside.display = wanted and self._exchange is not None
        if self._beside.display and self._exchange is not None:
            at = self.tabs.first_answer(self._exchange)
            best = self._exchange.came_back[at - 1] if at else 0
            self._beside.show_other(self._exchange, self._shown, best)

    def _show_page(self, page: str, exchange: Exchange) -> None:
        if page == "timeline":
            self._timeline.show(exchange)
        elif page == "path":
            self._path.show(self.known.paths[exchange.number], exchange)
        elif page == "evidence" and (found := self.known.diagnosis(exchange)) is not None:
            self._evidence.show(found, exchange)
        elif self._shown in self.journal:
            self._raw.show(self.journal.message(self._shown))

    def _show_message(self, number: int) -> None:
        if number != self._shown and number in self.journal:
            self._shown = number
            subject, side = self.side
            message = self.journal.message(number)
            checked = self.known.check(message, subject, side) if subject else None
            self._message.show(message, subject, side, checked)
            self._show_detail()
            self.refresh_bindings()
