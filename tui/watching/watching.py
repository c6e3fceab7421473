"""Watching others: what runs, and what to begin, from the gentlest to the loudest."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Label, OptionList, Static
from textual.widgets.option_list import Option

from engine.clients.requesters import Requester, list_requesters
from engine.errors import NatstapError
from engine.watching.inbox_watch import InboxWatch
from engine.watching.subject_watch import WARNING, WATCH_SECONDS
from engine.watching.watch import Watch
from tui.kit.columns import Column
from tui.kit.confirm import Sure
from tui.kit.editor import Field
from tui.kit.link_line import LinkLine
from tui.kit.page import Dialog
from tui.kit.word_table import aligned
from tui.safe import clean, fit, shorten

if TYPE_CHECKING:
    from engine.session import Session

_TICK = 0.5
_COLUMNS = tuple(Column(name, 6, grow=True) for name in ("", "", "", ""))
"""Of a client: its name, number, language and inboxes."""
_CLIENT = (
    "A client: hears the answers it gets, and disturbs nobody\n"
    '  not its requests, nor a "no responders": watch subjects for these'
)
_NO_CLIENT = "No other client has asked anything yet, so none has an inbox."
_SUBJECTS = "Subjects: and the answers; marks requests that only natstap heard"
_EVERYTHING = "Everything: changes the system while it lasts, so it asks first"


class Watching(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="watching.close", tooltip="Close; watches go on"),
        Binding("r", "look", "Look again", id="watching.look", tooltip="List the clients again"),
        Binding(
            "delete,x", "stop", "Stop", id="watching.stop", key_display="x", tooltip="Stop a watch"
        ),
        Binding(
            "E", "everything", "Everything", id="watching.all", tooltip="Watch everything a while"
        ),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._watches: tuple[Watch, ...] = ()
        self._clients: tuple[Requester, ...] = ()

    def compose(self) -> ComposeResult:
        yield LinkLine()
        with VerticalScroll(classes="dialog -wide", id="watching", can_focus=False) as dialog:
            dialog.border_title = "Watch others"
            dialog.border_subtitle = "Enter begins   x stops   E everything   r again   Esc closes"
            yield Label("Running: x stops the chosen one", id="running-title")
            yield OptionList(id="running", compact=True, markup=False)
            yield Label(_CLIENT, id="clients-title")
            yield OptionList(id="clients", compact=True, markup=False)
            yield Static("Asking who is there…", id="clients-said", markup=False)
            yield Label(_SUBJECTS)
            yield Field(placeholder="orders.>  math.*", compact=True, id="watch-subjects")
            yield Label(_EVERYTHING)
            with Horizontal(id="watch-line"):
                yield Button(
                    f"Watch everything for {WATCH_SECONDS:g} s",
                    variant="warning",
                    compact=True,
                    id="watch-everything",
                )
            yield Static(id="watch-trouble", markup=False)

    def on_mount(self) -> None:
        self.query_one("#watch-trouble").display = False
        self.query_one("#clients").display = False
        self._show_running()
        self.set_interval(_TICK, self._show_running)
        self.query_one("#watch-subjects").focus()
        self.action_look()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """On the button letters do nothing: who tabbed too far is writing a subject."""
        lettered = action in ("everything", "stop", "look")
        return not (lettered and isinstance(self.focused, Button))

    # -- the clients -------------------------------------------------------------------------

    @work(group="look", exclusive=True)
    async def action_look(self) -> None:
        try:
            found, unknown = await list_requesters(self._session.broker)
        except NatstapError as error:
            found, unknown = (), (str(error),)
        others = (one for one in found if not one.own)
        self._clients = tuple(sorted(others, key=lambda one: (one.name, one.server, one.cid)))
        self._show_clients(unknown)

    def _show_clients(self, unknown: tuple[str, ...]) -> None:
        several = len({one.server_id for one in self._clients}) > 1
        rows = [_client(one, one.server if several else "") for one in self._clients]
        width = max(20, self.query_one("#watching").size.width - 4)
        _, *lines = aligned(_COLUMNS, rows, width)
        clients = self.query_one("#clients", OptionList)
        clients.set_options(Option(Content(line)) for line in lines)
        clients.display = bool(rows)
        nobody = "" if rows or unknown else _NO_CLIENT
        said = "  ".join((nobody, *(f"Not known: {one}." for one in unknown))).strip()
        self.query_one("#clients-said", Static).update(Content(clean(said)))
        self.query_one("#clients-said").display = bool(said)
        if rows:
            clients.highlighted = 0
        if rows and not self._writing:
            clients.focus()

    @property
    def _writing(self) -> bool:
        """True when a subject has been begun: its letters are not for the list to take."""
        return bool(self.query_one("#watch-subjects", Field).value)

    # -- what runs ---------------------------------------------------------------------------

    def _show_running(self) -> None:
        self._watches = self._session.watches
        running = self.query_one("#running", OptionList)
        place = running.highlighted or 0
        width = max(20, self.query_one("#watching").size.width - 22)
        running.set_options(Option(_watch(one, width)) for one in self._watches)
        self.query_one("#watching").set_class(not self._watches, "-idle")
        running.display = self.query_one("#running-title").display = bool(self._watches)
        if self._watches:
            running.highlighted = min(place, len(self._watches) - 1)

    def action_stop(self) -> None:
        place = self.query_one("#running", OptionList).highlighted
        if self._watches and place is not None:
            self._tell(self._session.stop_watch(self._watches[place]))

    # -- beginning one -----------------------------------------------------------------------

    @on(OptionList.OptionSelected, "#clients")
    def _watch_client(self, event: OptionList.OptionSelected) -> None:
        self._tell(self._session.watch_client(self._clients[event.option_index]))

    @on(Field.Submitted, "#watch-subjects")
    def _watch_subjects(self, event: Field.Submitted) -> None:
        patterns = event.value.replace(",", " ").split()
        if patterns:
            self._tell(self._session.watch_subjects(patterns))

    @on(Button.Pressed, "#watch-everything")
    @work(group="everything", exclusive=True)
    async def action_everything(self) -> None:
        words = f"{WARNING}\n\nIt stops by itself after {WATCH_SECONDS:g} seconds."
        if await self.app.push_screen_wait(Sure("Watch everything?", words, "Watch everything")):
            self._tell(self._session.watch_everything(confirmed=True))

    def _tell(self, work: Awaitable[object]) -> None:
        """The app awaits it: a watch begins though this dialog is closed meanwhile."""
        self.app.run_worker(self._told(work), group="watch")

    async def _told(self, work: Awaitable[object]) -> None:
        """Say in one sentence what went wrong, if anything did."""
        try:
            said = _refusal(await work)
        except NatstapError as error:
            said = str(error)
        if self.is_attached:
            self._say(said)
        elif said:
            self.app.notify(said, severity="warning")

    def _say(self, said: str) -> None:
        trouble = self.query_one("#watch-trouble", Static)
        trouble.update(Content(f"! {clean(said)}"))
        trouble.display = bool(said)
        self._show_running()


def _refusal(begun: object) -> str:
    """What a watch may not listen to, though it runs; "" for one that may, and for no watch."""
    refused = sorted(begun.refused) if isinstance(begun, Watch) else ()
    return f"this user may not listen to {', '.join(refused)}" if refused else ""


def _client(one: Requester, server: str) -> tuple[str, ...]:
    """Its number is its server's own, which is named where there are several."""
    number = f"cid {one.cid} on {server}" if server else f"cid {one.cid}"
    language = f"{one.language} {one.version}".strip()
    return (one.name or "(no name)", number, language, ", ".join(one.inboxes))


def _watch(one: Watch, width: int) -> Content:
    count = f"{sum(one.seen.values()) + one.answers:,}"
    heard = f"{count} {'answers' if isinstance(one, InboxWatch) else 'heard'}"
    if not one.hearing:
        heard = f"{'refused' if one.refused else 'gone'}, {count} heard"
    label = "everything" if one.label == ">" else one.label
    name = fit(shorten(label, width), width)
    mark = ("● ", "$text-success") if one.hearing else ("◌ ", "$text-warning")
    return Content.assemble(mark, name, (f"  {heard}", "$foreground 60%"))
