"""What is found in the lines of a body without a screen: paths, values, words, folds, parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.json_path import as_jmespath
from tui.body import search as body_search
from tui.body.filter import MAX_FILTERED, BodyFilter
from tui.body.folds import Folds
from tui.body.lines import DEEPEST, JsonLines, Lines, lines_of
from tui.body.search import BodySearch
from tui.body.structure import closer_of, enclosing, opens, path_of, value_of
from tui.body.window import BodyWindow, RowPart

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=20,
).filter(lambda value: isinstance(value, list | dict))
NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def whole(body: bytes, content_type: str = "") -> Lines:
    lines = lines_of(body, content_type)
    lines.grow(60.0)
    return lines


def json_lines(value: object) -> JsonLines:
    lines = whole(json.dumps(value, separators=(",", ":")).encode())
    assert isinstance(lines, JsonLines)
    return lines


# -- paths and values ----------------------------------------------------------------------


def walk(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    """The path of each line and the value there, as the standard library lays it out."""
    yield path, value
    if isinstance(value, dict):
        for key, each in value.items():
            step = f".{key}" if NAME.fullmatch(key) else f"[{json.dumps(key, ensure_ascii=False)}]"
            yield from walk(each, path + step)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from walk(each, f"{path}[{at}]")
    if isinstance(value, dict | list) and value:
        yield path, value


@given(VALUES)
def test_each_line_has_its_path_and_its_value(value: object) -> None:
    lines = json_lines(value)
    expected = list(walk(value))
    assert [path_of(lines, index) for index in range(len(lines))] == [path for path, _ in expected]
    for index, (_, there) in enumerate(expected):
        found = value_of(lines, index)
        assert found is not None
        assert found == there if isinstance(there, str) else json.loads(found) == there


@given(VALUES)
def test_what_opens_is_closed_on_its_own_level(value: object) -> None:
    lines = json_lines(value)
    for index in range(len(lines)):
        if opens(lines, index):
            last = closer_of(lines, index)
            assert last is not None
            assert {enclosing(lines, inner) for inner in range(index + 1, last)} & {index}


def test_a_value_keeps_what_decoding_would_lose() -> None:
    lines = whole(b'{"n" : 1.10 ,"big":{"a":1e400, "a" :2}}')
    assert isinstance(lines, JsonLines)
    assert [value_of(lines, index) for index in (1, 2)] == ["1.10", '{"a":1e400, "a" :2}']


def test_what_is_too_deep_to_tell_says_so() -> None:
    deep = DEEPEST + 50
    lines = whole(b"[" * deep + b"1" + b"]" * deep)
    assert isinstance(lines, JsonLines)
    assert path_of(lines, 3) == "$[0][0][0]"
    assert path_of(lines, deep - 1).endswith("[0]…")


def test_the_last_line_of_a_large_body_is_found_like_the_first() -> None:
    rows = [{"id": number, "tags": ["a"]} for number in range(50_000)]
    lines = json_lines({"rows": rows})
    assert path_of(lines, len(lines) - 4) == "$.rows[49999].tags"


# -- searching -----------------------------------------------------------------------------


@given(st.text("ab A\n", max_size=60), st.text("abA", min_size=1, max_size=3), st.integers(1, 9))
def test_a_word_is_found_wherever_it_is_however_it_is_sliced(
    written: str, word: str, size: int
) -> None:
    before, body_search._SLICE = body_search._SLICE, size
    try:
        search = BodySearch(whole(written.encode(), "text/plain"), word)
        search.grow(60.0)
    finally:
        body_search._SLICE = before
    assert search.done
    flags = 0 if word != word.lower() else re.IGNORECASE
    assert list(search._offsets) == [f.start() for f in re.finditer(word, written, flags)]
    for number in range(len(search)):
        shown = written.split("\n")[search.line(number)]
        begin, end = search.span(number, shown)
        assert re.fullmatch(word, shown[begin:end], flags)


def test_json_is_found_as_it_is_shown() -> None:
    lines = whole(b'{"sku":12,\n"b"  :  {"sku":1}}')
    search = BodySearch(lines, '"sku": 1')
    search.grow(60.0)
    assert [search.line(number) for number in range(len(search))] == [1, 3]
    assert search.span(1, lines.line(3)) == (4, 12)
    assert (search.after(2), search.after(4)) == (1, 0)


def test_bytes_are_searched_too() -> None:
    search = BodySearch(whole(b"\x00" * 40 + b"needle"), "NEEDLE".lower())
    search.grow(60.0)
    assert [search.line(number) for number in range(len(search))] == [2]


# -- folding -------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=8))
def test_folded_lines_are_left_out(pairs: list[tuple[int, int]]) -> None:
    """As with brackets: what is folded lies in another fold, or beside it."""
    nested: list[tuple[int, int]] = []
    for first, size in pairs:
        last = first + size
        apart = all(
            last < a or first > b or (a < first and last <= b) or (first < a and b <= last)
            for a, b in nested
        )
        if apart:
            nested.append((first, last))
    folds = Folds()
    for first, last in nested:
        folds.fold(first, last)
    shown = [n for n in range(60) if not any(first < n <= last for first, last in nested)]
    assert 60 - folds.hidden == len(shown)
    assert [folds.line(row) for row in range(len(shown))] == shown
    assert [folds.row(line) for line in shown] == list(range(len(shown)))
    for line in range(60):
        assert shown[folds.row(line)] == max(each for each in shown if each <= line)
    for line in range(60):
        folds.reveal(line)
        assert folds.line(folds.row(line)) == line


# -- parts of long lines -------------------------------------------------------------------


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=20),
    st.integers(1, 8),
    st.lists(
        st.sampled_from(["up", "down", "pageup", "pagedown", "start", "end", "halfup", "halfdown"])
    ),
)
def test_the_cursor_is_always_in_sight_and_no_part_is_left_out(
    parts: list[int], height: int, moves: list[str]
) -> None:
    every = [RowPart(row, part) for row, count in enumerate(parts) for part in range(count)]
    window = BodyWindow(lambda: len(parts), lambda row: parts[row])
    window.wraps = True
    window.resize(height)
    for move in moves:
        window.move(move)
        start = every.index(window.start)
        assert window.places == every[start : start + height]
        assert len(window.places) == min(height, len(every))
        assert window.cursor in window.places
    for at, place in enumerate(every):
        assert window.beside(place, 3) == every[min(at + 3, len(every) - 1)]
        assert window.beside(place, -3) == every[max(at - 3, 0)]


# -- a part of the JSON --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("rows[1].sku", b'"b"'),
        ("$.rows[1].sku", b'"b"'),
        ("$", b'{"rows": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}], "a b": [7]}'),
        ('$["a b"][0]', b"7"),
        ("rows[?n > `1`].sku", b'["b"]'),
        ("nowhere", b"null"),
    ],
)
def test_a_path_gives_a_part(path: str, part: bytes) -> None:
    body = b'{"rows":[{"sku":"a","n":1},{"sku":"b","n":2}],"a b":[7]}'
    assert BodyFilter(body).part(path) == part


@given(VALUES)
def test_a_path_that_is_shown_can_be_filtered_by(value: object) -> None:
    lines = json_lines(value)
    found = BodyFilter(json.dumps(value).encode())
    for path, there in walk(value):
        assert json.loads(found.part(path)) == there, as_jmespath(path)
    assert len(lines)


@pytest.mark.parametrize(
    "path", ["rows[", "a.", "nofunction(@)", "'open", "length(`1`)", "||", "]"]
)
def test_what_is_not_a_path_is_told_on_one_line(path: str) -> None:
    with pytest.raises(InvalidInput, match=r"^not a path: .+") as told:
        BodyFilter(b'{"a": 1}').part(path)
    assert "\n" not in str(told.value)
    assert "jmespath" not in str(told.value).lower()


def test_what_is_not_json_and_what_is_too_large_say_so() -> None:
    with pytest.raises(InvalidInput, match="not JSON"):
        BodyFilter(b"plain")
    with pytest.raises(InvalidInput, match="too large"):
        BodyFilter(b" " * (MAX_FILTERED + 1))
