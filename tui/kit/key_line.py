"""The line at the foot: the keys that act now, as many as there is room for, each a button.

Textual's Footer makes a widget of every key, and begins to scroll where there are too many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from tui.kit.command import Commanded

_APART = "  "
_AT_END = ("app.help", "app.palette")
"""Commands at the right end of the line, where there is room."""


class KeyWord(NamedTuple):
    """A key with its word."""

    key: str
    """As it is shown."""
    word: str
    pressed: str
    """By Textual's name."""
    enabled: bool
    pinned: bool

    @property
    def cells(self) -> int:
        return cell_len(self.key) + 1 + cell_len(self.word)


class KeyLine(Widget):
    """`pinned` are ids of commands that stay when others have to go.

    `spare` are those that are shown in the room that is left, the first of them first.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--word", "keys--off"}
    DEFAULT_CSS = """
    KeyLine {
        height: 1; dock: bottom; padding: 0 2; background: $footer-background;
        & > .keys--key { color: $footer-key-foreground; text-style: bold; }
        & > .keys--word { color: $footer-description-foreground; }
        & > .keys--off { color: $footer-description-foreground; text-style: dim; }
    }
    """

    def __init__(
        self,
        pinned: Collection[str] = (),
        spare: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._spare = spare
        self._pinned = frozenset((*pinned, *_AT_END))
        self._placed: list[tuple[int, KeyWord]] = []
        """Where each begins."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.refresh()

    @property
    def shown(self) -> list[KeyWord]:
        """What there was room for, from left to right."""
        return [word for _, word in self._placed]

    # -- drawing -----------------------------------------------------------------------------

    def render(self) -> Content:
        words, end = list(self._words()), []
        for name in _AT_END:
            end += [word for id_, word in words if id_ == name]
        here = [word for id_, word in words if id_ not in (*_AT_END, *self._spare)]
        for name in self._spare:
            here += [word for id_, word in words if id_ == name and word.enabled]
        room = self.size.width
        while here and _cells(here) + len(_APART) + _cells(end) > room:
            loose = [word for word in here if not word.pinned]
            here.remove(loose[-1] if loose else here[-1])
        while end and _cells(end) > room:
            end.pop()
        self._placed = []
        parts: list[Content] = []
        at = self._place(here, 0, parts)
        if end:
            begin = max(at, room - _cells(end))
            parts.append(Content(" " * (begin - at)))
            self._place(end, begin, parts)
        return Content("").join(parts)

    def _place(self, words: list[KeyWord], at: int, parts: list[Content]) -> int:
        key, plain, off = map(self.get_visual_style, ("keys--key", "keys--word", "keys--off"))
        for word in words:
            self._placed.append((at, word))
            ink = (key, plain) if word.enabled else (off, off)
            parts.append(Content.assemble((word.key, ink[0]), " ", (word.word, ink[1]), _APART))
            at += word.cells + len(_APART)
        return at

    def _words(self) -> Iterator[tuple[str, KeyWord]]:
        """By the ids of the commands, the context's own first, each context's in its order."""
        seen: set[str] = set()
        for _, binding, enabled, _ in sorted(self.screen.active_bindings.values(), key=_rank):
            named = binding.id or ""
            shown_anyway = binding.show or named in _AT_END or named in self._spare
            if binding.description in seen or not shown_anyway:
                continue
            seen.add(binding.description)
            shown = self.app.get_key_display(binding)
            pinned = named in self._pinned
            yield named, KeyWord(shown, binding.description, binding.key, enabled, pinned)

    # -- the mouse ---------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        x = event.get_content_offset_capture(self).x
        for at, word in self._placed:
            if at <= x < at + word.cells and word.enabled:
                self.app.simulate_key(word.pressed)


def _rank(active: ActiveBinding) -> tuple[int, int]:
    """Textual gives a key of the screen that a field has too the place of the field's."""
    node, binding = active.node, active.binding
    table = [command.id for command in node.TABLE] if isinstance(node, Commanded) else []
    place = table.index(binding.id) if binding.id in table else len(table)
    return -len(node.ancestors), place


def _cells(words: list[KeyWord]) -> int:
    return sum(word.cells for word in words) + len(_APART) * max(0, len(words) - 1)
