"""Panes in columns beside each other where there is room, else one at a time under tabs.

The border between two columns, or between two panes of a column, is moved with the mouse or with
keys. Where it was moved to is kept while natstap runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget

from .command import ANYWHERE, Command, Commanded, bindings
from .tab_line import TabLine

WIDE = 100
"""Columns from which panes stand beside each other."""
_STEP = 0.05
"""How far a key moves a border, as a part of what both sides have."""
_LEAST = 0.15
"""The part that a side keeps at least."""


_SHARES: WeakKeyDictionary[App[Any], dict[str, float]] = WeakKeyDictionary()
"""Where borders were moved to, by their names, as long as natstap runs."""


class Border(NamedTuple):
    """Where two columns meet, or two panes that stand one above the other."""

    before: Widget
    after: Widget
    upright: bool
    """True between columns."""

    @property
    def name(self) -> str:
        return self.before.id or ""

    @property
    def span(self) -> tuple[int, int]:
        """Where both begin on the screen, and how many cells they have."""
        first, second = self.before.region, self.after.region
        if self.upright:
            return first.x, first.width + second.width
        return first.y, first.height + second.height

    def is_at(self, x: int, y: int) -> bool:
        first, second = self.before.region, self.after.region
        if self.upright:
            return x in (first.right - 1, second.x) and first.y <= y < first.bottom
        return y in (first.bottom - 1, second.y) and first.x <= x < first.right

    @property
    def share(self) -> float:
        """The part of the first side now."""
        _, cells = self.span
        own = self.before.region.width if self.upright else self.before.region.height
        return own / cells if cells else 0.5

    def put(self, share: float | None) -> None:
        """Give the first side a part of the room; None for what the style sheet says."""
        for side, part in ((self.before, share), (self.after, share and 1 - share)):
            size = None if part is None else f"{part:.3f}fr"
            most = None if part is None else "100%"
            if self.upright:
                side.styles.width, side.styles.max_width = size, most
            else:
                side.styles.height, side.styles.max_height = size, most


def _command(key: str, upright: bool, by: int) -> Command[PaneLayout]:
    between = "columns" if upright else "panes"
    return Command(
        f"panes.{key}",
        f"ctrl+shift+{key}",
        f"Border {key}",
        f"Move the border between the {between} {'to the ' if upright else ''}{key}",
        lambda layout: layout.move_border(upright, by),
        lambda layout: None if layout.narrow else True,
        group=ANYWHERE,
    )


_TABLE: tuple[Command[PaneLayout], ...] = (
    _command("left", True, -1),
    _command("right", True, 1),
    _command("up", False, -1),
    _command("down", False, 1),
)


class PaneLayout(Vertical, Commanded):
    """`focus` says what gets the focus in each pane, by the pane's id, in their order."""

    DEFAULT_CSS = "PaneLayout { height: 1fr; } #pane-tabs { padding: 0 1; }"
    TABLE = _TABLE
    BINDINGS: ClassVar[list[BindingType]] = bindings(_TABLE)

    front: reactive[str] = reactive("", init=False)
    """The pane that was gone to last."""
    narrow: reactive[bool] = reactive(False, init=False)
    """True while only the pane in front is shown."""

    def __init__(
        self, columns: Mapping[str, Sequence[Widget]], focus: Mapping[str, str], room: str
    ) -> None:
        """`columns` has two panes by the id of each of two columns; `room` is the id of all."""
        super().__init__()
        self._columns = tuple(Vertical(*panes, id=name) for name, panes in columns.items())
        self._focus = focus
        self._room = Horizontal(*self._columns, id=room)
        names = (f"{number} {pane.capitalize()}" for number, pane in enumerate(focus, 1))
        self._tabs = TabLine(*names, id="pane-tabs")
        self._tabs.can_focus = False
        self._tabs.display = False
        left, right = self._columns
        pairs = (tuple(panes) for panes in columns.values())
        self._borders = (
            Border(left, right, upright=True),
            *(Border(upper, lower, upright=False) for upper, lower in pairs),
        )
        self._moving: Border | None = None
        """What the mouse holds."""
        self._zoomed = False
        self.set_reactive(PaneLayout.front, next(iter(focus)))

    def compose(self) -> ComposeResult:
        yield self._tabs
        yield self._room

    def go(self, pane: str) -> None:
        """Bring a pane to the front, and the focus into it, before another key is heard."""
        self.front = pane
        self.screen.set_focus(self.query_one(self._focus[pane]))

    def step(self, by: int) -> None:
        """Go to the pane after or before."""
        names = list(self._focus)
        self.go(names[max(0, min(names.index(self.front) + by, len(names) - 1))])

    def on_resize(self) -> None:
        self.narrow = self._zoomed or self.app.size.width < WIDE
        self._arrange()

    def zoom(self) -> None:
        """Give all the room to the pane in front, or take it back, where there is room for all."""
        self._zoomed = not self._zoomed
        self.set_class(self._zoomed, "-narrow")
        self.on_resize()

    def watch_front(self, front: str) -> None:
        self._tabs.active = list(self._focus).index(front)
        self._arrange()

    def watch_narrow(self, narrow: bool) -> None:
        self._tabs.display = narrow
        self._arrange()

    def _arrange(self) -> None:
        """Hide by style and not by class: a class on a parent restyles all that is in it."""
        for column in self._columns:
            for pane in column.children:
                pane.display = not self.narrow or pane.id == self.front
            column.display = any(pane.display for pane in column.children)
        shares = _SHARES.setdefault(self.app, {})
        for border in self._borders:
            border.put(None if self.narrow else shares.get(border.name))

    @on(TabLine.Chosen, "#pane-tabs")
    def _chosen(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.go(list(self._focus)[event.index])

    @on(events.DescendantFocus)
    def _focused(self, event: events.DescendantFocus) -> None:
        """Follow the focus, unless it has gone on since."""
        found = (node.id for node in event.widget.ancestors if node.id in self._focus)
        if event.widget is self.screen.focused:
            self.front = next(found, None) or self.front

    # -- the borders -------------------------------------------------------------------------

    def move_border(self, upright: bool, by: int) -> None:
        """Move the one between the columns, or the one beside the pane in front, by a step."""
        for border in self._borders:
            beside = self.front in (border.before.id, border.after.id)
            if border.upright if upright else beside and not border.upright:
                self._put(border, border.share + by * _STEP)

    def _put(self, border: Border, share: float) -> None:
        share = max(_LEAST, min(share, 1 - _LEAST))
        _SHARES.setdefault(self.app, {})[border.name] = share
        border.put(share)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        borders = () if self.narrow else self._borders
        found = (border for border in borders if border.is_at(event.screen_x, event.screen_y))
        self._moving = next(found, None)
        if self._moving is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._moving is not None:
            start, cells = self._moving.span
            at = event.screen_x if self._moving.upright else event.screen_y
            self._put(self._moving, (at + 1 - start) / max(1, cells))
            self.screen.clear_selection()

    def on_mouse_up(self) -> None:
        if self._moving is not None:
            self._moving = None
            self.release_mouse()
