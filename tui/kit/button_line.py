"""A line of parts, each a button: as many as there is room for, the least important gone first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive
from textual.widget import Widget


class Form(NamedTuple):
    """How a part looks: the form with the highest rank gives way first; one with 0 stays."""

    rank: int
    words: Content


class Part(NamedTuple):
    """`forms` from the longest to the shortest, each with a lower rank than the one before."""

    name: str
    """What a click on it wants."""
    forms: tuple[Form, ...]


class Placed(NamedTuple):
    """What there is room for, and where it begins."""

    at: int
    name: str
    words: Content

    @property
    def end(self) -> int:
        return self.at + self.words.cell_length


def placed(parts: Iterable[Part], room: int, gap: int) -> list[Placed]:
    """From left to right in `room` cells; what stays and does not fit is cut by the line's end."""
    left = [(part.name, list(part.forms)) for part in parts if part.forms]
    ranks = sorted({form.rank for _, forms in left for form in forms if form.rank}, reverse=True)
    for rank in ranks:
        if _cells(left, gap) <= room:
            break
        for _, forms in left:
            if forms and forms[0].rank == rank:
                del forms[0]
    found: list[Placed] = []
    at = 0
    for name, forms in left:
        if forms:
            found.append(Placed(at, name, forms[0].words))
            at = found[-1].end + gap
    return found


def _cells(left: Sequence[tuple[str, list[Form]]], gap: int) -> int:
    widths = [forms[0].words.cell_length for _, forms in left if forms]
    return sum(widths) + gap * max(0, len(widths) - 1)


def _looks(part: Placed) -> tuple[object, ...]:
    """Contents are compared with their styles; Textual compares the words alone."""
    return part.at, part.words.plain, tuple(part.words.spans)


class ButtonLine(Widget):
    """One row; `parts` are all that may stand there."""

    gap: ClassVar[int] = 2
    """Cells between two parts."""
    ALLOW_SELECT = False
    DEFAULT_CSS = "ButtonLine { height: 1; padding: 0 2; background: $panel; }"
    parts: reactive[tuple[Part, ...]] = reactive((), repaint=False)

    @property
    def placed(self) -> list[Placed]:
        return self._placed(self.parts)

    def _placed(self, parts: Iterable[Part]) -> list[Placed]:
        return placed(parts, self.size.width, self.gap)

    def watch_parts(self, before: Sequence[Part], now: Sequence[Part]) -> None:
        """What changed is painted: a figure that changes all the time is no reason to send the
        whole line.
        """
        had, has = ({_looks(part): part for part in self._placed(each)} for each in (before, now))
        changed = [(had | has)[looks] for looks in had.keys() ^ has.keys()]
        if changed:
            at = min(part.at for part in changed)
            self.refresh(Region(at, 0, max(part.end for part in changed) - at, 1))

    def render(self) -> Content:
        words: list[Content] = []
        at = 0
        for part in self.placed:
            words += [Content(" " * (part.at - at)), part.words]
            at = part.end
        return Content("").join(words)

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        x = event.get_content_offset_capture(self).x
        for part in self.placed:
            if part.at <= x < part.end:
                await self.press(part.name)

    async def press(self, name: str) -> None:
        """Do what a click on the part of this name is for."""
