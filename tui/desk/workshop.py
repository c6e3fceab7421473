"""What the user makes and keeps: services to ask, streams, the history, collections, bursts,
commands to copy and paste, replies to compare.

A base of the desk, as the insights are: each action opens a screen, and takes from it what goes
into the composer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.binding import Binding

from engine.drafts.draft import Draft
from engine.errors import InvalidInput, NatstapError, NoResponders
from engine.flow.correlated import CORRELATION_ID, find_value
from engine.journal import Kind
from engine.rpc.acknowledge import read_delivery
from engine.secrets.known_secrets import KnownSecrets
from tui.compose.compose import Compose
from tui.compose.subject import Subject
from tui.inspect.annotations import keep
from tui.inspect.inspect import Inspect
from tui.kit.key_order import after_typing
from tui.safe import clean, shorten

from .insights import Insights

if TYPE_CHECKING:
    from engine.commands.paste import Pasted
    from engine.responders.reply import ReplyDraft
    from engine.session import Session
    from tui.kit.resend import Again

_LEARN = 10.0
"""Seconds for which the subjects that the servers tell are believed."""
_TELL = 2.0
"""Seconds between two looks at what went wrong behind the user's back."""
_NAMED = 60
"""Letters of a subject that is told of."""
_NOBODY_TAKES = (
    "Not acknowledged: nobody takes acknowledgements for consumer {consumer}. "
    "It is gone, or it wants none."
)
_LOOKED_BACK = 20_000
"""Messages among which the exchange before on the same subject is looked for."""


def _key(
    key: str, action: str, says: str, tooltip: str, display: str = "", priority: bool = False
) -> Binding:
    name = f"desk.{action.replace('_', '-')}"
    return Binding(
        key,
        action,
        says,
        show=False,
        id=name,
        tooltip=tooltip,
        key_display=display or None,
        priority=priority,
    )


WORKSHOP_KEYS = (
    _key("s", "services", "Services", "Services that describe themselves, and their endpoints"),
    _key("S", "streams", "Streams", "Streams, their consumers and messages"),
    _key("ctrl+r", "history", "History", "Everything sent so far, to send again", "^r", True),
    _key("c", "collection", "Collection", "Saved requests, responders and variables"),
    _key("ctrl+s", "save", "Save", "Save what is composed in the collection", "^s", True),
    _key("ctrl+b", "burst", "Send many", "Send what is composed many times", "^b", True),
    _key(
        "y", "copy_exchange", "Copy as", "Copy the chosen exchange's message as a command or code"
    ),
    _key(
        "f6",
        "copy_draft",
        "Copy Compose as",
        "Copy what is composed as a command or code",
        "F6",
        True,
    ),
    _key("f7", "paste", "Paste command", "Compose from a nats command", "F7", True),
    _key("f9", "body_file", "Body file", "Take a file's content for the body", "F9", True),
    _key("m", "mark", "Mark", "Mark the chosen exchange, to compare another with it"),
    _key(
        "equals_sign", "compare", "Compare", "Compare replies with the marked or the last ones", "="
    ),
)


class Workshop(Insights):
    def __init__(self) -> None:
        super().__init__()
        self._marked = 0
        self._told = ""

    def begin_workshop(self, session: Session) -> None:
        """Use a session's history and collection from now on."""
        self._recall(session)
        self.set_interval(_LEARN, self._learn_subjects)
        self._learn_subjects()
        self.set_interval(_TELL, self._tell_trouble)

    def _tell_trouble(self) -> None:
        """A history that cannot be written stops nobody, but is said once."""
        trouble = self.session.outbox.trouble if self.session is not None else ""
        if trouble and trouble != self._told:
            self.notify(clean(trouble), severity="warning")
        self._told = trouble

    # -- subjects to complete from ---------------------------------------------------------------

    @work(group="recall", thread=True)
    def _recall(self, session: Session) -> None:
        try:
            sent = session.history.subjects()
        except OSError:
            return  # the history screen says why
        self.app.call_from_thread(self.query_one(Compose).know, reversed(sent))

    @work(group="subjects", exclusive=True)
    async def _learn_subjects(self) -> None:
        from engine.audience.known_subjects import known_subjects

        composer = self.query_one(Compose)
        if self.session is None or (composer.known and not composer.has_focus_within):
            return
        try:
            composer.know(await known_subjects(self.session.broker))
        except NatstapError:
            return  # what is known already is offered

    @on(Compose.LayOut)
    @work(group="layout", exclusive=True)
    async def _lay_out(self, event: Compose.LayOut) -> None:
        from engine.history.example import example_body

        composer = self.query_one(Compose)
        session = self.session
        if session is None or not event.subject:
            composer.complain("a subject is needed to know what its messages look like")
            return
        try:
            found = await example_body(session.broker, self.journal, session.history, event.subject)
        except (NatstapError, OSError) as error:
            composer.complain(str(error))
            return
        if found is None:
            composer.complain(f"no message on {event.subject} was seen that could be learned from")
        else:
            composer.lay_out(found.body)
            said = f"The body is laid out as {found.source} has it."
            self.notify(clean(said))

    # -- screens that give something to send -----------------------------------------------------

    @work(group="form", exclusive=True)
    async def action_services(self) -> None:
        from tui.services.services import ServicesScreen

        if self._free and self.session is not None:
            self._take(await self.app.push_screen_wait(ServicesScreen(self.session)))

    @work(group="form", exclusive=True)
    async def action_streams(self) -> None:
        from tui.streams.streams import StreamsScreen

        if self._free and self.session is not None:
            exchange = self.choose_exchange()
            wanted = find_value(self.journal, exchange, CORRELATION_ID) if exchange else ""
            self._take(await self.app.push_screen_wait(StreamsScreen(self.session, wanted)))

    @work(group="form", exclusive=True)
    async def action_history(self) -> None:
        from tui.history.history import HistoryScreen

        if self._free and self.session is not None:
            self._take_again(await self.app.push_screen_wait(HistoryScreen(self.session)))

    @work(group="form", exclusive=True)
    async def action_collection(self) -> None:
        from tui.collection.collection import CollectionScreen

        if self._free and self.session is not None:
            self._take_again(await self.app.push_screen_wait(CollectionScreen(self.session)))

    @work(group="form", exclusive=True)
    async def action_paste(self) -> None:
        from tui.compose.paste_command import PasteCommand

        if not self._free:
            return
        pasted = await self.app.push_screen_wait(PasteCommand())
        if pasted is not None:
            self._take_pasted(pasted)

    @on(Subject.Command)
    def _pasted_command(self, event: Subject.Command) -> None:
        from engine.commands.paste import paste

        try:
            self._take_pasted(paste(event.written))
        except InvalidInput as error:
            self.query_one(Compose).complain(str(error))

    @work(group="form", exclusive=True)
    async def action_body_file(self) -> None:
        from tui.compose.body_file import BodyFile

        if self._free and (body := await self.app.push_screen_wait(BodyFile())) is not None:
            self.query_one(Compose).lay_out(body)

    def _take_pasted(self, pasted: Pasted) -> None:
        if isinstance(pasted.what, Draft):
            self._take(pasted.what)
            if pasted.count > 1:
                self._send_many(pasted)
        else:
            self.host(pasted.what)
        if pasted.notes:
            notes = "\n".join(map(clean, pasted.notes))
            self.notify(notes, timeout=10)

    @property
    def _free(self) -> bool:
        return self.app.screen is self

    def _take(self, draft: Draft | None) -> None:
        if draft is not None:
            self.query_one(Compose).load(draft)
            self.go_to("compose")

    def _take_again(self, again: Again | None) -> None:
        if again is not None and again.send:
            self.ask_and_transmit(again.draft)
        elif again is not None:
            self._take(again.draft)
            self.query_one(Compose).saved_as = again.name

    # -- what streams are told -------------------------------------------------------------------

    @on(Inspect.Acknowledge)
    @work(group="form", exclusive=True)
    async def _acknowledge(self, event: Inspect.Acknowledge) -> None:
        from tui.inspect.acknowledge import AcknowledgeScreen, confirmed

        session, number = self.session, event.number
        if not self._free or session is None or number not in self.journal:
            return
        message = self.journal.message(number)
        delivery = read_delivery(message.reply)
        if delivery is None:
            return
        screen = AcknowledgeScreen(message.subject, delivery)
        choice = await self.app.push_screen_wait(screen)
        if choice is None:
            return
        try:
            await session.broker.jetstream.acknowledge(message.reply, choice.word)
        except NoResponders:
            told = _NOBODY_TAKES.format(consumer=shorten(delivery.consumer, _NAMED))
        except NatstapError as error:
            told = f"Not confirmed: {error}."
        else:
            told = confirmed(choice, delivery)
        keep(self.known.acknowledged, number, told)
        self.notify(clean(told))
        self.query_one(Inspect).refresh_from_journal()

    # -- screens that take what is composed ------------------------------------------------------

    @after_typing
    @work(group="form", exclusive=True)
    async def action_save(self) -> None:
        from tui.collection.save_as import SaveAs

        draft = self._composed()
        if draft is not None and self.session is not None:
            composer = self.query_one(Compose)
            asked = SaveAs(self.session, draft, composer.saved_as)
            if name := await self.app.push_screen_wait(asked):
                composer.saved_as = name
                self.notify(f"Saved as {name}.")

    @after_typing
    @work(group="form", exclusive=True)
    async def action_burst(self) -> None:
        from tui.burst.burst import BurstScreen

        draft = self._composed()
        if draft is not None and self.session is not None:
            await self.app.push_screen_wait(BurstScreen(self.session, draft))

    @work(group="form", exclusive=True)
    async def _send_many(self, pasted: Pasted) -> None:
        """As the command would: one after the other, with its pauses between them."""
        from tui.burst.burst import BurstScreen

        if self.session is not None and isinstance(pasted.what, Draft):
            rate = f"{1 / pasted.sleep:.6g}" if pasted.sleep else ""
            written = (f"{pasted.count:,}", rate, "1", "1 h")
            await self.app.push_screen_wait(BurstScreen(self.session, pasted.what, written))

    @after_typing
    @work(group="form", exclusive=True)
    async def action_copy_draft(self) -> None:
        if (draft := self._composed()) is not None:
            await self._copy(draft)

    @work(group="form", exclusive=True)
    async def action_copy_exchange(self) -> None:
        if self._free and (draft := self.chosen_draft()) is not None:
            await self._copy(draft)

    async def _copy(self, draft: Draft) -> None:
        from tui.compose.copy_as import CopyAs

        try:
            variables = self.session.variables() if self.session is not None else {}
            known = self.session.secrets if self.session is not None else KnownSecrets()
        except InvalidInput as error:
            self.query_one(Compose).complain(str(error))
        else:
            await self.app.push_screen_wait(CopyAs(draft, variables, known))

    def _composed(self) -> Draft | None:
        """What is composed; when it cannot be sent, the composer says why."""
        if not self._free:
            return None
        composer = self.query_one(Compose)
        try:
            return composer.draft()
        except InvalidInput as error:
            self.go_to("compose")
            composer.refuse(error)
            return None

    # -- comparing -------------------------------------------------------------------------------

    def action_mark(self) -> None:
        exchange = self.choose_exchange()
        if exchange is None or exchange.kind is Kind.NOTE:
            self.app.bell()
            return
        self._marked = exchange.number
        name = shorten(exchange.subject, _NAMED)
        self.notify(f"{name} is marked: choose another and press = to compare.")

    @work(group="form", exclusive=True)
    async def action_compare(self) -> None:
        from tui.compare.compare import CompareScreen

        exchange = self.choose_exchange()
        if not self._free or exchange is None:
            return
        other = self._other(exchange.number, exchange.subject)
        if other:
            pair = sorted((other, exchange.number))
            await self.app.push_screen_wait(CompareScreen(self.journal, *pair))
        else:
            self.notify("Mark the exchange to compare with: m.", severity="warning")

    def _other(self, number: int, subject: str) -> int:
        """The marked exchange, else the one before on the same subject; 0 for none."""
        if self._marked in self.journal and self._marked != number:
            return self._marked
        since = max(self.journal.first, number - _LOOKED_BACK)
        before = [one for one, _ in self.journal.heads(since) if one < number]
        same = (one for one in reversed(before) if self.journal.exchange(one).subject == subject)
        return next(same, 0)

    # -- what the desk does ----------------------------------------------------------------------

    def transmit(self, draft: Draft) -> None:
        raise NotImplementedError

    def ask_and_transmit(self, draft: Draft, besides: str = "") -> object:
        raise NotImplementedError

    def chosen_draft(self) -> Draft | None:
        raise NotImplementedError

    def host(self, reply: ReplyDraft) -> None:
        raise NotImplementedError

    def go_to(self, pane: str) -> None:
        raise NotImplementedError
