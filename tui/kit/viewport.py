"""A window on many rows, of which only those in sight are ever drawn.

It overrides `render_lines` and hands over strips of the exact width, so a frame costs what
its changed rows cost; a widget that lets its virtual size grow pays a layout for each row.
For that reason it draws no border or padding of its own: its parent does. It keeps a slim
scroll bar in its last column.
"""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, clamp
from textual.strip import Strip
from textual.widget import Widget

from tui.safe import fit

WHEEL = 3
"""Rows that one notch of the wheel moves."""
THUMB, TRACK = "▐", " "


class Viewport(Widget, can_focus=True):
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"viewport--{name}"
        for names in (
            ("good", "warn", "bad", "active", "muted", "cursor", "thumb", "pill"),
            ("key", "string", "number", "word"),
        )
        for name in names
    }
    DEFAULT_CSS = """
    Viewport {
        width: 1fr; height: 1fr; min-height: 1;
        & > .viewport--good { color: $text-success; }
        & > .viewport--warn { color: $text-warning; }
        & > .viewport--bad { color: $text-error; }
        & > .viewport--active { color: $text-primary; }
        & > .viewport--muted { color: $text-muted; }
        & > .viewport--cursor { background: $foreground 8%; }
        &:focus > .viewport--cursor { background: $primary 22%; text-style: bold; }
        & > .viewport--thumb { color: $foreground 25%; }
        &:focus > .viewport--thumb { color: $primary; }
        & > .viewport--pill { background: $primary; color: $text; text-style: bold; }
        & > .viewport--key { color: $text-primary; }
        & > .viewport--string { color: $text-success; }
        & > .viewport--number { color: $text-warning; }
        & > .viewport--word { color: $text-accent; }
    }
    """

    head = 0
    """Lines at the top that are not scrolled."""
    _grabbed = False

    # -- what a subclass says --------------------------------------------------------------

    @property
    def rows(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    @property
    def top(self) -> int:
        """The row in the first line."""
        raise NotImplementedError

    def scroll_to_row(self, top: int) -> None:
        """Bring row `top` to the first line, or as near as can be."""
        raise NotImplementedError

    def draw(self, y: int, width: int) -> Strip:
        """Line `y` in exactly `width` cells, the widget's."""
        raise NotImplementedError

    def forget_drawn(self) -> None:
        """Drop what is cached of drawn lines: the width or the colours changed."""

    # -- drawing ---------------------------------------------------------------------------

    @property
    def page(self) -> int:
        """Lines that are scrolled, at least one."""
        return max(1, self.size.height - self.head)

    @property
    def last_top(self) -> int:
        return max(0, self.rows - self.page)

    def render_lines(self, crop: Region) -> list[Strip]:
        width = self.size.width
        strips = [self.draw(y, width) for y in crop.line_range]
        span = crop.column_span
        return strips if span == (0, width) else [strip.crop(*span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """What Textual asks for to know what is under the mouse."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def ink(self, *names: str) -> Style:
        """The style of component classes on top of one another, as this terminal shows it."""
        found = self._inks.get(names)
        if found is None:
            style = self.get_visual_style(*(f"viewport--{name}" for name in names)).rich_style
            found = self._inks[names] = self._filtered(style)
        return found

    def _filtered(self, style: Style) -> Style:
        """Apply the app's line filters (NO_COLOR and the like) once, not on every line."""
        cell = [Segment(" ", style)]
        for one in self.get_line_filters():
            cell = one.apply(cell, self.background_colors[1])
        return cell[0].style or style

    @property
    def thumb(self) -> range:
        """The lines that the scroll bar's thumb covers."""
        rows, height = self.rows, self.page
        if rows <= height:
            return range(0)
        size = max(1, height * height // rows)
        start = self.head + round(self.top * (height - size) / (rows - height))
        return range(start, start + size)

    def blank(self, width: int, bar: str = TRACK) -> Strip:
        parts = [Segment(" " * (width - 1), self.ink()), Segment(bar, self.ink("thumb"))]
        return Strip(parts if width > 1 else parts[1:], width)

    def words(self, text: str, width: int) -> Strip:
        """A line of quiet text in the middle, for when there is nothing to show."""
        ahead = " " * max(0, (width - cell_len(text)) // 2)
        return Strip([Segment(fit(ahead + text, width), self.ink("muted"))], width)

    # -- what makes drawn lines stale --------------------------------------------------------

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._inks: dict[tuple[str, ...], Style] = {}
        self.forget_drawn()

    def on_resize(self) -> None:
        self.forget_drawn()
        self.refresh()

    # -- the mouse -------------------------------------------------------------------------

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        if not (event.shift or event.ctrl):
            event.stop()
            self.scroll_by(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if not (event.shift or event.ctrl):
            event.stop()
            self.scroll_by(-WHEEL)

    def scroll_by(self, rows: int) -> None:
        self.scroll_to_row(clamp(self.top + rows, 0, self.last_top))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.x == self.size.width - 1 and self.last_top:
            event.stop()
            self._grabbed = True
            self.capture_mouse()
            self._drag(event.y)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._grabbed:
            self._drag(event.y)

    def on_mouse_up(self) -> None:
        if self._grabbed:
            self._grabbed = False
            self.release_mouse()

    def _drag(self, y: int) -> None:
        lines = max(1, self.size.height - 1)
        self.scroll_to_row(round(clamp(y, 0, lines) * self.last_top / lines))
