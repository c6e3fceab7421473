"""A line of tabs: one row high, worked with the arrow keys, the mouse or from its parent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.style import Style
from textual.widget import Widget

from tui.safe import clean

_GAP = 3
_MORE_LEFT, _MORE_RIGHT = "‹", "›"


class TabLine(Widget, can_focus=True):
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"tabs--tab", "tabs--active", "tabs--more"}
    DEFAULT_CSS = """
    TabLine {
        height: 1; width: 1fr;
        & > .tabs--tab { color: $text-muted; }
        & > .tabs--active { color: $text-primary; text-style: bold underline; }
        & > .tabs--more { color: $text-muted; }
        &:focus > .tabs--active {
            background: $primary; color: $background; text-style: bold;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Tab left", id="tabs.left", show=False, tooltip="Tab before"),
        Binding("right", "step(1)", "Tab right", id="tabs.right", show=False, tooltip="Next tab"),
        Binding(
            "down,enter", "app.focus_next", "Into", id="tabs.into", show=False, tooltip="Go into it"
        ),
    ]

    labels: reactive[tuple[str, ...]] = reactive(())
    active: reactive[int] = reactive(0)

    class Chosen(Message):
        """The user brought a tab to the front."""

        def __init__(self, tabs: TabLine, index: int) -> None:
            self.tabs = tabs
            self.index = index
            super().__init__()

        @property
        def control(self) -> TabLine:
            return self.tabs

    def __init__(self, *labels: str, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.set_reactive(TabLine.labels, labels)

    def validate_active(self, active: int) -> int:
        return max(0, min(active, len(self.labels) - 1))

    def watch_labels(self) -> None:
        self.active = self.validate_active(self.active)

    def action_step(self, by: int) -> None:
        if self.labels:
            self.choose((self.active + by) % len(self.labels))

    def choose(self, index: int) -> None:
        self.active = index
        self.post_message(self.Chosen(self, self.active))

    # -- drawing ---------------------------------------------------------------------------

    def render(self) -> Content:
        shown = list(self._in_sight())
        parts: list[Content | str | tuple[str, Style]] = []
        for index, word in shown:
            parts += [self._tab(word, index == self.active), " " * _GAP]
        more = self.get_visual_style("tabs--more")
        if shown and shown[0][0] > 0:
            parts.insert(0, (f"{_MORE_LEFT} ", more))
        if shown and shown[-1][0] < len(self.labels) - 1:
            parts.append((_MORE_RIGHT, more))
        return Content.assemble(*parts)

    def _tab(self, word: str, active: bool) -> Content:
        return Content.styled(word, self.get_visual_style(f"tabs--{'active' if active else 'tab'}"))

    def _in_sight(self) -> Iterator[tuple[int, str]]:
        """Index and word of the tabs that fit; the window begins so that the active one does."""
        words = [clean(label) for label in self.labels]
        if _width(words) <= self.size.width:
            yield from enumerate(words)
            return
        room = self.size.width - 2 * (_GAP + 1)
        first = self.active
        while first > 0 and _width(words[first - 1 : self.active + 1]) <= room:
            first -= 1
        for index in range(first, len(words)):
            if index > first and _width(words[first : index + 1]) > room:
                break
            yield index, words[index]

    def on_click(self, event: events.Click) -> None:
        shown = list(self._in_sight())
        place = 2 if shown and shown[0][0] > 0 else 0
        for index, word in shown:
            if place <= event.x < place + len(word):
                self.choose(index)
            place += len(word) + _GAP


def _width(words: list[str]) -> int:
    return sum(len(word) + _GAP for word in words) - _GAP
