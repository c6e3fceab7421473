"""The widget that shows a part of many rows, of which only those in sight are ever drawn.

Its window says which rows these are, its painter draws them. It overrides `render_lines` and
hands over strips of the exact width, so a frame costs what its changed rows cost; a widget that
lets its virtual size grow pays a layout for each row. For that reason it draws no border or
padding of its own: its parent does. It keeps a slim scroll bar in its last column.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.binding import Binding, BindingType
from textual.geometry import Region, clamp
from textual.strip import Strip
from textual.widget import Widget

from tui.kit.columns import Ink
from tui.kit.window import Window
from tui.safe import fit

WHEEL = 3
"""Rows that one notch of the wheel moves."""
THUMB, TRACK = "▐", " "


class Painter(Protocol):
    def draw(self, y: int, width: int, ink: Ink) -> Strip:
        """Line `y` in exactly `width` cells."""
        ...

    def forget(self) -> None:
        """Drop what is cached of drawn lines: the width or the colours changed."""
        ...


class Inks:
    """The styles of a widget's component classes on top of one another."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._found: dict[tuple[str, ...], Style] = {}

    def __call__(self, *names: str) -> Style:
        """As this terminal shows it: line filters (NO_COLOR and the like) apply once, not on
        every line.
        """
        if (found := self._found.get(names)) is None:
            classes = (f"viewport--{name}" for name in names)
            style = self._widget.get_visual_style(*classes).rich_style
            cell = [Segment(" ", style)]
            for line_filter in self._widget.get_line_filters():
                cell = line_filter.apply(cell, self._widget.background_colors[1])
            found = self._found[names] = cell[0].style or style
        return found

    def forget(self) -> None:
        self._found = {}


class Viewport(Widget, can_focus=True):
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"viewport--{name}"
        for names in (
            ("good", "warn", "bad", "active", "muted", "name", "cursor", "thumb", "pill"),
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
        & > .viewport--name { color: $text-accent; }
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

    def __init__(
        self,
        window: Window,
        painter: Painter,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        self._window = window
        self._painter = painter
        self._ink = Inks(self)
        self._grabbed = False
        super().__init__(id=id, classes=classes)

    # -- drawing ---------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        width = self.size.width
        strips = [self._painter.draw(y, width, self._ink) for y in crop.line_range]
        span = crop.column_span
        return strips if span == (0, width) else [strip.crop(*span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """What Textual asks for to know what is under the mouse."""
        return self.render_lines(Region(0, y, self.size.width, 1))[0]

    def repaint(self) -> None:
        """Have drawn what changed."""
        self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._ink.forget()
        self._painter.forget()

    def on_resize(self) -> None:
        self._window.resize(self.size.height)
        self._painter.forget()
        self.repaint()

    # -- scrolling -------------------------------------------------------------------------

    @property
    def rows(self) -> int:
        return self._window.rows

    @property
    def top(self) -> int:
        """The row in the first line."""
        return self._window.top

    def scroll_to_row(self, top: int) -> None:
        """Bring row `top` to the first line, or as near as can be."""
        self._window.scroll_to(top)
        self.repaint()

    def scroll_by(self, rows: int) -> None:
        self.scroll_to_row(clamp(self.top + rows, 0, self._window.last_top))

    def action_move(self, where: str) -> None:
        self.scroll_by(self._window.step(where))

    @on(events.MouseScrollDown)
    @on(events.MouseScrollUp)
    def _wheel(self, event: events.MouseEvent) -> None:
        if not (event.shift or event.ctrl):
            event.stop()
            self.scroll_by(WHEEL if isinstance(event, events.MouseScrollDown) else -WHEEL)

    @on(events.MouseDown)
    @on(events.MouseMove)
    @on(events.MouseUp)
    def _drag(self, event: events.MouseEvent) -> None:
        """The thumb goes with the mouse that took hold of the scroll bar."""
        match event:
            case events.MouseDown():
                if event.x == self.size.width - 1 and self._window.last_top:
                    event.stop()
                    self._grabbed = True
                    self.capture_mouse()
            case events.MouseUp() if self._grabbed:
                self._grabbed = False
                self.release_mouse()
        if self._grabbed:
            lines = max(1, self.size.height - 1)
            self.scroll_to_row(round(clamp(event.y, 0, lines) * self._window.last_top / lines))


def moving(
    context: str, words: tuple[str, str, str, str], ends: tuple[str, str] = ("start", "end")
) -> list[BindingType]:
    """The keys that go about; `words` say what up, down, home and end do, `ends` name the last."""
    up, down, start, end = words
    keys = (
        ("up,k", "up", "up", "Up", up),
        ("down,j", "down", "down", "Down", down),
        ("pageup", "pageup", "pageup", "Page up", "Page up"),
        ("pagedown", "pagedown", "pagedown", "Page down", "Page down"),
        ("home", "start", ends[0], start.split()[0], start),
        ("end", "end", ends[1], end.split()[0], end),
    )
    return [
        Binding(key, f"move('{where}')", title, id=f"{context}.{name}", show=False, tooltip=says)
        for key, where, name, title, says in keys
    ]


def blank(width: int, ink: Ink, bar: str = TRACK) -> Strip:
    """A line with nothing but the scroll bar."""
    parts = [Segment(" " * (width - 1), ink()), Segment(bar, ink("thumb"))]
    return Strip(parts if width > 1 else parts[1:], width)


def in_the_middle(text: str, width: int, ink: Ink) -> Strip:
    """A line of quiet text, for when there is nothing to show."""
    ahead = " " * max(0, (width - cell_len(text)) // 2)
    return Strip([Segment(fit(ahead + text, width), ink("muted"))], width)
