"""Screens that are drawn when a test looks at them, and not after every change.

Nobody sees what an app without a terminal draws, and drawing is a third of what a test of a
screen costs. `painted` is for tests that want each change drawn, as a user has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from textual._compositor import visible_screen_stack
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

paint = Screen._compositor_refresh
"""Textual's own."""


def install() -> None:
    """For all apps that follow."""
    Screen._compositor_refresh = _wait_for_a_look


@contextmanager
def painted() -> Iterator[None]:
    """Every change is drawn at once, as before a user."""
    before = Screen._compositor_refresh
    Screen._compositor_refresh = paint
    try:
        yield
    finally:
        Screen._compositor_refresh = before


def look(app: App[object]) -> list[Strip]:
    """The lines of the screen, drawn now, over those behind it."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips(app.size)


def glance(app: App[object]) -> list[Strip]:
    """As `look`; the same list for as long as Textual has nothing to draw."""
    screen = app.screen
    *of, lines = getattr(app, "_glance", None) or (None, None, [])
    if of != [screen, app.size] or screen._dirty_widgets or Screen._compositor_refresh is paint:
        lines = look(app)
        app._glance = screen, app.size, lines
    return lines


def _wait_for_a_look(screen: Screen[object]) -> None:
    """Leave what changed for the next look: widgets know themselves that they did."""
    app = screen.app
    if app.is_inline or not app.is_headless or screen is not app.screen:
        paint(screen)
        return
    app._glance = None
    screen._compositor._dirty_regions.clear()
    screen._dirty_widgets.clear()
    app._update_mouse_over(screen)
