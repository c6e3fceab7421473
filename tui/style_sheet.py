"""The app's style sheet: Textual's, where what is asked of it is found once, and when it is asked.

Textual reads all sheets again for each screen that brings one, and matches every part of a widget,
such as the cursor of a table, whenever the widget is matched; most parts are never drawn.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.css.model import RuleSet
from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

RuleSet.__hash__ = object.__hash__  # type: ignore[method-assign]  # as Textual's, which is in Python


class StyleSheet(Stylesheet):
    def reparse(self) -> None:
        self.parse()

    def update_nodes(self, nodes: Iterable[DOMNode], animate: bool = False) -> None:
        """A widget that is on no screen yet has its styles found when it is mounted."""
        there = (node for node in nodes if node.parent is not None or node.is_dom_root)
        super().update_nodes(there, animate)

    def _process_component_classes(self, node: DOMNode) -> None:
        """Forget the styles of its parts; it is drawn again if one that was asked for differs."""
        before = node._component_styles
        if names := node._get_component_classes():
            node._component_styles = now = PartStyles(self, node, names)
            if any(now[name] != styles for name, styles in before.items()):
                node.refresh()


class PartStyles(dict[str, RenderStyles]):
    """By name, those that were asked for; each is found when it first is."""

    def __init__(self, sheet: StyleSheet, node: DOMNode, names: frozenset[str]) -> None:
        super().__init__()
        self._sheet = sheet
        self._node = node
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        part = DOMNode(classes=name)
        part._attach(self._node)
        self._sheet.apply(part)
        styles = self[name] = part.styles
        return styles
