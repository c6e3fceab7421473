"""A message body of any size, of which only the lines in sight are drawn.

The body is shown as JSON, as text or as a hex dump, whichever suits it; `hex` shows the bytes
of any body. What colours JSON is loaded after the first paint, for it takes long to import.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, clamp
from textual.message import Message
from textual.reactive import reactive
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from engine.content.by_subject import NOTHING_SET
from engine.content.content import Envelope
from engine.content.reader import BodyReader
from engine.content.reading import Reading, read
from engine.message import Headers, text
from tui.body.cursor import BodyCursor
from tui.body.indexing import BodyIndexing
from tui.body.lines import HexLines, lines_of_reading
from tui.body.painter import BodyPainter
from tui.body.window import RowPart
from tui.kit.viewport import Viewport, moving

_SIDE_STEP = 8


def envelope_of(content_type: str) -> Envelope:
    """Of a body of which no more is known."""
    return Envelope(headers=Headers([("content-type", content_type)] if content_type else ()))


def reader_of(widget: Widget) -> BodyReader:
    """The user's own; one without settings where there is none."""
    reader = getattr(widget.app, "reader", None)
    return reader if isinstance(reader, BodyReader) else _PLAIN


_PLAIN = BodyReader()


class BodyView(Viewport):
    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {"viewport--found"}
    DEFAULT_CSS = "BodyView > .viewport--found { background: $warning 40%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *moving("body", ("One line up", "One line down", "First line", "Last line")),
        Binding("left,h", "slide(-1)", "Left", id="body.left", show=False, tooltip="To the left"),
        Binding(
            "right,l", "slide(1)", "Right", id="body.right", show=False, tooltip="To the right"
        ),
        Binding(
            "ctrl+d",
            "move('halfdown')",
            "Half down",
            id="body.half-down",
            show=False,
            tooltip="Half a page down",
        ),
        Binding(
            "ctrl+u",
            "move('halfup')",
            "Half up",
            id="body.half-up",
            show=False,
            tooltip="Half a page up",
        ),
    ]

    class Moved(Message):
        """The cursor is on another line, or more lines are known."""

    hex: reactive[bool] = reactive(False, init=False)
    """True while the bytes are shown instead of the text."""

    def __init__(
        self,
        body: bytes = b"",
        content_type: str = "",
        *,
        empty: str = "Empty body.",
        id: str | None = None,  # noqa: A002
    ) -> None:
        self.body = body
        self.envelope = envelope_of(content_type)
        """What is known of the body beside its bytes."""
        self.choice = ""
        """What it is read as, whatever the settings say; "" for as they say or as it looks."""
        self.reading: Reading = read(body, self.envelope)
        self.waits = False
        """True while a program or a file is waited for that makes text of it."""
        self._body = BodyPainter(
            lines_of_reading(self.reading, body),
            empty,
            lambda: self.screen.get_component_rich_style("screen--selection"),
            self._has_keys,
        )
        self.at = BodyCursor(self._body, self.repaint)
        self._indexing = BodyIndexing(self, self._body, self.repaint)
        super().__init__(self._body.window, self._body, id=id)

    # -- what the screen calls -------------------------------------------------------------

    def show(self, body: bytes, envelope: Envelope | None = None, empty: str = "") -> None:
        """Show another body, from its start; `empty` is said where there is none."""
        self.body, self.envelope, self.choice = body, envelope or Envelope(), ""
        self._body.empty = empty or self._body.empty
        self._open()

    def read_as(self, choice: str, envelope: Envelope) -> None:
        """Read the body again, as something else, or "" as it looks."""
        self.choice, self.envelope = choice, envelope
        self._open()

    @property
    def written(self) -> str:
        """What is read, as text; of bytes the bytes."""
        return text(self.body) if self.reading.form == "hex" or self.hex else self.reading.text

    # -- a body, taken up in slices --------------------------------------------------------

    def _open(self) -> None:
        """What takes long is read in a thread; until then the body is shown as it looks."""
        reader = reader_of(self)
        self.waits = reader.takes_long(self.envelope, self.choice)
        if self.waits:
            self.reading = read(self.body, replace(self.envelope, settings=NOTHING_SET))
            self._read_slowly(reader)
        else:
            self.reading = reader.read(self.body, self.envelope, self.choice)
        self._lay_out()

    @work(group="read", exclusive=True)
    async def _read_slowly(self, reader: BodyReader) -> None:
        asked = self.body, self.envelope, self.choice
        reading = await asyncio.to_thread(reader.read, *asked)
        if asked == (self.body, self.envelope, self.choice):
            self.reading, self.waits = reading, False
            self._lay_out()

    def _lay_out(self) -> None:
        width = self.size.width
        self._body.lines = (
            HexLines(self.body, width)
            if self.hex
            else lines_of_reading(self.reading, self.body, width)
        )
        self._indexing.begin()
        self._body.forget()
        self._body.left = 0
        self._body.folds.clear()
        self._body.found = self._body.found_here = None
        self.at.window.go(RowPart(0))
        self.repaint()
        self._indexing.go_on()

    def on_resize(self) -> None:
        lines, width = self._body.lines, self.size.width
        if isinstance(lines, HexLines) and lines.each != lines.fitting(width):
            self._body.lines = HexLines(lines.body, width)

    def on_mount(self) -> None:
        self._indexing.go_on()

    def repaint(self) -> None:
        self.refresh()
        if self.is_mounted:
            self.post_message(self.Moved())

    def render_lines(self, crop: Region) -> list[Strip]:
        self._body.measure(self.size.width)
        return super().render_lines(crop)

    def watch_hex(self) -> None:
        self._open()

    def _has_keys(self) -> bool:
        """True while they go here, or to what stands beside it in its pane."""
        return self.has_focus or (isinstance(self.parent, Widget) and self.parent.has_focus_within)

    # -- selecting text --------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Says of each character where it is in the body, so that text can be selected."""
        strip, gutter = super().render_line(y), self._body.gutter
        places = self.at.window.places
        if y >= len(places):
            return strip
        begin = self._body.begin_of(places[y])
        text = strip.crop(gutter).apply_offsets(begin, places[y].row)
        return Strip.join([strip.crop(0, gutter), text])

    def selection_updated(self, selection: Selection | None) -> None:
        self._body.selection = selection
        self._body.forget_drawn()
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text, as it is shown."""
        first = selection.start.y if selection.start else 0
        last = min(selection.end.y if selection.end else self.rows, self.rows - 1)
        shown = "\n".join(
            self._body.text(self._body.folds.line(row)) for row in range(first, last + 1)
        )
        up = Offset(0, first)
        moved = Selection(
            selection.start and selection.start - up, selection.end and selection.end - up
        )
        return moved.extract(shown), "\n"

    # -- keys and mouse --------------------------------------------------------------------

    def action_move(self, where: str) -> None:
        """The end is kept in sight while the body is still being indexed."""
        if where == "start" and self._body.left:
            self._body.left = 0
            self._body.forget_drawn()
        self.at.window.move(where)
        self.repaint()

    def action_slide(self, by: int) -> None:
        self._body.left = clamp(self._body.left + by * _SIDE_STEP, 0, self._body.most_left)
        self._body.forget_drawn()
        self.refresh()

    def scroll_by(self, rows: int) -> None:
        self.at.window.scroll_by(rows)
        self.repaint()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The cursor goes where the mouse is put down."""
        places = self.at.window.places
        if event.x < self.size.width - 1 and 0 <= event.y < len(places):
            self.at.window.go(places[event.y])
            self.repaint()

    @on(events.MouseScrollRight)
    @on(events.MouseScrollLeft)
    def _sideways(self, event: events.MouseEvent) -> None:
        event.stop()
        self.action_slide(1 if isinstance(event, events.MouseScrollRight) else -1)
