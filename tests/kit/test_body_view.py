"""Bodies of every sort and size, in a real app: right, inert and quick."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget

from tui.body.lines import HexLines, JsonLines, Lines, TextLines, lines_of
from tui.body.pane import BodyPane
from tui.body.view import BodyView

HOSTILE = "[/] [@click=app.quit] \x1b[2J \u202e \u200b 日本語"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=25,
)


def whole(lines: Lines) -> str:
    lines.grow(60.0)
    return "\n".join(lines.line(index) for index in range(len(lines)))


class Desk(App[None]):
    CSS = "BodyPane { border: none; min-height: 1; }"

    def __init__(self, body: bytes, content_type: str) -> None:
        super().__init__()
        self.view = BodyView(body, content_type)
        self.pane = BodyPane(self.view)

    def compose(self) -> ComposeResult:
        yield self.pane


@asynccontextmanager
async def desk(
    body: bytes, size: tuple[int, int] = (80, 10), content_type: str = ""
) -> AsyncIterator[tuple[BodyView, Pilot[None]]]:
    app = Desk(body, content_type)
    async with app.run_test(size=size) as pilot:
        app.view.focus()
        await pilot.pause()
        yield app.view, pilot


def lines(shown: Widget) -> list[str]:
    return [strip.text.rstrip() for strip in shown.render_lines(shown.size.region)]


# -- lines ---------------------------------------------------------------------------------


@given(VALUES.filter(lambda value: isinstance(value, list | dict)), st.booleans())
def test_json_is_laid_out_as_the_standard_library_does(value: object, tight: bool) -> None:
    sent = json.dumps(value, separators=(",", ":") if tight else (" ,\n", "  :\t"))
    found = lines_of(sent.encode())
    assert found.form == "json"
    assert whole(found) == json.dumps(value, indent=2)


_TOKENS = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"a"', '"{', " ", "\n", "12", "\\", '"', "é"]
)


@given(st.lists(_TOKENS, max_size=60).map("".join), st.integers(1, 7), st.sampled_from("jt"))
def test_where_a_slice_ends_changes_no_line(sent: str, block: int, kind: str) -> None:
    made = JsonLines if kind == "j" else TextLines
    at_once, sliced = made(sent), made(sent)
    at_once.grow(20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui.body.lines._BLOCK", block)
        sliced.grow(20)
    each = range(len(at_once))
    assert len(sliced) == len(at_once)
    assert [sliced.line(index) for index in each] == [at_once.line(index) for index in each]
    assert (sliced.widest, sliced.reach) == (at_once.widest, at_once.reach)
    spans = [sliced.span(index) for index in each]
    assert spans == sorted(spans)
    for index, (begin, end) in enumerate(spans):
        assert sliced.line_of(begin) == sliced.line_of(max(begin, end - 1)) == index


def test_json_keeps_what_decoding_would_lose() -> None:
    sent = b'{"a":1.10,"a":1e400,"n":' + b"9" * 5000 + b',"u":"\\u0041"}'
    shown = whole(lines_of(sent))
    assert '"a": 1.10,\n  "a": 1e400,' in shown
    assert "9" * 5000 in shown
    assert '"\\u0041"' in shown


@pytest.mark.parametrize(
    ("body", "content_type", "form"),
    [
        (b'{"a": 1}', "text/plain", "json"),
        (b"[]", "", "json"),
        (b"12", "application/json", "json"),
        (b"12", "", "text"),
        (b'{"a": 1', "application/json", "text"),
        (b"[" * 100_000, "application/json", "text"),
        (b"hello", "", "text"),
        ("日本語".encode(), "", "text"),
        (b"a caf\xe9 in latin-1, more or less", "", "text"),
        (b"\x00\x01\x02", "", "hex"),
        (b"\xff\xfe\xfd", "", "hex"),
        (b"", "", "text"),
    ],
)
def test_the_form_suits_the_body(body: bytes, content_type: str, form: str) -> None:
    assert lines_of(body, content_type).form == form


@given(st.text(alphabet=st.sampled_from("ab\r\n\t é日")))
def test_text_is_cut_at_line_breaks_only(value: str) -> None:
    found = lines_of(value.encode(), "text/plain")
    assert whole(found) + "\n" * value.endswith("\n") == value.replace("\r\n", "\n")


@given(st.binary(max_size=100))
def test_a_hex_dump_holds_every_byte(body: bytes) -> None:
    shown = whole(HexLines(b"\x00" + body)).splitlines()
    assert bytes.fromhex("".join(line[10:58] for line in shown)) == b"\x00" + body


@pytest.mark.parametrize(
    "body",
    [
        b'{"' + b'\\"' * 2_000_000 + b"}",
        b"{" + b'"' * 2_000_001 + b"}",
        b"[" * 1_500_000 + b"]" * 1_500_000,
        b"{" + b" " * 3_000_000 + b"}",
        b'["' + b"x" * 3_000_000 + b'"]',
    ],
    ids=["escaped", "quotes", "deep", "blank", "one string"],
)
def test_no_body_stops_the_screen(body: bytes) -> None:
    begin = time.process_time()
    found = lines_of(body)
    found.grow(0.015)
    assert time.process_time() - begin < 3
    steps = [0.0]
    while not found.done:
        begin = time.process_time()
        found.grow(0.006)
        steps.append(time.process_time() - begin)
    assert median(steps) < 0.1
    assert max(steps) < 0.5


# -- the view ------------------------------------------------------------------------------


async def test_json_is_coloured_after_the_first_paint() -> None:
    async with desk(b'{"name": "tea", "qty": 2, "hot": true}') as (shown, pilot):
        while shown._body.lexer is None:
            await pilot.pause()
        await pilot.pause()
        assert lines(shown)[:5] == ["{", '  "name": "tea",', '  "qty": 2,', '  "hot": true', "}"]
        name, value = (
            part.style
            for part in shown.render_lines(shown.size.region)[1]
            if part.text in ('"name"', '"tea"')
        )
        assert name != value


async def test_hostile_text_is_inert_and_visible() -> None:
    for body in (HOSTILE.encode(), json.dumps([HOSTILE], ensure_ascii=False).encode()):
        async with desk(body) as (shown, pilot):
            text = "\n".join(lines(shown))
            assert "[/] [@click=app.quit]" in text
            assert "⟨202E⟩ ⟨200B⟩ 日本語" in text
            assert "\x1b" not in text
            await pilot.click(shown, offset=(8, 0))
            assert shown.app.is_running


async def test_any_body_can_be_seen_as_bytes() -> None:
    async with desk(b"plain text") as (shown, pilot):
        await pilot.press("x")
        assert shown.at.lines.form == "hex"
        assert lines(shown)[0].startswith("00000000  70 6c 61 69 6e 20 74 65  78 74")
        assert lines(shown)[0].rstrip().endswith("|plain text|")
        await pilot.press("x")
        assert lines(shown)[0] == "plain text"


async def test_it_scrolls_both_ways() -> None:
    body = "\n".join(f"{number:03d} " + "-" * 100 + "|" for number in range(100)).encode()
    async with desk(body) as (shown, pilot):
        await pilot.press("j", "down", "pagedown", "up", *["down"] * 9)
        assert lines(shown)[0].startswith("010 ")
        await pilot.press("end", "right")
        assert shown.top == 90
        assert not lines(shown)[0].startswith("090")
        await pilot.press(*["right"] * 9)
        assert lines(shown)[-1].rstrip("▐ ").endswith("|")
        await pilot.press("home")
        assert lines(shown)[0].startswith("000 ")
        await pilot.click(shown, offset=(79, 9))
        assert shown.top == 90


@pytest.mark.parametrize("size", [(1, 1), (4, 2), (20, 5), (80, 24), (200, 60)])
@pytest.mark.parametrize("body", [b"", HOSTILE.encode() * 20, b"[1,2]", bytes(range(256))])
async def test_every_line_fits_at_every_size(size: tuple[int, int], body: bytes) -> None:
    async with desk(body, size) as (shown, pilot):
        for key in ("", "number_sign", "W", "right", "x", "W"):
            await pilot.press(*[key] if key else [])
            for strip in shown.render_lines(shown.size.region):
                assert cell_len(strip.text) == strip.cell_length == size[0]


async def test_text_can_be_selected_and_copied() -> None:
    async with desk(b"first line\nsecond line\nthird line") as (shown, pilot):
        await pilot.press("number_sign")
        await pilot.mouse_down(shown, offset=(9, 0))
        await pilot.hover(shown, offset=(8, 1))
        await pilot.mouse_up(shown, offset=(8, 1))
        assert shown.screen.get_selected_text() == "line\nsecond"


async def test_a_large_json_opens_at_once_and_is_complete_soon() -> None:
    value = [{"id": one, "name": f"user {one}", "tags": ["a", "b"]} for one in range(20_000)]
    body = json.dumps(value, separators=(",", ":")).encode()
    async with desk(b"") as (shown, pilot):
        assert "Empty body." in "\n".join(lines(shown))
        begin = time.process_time()
        shown.show(body)
        first = lines(shown)
        assert time.process_time() - begin < 0.5
        assert first[2] == '    "id": 0,'
        await pilot.press("end")
        while not shown.at.lines.done:
            await pilot.pause(0.01)
        await pilot.pause()
        assert lines(shown)[-1].startswith("]")
        assert shown.rows == len(json.dumps(value, indent=2).splitlines())


@pytest.mark.parametrize("body", [b"y" * 1_000_000, b'{"a": "' + b"y" * 1_000_000 + b'"}'])
async def test_one_endless_line_is_no_burden(body: bytes) -> None:
    async with desk(body) as (shown, pilot):
        await pilot.press("right")
        shown._body.left = 900_000
        await pilot.pause()
        took = []
        for _ in range(3):
            begin = time.process_time()
            shown._body.forget()
            assert "y" * 79 in "\n".join(lines(shown))
            took.append(time.process_time() - begin)
        assert min(took) < 0.1
