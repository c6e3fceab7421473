"""The stand-in services that are hosted here: on or off, and what each has served."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.errors import NatstapError
from engine.words import counted
from tui.kit.rows import duration
from tui.kit.table import Cell, Column, Row, Table
from tui.safe import clean

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
_COLUMNS = (
    Column("state", 6),
    Column("name", 13, rank=2),
    Column("subject", 14, grow=True),
    Column("handled", 5, right=True),
    Column("p50", 7, right=True, rank=1),
)
_FRESH = 2.0
"""Seconds for which the state tells that a request was held back."""
_KEPT = 50
"""Actions that can be undone."""

Undo = Callable[[], Awaitable[object]]


def _key(keys: str, action: str, says: str, tooltip: str, **more: Any) -> Binding:
    name = f"responders.{action.replace('_', '-')}"
    return Binding(keys, action, says, id=name, tooltip=tooltip, **more)


class Responders(Vertical):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "a",
            "screen.command('desk.add-responder')",
            "Add",
            id="responders.add",
            tooltip="Host a stand-in service on a subject",
        ),
        _key("space", "switch", "On/off", "Switch the responder on or off"),
        _key("e", "change", "Change", "Change what the responder does"),
        _key("delete,backspace,d", "remove", "Remove", "Remove the responder", key_display="del"),
        _key("u", "take_back", "Undo", "Undo what was last done to the responders", show=False),
        _key(
            "x",
            "exchanges",
            "Its exchanges",
            "Show only the exchanges of the responder",
            show=False,
        ),
        _key(
            "enter,i",
            "detail",
            "Closely",
            "Counters, latency and last requests",
            key_display="enter",
        ),
        _key("s", "keep", "Save", "Save the responder in the collection", show=False),
        _key("p", "premade", "Demo set", "Host the whole set of pre-made responders", show=False),
    ]

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
        self._undo: list[Undo] = []
        self._said = ""
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Table(_COLUMNS, "responder-list", _HINT, head=False)
        yield Static(id="responder-trouble", markup=False)

    def on_mount(self) -> None:
        self.complain("")

    # -- what the screen calls -------------------------------------------------------------

    def refresh_rows(self) -> None:
        """Take up what has changed; cheap when nothing has."""
        looks = tuple(map(_looks, self.hosted))
        if looks != self._drawn:
            self._drawn = looks
            self.query_one(Table).show([_row(one) for one in self.hosted])
            on_now = sum(one.on for one in self.hosted)
            self.border_subtitle = f"{on_now} of {len(self.hosted)} on" if self.hosted else ""
            self._show_trouble()

    @work(group="responders")
    async def add(self, draft: ReplyDraft, name: str = "") -> None:
        """Host one more, switched on; what is wrong is said here."""
        if self.session is not None:
            await self._told(self._host([(draft, name)]))

    async def take(self, draft: ReplyDraft, name: str = "") -> None:
        """As `add`, but raises what is wrong."""
        await self._host([(draft, name)])
        self.complain("")
        self.refresh_rows()

    def begin_anew(self) -> None:
        """Elsewhere: what was done to the responders before is not undone here."""
        self._undo.clear()
        self.complain("")
        self.refresh_rows()

    def complain(self, words: str) -> None:
        self._said = words
        self._show_trouble()

    # -- inside ----------------------------------------------------------------------------

    @property
    def hosted(self) -> Sequence[Responder]:
        return self.session.responders if self.session is not None else ()

    @property
    def chosen(self) -> Responder | None:
        key = self.query_one(Table).cursor
        return next((one for one in self.hosted if one is key), None)

    async def _told(self, work: Awaitable[object]) -> bool:
        """Await, and say in one sentence what went wrong, if anything did; True if nothing."""
        words = ""
        try:
            await work
        except NatstapError as error:
            words = str(error)
        self.complain(words)
        self.refresh_rows()
        return not words

    def _remember(self, undo: Undo) -> None:
        self._undo = [*self._undo[-_KEPT:], undo]

    async def _host(self, wanted: Sequence[tuple[ReplyDraft, str]]) -> None:
        assert self.session is not None
        added: list[Responder] = []
        try:
            for draft, name in wanted:
                added.append(await self.session.add_responder(draft, name=name))
        finally:
            if added:
                self._remember(partial(self._unhost, added))
        self.query_one(Table).show([_row(one) for one in self.hosted])
        self.query_one(Table).choose(added[-1])

    async def _unhost(self, added: Sequence[Responder]) -> None:
        for one in added:
            if self.session is not None and one in self.session.responders:
                await self.session.remove_responder(one)

    def _show_trouble(self) -> None:
        chosen = self.chosen
        words = self._said or (chosen.complaint if chosen is not None else "")
        trouble = self.query_one("#responder-trouble", Static)
        trouble.display = bool(words)
        trouble.update(Content(f"! {clean(words)}"))

    @on(Table.Chosen)
    def _moved(self, event: Table.Chosen) -> None:
        event.stop()
        self._show_trouble()

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        self.action_detail()

    # -- actions ---------------------------------------------------------------------------

    @work(group="responders")
    async def action_switch(self) -> None:
        if (chosen := self.chosen) is not None:
            do, undo = (chosen.stop, chosen.start) if chosen.on else (chosen.start, chosen.stop)
            if await self._told(do()):
                self._remember(undo)

    @work(group="responders")
    async def action_remove(self) -> None:
        if self.session is not None and (chosen := self.chosen) is not None:
            await self._told(self._remove(self.session, chosen))

    async def _remove(self, session: Session, chosen: Responder) -> None:
        removed = await session.remove_responder(chosen)
        self._remember(partial(session.restore_responder, removed))

    @work(group="premade", exclusive=True)
    async def action_premade(self) -> None:
        """Ask first where others are: the set would answer their requests too."""
        from engine.responders.examples import PREMADE
        from tui.kit.confirm import Sure

        if self.session is None:
            return
        there = {one.subject for one in self.hosted}
        missing = [one for one in PREMADE if one.draft.subject not in there]
        if missing and self.session.server is None:
            title = f"Host {counted(len(missing), 'responder')} on this server?"
            asked = Sure(title, _who_is_answered(self.session, missing), "Host them")
            if await self.app.push_screen_wait(asked) is not True:
                return
        if missing:
            await self._told(self._host([(one.draft, one.name) for one in missing]))

    @work(group="responders")
    async def action_take_back(self) -> None:
        if not self._undo:
            self.app.bell()
            return
        await self._told(self._undo.pop()())

    def action_change(self) -> None:
        from .new_responder import NewResponder

        if self.session is None or (chosen := self.chosen) is None:
            self.app.bell()
            return
        broker, change = self.session.broker, partial(self._change, chosen)
        form = NewResponder(broker, change, chosen.draft, chosen.named, editing=True)
        self.app.push_screen(form)

    async def _change(self, chosen: Responder, draft: ReplyDraft, name: str) -> None:
        undo = partial(chosen.change, chosen.draft, chosen.named)
        await chosen.change(draft, name)
        self._remember(undo)
        self.complain("")
        self.refresh_rows()

    def action_detail(self) -> None:
        from .responder_detail import ResponderDetail

        if (chosen := self.chosen) is None:
            self.app.bell()
        else:
            self.app.push_screen(ResponderDetail(chosen), self._show_exchange)

    def _show_exchange(self, number: int | None) -> None:
        if number:
            self.post_message(self.ShowExchange(number))

    @work(group="form", exclusive=True)
    async def action_keep(self) -> None:
        from tui.collection.save_as import SaveAs

        if self.session is None or (chosen := self.chosen) is None:
            self.app.bell()
        elif name := await self.app.push_screen_wait(SaveAs(self.session, chosen.draft)):
            self.notify(f"Saved as {name}.")

    def action_exchanges(self) -> None:
        if (chosen := self.chosen) is None:
            self.app.bell()
        else:
            self.post_message(self.ShowExchanges(chosen.pattern))


def _who_is_answered(session: Session, wanted: Sequence[Premade]) -> str:
    server = session.broker.link.server or session.profile.display
    subjects = ", ".join(one.draft.subject for one in wanted)
    return (
        f"{server} is not natstap's own: others that ask there on {subjects} are answered too, "
        "until u takes the set back."
    )


def _looks(responder: Responder) -> tuple[object, ...]:
    return (
        responder,
        _state(responder),
        responder.draft,
        responder.name,
        responder.record.handled,
        responder.complaint,
    )


def _row(responder: Responder) -> Row:
    median = duration(responder.record.median) if responder.served else ""
    return Row(
        responder,
        (
            _state(responder),
            Cell(responder.name),
            Cell(responder.subject),
            Cell(f"{_short(responder.record.handled)}×", "muted"),
            Cell(median, "muted"),
        ),
    )


def _short(count: int) -> str:
    """In four cells."""
    for size, unit in ((1_000_000, "M"), (1000, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit}" if count < 10 * size else f"{count // size}{unit}"
    return str(count)


def _state(responder: Responder) -> Cell:
    if not responder.on:
        return Cell("○ off", "muted")
    if responder.trouble:
        return Cell("! down" if responder.cut_off else "! deaf", "bad")
    held = responder.record.last_held
    if held is not None and time.time() - held.at < _FRESH:
        return Cell("◐ full", "warn")
    return Cell("● on", "good")
