"""What is on screen while the desk is fetched: its frames, drawn from nothing but Textual.

What is typed meanwhile is the beginning of a subject, and is shown where it will stand.
"""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from tui.kit.page import Page
from tui.kit.screen_line import MIN_HEIGHT
from tui.safe import clean

_BAR = Content.assemble(("natstap  ", "bold $primary"), ("○ connecting", "$text-primary"))
"""As the status bar begins, which itself would have to be fetched."""
_KIND = " Request  ▼   "
"""As the composer begins."""


class Opening(Page[None]):
    """The desk's outline. It asks for nothing and knows nothing."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-broad")]  # noqa: RUF012
    # Textual reads no CSS of an app's first screen
    DEFAULT_CSS = """
    Opening {
        #outline { height: 1fr; layout: grid; grid-size: 2 2; grid-columns: 0.4fr 0.6fr; }
        .pane { height: 1fr; }
        &.-wide #exchanges { column-span: 2; }
        &.-broad #outline { grid-columns: 0.66fr 0.34fr; grid-rows: 0.68fr 0.32fr; }
        &.-broad #inspect { row-span: 2; }
        &.-narrow #outline { grid-size: 1 1; }
        &.-narrow #exchanges, &.-narrow #inspect { display: none; }
    }
    """

    typed = ""
    """What was typed so far."""

    def take(self, event: events.Key) -> bool:
        """Keep a letter, and show it; False for another key."""
        if event.is_printable and event.character is not None:
            self.typed += event.character
        elif event.key == "backspace":
            self.typed = self.typed[:-1]
        else:
            return False
        words = Content(_KIND + clean(self.typed)) if self.typed else Content()
        for frame in self.query("#compose").results(Static):
            frame.update(words)
        return True

    def compose(self) -> ComposeResult:
        yield Static(_BAR, id="status")
        if self.app.size.height >= MIN_HEIGHT:
            yield Static(id="screens")
        exchanges, composer = _frame("2 Exchanges", "exchanges"), _frame("1 Compose", "compose")
        inspect = _frame("3 Inspect", "inspect")
        broad = self.app.size.width >= 160
        below = (inspect, composer) if broad else (composer, inspect)
        yield Container(exchanges, *below, id="outline")


def _frame(title: str, name: str) -> Static:
    frame = Static(id=name, classes="pane")
    frame.border_title = title
    return frame
