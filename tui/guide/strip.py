"""The strip of a guided flow: which step it is, the next key, and one sentence."""

from __future__ import annotations

from typing import NamedTuple

from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.kit.key_names import key_name
from tui.safe import clean

_ROOM_FOR_TITLE = 110
"""Cells of a terminal from which on the flow's title stands there too."""


class Shown(NamedTuple):
    """What the strip says."""

    title: str
    step: int
    """From 1 on; 0 while its clients start."""
    steps: int
    say: str
    keys: tuple[str, ...]
    """By Textual's names."""


class GuideStrip(Static):
    """At the top of whichever screen is shown."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    GuideStrip { height: auto; max-height: 3; padding: 0 2; background: $primary 18%; }
    GuideStrip.-over { dock: top; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__(classes="guide-strip", markup=False)
        self.shown: Shown | None = None

    def show(self, shown: Shown) -> None:
        if shown != self.shown:
            self.shown = shown
            self.update(_words(shown, self.app.size.width >= _ROOM_FOR_TITLE))


def _words(shown: Shown, titled: bool) -> Content:
    last = shown.step == shown.steps
    place = "✓ done" if last else f"▸ {shown.step} of {shown.steps}" if shown.step else "▸"
    title = f"{clean(shown.title)}  " if titled else ""
    parts: list[tuple[str, str] | str] = [(title, "$foreground 70%"), (place, "bold"), "  "]
    for key in shown.keys:
        parts += [(f" {clean(key_name(key))} ", "bold $background on $primary"), " "]
    return Content.assemble(*parts, " " if shown.keys else "", clean(shown.say))


def strip_of(screen: Screen[object]) -> GuideStrip | None:
    return next(iter(screen.query_children(GuideStrip)), None)


def put_strip(screen: Screen[object], shown: Shown) -> None:
    """Show it at the top of a screen, which need not have a strip yet."""
    strip = strip_of(screen)
    if strip is None:
        strip = GuideStrip()
        strip.set_class(isinstance(screen, ModalScreen), "-over")
        screen.mount(strip, before=0)
    strip.show(shown)
