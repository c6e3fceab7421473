"""Titles and lines are written only when they change: what is written is painted again, and what
looks at something twice a second would keep the terminal busy with the same words.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

Said = Content | str
_written: WeakKeyDictionary[Widget, dict[str, object]] = WeakKeyDictionary()


def retitle(frame: Widget, *, title: Said | None = None, subtitle: Said | None = None) -> None:
    """Set the titles in a frame; None leaves one as it is."""
    if title is not None and _is_new(frame, "title", title):
        frame.border_title = title
    if subtitle is not None and _is_new(frame, "subtitle", subtitle):
        frame.border_subtitle = subtitle


def rewrite(line: Static, said: Said, *, layout: bool = True) -> None:
    """As `Static.update`."""
    if _is_new(line, "line", said):
        line.update(said, layout=layout)


def _is_new(widget: Widget, what: str, said: Said) -> bool:
    """Contents are compared with their styles; Textual compares the words alone."""
    key = (said.plain, tuple(said.spans)) if isinstance(said, Content) else said
    before = _written.setdefault(widget, {})
    if before.get(what) == key and what in before:
        return False
    before[what] = key
    return True
