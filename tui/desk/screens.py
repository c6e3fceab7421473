"""The screens that are opened from the desk: the key, the words and the way there, of each.

Footer, palette, help page and README have theirs from here. To add a screen, add an entry.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from engine.flow.correlated import CORRELATION_ID, find_value
from tui.kit.command import Command

if TYPE_CHECKING:
    from engine.session import Session

    from .desk import Desk

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
    **more: Any,
) -> Command[Desk]:
    """`title` and `help` are what the palette finds it by; before there is a session, nothing
    opens. The screen is imported where it is opened, for that takes longer than the first paint.
    """

    async def run(desk: Desk) -> None:
        if desk.session is not None:
            await opening(desk, desk.session)

    return Command(f"desk.{name}", keys, title, help, run, group=SCREENS, waits=True, **more)


async def _watch(desk: Desk, session: Session) -> None:
    from tui.watching.watching import Watching

    await desk.app.push_screen_wait(Watching(session))


async def _statistics(desk: Desk, _session: Session) -> None:
    from tui.statistics.statistics import StatisticsScreen

    screen = StatisticsScreen(desk.leaving.statistics)
    desk.hosting.show_exchanges(await desk.app.push_screen_wait(screen))


async def _services(desk: Desk, session: Session) -> None:
    from tui.services.services import ServicesScreen

    desk.load(await desk.app.push_screen_wait(ServicesScreen(session)))


async def _streams(desk: Desk, session: Session) -> None:
    from tui.streams.streams import StreamsScreen

    exchange = desk.choose_exchange()
    wanted = find_value(desk.journal, exchange, CORRELATION_ID) if exchange else ""
    desk.load(await desk.app.push_screen_wait(StreamsScreen(session, wanted)))


async def _history(desk: Desk, session: Session) -> None:
    from tui.history.history import HistoryScreen

    desk.sending.take_again(await desk.app.push_screen_wait(HistoryScreen(session)))


async def _collection(desk: Desk, session: Session) -> None:
    from tui.collection.collection import CollectionScreen

    desk.sending.take_again(await desk.app.push_screen_wait(CollectionScreen(session)))


async def _connect(desk: Desk, _session: Session) -> None:
    await desk.switching.connect()


_WATCH = "Watch what other clients say to each other"


SCREEN_COMMANDS: tuple[Command[Desk], ...] = (
    screen_entry("watch", "w", "Watch", _WATCH, _watch, footer=True),
    screen_entry("watch-anywhere", "f10", "Watch", _WATCH, _watch, footer=True, anywhere=True),
    screen_entry(
        "statistics",
        "t,ctrl+t",
        "Statistics",
        "What every subject does: rates, latencies, failures",
        _statistics,
        display="t",
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
        anywhere=True,
        display="^r",
    ),
    screen_entry(
        "collection",
        "c",
        "Collection",
        "Saved requests, responders and variables",
        _collection,
    ),
    screen_entry(
        "connect",
        "C",
        "Connect",
        "Connect to another server: a context, an address, natstap's own",
        _connect,
    ),
)
