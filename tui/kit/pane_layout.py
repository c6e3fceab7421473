"""Panes beside each other where there is room, else one at a time under tabs.

The borders between them are moved with the mouse or with keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.reactive import reactive
from textual.widget import Widget

from tui.kit.command import ANYWHERE, Command, Commanded
from tui.kit.pane_room import LEAST_SHARE, Border, PaneRoom
from tui.kit.tab_line import TabLine

WIDE = 100
"""Columns from which panes stand beside each other."""
_STEP = 0.05
"""How far a key moves a border, as a part of what both sides have."""

_SHARES: WeakKeyDictionary[App[Any], dict[str, float]] = WeakKeyDictionary()


def shares_of(app: App[Any]) -> dict[str, float]:
    """Where borders were moved to, by their names: the part of the first side."""
    return _SHARES.setdefault(app, {})


def _command(key: str, upright: bool, by: int) -> Command[PaneLayout]:
    return Command(
        f"panes.{key}",
        f"ctrl+shift+{key}",
        f"Border {key}",
        f"Move the border between the panes {'to the ' if upright else ''}{key}",
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

    front: reactive[str] = reactive("", init=False)
    """The pane that was gone to last."""
    narrow: reactive[bool] = reactive(False, init=False)
    """True while only the pane in front is shown."""

    def __init__(self, room: PaneRoom, focus: Mapping[str, str]) -> None:
        super().__init__()
        self._room = room
        self._focus = focus
        names = (f"{number} {pane.capitalize()}" for number, pane in enumerate(focus, 1))
        self._tabs = TabLine(*names, id="pane-tabs")
        self._tabs.can_focus = False
        self._tabs.display = False
        self._moving: Border | None = None
        """What the mouse holds."""
        self._zoomed = False
        self.set_reactive(PaneLayout.front, next(iter(focus)))

    def compose(self) -> ComposeResult:
        yield self._tabs
        assert isinstance(self._room, Widget)
        yield self._room

    def go(self, pane: str) -> None:
        """Bring a pane to the front, and the focus into it, before another key is heard."""
        self.front = pane
        found = self.query(self._focus[pane])
        shown = (widget for widget in found if widget.display and _is_within_shown(widget))
        self.screen.set_focus(next(shown, found.first()))

    def step(self, by: int) -> None:
        """Go to the pane after or before."""
        names = list(self._focus)
        self.go(names[max(0, min(names.index(self.front) + by, len(names) - 1))])

    def on_mount(self) -> None:
        self.on_resize()  # what is drawn first stands where it stays

    def on_resize(self) -> None:
        self.narrow = self._zoomed or self.app.size.width < WIDE
        self.lay_out()

    def zoom(self) -> None:
        """Give all the room to the pane in front, or take it back, where there is room for all."""
        self._zoomed = not self._zoomed
        self.set_class(self._zoomed, "-narrow")
        self.on_resize()

    def watch_front(self, front: str) -> None:
        self._tabs.active = list(self._focus).index(front)
        self.lay_out()

    def watch_narrow(self, narrow: bool) -> None:
        self._tabs.display = narrow
        self.lay_out()

    def lay_out(self) -> None:
        """Hide by style and not by class: a class on a parent restyles all that is in it."""
        self._room.lay_out(self.front, self.narrow, shares_of(self.app))

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
        """Move by a step: the border beside the pane in front, else one that all share."""
        there = [border for border in self._room.borders() if border.upright is upright]
        beside = [border for border in there if self.front in border.panes]
        for border in beside or [border for border in there if not border.panes]:
            self._put(border, border.share + by * _STEP)

    def _put(self, border: Border, share: float) -> None:
        share = max(LEAST_SHARE, min(share, 1 - LEAST_SHARE))
        shares_of(self.app)[border.name] = share
        self.lay_out()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        borders = () if self.narrow else self._room.borders()
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


def _is_within_shown(widget: Widget) -> bool:
    return isinstance(widget.parent, Widget) and widget.parent.display
