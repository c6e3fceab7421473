"""Where widgets are, and who is told of it."""

from __future__ import annotations

from textual._compositor import Compositor, CompositorMap, ReflowResult
from textual.geometry import Size
from textual.widget import Widget


class TellingCompositor(Compositor):
    """Textual's, but every widget is told its size.

    Textual's tells those whose size is another than it was in the map before. Who asks where a
    widget is, after a scroll and before the layout, has the map made in passing; of what is new in
    there nobody would ever be told.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: CompositorMap = {}

    def clear(self) -> None:
        super().clear()
        self._told = {}

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        self._full_map = self._told
        result = super().reflow(parent, size)
        self._told = self._full_map
        return result
