"""Writing JSON by hand: brackets in pairs, lines indented, and what is no JSON yet told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from engine.drafts.json_trouble import json_trouble
from tui.kit import brackets
from tui.kit.brackets import BracketEdit
from tui.kit.editor import JsonEditor


class Desk(App[None]):
    def compose(self) -> ComposeResult:
        yield JsonEditor("body", id="body")


@asynccontextmanager
async def writing(text: str = "") -> AsyncIterator[tuple[JsonEditor, Pilot[None]]]:
    app = Desk()
    async with app.run_test(size=(60, 20)) as pilot:
        editor = app.query_one(JsonEditor)
        editor.load_text(text)
        editor.focus()
        await pilot.pause()
        yield editor, pilot


class Page:
    """A text and a cursor, and the keys as the editor does them."""

    def __init__(self) -> None:
        self.text, self.at = "", 0

    def press(self, char: str) -> None:
        before = self.text[: self.at].rpartition("\n")[2]
        after, line_break, below = self.text[self.at :].partition("\n")
        if char == "\n":
            change = brackets.entered(before, after)
        else:
            change = (
                brackets.closed_below(char, before, after, line_break + below)
                or brackets.typed(char, before, after)
                or brackets.dedented(char, before, after)
            )
        self._do(change or BracketEdit(char))

    def _do(self, change: BracketEdit) -> None:
        begin, end = self.at - change.before, self.at + change.after
        self.text = self.text[:begin] + change.text + self.text[end:]
        self.at = begin + len(change.ahead)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(values.map(lambda one: [one]), st.sampled_from([None, 2, 4]))
def test_whoever_types_every_character_gets_what_was_typed(value: object, indent: int) -> None:
    page = Page()
    for char in json.dumps(value, indent=indent):
        page.press(char)
    assert json.loads(page.text) == value


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        ("{", "{}", (0, 1)),
        ('{"', '{""}', (0, 2)),
        ('{"a"', '{"a"}', (0, 4)),
        ("{}", "{}", (0, 2)),
        ("{\n", "{\n  \n}", (1, 2)),
        ('{"a": [\n1,\n2', '{"a": [\n  1,\n  2\n]}', (2, 3)),
        ("{\n[\n1", "{\n  [\n    1\n  ]\n}", (2, 5)),
        ("{\n}", "{\n}", (1, 1)),
        ('["\\"', '["\\""]', (0, 4)),
        ("{{Count}}", "{{Count}}", (0, 9)),
        ('["{', '["{"]', (0, 3)),
        ("  a\nb", "  a\n  b", (1, 3)),
        ('say {"', 'say {"', (0, 6)),
    ],
)
async def test_keys(keys: str, text: str, cursor: tuple[int, int]) -> None:
    async with writing() as (editor, pilot):
        await pilot.press(*("enter" if one == "\n" else one for one in keys))
        assert (editor.text, editor.cursor_location) == (text, cursor)


async def test_an_empty_pair_goes_whole_and_comes_back() -> None:
    async with writing() as (editor, pilot):
        await pilot.press("[", "{", "backspace")
        assert editor.text == "[]"
        await pilot.press("backspace", "backspace")
        assert editor.text == ""
        await pilot.press("ctrl+z")
        assert editor.text


async def test_lines_that_end_as_in_windows() -> None:
    async with writing("{\r\n}") as (editor, pilot):
        await pilot.press("end", "enter", "1", "enter", "}")
        assert editor.text == "{\r\n  1\r\n}"
        assert editor.cursor_location == (2, 1)


async def test_a_line_of_a_megabyte_is_not_folded() -> None:
    async with writing() as (editor, pilot):
        assert editor.soft_wrap
        editor.load_text("x" * 1_000_000)
        await pilot.pause()
        assert not editor.soft_wrap
        await pilot.press("end", "y")
        assert len(editor.text) == 1_000_001
        editor.load_text("short")
        assert editor.soft_wrap


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", ""),
        ("plain {", ""),
        ('{"a": [1, 2.5e3, null]}', ""),
        ('{"a": 1', "line 1, character 8: it ends too early"),
        ("{\n  a: 1}", "line 2, character 3: a name in double quotes belongs here"),
        ("[1 2]", "line 1, character 4: a comma or a closing bracket is missing"),
        ('{"a" 1}', "line 1, character 6: a colon is missing after the name"),
        ('["a]', "line 1, character 2: this text has no closing quote"),
        ("[1]]", "line 1, character 4: it had ended before this"),
        ("[,]", "line 1, character 2: a value belongs here"),
        ('["\\x"]', "line 1, character 3: no such escape: write \\\\ for a backslash"),
        ("[" * 100_000, "line 1, character 1: it is nested too deeply"),
    ],
)
def test_what_is_no_json_is_told_where(body: str, told: str) -> None:
    found = json_trouble(body.encode())
    assert str(found or "").startswith(told)
    assert bool(found) == bool(told)


def test_bytes_that_are_no_text() -> None:
    assert "no UTF-8" in str(json_trouble(b'{"a": "\xff"}'))


async def test_a_long_text_is_left_and_selected_with_one_key() -> None:
    async with writing("one\ntwo\nthree") as (editor, pilot):
        await pilot.press("ctrl+end")
        assert editor.cursor_location == (2, 5)
        await pilot.press("ctrl+home")
        assert editor.cursor_location == (0, 0)
        await pilot.press("ctrl+shift+end")
        assert editor.selected_text == "one\ntwo\nthree"
        await pilot.press("right", "ctrl+shift+home", "delete")
        assert editor.text == ""
        await pilot.press("a", "left", "ctrl+shift+a", "b")
        assert editor.text == "b"
