"""The bodies of a responder's answer: one, and where it replies several times, one for each."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.widgets import Label, Select

from engine.message import raw_bytes, text
from tui.kit.editor import JsonEditor

_MAX_OFFERED = 20
"""Replies that can have bodies of their own; those that follow repeat the last."""


class ReplyBodies(Vertical):
    """A body that stays unedited is given back byte for byte."""

    def __init__(self) -> None:
        super().__init__(id="reply-bodies")
        first = [(_label(0, last=False), 0)]
        self._choice = Select(first, allow_blank=False, compact=True, id="reply-place")
        self.editor = JsonEditor("The answer's body: JSON or any text.", id="reply-body")
        self._bodies = [b""]
        self._offered = 1
        self._place = 0
        self._shown = ""
        """What was put into the editor, as it came out of it."""

    def compose(self) -> ComposeResult:
        yield Grid(Label("Reply"), self._choice, id="reply-place-row", classes="reply-row")
        yield self.editor

    def load(self, bodies: Sequence[bytes]) -> None:
        """Take what each reply answers; the last is also for all that follow."""
        self._bodies = list(bodies)
        self._go(0)

    def bodies(self, replies: int) -> tuple[bytes, ...]:
        """What so many replies answer, without those at the end that repeat the one before."""
        self._take()
        bodies = self._bodies[: max(1, replies)]
        while len(bodies) > 1 and bodies[-1] == bodies[-2]:
            bodies.pop()
        return tuple(bodies)

    def offer(self, replies: int) -> None:
        """Let the user choose which of so many replies the editor shows."""
        self.set_class(replies > 1, "-several")
        offered = max(1, min(replies, max(_MAX_OFFERED, len(self._bodies))))
        if self._offered == offered:
            return
        self._offered = offered
        last = offered - 1 if replies > offered else -1
        with self.prevent(Select.Changed):
            self._choice.set_options((_label(at, last=at == last), at) for at in range(offered))
            self._choice.value = min(self._place, offered - 1)
        if self._place >= offered:
            self._take()
            self._go(offered - 1)

    @on(Select.Changed, "#reply-place")
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        if isinstance(event.value, int) and event.value != self._place:
            self._take()
            self._go(event.value)

    def _go(self, place: int) -> None:
        self._place = place
        self.editor.load_text(text(self._bodies[min(place, len(self._bodies) - 1)]))
        self._shown = self.editor.text
        with self.prevent(Select.Changed):
            self._choice.value = min(place, self._offered - 1)

    def _take(self) -> None:
        """Keep what was written; a reply without a body of its own gets one by being edited."""
        written = self.editor.text
        if written == self._shown:
            return
        while len(self._bodies) <= self._place:
            self._bodies.append(self._bodies[-1])
        self._bodies[self._place] = raw_bytes(written)
        self._shown = written


def _label(place: int, *, last: bool) -> str:
    words = f"number {place + 1}" if place else "the first"
    return f"{words}, and all that follow" if last else words
