"""Watching others: what runs, and what to begin, from the gentlest to the loudest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Button, Label

from engine.clients.connections import AT_ONCE, Roster
from engine.clients.everybody import everybody
from engine.clients.listening import ListenedSubject, listened_to
from engine.clients.requesters import Requester, find_requesters
from engine.errors import NatstapError
from engine.profile.profile import Profile
from engine.watching.inbox_watch import InboxWatch
from engine.watching.subject_watch import WARNING, WATCH_SECONDS
from engine.watching.watch import Watch
from tui.kit.command import Command, Commanded
from tui.kit.confirm import Sure
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.link_line import LinkLine
from tui.kit.page import Dialog
from tui.kit.sentence import Sentence
from tui.safe import clean
from tui.table.table import Cell, Column, Row, RowSource, Table

from .there import THERE, Offered, offered, there_rows

if TYPE_CHECKING:
    from engine.session import Session

_TICK = 0.5
_RUNNING = (Column("", 20, grow=True), Column("", 22))
"""Of a watch: what it listens to, and what it heard."""
_CLIENTS = (
    Column("", 10, grow=True),
    Column("", 12),
    Column("", 14, rank=1),
    Column("", 16, grow=True),
)
"""Of a client: its name, number, language and inboxes."""
_CLIENT = (
    "A client: hears the answers it gets, and disturbs nobody\n"
    '  not its requests, nor a "no responders": watch subjects for these'
)
_NO_CLIENT = "No other client has asked anything yet, so none has an inbox."
_SUBJECTS = "Subjects: requests and answers; marks what only natstap heard"
_WRITE = "Enter watches the row below; or write subjects, such as {}"
_NOBODY = "subjects to watch: nobody else listens here now"
_RUN = "Running: ↑ goes there, x stops the chosen one"
_OWN_NAME = Profile(()).name
"""What natstap calls itself."""
_EVERYTHING = "Everything: changes the system while it lasts, so it asks first"


def _no_button(dialog: Watching) -> bool:
    """On a button letters do nothing: who tabbed too far is writing a subject."""
    return not isinstance(dialog.focused, Button)


WATCHING: tuple[Command[Watching], ...] = (
    Command(
        "watching.close",
        "escape",
        "Close",
        "Close; watches go on",
        lambda dialog: dialog.leave(),
        after_typing=True,
    ),
    Command(
        "watching.begin",
        "enter",
        "Watch",
        "Watch what is chosen",
        lambda dialog: dialog.watch_chosen(),
    ),
    Command(
        "watching.down",
        "down",
        "Rows",
        "Go to the subjects that others listen to",
        lambda dialog: dialog.there.go(),
        listed=False,
    ),
    Command(
        "watching.up",
        "up",
        "Running",
        "Go to the watches that run",
        lambda dialog: dialog.running.go(),
        listed=False,
    ),
    Command(
        "watching.look",
        "r",
        "Look again",
        "List who is there again",
        lambda dialog: dialog.look_again(),
        _no_button,
    ),
    Command(
        "watching.stop",
        "x,delete",
        "Stop",
        "Stop a watch",
        lambda dialog: dialog.stop_chosen(),
        lambda dialog: dialog.running.has_focus,
    ),
    Command(
        "watching.all",
        "E",
        "Everything",
        "Watch everything a while",
        lambda dialog: dialog.action_watch_everything(),
        _no_button,
    ),
)


class ShortTable(Table):
    """As high as its rows, and out of sight while there are none."""

    def __init__(self, columns: Sequence[Column], id: str) -> None:  # noqa: A002
        super().__init__(columns, id, head=False)
        self.display = False

    def show(self, rows: RowSource | Sequence[Row]) -> None:
        super().show(rows)
        self.styles.height = self.rows
        self.display = bool(self.rows)

    def go(self) -> None:
        """Give it the focus, where it is in sight."""
        if self.display:
            self.focus()


class Watching(Dialog[bool], Commanded):
    """Dismisses with True once a watch was begun."""

    class Left(Message):
        """The user leaves: what was entered in a field before that comes first."""

    TABLE = WATCHING

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._requesters: tuple[Requester, ...] = ()
        self.running: ShortTable = ShortTable(_RUNNING, "running")
        self._running_title = Label(_RUN, id="running-title")
        self._clients = ShortTable(_CLIENTS, "clients")
        self._said = Sentence("clients-said", "Asking who is there…")
        self._subjects = Field(placeholder="subjects", compact=True, id="watch-subjects")
        self.there: ShortTable = ShortTable(THERE, "there")
        self._looked = False
        """Whether it is known what others listen to."""
        self._hurried = False
        """Whether Enter was pressed before that."""
        if not session.watches.asked_for:
            self._subjects.value = " ".join(session.watches.before)
        self._trouble = Sentence("watch-trouble")

    def compose(self) -> ComposeResult:
        yield LinkLine()
        self._box = DialogBox(
            "Watch others",
            self._running_title,
            self.running,
            Label(_SUBJECTS, id="subjects-title"),
            self._subjects,
            self.there,
            Label(_CLIENT),
            self._clients,
            self._said,
            Label(_EVERYTHING),
            self._trouble,
            verbs=(
                DialogVerb(
                    f"Watch everything for {WATCH_SECONDS:g} s",
                    "E",
                    "watch_everything",
                    "watch-everything",
                    "warning",
                ),
                DialogVerb("Close", "Esc", "command('watching.close')", "watching-close"),
            ),
            id="watching",
        )
        self._box.border_subtitle = "Enter begins   x stops   r lists again"
        yield self._box.add_class("-wide")

    def on_mount(self) -> None:
        self._show_running()
        self.set_interval(_TICK, self._show_running)
        self._subjects.focus()
        self.look_again()

    def leave(self) -> None:
        (self.focused or self).post_message(self.Left())

    @on(Left)
    def _left(self) -> None:
        self.dismiss(False)

    # -- who is there ------------------------------------------------------------------------

    def look_again(self) -> None:
        self._look()

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        link = self._session.broker.link
        try:
            found = await everybody(link)
        except NatstapError as error:
            found = Roster(unknown=(str(error),))
        own = link.server.info.get("server_id"), link.server.client_id
        ours = {_OWN_NAME, self._session.profile.name}
        requesters, heard = await _read(found, own)
        others = (client for client in requesters if client.name not in ours)
        self._requesters = tuple(
            sorted(others, key=lambda client: (client.name, client.server, client.cid))
        )
        self._show_clients(found.unknown)
        self._show_subjects(there_rows(offered(heard)))

    def _show_subjects(self, rows: list[Row]) -> None:
        self._looked = True
        self.there.show(rows)
        example = next((row.key.patterns[0] for row in rows if isinstance(row.key, Offered)), "")
        self._subjects.placeholder = _WRITE.format(clean(example)) if example else _NOBODY
        if self._hurried:
            self._hurried = False
            self._watch_row()

    def _show_clients(self, unknown: tuple[str, ...]) -> None:
        several = len({client.server_id for client in self._requesters}) > 1
        rows = [_client_row(client, several) for client in self._requesters]
        self._clients.show(rows)
        nobody = "" if rows or unknown else _NO_CLIENT
        said = "  ".join((nobody, *(f"Not known: {why}." for why in unknown))).strip()
        self._said.say(said)

    # -- what runs ---------------------------------------------------------------------------

    def _show_running(self) -> None:
        watches = self._session.watches.running
        self.running.show([_watch_row(watch) for watch in watches])
        self._running_title.display = bool(watches)
        self._box.set_class(not watches, "-idle")

    def stop_chosen(self) -> None:
        if isinstance(watch := self.running.cursor, Watch):
            self._change(watch.stop())

    # -- beginning one -----------------------------------------------------------------------

    @on(Table.Opened)
    def _opened(self) -> None:
        self.watch_chosen()

    def watch_chosen(self) -> None:
        if self.there.has_focus:
            self._watch_row()
        elif self._clients.has_focus and isinstance(client := self._clients.cursor, Requester):
            self._change(self._session.watches.watch_client(client), begins=True)

    @on(Field.Submitted, "#watch-subjects")
    def _watch_subjects(self, event: Field.Submitted) -> None:
        if patterns := event.value.replace(",", " ").split():
            self._change(self._session.watches.watch_subjects(patterns), begins=True)
        elif self._looked:
            self._watch_row()
        else:
            self._hurried = True

    def _watch_row(self) -> None:
        if isinstance(row := self.there.cursor, Offered):
            self._change(self._session.watches.watch_subjects(row.patterns), begins=True)
        else:
            self.app.bell()

    def action_watch_everything(self) -> None:
        self._watch_everything()

    @work(group="everything", exclusive=True)
    async def _watch_everything(self) -> None:
        words = f"{WARNING}\n\nIt stops by itself after {WATCH_SECONDS:g} seconds."
        if await self.app.push_screen_wait(Sure("Watch everything?", words, "Watch everything")):
            self._change(self._session.watches.watch_everything(confirmed=True), begins=True)

    def _change(self, change: Awaitable[object], begins: bool = False) -> None:
        """The app awaits it: a watch begins though this dialog is closed meanwhile."""
        self.app.run_worker(self._told(change, begins), group="watch")

    async def _told(self, change: Awaitable[object], begins: bool) -> None:
        """Say in one sentence what went wrong, if anything did; else there is no more to do."""
        try:
            said = _refusal(await change)
        except NatstapError as error:
            said = str(error)
        if begins and not said and self.is_active:
            self.dismiss(True)
        elif self.is_attached:
            self._trouble.complain(said)
            self._show_running()
        elif said:
            self.app.notify(said, severity="warning")


def _refusal(begun: object) -> str:
    """What a watch may not listen to, though it runs; "" for one that may, and for no watch."""
    refused = sorted(begun.subjects.refused) if isinstance(begun, Watch) else ()
    return f"this user may not listen to {', '.join(refused)}" if refused else ""


async def _read(
    found: Roster, own: object
) -> tuple[Sequence[Requester], Sequence[ListenedSubject]]:
    """Who asks, and what is listened to; of many clients, in a thread."""

    def read() -> tuple[Sequence[Requester], Sequence[ListenedSubject]]:
        return find_requesters(found, own), listened_to(found, own)

    return await asyncio.to_thread(read) if len(found.connections) > AT_ONCE else read()


def _client_row(client: Requester, several: bool) -> Row:
    """Its number is its server's own, which is named where there are several."""
    number = f"cid {client.cid} on {client.server}" if several else f"cid {client.cid}"
    language = f"{client.language} {client.version}".strip()
    cells = (client.name or "(no name)", number, language, ", ".join(client.inboxes))
    return Row(client, tuple(map(Cell, cells)))


def _watch_row(watch: Watch) -> Row:
    count = f"{sum(watch.subjects.seen.values()) + watch.answers:,}"
    heard = f"{count} {'answers' if isinstance(watch, InboxWatch) else 'heard'}"
    if not watch.hearing:
        heard = f"{'refused' if watch.subjects.refused else 'gone'}, {count} heard"
    label = "everything" if watch.label == ">" else watch.label
    name = Cell(f"● {label}", "good") if watch.hearing else Cell(f"◌ {label}", "warn")
    return Row(watch, (name, Cell(heard, "muted")))
