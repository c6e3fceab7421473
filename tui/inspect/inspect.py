"""One exchange, closely: the verdict first, then every message, the times and the bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import ContentSwitcher, Static

from engine.content.content import Side
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.rules.waiting import ASK_THE_SERVERS, SEEN
from engine.diagnosis.situation import Situation, situation_of
from engine.journal import Exchange, ExchangeKind, Journal, State, pub_ack
from engine.rpc.handling.acknowledge import Delivery, read_delivery
from engine.words import span
from tui.body.commands import BODY
from tui.body.pane import BodyPane
from tui.kit.command import Commanded, bindings
from tui.kit.glyphs import sign
from tui.kit.tab_line import TabLine
from tui.safe import clean, shorten

from .annotations import Known
from .beside import Beside
from .evidence_view import EvidenceView
from .inspect_commands import INSPECT
from .message_view import MessagePage
from .path_view import PathView
from .raw_view import RawView
from .timeline import Timeline

TALL = 32
"""Rows in which a request, its reply and their times have room below each other."""
_LOW = 16
"""Rows below which a blank line costs more than it is worth."""
_MAX_TABS = 99
"""Replies that get a tab of their own; the timeline counts the rest."""
_PAGES = ("Timeline", "Path", "Evidence", "Raw")
"""The tabs after those of the messages; the middle ones when there is something on them."""
_PUB_ACK = "PubAck"
_STATUS = "Status"
_TICK = 0.1
_UNANSWERED = (Situation.WAITING, Situation.OVERDUE)
_NO_ANSWER = (Cause.OPEN, Cause.NO_ANSWER_SEEN)
_INK = {"good": "$text-success", "bad": "$text-error", "warn": "$text-warning", "open": "$primary"}


class Inspect(Vertical, Commanded):
    TABLE = (*INSPECT, *BODY)
    BINDINGS: ClassVar[list[BindingType]] = bindings(TABLE)

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
        self.listened: Callable[[int, float], float] = lambda number, now: now
        """Up to when natstap listened for the answer to an exchange."""
        self.has_server = True
        """Whether somebody can be asked."""
        self._exchange: Exchange | None = None
        self._shown = 0
        """The message that is shown."""
        self._verdict = Diagnosis(Cause.OPEN, "")
        self._said = "", Tone.OPEN
        """The line that shows it, as it stands."""
        self._about: object = None
        """What else was known of it."""
        self._pages: tuple[str, ...] = ()
        """The pages after those of the messages."""
        self.tabs: TabLine = TabLine(id="inspect-tabs")
        self._line = Static(id="verdict", markup=False)
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
        yield self._line
        yield self._detail
        yield self.tabs
        yield self._front
        yield self._beside

    def on_resize(self) -> None:
        self.set_class(self.size.height < _LOW, "-low")
        self.set_class(self.size.height >= TALL, "-tall")
        self._show_beside()

    def on_mount(self) -> None:
        self._clock = self.set_interval(_TICK, self._tick, pause=True)

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
        if not self._kept_page():
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
        self._pages = self._found(exchange)
        better = self._exchange is not None and self._awaits(exchange, self._exchange)
        self._exchange = exchange
        self._judge(exchange)
        self._fill(exchange)
        if better:
            self._choose_best()

    def _awaits(self, exchange: Exchange, before: Exchange) -> bool:
        """True when the first answer has come, or the first after a mere acknowledgement."""
        at_ack = bool(self.tabs.labels) and self.tabs.labels[self.tabs.active].endswith(_PUB_ACK)
        known = len(before.replies)
        return len(exchange.replies) > known and (not known or (known == 1 and at_ack))

    # -- the verdict -----------------------------------------------------------------------

    def _judge(self, exchange: Exchange) -> None:
        self.remove_class("-empty")
        name = "" if exchange.kind is ExchangeKind.NOTE else shorten(exchange.subject, 60)
        self.border_title = Content(f"3 Inspect: {name}" if name else "3 Inspect")
        self._show_detail()
        explained = self.known.diagnosis(exchange) is not None
        self.border_subtitle = "F8 shows the evidence" if explained else ""
        self._tick()
        (self._clock.resume if self._waits(exchange) else self._clock.pause)()

    def _waits(self, exchange: Exchange) -> bool:
        """True while it goes on that no answer is seen, and natstap would hear one."""
        return situation_of(exchange) in _UNANSWERED and self._verdict.cause in _NO_ANSWER

    def _show_detail(self) -> None:
        """What the verdict adds, and what a stream was told of the message shown."""
        told = self.known.acknowledged.get(self._shown, "")
        vain = self._verdict.advice == ASK_THE_SERVERS and not self.has_server
        more = (not vain and self._verdict.advice) or self._verdict.detail
        detail = "\n".join(words for words in (more, told) if words)
        self._detail.update(Content(clean(detail)))
        self._detail.display = bool(detail)

    def _tick(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        waits = self._waits(exchange)
        until = self.listened(exchange.number, time.time()) if waits else 0.0
        waited = max(0.0, until - exchange.started)
        sentence = self._verdict.sentence
        if not exchange.own and int(waited):
            sentence = sentence.replace(SEEN, f"{SEEN} for {span(float(int(waited)))}", 1)
        doubtful = exchange.state is State.ANSWERED and self._verdict.tone in ("bad", "warn")
        look = f"{'!' if doubtful else sign(exchange).glyph} "
        said = Content(look + clean(sentence)).stylize(_INK[self._verdict.tone])
        so_far = f"  {waited:.1f} s" if waits and exchange.own else ""
        whole = said + Content.styled(so_far, "$foreground 60%")
        if (whole.plain, self._verdict.tone) != self._said:
            self._said = whole.plain, self._verdict.tone
            self._line.update(whole)

    # -- the pages -------------------------------------------------------------------------

    def _fill(self, exchange: Exchange) -> None:
        """Fill the pages, and keep the one in front there though tabs come before it; where the
        exchange has no such page it is a message's.
        """
        front = self._kept_page()
        self.tabs.labels = (*self._names(exchange), *self._pages)
        if front:
            self.tabs.active = self.tabs.labels.index(front) if front in self.tabs.labels else 0
        self._turn(self.tabs.active)

    def _found(self, exchange: Exchange) -> tuple[str, ...]:
        """The pages that there is something to show on."""
        empty = {
            "Path": self.known.about(exchange)[0] is None,
            "Evidence": self.known.diagnosis(exchange) is None,
        }
        return tuple(page for page in _PAGES if not empty.get(page))

    def bring(self, page: str) -> None:
        """Bring a page to the front, if the exchange has it."""
        if page in self.tabs.labels:
            self.tabs.choose(self.tabs.labels.index(page))

    def _kept_page(self) -> str:
        """The page in front, if every exchange has one like it."""
        front = self.tabs.labels[self.tabs.active] if self.tabs.labels else ""
        return front if front in _PAGES else ""

    def _names(self, exchange: Exchange) -> list[str]:
        first = "Request" if exchange.reply_subject else "Message"
        numbers = exchange.came_back[:_MAX_TABS]
        several = len(numbers) > 1
        return [first, *(self._title(number, at * several) for at, number in enumerate(numbers, 1))]

    def _title(self, number: int, place: int) -> str:
        """What a reply is, for not everything that comes back is an answer."""
        if number not in self.journal:
            return "Dropped"
        message = self.journal.message(number)
        if message.status:
            return f"{_STATUS} {message.status}"
        stored = not message.head and pub_ack(message.body) is not None
        return f"Reply {place or ''} {_PUB_ACK if stored else ''}".strip()

    def _choose_best(self) -> None:
        """The first answer if there is one, for that is what was asked for."""
        best = self._best(self.tabs.labels)
        self._turn(best)
        if self._kept_page():
            self._turn(self.tabs.active)
        else:
            self.tabs.active = best

    def _best(self, labels: Sequence[str]) -> int:
        """The tab of the first answer; 0, the request's, where there is none."""
        names = [label for label in labels if label.startswith(("Reply", _STATUS))]
        names.sort(key=lambda label: (label.endswith(_PUB_ACK), label.startswith(_STATUS)))
        return labels.index(names[0]) if names and not self._is_bare() else 0

    def _is_bare(self) -> bool:
        """True where all that came back is the server's "no responders": it has no body."""
        exchange = self._exchange
        return exchange is not None and exchange.state is State.NO_RESPONDERS

    @on(TabLine.Chosen, "#inspect-tabs")
    def _chosen(self, event: TabLine.Chosen) -> None:
        self._turn(event.index)

    def _turn(self, index: int) -> None:
        """Bring the page of a tab to the front; raw is of the message looked at last."""
        if self._exchange is None:
            return
        messages = [self._exchange.number, *self._exchange.came_back[:_MAX_TABS]]
        before = self._front.current
        if index < len(messages):
            self._front.current = "message"
            self._show_message(messages[index])
        else:
            at = min(index - len(messages), len(self._pages) - 1)
            self._front.current = self._pages[at].lower()
            self._show_page(self._front.current, self._exchange)
        if self._front.current != before:
            self.refresh_bindings()
        self._show_beside()

    def _show_beside(self) -> None:
        """Below the message that is looked at, in a pane that is high enough."""
        wanted = self.size.height >= TALL and self._front.current == "message"
        self._beside.display = wanted and self._exchange is not None
        if self._beside.display and self._exchange is not None:
            self._beside.show_other(self._exchange, self._shown, self._best_reply(self._exchange))

    def _best_reply(self, exchange: Exchange) -> int:
        """The answer that one wants to see first; 0 where there is none."""
        at = self._best(self.tabs.labels)
        return exchange.came_back[at - 1] if 0 < at <= len(exchange.came_back) else 0

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
