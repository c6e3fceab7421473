"""A line to the terminal that is slower than what is drawn: frames are left out, keys are not.

Textual queues some frames, and then waits for the terminal: over a slow ssh every key comes behind
all of them. Here no frame is drawn while one is on its way, and on a line that was found to be slow
the next one is drawn when the line may have taken the last: what lies in between is never drawn.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import IO, Any

from rich.console import RenderableType
from textual.app import App
from textual.screen import Screen

_BLOCKED = 0.03
"""Seconds of a write from which on the line, and not a busy machine, is taken for slow."""
_TELLING = 1024
"""Characters that have to be written for that."""
_GROWTH = 1.25
"""How much quicker a line is taken to be after each write that it took at once."""
_FAST = 4 << 20
"""Characters a second from which on a line is not slow."""
_AHEAD = 1.5
"""How much longer than a frame takes the next one waits: what was queued before drains away."""
_LONGEST = 1.0
_LOOK = 0.01


class SlowLine:
    """How quickly the terminal takes what is written. One thread queues, another one writes."""

    def __init__(self) -> None:
        self.rate = math.inf
        """Characters a second, once the line was found to be slow."""
        self._queued = 0
        self._written = 0
        self._frame = 0

    @property
    def behind(self) -> bool:
        """True while something is on its way."""
        return self._queued > self._written

    @property
    def pause(self) -> float:
        """Seconds until the next frame; 0 on a line that is quick enough."""
        return min(_LONGEST, _AHEAD * self._frame / self.rate)

    def begin(self) -> None:
        """Another thread writes from now on; what the one before had not written is gone."""
        self._queued = self._written = 0

    def queue(self, size: int) -> None:
        self._frame = size
        self._queued += size

    def wrote(self, size: int, seconds: float) -> None:
        self._written += size
        if seconds >= _BLOCKED and size >= _TELLING:
            self.rate = size / seconds
        elif self.rate < _FAST:
            self.rate *= _GROWTH
        else:
            self.rate = math.inf


class MeasuredFile:
    """A terminal that tells a line how long it took."""

    def __init__(self, file: IO[str], line: SlowLine) -> None:
        self.fileno = file.fileno
        self._file = file
        self._line = line
        self._size = 0
        self._seconds = 0.0

    def write(self, text: str) -> None:
        began = time.perf_counter()
        self._file.write(text)
        self._size += len(text)
        self._seconds += time.perf_counter() - began

    def flush(self) -> None:
        began = time.perf_counter()
        self._file.flush()
        self._line.wrote(self._size, self._seconds + time.perf_counter() - began)
        self._size, self._seconds = 0, 0.0


class PacedApp(App[None]):
    """An app that draws no more than its line takes."""

    def __init__(self) -> None:
        self.line = SlowLine()  # the driver asks for it
        self._waits = False
        """True while no frame is drawn, for the last one is on its way."""
        self._left_out = False
        """True once a frame was laid out meanwhile: Textual takes it for drawn."""
        super().__init__()

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Those that are seen through the one on top. Textual takes the one below it for seen
        always, and paints all of the top whenever anything changes there.
        """
        opaque = bool(self._screen_stack) and self._screen_stack[-1].styles.background.a == 1
        return [] if opaque else super()._background_screens

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        behind = self.line.behind
        super()._display(screen, renderable)
        if renderable is None:
            return
        if self._waits:
            self._left_out = True
        elif (behind or self.line.pause) and not (self._batch_count or self.is_headless):
            self._waits = True
            self._begin_batch()
            asyncio.get_running_loop().call_later(max(_LOOK, self.line.pause), go_on, self)


def go_on(app: PacedApp) -> None:
    """Draw what changed meanwhile, once the last frame is written."""
    if app.line.behind:
        asyncio.get_running_loop().call_later(_LOOK, go_on, app)
        return
    app._waits = False
    app._end_batch()
    if app._running and app._screen_stack:
        if app._left_out:
            app.screen.refresh()
        app.screen.check_idle()
    app._left_out = False
