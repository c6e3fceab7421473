"""Lists of options in no room: importing this makes Textual's own, and those of its selects, live.

A pane that opens or closes has no width for a moment, and Textual divides by it.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.widgets import OptionList

_get_content_height = OptionList.get_content_height


def _height_in_room(self: OptionList, container: Size, viewport: Size, width: int) -> int:
    room = width - self.get_component_styles("option-list--option").padding.width
    return _get_content_height(self, container, viewport, width) if room > 0 else 0


OptionList.get_content_height = _height_in_room  # type: ignore[method-assign]
