"""What Textual reads a hundred thousand times in a test, on a shorter way.

Each is a lookup whose answer is the same; the caches of a strip are made when it needs them, for
most of the strips of a test are drawn once.
"""

from __future__ import annotations

from typing import Any

from textual import _callback
from textual.cache import FIFOCache
from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip

read = Reactive.__get__
"""Textual's own."""
screen_of = DOMNode.screen
rule = RenderStyles.get_rule
count = _callback._count_parameters
make_strip = Strip.__init__
_CACHES = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
"""Of a strip, and how much each holds."""
_counted: dict[object, int] = {}
"""By the code of a function, how many parameters it has."""


def install() -> None:
    """For all apps that follow."""
    Reactive.__get__ = _read_kept
    DOMNode.screen = property(_find_screen)
    RenderStyles.get_rule = _find_rule
    _callback._count_parameters = _count_once
    Strip.__init__ = _make_strip
    Strip.__getattr__ = _make_cache


def _read_kept(reactive: Reactive[Any], node: Any, kind: type) -> Any:
    """As Textual's for what is not set yet, or is computed."""
    if node is not None:
        name = reactive.internal_name
        kept = node.__dict__
        if name in kept and not hasattr(node, reactive.compute_name):
            return kept[name]
    return read(reactive, node, kind)


def _find_screen(node: DOMNode) -> Screen[object]:
    above: Any = node
    while above is not None and not isinstance(above, Screen):
        parent = above.__dict__.get("_MessagePump__parent")
        above = parent and parent()
    return above or screen_of.__get__(node)


def _find_rule(styles: RenderStyles, name: str, default: object = None) -> object:
    inline = styles._inline_styles._rules
    return inline[name] if name in inline else styles._base_styles._rules.get(name, default)


def _count_once(function: Any) -> int:
    code = getattr(function, "__code__", None)
    if code is None or hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        return count(function)
    key = code, hasattr(function, "__self__")
    if key not in _counted:
        _counted[key] = count(function)
    return _counted[key]


def _make_strip(strip: Strip, segments: Any, cell_length: int | None = None) -> None:
    strip._segments = list(segments)
    strip._cell_length = cell_length
    strip._render_cache = strip._link_ids = strip._cell_count = None


def _make_cache(strip: Strip, name: str) -> FIFOCache[Any, Any]:
    """Is asked for what a strip has not."""
    if name not in _CACHES:
        raise AttributeError(name)
    cache: FIFOCache[Any, Any] = FIFOCache(_CACHES[name])
    setattr(strip, name, cache)
    return cache
