"""A flow's lines where they are wider than their container: the times stay in sight.

`shift` is how many cells the container is scrolled to the right.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widgets import OptionList, Static

from .sequence import PINNED


class PinnedText(Static):
    shift: reactive[int] = reactive(0)

    def render_line(self, y: int) -> Strip:
        return _pin(super().render_line(y), self.shift)


class PinnedOptions(OptionList):
    shift: reactive[int] = reactive(0)

    def render_line(self, y: int) -> Strip:
        return _pin(super().render_line(y), self.shift)


def _pin(line: Strip, shift: int) -> Strip:
    """The blanks after the times belong to them: drawings of the screen leave out those that a
    part begins with.
    """
    if not shift:
        return line
    times, rest = line.crop(0, PINNED), line.crop(shift + PINNED, line.cell_length)
    blank = len(rest.text) - len(rest.text.lstrip(" "))
    gap = [Segment(" " * blank, last.style) for last in list(times)[-1:]]
    return Strip.join([line.crop(0, shift), Strip([*times, *gap]).simplify(), rest.crop(blank)])
