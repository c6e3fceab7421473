"""Connect: where one can go, whether it answers there right now, and the way there.

What is typed is an address; the arrows go through the list meanwhile.

Only the server of the chosen row is asked, once the cursor rests: one connection, closed again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical

from engine.errors import InvalidInput, NatstapError
from engine.profile.known_places import Place, Places
from engine.profile.outside_tools import forget_answers
from tui.kit.command import Command, Commanded
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.page import Page
from tui.safe import clean
from tui.table.table import Table

from .connect_error_words import sentence
from .connect_panes import AddressPane, PlacePane, PlacesPane
from .context_actions import ContextActions
from .current_server import CurrentServer
from .looks import Looks

if TYPE_CHECKING:
    from engine.session import Session

REST = 0.2
"""Seconds that the cursor rests on a row before its server is asked."""


def _moving(where: str, words: str) -> Command[ConnectScreen]:
    return Command(
        f"connect.{where}",
        where,
        words,
        words,
        lambda screen: screen.servers.table.action_move(where),
        listed=False,
    )


CONNECT: tuple[Command[ConnectScreen], ...] = (
    Command(
        "connect.go",
        "enter",
        "Connect",
        "Connect to the address that is written, else to the chosen server",
        lambda screen: screen.go(),
        footer=True,
        anywhere=True,
    ),
    Command(
        "connect.write",
        "slash",
        "Address",
        "Write the address of another server",
        lambda screen: screen.address.field.focus(),
    ),
    _moving("up", "Server before"),
    _moving("down", "Next server"),
    _moving("pageup", "Page up"),
    _moving("pagedown", "Page down"),
    Command(
        "connect.refresh",
        "ctrl+r,R",
        "Ask again",
        "Ask the server again",
        lambda screen: screen.refresh_now(),
        footer=True,
    ),
    Command(
        "connect.test",
        "ctrl+t,t",
        "Test",
        "Test the connection step by step: name, login, JetStream, permissions",
        lambda screen: screen.test(),
        footer=True,
    ),
    Command(
        "connect.save",
        "ctrl+s,s",
        "Save as",
        "Save the chosen one as a context of the nats CLI; a context is copied",
        lambda screen: screen.contexts.save(screen.servers.chosen),
        waits=True,
        footer=True,
    ),
    Command(
        "connect.edit",
        "f4,e",
        "Edit",
        "Change the chosen context",
        lambda screen: screen.contexts.edit(screen.servers.chosen),
        waits=True,
        footer=True,
    ),
    Command(
        "connect.remove",
        "f8,delete",
        "Remove",
        "Remove the chosen context, after asking",
        lambda screen: screen.contexts.remove(screen.servers.chosen),
        waits=True,
    ),
    Command(
        "connect.back",
        "escape,q",
        "Back",
        "Stop, or back to the desk",
        lambda screen: screen.back(),
        footer=True,
    ),
)


class ConnectScreen(Page[Place | None], Commanded):
    """With a session it is moved, and dismissed with where to; without one, with where to begin.

    None when nothing is to change.
    """

    CSS_PATH = "../connect.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    TABLE = CONNECT
    contexts: ContextActions
    address: AddressPane
    servers: PlacesPane

    def __init__(self, places: Places, session: Session | None) -> None:
        super().__init__()
        self._places = places
        self._session = session
        self._current = CurrentServer(session)
        self._going: Place | None = None

        self._headline = Headline("connect-total")
        self.address = AddressPane()
        self._looks = Looks(places, self._draw, self.address.say)
        self.servers = PlacesPane(places, self._current, self._looks)
        self._place_pane = PlacePane(self._current, self._looks)

    def compose(self) -> ComposeResult:
        yield self._headline
        left = Vertical(self.servers, self.address, id="connect-left")
        yield Container(left, self._place_pane, id="connect-panes")
        yield KeyLine()

    def on_mount(self) -> None:
        self.contexts = ContextActions(self.app, self._places, self.address.say, self._changed)
        self.address.field.focus()
        self._begin()

    # -- what there is -----------------------------------------------------------------------

    @work(group="list", exclusive=True)
    async def _begin(self) -> None:
        await self.servers.read()
        self._draw(self._current.first_of(self.servers.shown))

    # -- asking ------------------------------------------------------------------------------

    @on(Table.Chosen)
    def _moved(self, event: Table.Chosen) -> None:
        event.stop()
        self._looks.asking = None
        self._draw()
        self._look(self.servers.chosen)

    @work(group="look", exclusive=True)
    async def _look(self, place: Place | None) -> None:
        await asyncio.sleep(REST)
        profile = self._current.profile_of(place) if place is not None else None
        if place is None or profile is None or place.asks:
            return
        await self._looks.look(place, profile)

    def refresh_now(self) -> None:
        self._read_again()

    @work(group="list", exclusive=True)
    async def _read_again(self) -> None:
        """Read the contexts again, and ask the chosen server."""
        self._looks.forget()
        await self.servers.read()
        self._draw()
        self._look(self.servers.chosen)

    def test(self) -> None:
        place = self.servers.chosen
        if place is None or (profile := self._current.profile_of(place)) is None:
            self.app.bell()
        else:
            self.run_worker(self._looks.test(place, profile), group="test", exclusive=True)

    # -- contexts ----------------------------------------------------------------------------

    async def _changed(self, place: Place | None) -> None:
        """A context was written, or removed."""
        if place is not None:
            self._looks.forget(place)
        await self.servers.read()
        self._draw(place)
        self._look(self.servers.chosen)

    # -- drawing -----------------------------------------------------------------------------

    def _draw(self, choose: Place | None = None) -> None:
        self.servers.draw(choose)
        if (place := self.servers.chosen) is not None:
            self._place_pane.show(place)
        self._draw_total()

    def _draw_total(self) -> None:
        if self._going is not None:
            where = self._current.profile_of(self._going)
            words = where.display if where is not None else "the private server"
            self._headline.say(clean(f"○ connecting to {words}, Esc stops"), "$text-primary")
        elif self._session is None:
            self._headline.say("not connected", "$text-warning")
        else:
            profile, link = self._session.profile, self._session.broker.link
            figures = (profile.display, str(link.state), profile.source)
            self._headline.say_what_fits(map(clean, figures))

    # -- going -------------------------------------------------------------------------------

    def go(self) -> None:
        if written := self.address.field.value.strip():
            self._take(written)
        else:
            self._go_to_chosen()

    @on(Table.Opened)
    def _go_to_chosen(self) -> None:
        place = self.servers.chosen
        if place is None or place.trouble is not None or self._going is not None:
            self.app.bell()
        elif self._current.is_at(place):
            self.dismiss(None)
        else:
            self._go(place)

    @work(group="list", exclusive=True)
    async def _take(self, written: str) -> None:
        """Take an address up into the list, and go there."""
        try:
            place = await asyncio.to_thread(self._places.take, written)
        except InvalidInput as error:
            self.address.say(f"! {sentence(error)}")
            return
        self.address.clear()
        await self.servers.read()
        self._draw(place)
        self._go_to_chosen()

    @work(group="go", exclusive=True)
    async def _go(self, place: Place) -> None:
        if not await self._current.may_leave(self.app):
            return
        try:
            complete = await asyncio.to_thread(self._places.complete, place)
        except InvalidInput as error:
            self.address.say(f"! {sentence(error)}")
            return
        if self._session is None:
            self.dismiss(complete)
        else:
            await self._move(self._session, complete)

    async def _move(self, session: Session, place: Place) -> None:
        self.workers.cancel_group(self, "look")
        self._going = place
        self._draw()
        try:
            await session.move(place)
        except NatstapError as error:
            forget_answers()
            self._looks.answers[place] = error
        else:
            self.dismiss(place)
            return
        finally:
            self._going = None
        self._draw()

    # -- keys --------------------------------------------------------------------------------

    def back(self) -> None:
        """Stop connecting first, then take back what is written, then out of the screen."""
        if self._going is not None:
            self.workers.cancel_group(self, "go")
            self._going = None
            self._draw()
        elif self.address.field.value:
            self.address.clear()
            self.address.field.focus()
        else:
            self.dismiss(None)
