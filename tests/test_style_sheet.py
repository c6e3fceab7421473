"""The app's style sheet: each source is read once, and parts of widgets when they are drawn."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import quick_styles
from helpers.desk import sitting_alone
from textual.css import stylesheet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widgets import OptionList

from tui.style_sheet import StyleSheet


def test_a_source_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    parse = stylesheet.parse

    def note(scope: str, css: str, read_from: Any, **more: Any) -> Any:
        read.append(css)
        return parse(scope, css, read_from, **more)

    monkeypatch.setattr(stylesheet, "parse", note)
    monkeypatch.setattr(Stylesheet, "parse", quick_styles.parse)
    monkeypatch.setattr(Stylesheet, "_parse_rules", quick_styles.parse_rules)
    sheet = StyleSheet()
    for css in ("First { color: red; }", "Second { color: blue; }"):
        sheet.add_source(css)
        sheet.reparse()
    assert len(sheet.rules) == len(read) == 2
    sheet.set_variables({"ink": "red"})
    sheet.reparse()
    assert len(sheet.rules) == 2
    assert len(read) == 4


async def test_a_part_is_matched_when_it_is_asked_for_and_again_when_styles_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with sitting_alone((80, 24)) as hand:
        matched: list[str] = []
        apply = StyleSheet.apply

        def note(sheet: StyleSheet, node: DOMNode, **more: Any) -> None:
            matched.extend(node.classes & {"option-list--option", "option-list--separator"})
            apply(sheet, node, **more)

        monkeypatch.setattr(StyleSheet, "apply", note)
        options = OptionList("one")
        await hand.app.desk.mount(options)
        await hand.pilot.pause()
        assert "option-list--separator" not in matched
        ink = options.get_component_styles("option-list--separator").color
        assert matched.count("option-list--separator") == 1
        hand.app.theme = "textual-light"
        await hand.pilot.pause()
        assert matched.count("option-list--separator") == 2
        assert options.get_component_styles("option-list--separator").color != ink
        with pytest.raises(KeyError):
            options.get_component_styles("nobody--knows")
