"""What all screens of natstap are: they go once, and not before they are there.

Keys come faster than screens open and close. Textual pops whatever is on top when a screen is
dismissed that is gone already, and takes the widgets from one whose `on_mount` still runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from tui.kit.compositor import TellingCompositor
from tui.kit.key_hold import key_hold

Result = TypeVar("Result")


class Page(Screen[Result]):
    """A screen that has the terminal to itself."""

    takes_keys = False
    """False until it has its widgets and its focus: keys typed before are kept for it."""
    _was_seen = False

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._compositor = TellingCompositor()

    def on_compose(self) -> None:
        """Fit the terminal; Textual would at the first resize, and style every widget again."""
        width, height = self.app.size
        across, down = self.HORIZONTAL_BREAKPOINTS or (), self.VERTICAL_BREAKPOINTS or ()
        fitting = _fitting(width, across) | _fitting(height, down)
        self.update_classes(fitting, update=False)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """What was mounted just now has its styles; Textual would find all of them again."""
        event.refresh_styles = event.refresh_styles and self._was_seen
        if self.size != self.app.size:
            # it is laid out, and so drawn; Textual would have it drawn again at once
            self.call_next(setattr, self, "_repaint_required", False)
        if not self._was_seen:
            # behind the focus that it was given
            self.app.call_later(key_hold(self.app).give_to, self)
        self._was_seen = True

    def _compositor_refresh(self) -> None:
        """Below a dialog, what changed is drawn once; Textual would draw all of it again whenever
        this screen is told anything.
        """
        super()._compositor_refresh()
        if not self.is_active:
            self._repaint_required = False

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """As Textual's, but a screen that is not on top stays, and one that opens is awaited."""
        if not self.is_mounted and self.is_active:
            self.call_later(self.dismiss, result)
        elif self.is_active:
            return super().dismiss(result)
        return AwaitComplete()

    def run_worker(self, *work: Any, **more: Any) -> Worker[Any]:
        """As Textual's, but nothing begins for a screen that has gone: its widgets go too."""
        worker: Worker[Any] = super().run_worker(*work, **more)
        if self not in self.app.screen_stack:
            worker.cancel()
            for coroutine in filter(asyncio.iscoroutine, work):
                coroutine.close()  # the worker never comes to it
        return worker


class Dialog(ModalScreen[Result], Page[Result]):
    """A screen that lies over another one."""


def _fitting(cells: int, breakpoints: Iterable[tuple[int, str]]) -> dict[str, bool]:
    """By the class of a breakpoint, whether it is the largest that so many cells reach."""
    reached = max((one for one in breakpoints if one[0] <= cells), default=())[1:]
    return {name: name in reached for _, name in breakpoints}


def can_act(node: DOMNode) -> bool:
    """True if a key may act on a widget: it is there, and its screen is on top."""
    if isinstance(node, App):
        return node.is_running and bool(node.screen_stack)
    return node.is_attached and node.screen.is_active and node.screen.is_mounted
