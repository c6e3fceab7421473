"""The screens that are opened from the desk: the key, the words and the way there, of each.

Footer, palette, help page and docs have theirs from here. To add a screen, add an entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from engine.flow.correlated import CORRELATION_ID, find_value
from engine.journal import Exchange, pub_ack
from tui.kit.command import Command, perform
from tui.kit.key_names import key_name
from tui.kit.screen_line import ScreenName

if TYPE_CHECKING:
    from engine.session import Session
    from tui.statistics.statistics import Parts

    from .desk import Desk

_MAX_REPLIES = 8
"""Replies of which one may be a stream's acknowledgement."""
SCREENS = "Screens"
"""The heading of these commands."""
OpenScreen = Callable[["Desk", "Session"], Awaitable[None]]
"""Opens the screen, and does what it was dismissed with."""


def screen_entry(
    name: str,
    keys: str,
    title: str,
    help: str,  # noqa: A002
    opening: OpenScreen,
    *,
    asks: bool = True,
    **more: Any,
) -> Command[Desk]:
    """`title` and `help` are what the palette finds it by; before there is a session, nothing
    opens. The screen is imported where it is opened, for that takes longer than the first paint.
    With `asks` it asks a server, which a recording has not.
    """

    async def run(desk: Desk) -> None:
        if desk.session is not None and desk.session.pages is not None and asks:
            desk.app.notify(f"{title} asks a server, and a recording has none.")
        elif desk.session is not None:
            await opening(desk, desk.session)

    return Command(f"desk.{name}", keys, title, help, run, group=SCREENS, waits=True, **more)


async def _watch(desk: Desk, session: Session) -> None:
    from tui.watching.watching import Watching

    if await desk.app.push_screen_wait(Watching(session)):
        desk.go_to("exchanges")


async def _home(desk: Desk, session: Session) -> None:
    await desk.homing.open(session)


async def _statistics(desk: Desk, session: Session) -> None:
    from tui.statistics.statistics import StatisticsScreen

    screen = StatisticsScreen(desk.leaving.statistics, _parts_of(session))
    desk.hosting.show_exchanges(await desk.app.push_screen_wait(screen))


def _parts_of(session: Session) -> Parts | None:
    """Those of a recording that is larger than a journal."""
    pages = session.pages
    if pages is None or not pages.part or pages.gathered:
        return None
    from tui.statistics.statistics import Parts

    return Parts(pages.part, partial(asyncio.to_thread, pages.count_all))


async def _services(desk: Desk, session: Session) -> None:
    from tui.services.services import ServicesScreen

    desk.load(await desk.app.push_screen_wait(ServicesScreen(session)))


async def _streams(desk: Desk, session: Session) -> None:
    from tui.streams.streams import StreamsScreen

    exchange = desk.choose_exchange()
    wanted = find_value(desk.journal, exchange, CORRELATION_ID) if exchange else ""
    screen = StreamsScreen(session, wanted, _stored_as(desk, exchange) if exchange else None)
    desk.load(await desk.app.push_screen_wait(screen))


def _stored_as(desk: Desk, exchange: Exchange) -> tuple[str, int] | None:
    """The stream that acknowledged the message, and its sequence there."""
    for number in exchange.came_back[:_MAX_REPLIES]:
        reply = desk.journal.message(number) if number in desk.journal else None
        if reply is not None and (ack := pub_ack(reply.body)) is not None and "error" not in ack:
            return str(ack["stream"]), int(str(ack["seq"]))
    return None


async def _history(desk: Desk, session: Session) -> None:
    from tui.history.history import HistoryScreen

    desk.sending.take_again(await desk.app.push_screen_wait(HistoryScreen(session)))


async def _collection(desk: Desk, session: Session) -> None:
    from tui.collection.collection import CollectionScreen

    desk.sending.take_again(await desk.app.push_screen_wait(CollectionScreen(session)))


async def _held(desk: Desk, session: Session) -> None:
    from tui.responders.held import HeldScreen

    await desk.app.push_screen_wait(HeldScreen(session))


async def _guides(desk: Desk, _session: Session) -> None:
    await desk.guiding.open()


async def _present(desk: Desk, _session: Session) -> None:
    from tui.presenter.presenter import Presenter

    if (exchange := desk.choose_exchange()) is not None:
        await desk.app.push_screen_wait(Presenter(desk.flowing.told, exchange.number))


async def _connect(desk: Desk, _session: Session) -> None:
    await desk.switching.connect()


ROW = ("home", "flow", "statistics", "services", "streams", "history", "collection")
"""What the line of screens names beside the desk, from left to right."""


def screen_names(
    desk: Desk, keymap: Mapping[str, str] = MappingProxyType({})
) -> tuple[ScreenName, ...]:
    """The screens of the row, as the desk's commands call them; `keymap` has the user's keys."""
    found = {command.id: command for command in desk.TABLE}
    names = [ScreenName("desk", "Desk", partial(go_over, desk, "desk"))]
    for name in ROW:
        command = found[f"desk.{name}"]
        key = keymap.get(command.id, command.keys).partition(",")[0]
        names.append(ScreenName(name, command.title, partial(go_over, desk, name), key_name(key)))
    return tuple(names)


def go_over(desk: Desk, name: str) -> None:
    """Leave the screen that is shown for another one of the row, or for the desk."""
    if not desk.is_active:
        desk.app.screen.dismiss()
    command = next((each for each in desk.TABLE if each.id == f"desk.{name}"), None)
    if command is None:
        return
    if command.when(desk) is True:
        desk.call_later(perform, command, desk)
    else:
        desk.app.notify("Choose an exchange first: a flow begins with one.")


_WATCH = "Watch what other clients say to each other"


def _some_exchange(desk: Desk) -> bool | None:
    return True if desk.inspect.number or desk.exchanges.list.cursor else None


_GUIDES = "Learn NATS RPC by guided flows on natstap's own server"
_CONNECT = "Connect to another server: a context, an address, natstap's own"


SCREEN_COMMANDS: tuple[Command[Desk], ...] = (
    screen_entry("watch", "w", "Watch", _WATCH, _watch, footer=True),
    screen_entry("watch-anywhere", "f10", "Watch", _WATCH, _watch, footer=True, anywhere=True),
    screen_entry(
        "home", "o", "Home", "Who listens where, with the services and the streams", _home
    ),
    screen_entry(
        "statistics",
        "t,ctrl+t",
        "Statistics",
        "What every subject does: rates, latencies, failures",
        _statistics,
        asks=False,
    ),
    screen_entry(
        "services",
        "s",
        "Services",
        "Services that describe themselves, and their endpoints",
        _services,
    ),
    screen_entry("streams", "S", "Streams", "Streams, their consumers and messages", _streams),
    screen_entry(
        "history",
        "ctrl+r",
        "History",
        "Everything sent so far, to send again",
        _history,
        asks=False,
        anywhere=True,
    ),
    screen_entry(
        "collection",
        "c",
        "Collection",
        "Saved requests, responders and variables",
        _collection,
        asks=False,
    ),
    screen_entry("held", "H", "By hand", "Requests that wait to be answered by hand", _held),
    screen_entry(
        "present",
        "Z",
        "Present",
        "Present the chosen exchange in large type",
        _present,
        asks=False,
        when=_some_exchange,
    ),
    screen_entry("guides", "G", "Guided flows", _GUIDES, _guides),
    screen_entry(
        "guides-anywhere", "alt+g,shift+f4", "Guided flows", _GUIDES, _guides, anywhere=True
    ),
    screen_entry("connect", "C", "Connect", _CONNECT, _connect),
    screen_entry(
        "connect-anywhere", "alt+c,shift+f10", "Connect", _CONNECT, _connect, anywhere=True
    ),
)
