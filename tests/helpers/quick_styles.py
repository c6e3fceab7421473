"""Textual's style sheets, read and matched once for all apps of a process.

An app in a test spends half of its start on that, and every app finds the same. What is kept
follows from all that the sheets can ask: the rules, and the state of a node and its parents.
Textual itself keeps a match no longer than one update, and says which may not be kept at all.
"""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget

apply = Stylesheet.apply
"""Textual's own."""
process = Stylesheet._process_component_classes
ASKS = ("_has_hover_style", "_has_focus_within", "_has_order_style", "_has_odd_or_even")
"""What a match notes on its node."""
_above: tuple[DOMNode | None, tuple[object, ...] | None] = None, None
_parse = Stylesheet._parse_rules
_parsed: dict[tuple[object, ...], list[RuleSet]] = {}
_matched: dict[tuple[int, ...], dict[object, Any]] = {}
"""By the rules of a sheet: by the state of a path of nodes, the styles of its last."""


def install() -> None:
    """For all apps that follow."""
    RuleSet.__hash__ = object.__hash__
    Stylesheet._parse_rules = _parse_once
    Stylesheet.apply = _apply_known
    Stylesheet._process_component_classes = _process


def _parse_once(sheet: Stylesheet, *source: Any, **more: Any) -> list[RuleSet]:
    key = (source, *more.items(), *sheet._variables.items())
    if key not in _parsed:
        _parsed[key] = _parse(sheet, *source, **more)
    return _parsed[key]


class _Match(dict[object, Any]):
    """Stands for the cache of one update: takes the styles that Textual says may be kept."""

    def get(self, _: object) -> None:
        """Nothing is known here: else Textual would not have been asked."""


def _apply_known(
    sheet: Stylesheet, node: DOMNode, *, animate: bool = False, cache: object = None
) -> None:
    path = _path(node)
    if path is None:
        apply(sheet, node, animate=animate, cache=cache)
        return
    known = _known_to(sheet)
    if path not in known:
        match = _Match()
        apply(sheet, node, animate=animate, cache=match)
        for styles in match.values():
            known[path] = styles, [getattr(node, name) for name in ASKS]
        return
    styles, asks = known[path]
    for name, value in zip(ASKS, asks, strict=True):
        setattr(node, name, value)
    sheet.replace_rules(node, styles, animate=animate)
    sheet._process_component_classes(node)


def _process(sheet: Stylesheet, node: DOMNode) -> None:
    """A widget's parts are matched one after the other, while nothing changes above them."""
    global _above
    if node._get_component_classes():
        _above = node, _path(node)
        try:
            process(sheet, node)
        finally:
            _above = None, None


def _path(node: DOMNode) -> tuple[object, ...] | None:
    """The state of a node and of all above it; None outside of an app."""
    parent, known = _above
    if parent is not None and node._parent is parent:
        return known and (*known, _state(node))
    path = node.css_path_nodes
    return tuple(map(_state, path)) if isinstance(path[0], App) else None


def _known_to(sheet: Stylesheet) -> dict[object, Any]:
    rules = sheet.rules
    if getattr(sheet, "_known_rules", None) is not rules:
        sheet._known_rules = rules
        sheet._known = _matched.setdefault(tuple(map(id, rules)), {})
    return sheet._known


def _state(node: DOMNode) -> tuple[object, ...]:
    """All that a selector can ask of a node, but for where it is among its siblings."""
    state = type(node), node._id, node.classes
    if isinstance(node, Widget):
        return *state, node.mouse_hover, node.has_focus, node.disabled, node.allow_focus()
    return *state, *(check(node) for check in node._PSEUDO_CLASSES.values())
