"""The stand-in services that are hosted here: on or off, and what each has served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.errors import NatstapError
from engine.words import counted
from tui.kit.command import Commanded, bindings
from tui.safe import clean
from tui.table.table import Table

from .responder_changes import ResponderChanges
from .responder_commands import HOSTED
from .responder_row import COLUMNS, looks_of, responder_row

if TYPE_CHECKING:
    from engine.responders.examples import Premade
    from engine.responders.reply import ReplyDraft
    from engine.responders.responder import Responder
    from engine.session import Session

_HINT = (
    "No responders.",
    "a adds one: an echo, a template,",
    "a slow or a failing one.",
    "p adds a set for demos.",
)


class Responders(Vertical, Commanded):
    TABLE = HOSTED
    BINDINGS: ClassVar[list[BindingType]] = bindings(HOSTED)

    class ShowExchanges(Message):
        """The user wants to see the exchanges on this subject only; it may have wildcards."""

        def __init__(self, subject: str) -> None:
            self.subject = subject
            super().__init__()

    class ShowExchange(Message):
        """The user wants to see this one exchange."""

        def __init__(self, number: int) -> None:
            self.number = number
            super().__init__()

    def __init__(self) -> None:
        super().__init__(id="responders", classes="pane")
        self.border_title = "4 Responders"
        self.session: Session | None = None
        self._table = Table(COLUMNS, "responder-list", _HINT, head=False)
        self._trouble = Static(id="responder-trouble", markup=False)
        self._trouble.display = False
        self._changes = ResponderChanges()
        self._said = ""
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._trouble

    def on_resize(self) -> None:
        self._advise()

    # -- what the screen calls -------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Host on this session from now on."""
        self.session = session
        self._advise()

    def refresh_rows(self) -> None:
        """Take up what has changed; cheap when nothing has."""
        looks = tuple(map(looks_of, self.hosted))
        if looks != self._drawn:
            self._drawn = looks
            self._table.show([responder_row(responder) for responder in self.hosted])
            on_now = sum(responder.on for responder in self.hosted)
            self.border_subtitle = f"{on_now} of {len(self.hosted)} on" if self.hosted else ""
            self._show_trouble()

    def add(self, draft: ReplyDraft, name: str = "") -> None:
        """Host one more, switched on; what is wrong is said here."""
        if self.session is not None:
            self._start(partial(self._host, self.session, [(draft, name)]))

    async def take(self, draft: ReplyDraft, name: str = "") -> None:
        """As `add`, but raises what is wrong."""
        assert self.session is not None
        await self._host(self.session, [(draft, name)])
        self.complain("")

    def begin_anew(self) -> None:
        """Elsewhere: what was done to the responders before is not undone here."""
        self._changes.forget()
        self.complain("")
        self.refresh_rows()

    def _advise(self) -> None:
        """Where there is room, say what a responder can do."""
        if self.session is None:
            return
        from .choices import choices

        hint, room = tuple(choices()), self.size
        fits = max(map(len, hint)) < room.width - 2 and len(hint) <= room.height
        self._table.hint = hint if fits else _HINT
        self._table.repaint()

    def complain(self, words: str) -> None:
        self._said = words
        self._show_trouble()

    # -- inside ----------------------------------------------------------------------------

    @property
    def hosted(self) -> Sequence[Responder]:
        return self.session.responders.all if self.session is not None else ()

    @property
    def chosen(self) -> Responder | None:
        key = self._table.cursor
        return next((responder for responder in self.hosted if responder is key), None)

    def _start(self, work: Callable[[], Awaitable[object]]) -> None:
        told: Callable[[], Awaitable[object]] = partial(self._told, work)
        self.run_worker(told, group="responders")

    async def _told(self, work: Callable[[], Awaitable[object]]) -> None:
        """Do it, and say in one sentence what went wrong, if anything did."""
        words = ""
        try:
            await work()
        except NatstapError as error:
            words = str(error)
        self.complain(words)
        self.refresh_rows()

    async def _host(self, session: Session, wanted: Sequence[tuple[ReplyDraft, str]]) -> None:
        await self._changes.host(session, wanted)
        self.refresh_rows()
        self._table.choose(self.hosted[-1])

    def _show_trouble(self) -> None:
        chosen = self.chosen
        words = self._said or (chosen.complaint if chosen is not None else "")
        self._trouble.display = bool(words)
        self._trouble.update(Content(f"! {clean(words)}"))

    @on(Table.Chosen)
    def _moved(self, event: Table.Chosen) -> None:
        event.stop()
        self._show_trouble()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        self.open_detail()

    # -- what its commands do ----------------------------------------------------------------

    def write_one(self) -> None:
        """The desk's command, first in the footer here."""
        if isinstance(self.screen, Commanded):
            self.screen.action_command("desk.add-responder")

    def switch(self) -> None:
        if (chosen := self.chosen) is not None:
            self._start(partial(self._changes.switch, chosen))

    def remove_chosen(self) -> None:
        if self.session is not None and (chosen := self.chosen) is not None:
            self._start(partial(self._changes.remove, self.session, chosen))

    def undo(self) -> None:
        if self._changes.can_undo:
            self._start(self._changes.undo)
        else:
            self.app.bell()

    async def host_premade(self) -> None:
        """Ask first where others are: the set would answer their requests too."""
        from engine.responders.examples import PREMADE
        from tui.kit.confirm import Sure, is_confirmed

        if (session := self.session) is None:
            return
        there = {responder.subject for responder in self.hosted}
        missing = [sample for sample in PREMADE if sample.draft.subject not in there]
        if missing and session.server is None:
            title = f"Host {counted(len(missing), 'responder')} on this server?"
            asked = Sure(title, _who_is_answered(session, missing), "Host them")
            if not await is_confirmed(self.app, asked, "host"):
                return
        if missing:
            wanted = [(sample.draft, sample.name) for sample in missing]
            self._start(partial(self._host, session, wanted))

    def change(self) -> None:
        from .new_responder import NewResponder

        if self.session is None or (chosen := self.chosen) is None:
            self.app.bell()
            return

        async def change(draft: ReplyDraft, name: str) -> None:
            await self._changes.change(chosen, draft, name)
            self.complain("")
            self.refresh_rows()

        broker = self.session.broker
        form = NewResponder(broker, change, chosen.draft, chosen.named, editing=True)
        self.app.push_screen(form)

    def open_detail(self) -> None:
        from .responder_detail import ResponderDetail

        if (chosen := self.chosen) is None:
            self.app.bell()
        else:
            self.app.push_screen(ResponderDetail(chosen), self._show_exchange)

    def _show_exchange(self, number: int | None) -> None:
        if number:
            self.post_message(self.ShowExchange(number))

    async def save(self) -> None:
        from tui.collection.save_as import SaveAs

        if self.session is None or (chosen := self.chosen) is None:
            self.app.bell()
        elif name := await self.app.push_screen_wait(SaveAs(self.session, chosen.draft)):
            self.notify(f"Saved as {name}.")

    def show_exchanges(self) -> None:
        if (chosen := self.chosen) is None:
            self.app.bell()
        else:
            self.post_message(self.ShowExchanges(chosen.pattern))


def _who_is_answered(session: Session, wanted: Sequence[Premade]) -> str:
    server = session.broker.link.server.address or session.profile.display
    subjects = ", ".join(sample.draft.subject for sample in wanted)
    return (
        f"{server} is not natstap's own: others that ask there on {subjects} are answered too, "
        "until u takes the set back."
    )
