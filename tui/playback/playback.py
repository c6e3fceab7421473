"""A recording back in the world: served as stubs, or its requests sent again and compared."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container

from engine.errors import InvalidInput, NatstapError
from engine.journal import Journal
from engine.playback.recorded_answers import collect_answers
from engine.playback.replay import Replay, ReplayResult
from engine.playback.replay_report import report
from engine.playback.stub_set import StubSet
from engine.recording.gathering import gather, requests
from engine.recording.open_file import open_file
from engine.recording.recorded_hearing import RecordedHearing
from engine.words import counted
from tui.kit.clipboard import copy
from tui.kit.command import Command, Commanded
from tui.kit.confirm import Sure
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.key_order import FIELD_KEYS
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.screen_line import ScreenLine
from tui.kit.tab_line import TabLine

from .playback_form import PlaybackForm
from .playback_rows import PlaybackTables

if TYPE_CHECKING:
    from engine.session import Session

_LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class RecordedExchanges:
    """What is played back: exchanges of a journal, and where they are from."""

    journal: Journal
    numbers: Sequence[int]
    title: str
    excused: Callable[[int], bool]
    """See `Hearing.is_excused`."""
    alone: Callable[[int], bool]
    """See `Hearing.heard_alone`."""
    full: bool = False
    """True where there were more than a journal holds."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is to be known of them."""
        most = f"The first {counted(len(self.numbers), 'request')}: the others are not played back."
        return (most,) if self.full else ()


class Playing:
    """What is played back now; kept by the desk, so that it goes on while the screen is closed."""

    def __init__(self) -> None:
        self.stubs: StubSet | None = None
        self.replay: Replay | None = None
        self.source: RecordedExchanges | None = None

    @property
    def serving(self) -> bool:
        return self.stubs is not None and self.stubs.running


def _key(
    name: str,
    keys: str,
    title: str,
    tooltip: str,
    run: Callable[[PlaybackScreen], object],
    when: Callable[[PlaybackScreen], bool | None] = lambda screen: True,
    **more: Any,
) -> Command[PlaybackScreen]:
    options = {"footer": True, "anywhere": True} | more
    return Command(f"playback.{name}", keys, title, tooltip, run, when, **options)


PLAYBACK: tuple[Command[PlaybackScreen], ...] = (
    _key(
        "start",
        "ctrl+s",
        "Start, stop",
        "Serve the stubs, or send the requests again; or end that",
        lambda screen: screen.stop() if screen.busy else screen.start(),
        after_typing=True,
        waits=True,
        sends=True,
    ),
    _key(
        "next",
        "ctrl+n",
        "Next",
        "Send only the next request",
        lambda screen: screen.send_next(),
        lambda screen: screen.form.replaying and (None if screen.busy else True),
        waits=True,
        sends=True,
    ),
    _key(
        "mode",
        "ctrl+t",
        "Stubs or replay",
        "Serve the recording as stubs, or send its requests again",
        lambda screen: screen.form.turn_mode(),
    ),
    _key(
        "pick",
        "ctrl+r",
        "Order",
        "Answer in the recorded order, or at random",
        lambda screen: screen.form.turn_pick(),
        lambda screen: not screen.form.replaying,
    ),
    _key(
        "unseen",
        "ctrl+o",
        "Unseen",
        "Requests that were not recorded: no responders, passed on, or no answer",
        lambda screen: screen.form.turn_unseen(),
        lambda screen: not screen.form.replaying,
    ),
    _key(
        "copy",
        "ctrl+y",
        "Copy report",
        "Copy the report of the replay",
        lambda screen: screen.copy_report(),
        lambda screen: bool(screen.form.replaying and screen.results),
    ),
    _key(
        "close",
        "escape",
        "Close",
        "Back to the desk; stubs go on",
        lambda screen: screen.dismiss(None),
        anywhere=False,
    ),
)


class PlaybackScreen(Page[None], Commanded):
    """`here` gives what the list on the desk shows, for who names no file."""

    TABLE = PLAYBACK
    KEYS = FIELD_KEYS
    CSS_PATH = "../workbench.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    AUTO_FOCUS = "#playback-file"

    def __init__(
        self, session: Session, playing: Playing, here: Callable[[], RecordedExchanges]
    ) -> None:
        super().__init__()
        self._session = session
        self._playing = playing
        self._here = here
        self._sending = False
        """Whether requests are being sent."""
        self._made: tuple[object, Replay] | None = None
        """The replay that is gone through one by one, and what it was made of."""
        self.form: PlaybackForm = PlaybackForm()
        self._planned: StubSet | Replay | None = None
        """What would be done, as it is typed."""
        self._headline = Headline("playback-total")
        self._rows = PlaybackTables()

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("playback")
        yield Container(self.form, self._rows, id="playback")
        yield KeyLine()

    def on_mount(self) -> None:
        self._show_mode()
        self.set_interval(_LOOK_EVERY, self._show_figures)

    # -- what is wanted ------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        return self._sending if self.form.replaying else self._playing.serving

    @property
    def results(self) -> list[ReplayResult]:
        return self._playing.replay.results if self._playing.replay is not None else []

    @on(TabLine.Chosen)
    def _show_mode(self) -> None:
        self._planned = None
        self._tell()
        self._show_figures()
        self.refresh_bindings()

    @on(PlaybackForm.Changed)
    @work(group="tell", exclusive=True)
    async def _tell(self) -> None:
        """Say what would be done, before it is."""
        self._planned = None
        try:
            source = await self._source()
            if self.form.replaying:
                self._planned = replay = self._replay(source)
                sentences = replay.sentences(self._session.where)
            else:
                self._planned = stubs = self._stubs(source)
                sentences = stubs.sentences()
        except NatstapError as error:
            self.form.say(f"! {error}", "$text-error")
        else:
            self.form.say("\n".join((f"From {source.title}:", *source.sentences, *sentences)))
        self._rows.explain(wrong=self._planned is None)
        self._show_figures()

    async def _source(self) -> RecordedExchanges:
        """What is in the file, read once; raises `CannotOpen`."""
        written = self.form.file
        if not written:
            return self._here()
        kept = self._playing.source
        if kept is not None and kept.title == written:
            return kept
        source = await asyncio.to_thread(_read, written)
        self._playing.source = source
        return source

    def _stubs(self, source: RecordedExchanges) -> StubSet:
        answers = collect_answers(source.journal, source.numbers, source.excused)
        settings = self._session.outbox.reader.settings
        return StubSet(self._session.broker, answers, self.form.stub_options, settings=settings)

    def _replay(self, source: RecordedExchanges) -> Replay:
        options = self.form.replay_options
        return Replay(source.journal, source.numbers, self._session.broker, options, source.alone)

    # -- doing it ------------------------------------------------------------------------------

    async def start(self) -> None:
        try:
            source = await self._source()
            if self.form.replaying:
                await self._begin_replay(source)
            else:
                self._playing.stubs = stubs = self._stubs(source)
                await stubs.start()
        except NatstapError as error:
            self.form.say(f"! {error}", "$text-error")
        self._show_figures()
        self.refresh_bindings()

    async def _begin_replay(self, source: RecordedExchanges) -> None:
        replay = self._replay(source)
        words = "\n".join(replay.sentences(self._session.where))
        if not await self.app.push_screen_wait(Sure("Send them again?", words, "Send")):
            return
        self._playing.replay = replay
        self._sending = True
        self._send(replay)

    @work(group="replay", exclusive=True)
    async def _send(self, replay: Replay) -> None:
        try:
            async for _ in replay.run():
                if not self._sending:
                    break
        finally:
            self._sending = False
        self._show_figures()
        self.refresh_bindings()

    async def send_next(self) -> None:
        """One request, and what came of it."""
        try:
            source = await self._source()
            options = self.form.replay_options
            wanted = source.title, options.subject, options.timeout
            if self._made is None or self._made[0] != wanted:
                self._made = wanted, self._replay(source)
            replay = self._playing.replay = self._made[1]
            if len(replay.results) < len(replay.requests):
                await replay.send(replay.requests[len(replay.results)])
        except NatstapError as error:
            self.form.say(f"! {error}", "$text-error")
        self._show_figures()
        self.refresh_bindings()

    async def stop(self) -> None:
        self._sending = False
        if not self.form.replaying and self._playing.stubs is not None:
            await self._playing.stubs.stop()
        self._show_figures()
        self.refresh_bindings()

    def copy_report(self) -> None:
        copy(self.app, report(self.results), "the report of the replay")

    # -- what is shown -------------------------------------------------------------------------

    def _show_figures(self) -> None:
        if self.form.replaying:
            replay = self._playing.replay
            begun = replay is not None and bool(self._sending or replay.results)
            figures, ink = self._rows.show_sent(replay if begun else self._planned, begun), ""
        else:
            serving = self._playing.serving
            shown = self._playing.stubs if serving else self._planned
            figures = self._rows.show_served(shown, serving)
            ink = "$text-success" if serving else ""
        self._headline.say_what_fits(figures, ink)


def _read(written: str) -> RecordedExchanges:
    """The requests in all parts of a file, as many as a journal holds; in a thread.

    Raises `CannotOpen`.
    """
    journal = Journal()
    try:
        opened = open_file(Path(written))
        if opened.pages > 1 or opened.more:
            found = gather(opened, journal, requests)
            page, full = found.end(), found.full
        else:
            page, full = opened.page(0, journal), False
    except (ValueError, RuntimeError) as error:  # a NUL in the path, no home folder
        raise InvalidInput(f"{written}: {error}") from None
    journal.show_recorded(page.segments, page.sources, page.inboxes, page.left)
    hearing = RecordedHearing(journal)
    hearing.take(page)
    numbers = [number for number, _ in journal.heads()]
    return RecordedExchanges(
        journal, numbers, written, hearing.is_excused, hearing.heard_alone, full
    )
