"""The form of what is played back and how, and the sentences about what that would do."""

from __future__ import annotations

import asyncio

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from engine.drafts.file_body import files_beginning
from engine.errors import InvalidInput
from engine.playback.answer_choice import Pick
from engine.playback.recorded_answers import Matching
from engine.playback.replay import ReplayOptions
from engine.playback.stub_set import StubOptions, Unseen
from tui.kit.editor import Field, KnownField
from tui.kit.tab_line import TabLine
from tui.kit.typed import parse_span
from tui.safe import clean_block

_STUBS, _REPLAY = 0, 1


class PlaybackForm(VerticalScroll):
    class Changed(Message):
        """Something else is wanted."""

    def __init__(self) -> None:
        super().__init__(id="playback-form", classes="pane", can_focus=False)
        self.border_title = "Play back"
        self._known: tuple[str, ...] = ()
        self._pick, self._unseen = Pick.IN_ORDER, Unseen.NO_RESPONDERS
        self._modes = TabLine("Stubs", "Replay", id="playback-mode")
        self._file = KnownField(lambda: self._known, "empty: what the list shows", "playback-file")
        self._match = _field("match", "subject, body, order.id, X-Tenant", "body")
        self._pass_to = _field("pass-to", "such as real.{subject}", "")
        self._subject = _field("subject", "such as test.{subject}", "{subject}")
        self._timeout = _field("timeout", "as recorded", "")
        self._speed = _field("speed", "1 as it was, 0 at once", "1")
        self._plan = Static(id="playback-plan", markup=False)
        stubs = _line("Match", self._match), _line("Pass to", self._pass_to)
        replay = _line("Subject", self._subject), _line("Timeout", self._timeout)
        self._of_mode = {
            _STUBS: Vertical(*stubs, id="playback-stubs"),
            _REPLAY: Vertical(*replay, id="playback-replay"),
        }

    def compose(self) -> ComposeResult:
        yield self._modes
        yield _line("Recording", self._file)
        yield from self._of_mode.values()
        yield _line("Speed", self._speed)
        yield self._plan

    @on(events.Mount)
    @on(TabLine.Chosen)
    def _show_mode(self) -> None:
        for mode, part in self._of_mode.items():
            part.display = mode == self._modes.active

    def say(self, words: str, ink: str = "") -> None:
        self._plan.update(Content.styled(clean_block(words), ink))

    # -- what is wanted ------------------------------------------------------------------------

    @property
    def replaying(self) -> bool:
        return self._modes.active == _REPLAY

    @property
    def file(self) -> str:
        """The recording; "" for what the list shows."""
        return self._file.value.strip()

    @property
    def stub_options(self) -> StubOptions:
        """Raises `InvalidInput`."""
        return StubOptions(
            Matching.parse(self._match.value),
            self._pick,
            self._unseen,
            self._pass_to.value.strip(),
            _number(self._speed.value),
        )

    @property
    def replay_options(self) -> ReplayOptions:
        """Raises `InvalidInput`."""
        timeout = self._timeout.value.strip()
        return ReplayOptions(
            self._subject.value.strip(),
            _number(self._speed.value),
            parse_span(timeout) if timeout else None,
        )

    # -- wanting something else ----------------------------------------------------------------

    def turn_mode(self) -> None:
        self._modes.choose(1 - self._modes.active)

    def turn_pick(self) -> None:
        self._pick = Pick.RANDOM if self._pick is Pick.IN_ORDER else Pick.IN_ORDER
        self.post_message(self.Changed())

    def turn_unseen(self) -> None:
        every = list(Unseen)
        self._unseen = every[(every.index(self._unseen) + 1) % len(every)]
        self.post_message(self.Changed())

    @on(Input.Changed)
    @on(Input.Submitted)
    def _changed(self, event: Input.Changed | Input.Submitted) -> None:
        event.stop()
        if event.input is self._file and isinstance(event, Input.Changed):
            self._complete()
        self.post_message(self.Changed())

    @work(group="learn", exclusive=True)
    async def _complete(self) -> None:
        if not self._file.offered:
            self._known = await asyncio.to_thread(files_beginning, self._file.value)


def _field(name: str, placeholder: str, value: str) -> Field:
    return Field(value, placeholder=placeholder, id=f"playback-{name}", compact=True)


def _line(title: str, field: Widget) -> Horizontal:
    return Horizontal(Static(title), field, classes="playback-line")


def _number(written: str) -> float:
    try:
        return float(written.strip() or 1)
    except ValueError:
        raise InvalidInput(f"speed: {written.strip()} is not a number, try 1") from None
