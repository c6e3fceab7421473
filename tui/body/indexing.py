"""Finding out where the lines of a body are: in slices, so that keys are seen meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.widget import Widget

from tui.body.json_highlight import load_json_lexer
from tui.body.painter import BodyPainter

_FIRST_SLICE, _NEXT_SLICE = 0.015, 0.01
"""Seconds of indexing before the first paint, and in each slice after it."""
_PAUSE = 0.003
_TOLD_EVERY = 0.1
"""Seconds after which it is drawn how many lines are known by now."""


class BodyIndexing:
    def __init__(self, view: Widget, body: BodyPainter, grown: Callable[[], None]) -> None:
        """`grown` is called when more lines are known."""
        self._view = view
        self._body = body
        self._grown = grown
        self._growing = False
        self._told = 0.0
        self.begin()

    def begin(self) -> None:
        """What is in sight first."""
        self._body.lines.grow(_FIRST_SLICE)

    def go_on(self) -> None:
        """After the first paint: import what colours JSON, and index the rest in slices."""
        lines = self._body.lines
        if lines.form == "json" and self._body.lexer is None:
            self._view.call_after_refresh(self._load_lexer)
        if not (lines.done or self._growing):
            self._growing = True
            self._view.set_timer(_PAUSE, self._grow)

    def _load_lexer(self) -> None:
        if self._body.lexer is None:
            self._body.lexer = load_json_lexer()
            self._body.forget_drawn()
            self._view.refresh()

    def _grow(self) -> None:
        self._growing = False
        self._body.lines.grow(_NEXT_SLICE)
        if self._body.window.follow:
            self._body.window.move("end")
        if self._body.lines.done or monotonic() >= self._told + _TOLD_EVERY:
            self._told = monotonic()
            self._grown()
        self.go_on()
