"""What the tests keep of the style sheets is what Textual finds."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import quick_styles
from helpers.desk import Hand, sitting
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from tui.style_sheet import StyleSheet


def styles(node: DOMNode) -> dict[str, Any]:
    known = node._component_styles
    parts = {name: known[name].base.get_rules() for name in node._get_component_classes()}
    asks = [getattr(node, name) for name in quick_styles.ASKS]
    return {"own": node.styles.base.get_rules(), "parts": parts, "asks": asks}


def all_styles(hand: Hand) -> list[dict[str, Any]]:
    """Those of all nodes of the screen, matched now."""
    nodes = hand.app.screen.walk_children(with_self=True)
    for node in nodes:
        hand.app.stylesheet.apply(node)
    return list(map(styles, nodes))


def assert_as_textual_finds(hand: Hand, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = all_styles(hand)
    with monkeypatch.context() as textuals_own:
        textuals_own.setattr(Stylesheet, "apply", quick_styles.apply)
        textuals_own.delattr(StyleSheet, "_process_component_classes")
        assert all_styles(hand) == kept


async def test_kept_styles_are_those_that_textual_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):  # the second app is styled by what the first one found
        async with sitting() as hand:
            assert_as_textual_finds(hand, monkeypatch)
            for keys in (["tab", "tab"], ["escape", "2"], ["ctrl+p"], ["escape", "s"], ["escape"]):
                await hand.press(*keys)
                assert_as_textual_finds(hand, monkeypatch)
            hand.app.theme = "textual-light"
            await hand.pilot.pause()
            assert_as_textual_finds(hand, monkeypatch)
            hand.app.stylesheet.add_source("Static { text-style: underline; }")
            hand.app.stylesheet.reparse()
            assert_as_textual_finds(hand, monkeypatch)
            hand.app.desk.disabled = True
            await hand.pilot.pause()
            assert_as_textual_finds(hand, monkeypatch)
