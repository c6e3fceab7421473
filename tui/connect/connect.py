"""Connect: where one can go, whether it answers there right now, and the way there.

Only the server of the chosen row is asked, once the cursor rests: one connection, closed again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import Footer, Input, Static

from engine.errors import InvalidInput, NatstapError
from engine.link.server_check import look
from engine.profile.known_places import Place, Places
from engine.profile.profile import Profile
from engine.words import counted
from tui.kit.confirm import Sure
from tui.kit.editor import Field
from tui.kit.headline import Headline
from tui.kit.page import Page
from tui.kit.table import Row, Table
from tui.safe import clean

from .connect_error_words import sentence
from .place_detail import PlaceDetail
from .place_rows import PLACES, Looked, place_row

if TYPE_CHECKING:
    from engine.session import Session

REST = 0.2
"""Seconds that the cursor rests on a row before its server is asked."""
_HOW = "nats://host:4222   --creds FILE   --tlsca FILE   --context NAME"
_STAYS = "What was seen and composed stays; a line in Exchanges tells of the move."


class ConnectScreen(Page[Place | None]):
    """With a session it is moved, and dismissed with where to; without one, with where to begin.

    None when nothing is to change.
    """

    CSS_PATH = "../connect.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "go",
            "Connect",
            id="connect.go",
            tooltip="Connect to the chosen server, and leave this one",
        ),
        Binding(
            "slash",
            "write",
            "Address",
            id="connect.write",
            key_display="/",
            tooltip="Write the address of another server",
        ),
        Binding("R", "refresh", "Ask again", id="connect.refresh", tooltip="Ask the server again"),
        Binding("escape,q", "back", "Back", id="connect.back", tooltip="Stop, or back to the desk"),
    ]

    def __init__(self, places: Places, session: Session | None) -> None:
        super().__init__()
        self._places = places
        self._session = session
        self._shown: tuple[Place, ...] = ()
        self._looked: dict[Place, Looked] = {}
        self._asking: Place | None = None
        self._going: Place | None = None

    def compose(self) -> ComposeResult:
        yield Headline("connect-total")
        with Container(id="connect-panes"):
            with Vertical(id="connect-left"):
                with Vertical(id="places", classes="pane") as places:
                    places.border_title = "Servers"
                    yield Table(PLACES, "place-list", ("Looking…",))
                with Vertical(id="elsewhere", classes="pane") as elsewhere:
                    elsewhere.border_title = "Another address"
                    yield Field(placeholder=_HOW, compact=True, id="connect-address")
                    yield Static(id="connect-said", markup=False)
            with Vertical(id="place", classes="pane"):
                yield PlaceDetail(can_focus=True)
                yield Static(id="connect-leaving", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._say("")
        self._list.focus()
        self._begin()

    # -- what there is -----------------------------------------------------------------------

    @work(group="list", exclusive=True)
    async def _begin(self) -> None:
        await self._read()
        self._draw(next((one for one in self._shown if self._is_here(one)), None))

    async def _read(self) -> None:
        """In a thread, for contexts are files."""
        self._shown = await asyncio.to_thread(self._places.list)

    def _is_here(self, place: Place) -> bool:
        return self._session is not None and self._session.is_at(place)

    def _profile(self, place: Place) -> Profile | None:
        own = self._session.own_profile if self._session is not None else None
        return own if place.private else place.profile

    @property
    def _list(self) -> Table:
        return self.query_one("#place-list", Table)

    @property
    def chosen(self) -> Place | None:
        try:
            chosen = self._list.cursor
        except NoMatches:
            return None  # leaving: the panes go before their screen does
        return next((one for one in self._shown if one == chosen), None)

    # -- asking ------------------------------------------------------------------------------

    @on(Table.Chosen)
    def _moved(self, event: Table.Chosen) -> None:
        event.stop()
        self._asking = None
        self._draw()
        self._look(self.chosen)

    @work(group="look", exclusive=True)
    async def _look(self, place: Place | None) -> None:
        await asyncio.sleep(REST)
        profile = self._profile(place) if place is not None else None
        if place is None or profile is None:
            return
        self._asking = place
        self._draw()
        try:
            self._looked[place] = await look(profile)
        except NatstapError as error:
            self._looked[place] = error
        finally:
            self._asking = None
        self._draw()

    @work(group="list", exclusive=True)
    async def action_refresh(self) -> None:
        """Read the contexts again, and ask the chosen server."""
        self._looked.clear()
        await self._read()
        self._draw()
        self._look(self.chosen)

    # -- drawing -----------------------------------------------------------------------------

    def _draw(self, choose: Place | None = None) -> None:
        try:
            self._list.show([self._row(one) for one in self._shown])
            if choose is not None:
                self._list.choose(choose)
            self._draw_detail()
            self._draw_total()
        except NoMatches:
            return  # leaving: the panes go before their screen does

    def _row(self, place: Place) -> Row:
        profile, looked = self._profile(place), self._looked.get(place)
        here, asking = self._is_here(place), place == self._asking
        return place_row(place, profile, looked, here=here, asking=asking)

    def _draw_detail(self) -> None:
        place = self.chosen
        if place is None:
            return
        self.query_one("#place").border_title = Content(clean(place.name))
        here, looked = self._is_here(place), self._looked.get(place)
        self.query_one(PlaceDetail).show(place, self._profile(place), looked, here=here)
        stays = here or self._session is None or place.trouble is not None
        words = "" if stays else f"{self._ends()} {_STAYS}".strip()
        self.query_one("#connect-leaving", Static).update(Content(words))

    def _draw_total(self) -> None:
        if self._going is not None:
            where = self._profile(self._going)
            words = where.display if where is not None else "the private server"
            self.query_one(Headline).say(
                clean(f"○ connecting to {words}, Esc stops"), "$text-primary"
            )
        elif self._session is None:
            self.query_one(Headline).say("not connected", "$text-warning")
        else:
            profile, link = self._session.profile, self._session.broker.link
            figures = (profile.display, str(link.state), profile.source)
            self.query_one(Headline).say_what_fits(clean(one) for one in figures)

    def _ends(self) -> str:
        """What stops when natstap leaves where it is, as sentences; "" for nothing."""
        if self._session is None:
            return ""
        responders, watches = self._session.leaving
        off = f"{counted(responders, 'responder')} will be switched off" if responders else ""
        over = f"{counted(watches, 'watch', 'watches')} will end" if watches else ""
        told = " and ".join(one for one in (off, over) if one)
        return f"{told}." if told else ""

    def _say(self, words: str) -> None:
        said = self.query_one("#connect-said", Static)
        said.display = bool(words)
        said.update(Content.styled(clean(words), "$text-error"))

    # -- going -------------------------------------------------------------------------------

    @on(Table.Opened)
    def _opened(self, event: Table.Opened) -> None:
        event.stop()
        self.action_go()

    def action_go(self) -> None:
        place = self.chosen
        if place is None or place.trouble is not None or self._going is not None:
            self.app.bell()
        elif self._is_here(place):
            self.dismiss(None)
        else:
            self._go(place)

    @on(Input.Submitted)
    @work(group="list", exclusive=True)
    async def _written(self, event: Input.Submitted) -> None:
        if not event.value.strip():
            self.app.bell()
            return
        try:
            place = await asyncio.to_thread(self._places.take, event.value)
        except InvalidInput as error:
            self._say(f"! {sentence(error)}")
            return
        event.input.value = ""
        self._say("")
        await self._read()
        self._list.focus()
        self._draw(place)
        self.action_go()

    @work(group="go", exclusive=True)
    async def _go(self, place: Place) -> None:
        if self._session is None:
            self.dismiss(place)
        elif await self._may_leave(self._session):
            await self._move(self._session, place)

    async def _may_leave(self, session: Session) -> bool:
        """Ask where something ends that somebody wanted to go on."""
        if not (ends := self._ends()):
            return True
        title = f"Leave {session.profile.display}?"
        words = f"{ends} Responders stay in their pane, to be switched on again."
        asked = Sure(title, words if session.leaving.responders else ends, "Connect")
        return await self.app.push_screen_wait(asked) is True

    async def _move(self, session: Session, place: Place) -> None:
        self.workers.cancel_group(self, "look")
        self._going = place
        self._draw()
        try:
            await session.move(place)
        except NatstapError as error:
            self._looked[place] = error
        else:
            self.dismiss(place)
            return
        finally:
            self._going = None
        self._draw()

    # -- keys --------------------------------------------------------------------------------

    def action_write(self) -> None:
        self.query_one("#connect-address").focus()

    def action_back(self) -> None:
        """Stop connecting first, then out of the field, then out of the screen."""
        if self._going is not None:
            self.workers.cancel_group(self, "go")
            self._going = None
            self._draw()
        elif isinstance(self.focused, Input):
            self._list.focus()
        else:
            self.dismiss(None)
