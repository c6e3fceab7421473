"""Watching others: what runs, and what to begin, from the gentlest to the loudest."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Label, Static

from engine.clients.requesters import Requester, list_requesters
from engine.errors import NatstapError
from engine.watching.inbox_watch import InboxWatch
from engine.watching.subject_watch import WARNING, WATCH_SECONDS
from engine.watching.watch import Watch
from tui.kit.command import Command, Commanded, bindings
from tui.kit.confirm import Sure
from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.editor import Field
from tui.kit.link_line import LinkLine
from tui.kit.page import Dialog
from tui.safe import clean
from tui.table.table import Cell, Column, Row, Table

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
_SUBJECTS = "Subjects: and the answers; marks requests that only natstap heard"
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
        "Watch the chosen client",
        lambda dialog: dialog.watch_chosen(),
    ),
    Command(
        "watching.look",
        "r",
        "Look again",
        "List the clients again",
        lambda dialog: dialog.list_clients(),
        _no_button,
    ),
    Command(
        "watching.stop",
        "x,delete",
        "Stop",
        "Stop a watch",
        lambda dialog: dialog.stop_chosen(),
        _no_button,
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


class Watching(Dialog[None], Commanded):
    class Left(Message):
        """The user leaves: what was entered in a field before that comes first."""

    TABLE = WATCHING
    BINDINGS: ClassVar[list[BindingType]] = bindings(WATCHING)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._requesters: tuple[Requester, ...] = ()
        self._watches = Table(_RUNNING, "running", head=False)
        self._watches_title = Label("Running: x stops the chosen one", id="running-title")
        self._clients = Table(_CLIENTS, "clients", head=False)
        self._said = Static("Asking who is there…", id="clients-said", markup=False)
        self._subjects = Field(placeholder="orders.>  math.*", compact=True, id="watch-subjects")
        if not session.asked_for:
            self._subjects.value = " ".join(session.watched_before)
        self._trouble = Static(id="watch-trouble", markup=False)
        self._clients.display = self._trouble.display = False

    def compose(self) -> ComposeResult:
        yield LinkLine()
        self._box = DialogBox(
            "Watch others",
            self._watches_title,
            self._watches,
            Label(_CLIENT, id="clients-title"),
            self._clients,
            self._said,
            Label(_SUBJECTS),
            self._subjects,
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
        self.list_clients()

    def leave(self) -> None:
        (self.focused or self).post_message(self.Left())

    @on(Left)
    def _left(self) -> None:
        self.dismiss()

    # -- the clients -------------------------------------------------------------------------

    def list_clients(self) -> None:
        self._list_clients()

    @work(group="look", exclusive=True)
    async def _list_clients(self) -> None:
        try:
            found, unknown = await list_requesters(self._session.broker)
        except NatstapError as error:
            found, unknown = (), (str(error),)
        others = (client for client in found if not client.own)
        self._requesters = tuple(
            sorted(others, key=lambda client: (client.name, client.server, client.cid))
        )
        self._show_clients(unknown)

    def _show_clients(self, unknown: tuple[str, ...]) -> None:
        several = len({client.server_id for client in self._requesters}) > 1
        rows = [_client_row(client, several) for client in self._requesters]
        self._clients.styles.height = len(rows)
        self._clients.show(rows)
        self._clients.display = bool(rows)
        nobody = "" if rows or unknown else _NO_CLIENT
        said = "  ".join((nobody, *(f"Not known: {why}." for why in unknown))).strip()
        self._said.update(Content(clean(said)))
        self._said.display = bool(said)
        if rows and not self._subjects.value:  # the letters of one that was begun are its own
            self._clients.focus()

    # -- what runs ---------------------------------------------------------------------------

    def _show_running(self) -> None:
        watches = self._session.watches
        self._watches.styles.height = len(watches)
        self._watches.show([_watch_row(watch) for watch in watches])
        self._watches.display = self._watches_title.display = bool(watches)
        self._box.set_class(not watches, "-idle")

    def stop_chosen(self) -> None:
        if isinstance(watch := self._watches.cursor, Watch):
            self._tell(self._session.stop_watch(watch))

    # -- beginning one -----------------------------------------------------------------------

    @on(Table.Opened, "#clients")
    def _opened(self) -> None:
        self.watch_chosen()

    def watch_chosen(self) -> None:
        if self._clients.has_focus and isinstance(client := self._clients.cursor, Requester):
            self._tell(self._session.watch_client(client))

    @on(Field.Submitted, "#watch-subjects")
    def _watch_subjects(self, event: Field.Submitted) -> None:
        patterns = event.value.replace(",", " ").split()
        if patterns:
            self._tell(self._session.watch_subjects(patterns))

    def action_watch_everything(self) -> None:
        self._watch_everything()

    @work(group="everything", exclusive=True)
    async def _watch_everything(self) -> None:
        words = f"{WARNING}\n\nIt stops by itself after {WATCH_SECONDS:g} seconds."
        if await self.app.push_screen_wait(Sure("Watch everything?", words, "Watch everything")):
            self._tell(self._session.watch_everything(confirmed=True))

    def _tell(self, change: Awaitable[object]) -> None:
        """The app awaits it: a watch begins though this dialog is closed meanwhile."""
        self.app.run_worker(self._told(change), group="watch")

    async def _told(self, change: Awaitable[object]) -> None:
        """Say in one sentence what went wrong, if anything did."""
        try:
            said = _refusal(await change)
        except NatstapError as error:
            said = str(error)
        if self.is_attached:
            self._trouble.update(Content(f"! {clean(said)}"))
            self._trouble.display = bool(said)
            self._show_running()
        elif said:
            self.app.notify(said, severity="warning")


def _refusal(begun: object) -> str:
    """What a watch may not listen to, though it runs; "" for one that may, and for no watch."""
    refused = sorted(begun.refused) if isinstance(begun, Watch) else ()
    return f"this user may not listen to {', '.join(refused)}" if refused else ""


def _client_row(client: Requester, several: bool) -> Row:
    """Its number is its server's own, which is named where there are several."""
    number = f"cid {client.cid} on {client.server}" if several else f"cid {client.cid}"
    language = f"{client.language} {client.version}".strip()
    cells = (client.name or "(no name)", number, language, ", ".join(client.inboxes))
    return Row(client, tuple(map(Cell, cells)))


def _watch_row(watch: Watch) -> Row:
    count = f"{sum(watch.seen.values()) + watch.answers:,}"
    heard = f"{count} {'answers' if isinstance(watch, InboxWatch) else 'heard'}"
    if not watch.hearing:
        heard = f"{'refused' if watch.refused else 'gone'}, {count} heard"
    label = "everything" if watch.label == ">" else watch.label
    name = Cell(f"● {label}", "good") if watch.hearing else Cell(f"◌ {label}", "warn")
    return Row(watch, (name, Cell(heard, "muted")))
