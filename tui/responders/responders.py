"""The stand-in services that are hosted here: on or off, and what each has served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from engine.errors import NatstapError
from engine.words import counted
from tui.kit.command import Commanded
from tui.table.table import Table

from .responder_changes import ResponderChanges
from .responder_commands import HOSTED
from .responder_table import ResponderTable, TroubleLine

if TYPE_CHECKING:
    from engine.responders.examples import Premade
    from engine.responders.reply import ReplyDraft
    from engine.responders.responder import Responder
    from engine.session import Session


class Responders(Vertical, Commanded):
    TABLE = HOSTED

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
        self._table = ResponderTable()
        self._trouble = TroubleLine()
        self._changes = ResponderChanges()

    def compose(self) -> ComposeResult:
        yield self._table
        yield self._trouble

    # -- what the screen calls -------------------------------------------------------------

    def attach(self, session: Session) -> None:
        """Host on this session from now on."""
        from .choices import choices

        self.session = session
        self._table.advise(tuple(choices()))

    def refresh_rows(self) -> None:
        """Take up what has changed; cheap when nothing has."""
        if self._table.show_hosted(self.hosted):
            on_now = sum(responder.on for responder in self.hosted)
            self.border_subtitle = f"{on_now} of {len(self.hosted)} on" if self.hosted else ""
            self._trouble.look_at(self.chosen)

    def add(self, draft: ReplyDraft, name: str = "") -> None:
        """Host one more, switched on; what is wrong is said here."""
        if self.session is not None:
            self._start(partial(self._host, self.session, [(draft, name)]))

    async def take(self, draft: ReplyDraft, name: str = "") -> None:
        """As `add`, but raises what is wrong."""
        assert self.session is not None
        await self._host(self.session, [(draft, name)])
        self._trouble.complain("")

    def begin_anew(self) -> None:
        """Elsewhere: what was done to the responders before is not undone here."""
        self._changes.forget()
        self._trouble.complain("")
        self.refresh_rows()

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
        self._trouble.complain(words)
        self.refresh_rows()

    async def _host(self, session: Session, wanted: Sequence[tuple[ReplyDraft, str]]) -> None:
        await self._changes.host(session, wanted)
        self.refresh_rows()
        self._table.choose(self.hosted[-1])

    @on(Table.Chosen)
    def _moved(self, event: Table.Chosen) -> None:
        event.stop()
        self._trouble.look_at(self.chosen)

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
            self._trouble.complain("")
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
