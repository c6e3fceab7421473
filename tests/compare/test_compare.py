"""Comparing replies: what is the same, what differs, and how that is shown."""

from __future__ import annotations

import itertools
import json
from difflib import SequenceMatcher

import pytest
from helpers.desk import HOSTILE, Hand, all_sizes, ask, assert_inert, sitting, until
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.compare.changed_words import marks
from engine.compare.compare import MAX_LINES, Comparison, compare
from engine.compare.json_difference import differing, lay_out, read_json
from engine.compare.line_difference import Change, align, matches
from engine.journal import Journal
from engine.message import Headers, Message, publish_frame, split_frame
from tui.compare.compare import CompareScreen
from tui.compare.diff_rows import DiffRow, Words, body_rows, header_rows, request_rows, unified
from tui.compare.diff_view import DiffView
from tui.compare.line_window import pieces
from tui.safe import clean


def message(body: bytes = b"", *headers: tuple[str, str]) -> Message:
    return Message("_INBOX.x", body, head=Headers(headers).encode())


def compared(left: object, right: object) -> Comparison:
    return compare(message(json.dumps(left).encode()), message(json.dumps(right).encode()))


# -- lines -----------------------------------------------------------------------------------

few = st.lists(st.sampled_from(["a", "b", "c", "x: 1", "x: 2", "y: 1"]), max_size=30)
many = st.lists(st.text(max_size=4), max_size=60)


@given(few | many, few | many)
def test_the_left_and_the_right_are_in_the_lines(left: list[str], right: list[str]) -> None:
    lines = align(left, right)
    assert [line.left for line in lines if line.change is not Change.ADDED] == left
    assert [line.right for line in lines if line.change is not Change.REMOVED] == right
    assert [line.left_at for line in lines if line.left_at >= 0] == list(range(len(left)))
    assert [line.right_at for line in lines if line.right_at >= 0] == list(range(len(right)))
    for line in lines:
        if line.change in (Change.SAME, Change.CHANGED):
            assert (line.left == line.right) == (line.change is Change.SAME)


@given(few, few, st.integers(1, 50))
def test_matches_are_equal_and_rise_however_small_the_table(
    left: list[str], right: list[str], cells: int
) -> None:
    for bound in (cells, 100_000):
        found = matches(left, right, bound)
        assert all(left[one] == right[other] for one, other in found)
        assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(found))
    assert bool(matches(left, right)) == bool(set(left) & set(right))


once = st.lists(st.integers(0, 40), max_size=30, unique=True)


@given(once, once)
def test_no_worse_than_difflib(left: list[int], right: list[int]) -> None:
    theirs = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    assert len(matches(left, right)) >= sum(block.size for block in theirs)


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_not_marked_is_the_same(left: str, right: str) -> None:
    mine, theirs = marks(left, right)
    if mine or theirs:
        assert _unmarked(left, mine) == _unmarked(right, theirs)


def _unmarked(line: str, spans: tuple[tuple[int, int], ...]) -> str:
    kept, at = "", 0
    for begin, end in spans:
        assert at <= begin < end <= len(line)
        kept, at = kept + line[at:begin], end
    return kept + line[at:]


def test_only_the_changed_words_are_marked() -> None:
    assert marks('  "qty": 2,', '  "qty": 31,') == (((9, 10),), ((9, 11),))
    assert marks("all other", "nothing same") == ((), ())
    assert marks("x" * 9_000 + "a", "x" * 9_000 + "bc") == (((9_000, 9_001),), ((9_000, 9_002),))


def test_a_changed_key_faces_itself() -> None:
    lines = align(["a: 1", "b: 2", "c: 3"], ["a: 1", "new: 0", "b: 4", "c: 3"])
    facing = [(line.left, line.right) for line in lines if line.change is Change.CHANGED]
    assert facing == [("b: 2", "b: 4")]


# -- JSON ------------------------------------------------------------------------------------

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=15,
)


@given(documents, st.booleans())
def test_laid_out_json_is_the_same_json(document: object, tight: bool) -> None:
    written = json.dumps(document, separators=(",", ":") if tight else None)
    laid = "\n".join(lay_out(written))
    assert json.loads(laid) == document
    assert laid == "\n".join(lay_out(laid))
    assert not list(differing(read_json(written), read_json(laid)))


@given(documents, documents)
def test_documents_differ_where_their_values_do(left: object, right: object) -> None:
    found = list(differing(*(read_json(json.dumps(one)) for one in (left, right))))
    assert bool(found) == (json.dumps(left, sort_keys=True) != json.dumps(right, sort_keys=True))


def test_the_path_of_a_value_is_told() -> None:
    found = compared(
        {"items": [{"qty": 2}, 1], "a.b": 1, "gone": 1}, {"items": [{"qty": 3}, 1], "a.b": {}}
    )
    told = {one.path: (one.left, one.right) for one in found.body.values}
    assert told == {
        "items.0.qty": ("2", "3"),
        '"a.b"': ("1", "{…} 0 keys"),
        "gone": ("1", None),
    }
    assert found.sentence == "3 values differ; the same headers."


def test_the_same_json_written_differently() -> None:
    found = compare(message(b'{"a": 1.0, "b": [1]}'), message(b'{"b":[1],"a":1.00}'))
    assert found.body.equal
    assert not found.same
    assert found.sentence == "Same JSON, written differently; the same headers."
    differ = [b"1", b"true", b'"1"', b"null", b"2", b"[1]", b"{}"]
    for one in differ:
        for other in differ:
            assert compare(message(one), message(other)).body.equal == (one == other)


def test_repeated_keys_are_not_dropped() -> None:
    found = compare(message(b'{"a": 1, "a": 2}'), message(b'{"a": 2}'))
    assert not found.body.equal
    assert found.sentence == "1 line differs; the same headers."


# -- whole messages --------------------------------------------------------------------------

bodies = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    documents.map(lambda one: json.dumps(one).encode()),
    st.text(alphabet='{}[]",:1 \n', max_size=40).map(str.encode),
)
heads = st.lists(
    st.tuples(st.sampled_from(["a", "correlation_id", "X-Time", "b"]), st.text("abc", max_size=3)),
    max_size=5,
)


@given(bodies, bodies, heads, heads)
def test_any_two_messages_can_be_compared(
    left: bytes, right: bytes, one: list, other: list
) -> None:
    found = compare(message(left, *one), message(right, *other))
    assert found.same == (left == right and one == other)
    assert found.body.same == (left == right)
    assert bool(found.body.differences) <= (left != right)
    assert found.sentence.endswith(".")
    for rows in (
        body_rows(found.body, True),
        header_rows(found.headers),
        request_rows(found, True),
    ):
        flat = [row for row in unified(rows) if isinstance(row, DiffRow)]
        assert {row.group for row in flat} == {
            row.group for row in rows if isinstance(row, DiffRow)
        }


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (b"a\nb\n" * 5_000, b"b\na\n" * 5_000),
        (b"x" * 3_000_000, b"x" * 2_999_999 + b"y"),
        (bytes(1_000_000), bytes(500_000) + b"\1" + bytes(499_999)),
        (b"[" * 200_000, b"[" * 199_999 + b"]"),
        (b'{"a":' * 100_000, b'{"b":' * 100_000),
        (b"[" + b"1," * 400_000 + b"1]", b"[" + b"1," * 400_000 + b"2]"),
    ],
)
def test_large_and_hostile_bodies_are_bounded(left: bytes, right: bytes) -> None:
    body = compare(message(left), message(right)).body
    assert not body.same
    assert len(body.lines) <= 2 * MAX_LINES


def test_a_late_difference_is_found_and_the_rest_counted() -> None:
    lines = [f"line {at}" for at in range(50_000)]
    other = [*lines[:40_000], "new", *lines[40_000:]]
    body = compare(message("\n".join(lines).encode()), message("\n".join(other).encode())).body
    assert body.skipped > 39_000
    assert next(line.right for line in body.lines if line.change is Change.ADDED) == "new"
    assert body.more == (50_000 - body.skipped - MAX_LINES, 50_001 - body.skipped - MAX_LINES)
    words = [row.words for row in body_rows(body, True) if isinstance(row, Words)]
    assert any("lines before these are the same" in one for one in words)
    assert any("not compared" in one for one in words)


def test_ids_and_times_are_expected_to_differ() -> None:
    names = ("correlation_id", "X-Request-Id", "Nats-Time-Stamp", "user_id", "x")
    left = message(b"a", *((name, "1") for name in names))
    right = message(b"a", *((name, "2") for name in names))
    found = compare(left, right)
    assert [one.name for one in found.headers if not one.expected] == ["user_id", "x"]
    assert found.sentence == "The same body; 2 headers differ."
    only = compare(message(b"a", ("correlation_id", "1")), message(b"a", ("correlation_id", "2")))
    assert only.sentence == "The same body; of the headers only ids and times differ."


def test_a_status_is_compared() -> None:
    nobody = Message("_INBOX.x", head=b"NATS/1.0 503\r\n\r\n")
    found = compare(nobody, message(b"ok"))
    assert (found.headers[0].name, found.headers[0].left) == ("(status)", ("503",))


# -- the screen ------------------------------------------------------------------------------


async def asked(hand: Hand, subject: str, body: object) -> int:
    """Ask the demo; the number of the exchange."""
    assert hand.app.session is not None
    number = hand.app.journal.next
    await hand.app.session.broker.request(body, subject, headers={"x-who": HOSTILE[:8]}, timeout=30)
    return number


@all_sizes
async def test_two_replies_beside_each_other(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        left = await asked(hand, "orders.create", {"item": "tea", "qty": 2})
        right = await asked(hand, "orders.create", {"item": "tea", "qty": 3})
        hand.app.push_screen(CompareScreen(hand.app.journal, left, right))
        await hand.see("orders.create", "values differ", "Values", "8.4 → 12.6", "reply 1/1")
        assert (" │ " in hand.screen) == (size[0] >= 120)
        if size[0] >= 120:  # a latency that is known as an interval takes the room for it
            await hand.see("by orders-")
        await hand.press("n")
        await hand.see("1 of ")
        view = hand.app.screen.query_one(DiffView)
        await hand.press("n", "N", "N")
        await until(hand.pilot, lambda: view.group == view.groups)
        await hand.press("tab")
        await hand.see("Expected to differ", "- correlation_id: ", "+ correlation_id: ")
        await hand.press("tab")
        await hand.see("request", "qty: 2 → 3")
        await hand.press("end")
        await hand.see("x-who")
        assert_inert(hand)
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_the_same_is_said_and_the_mouse_turns_pages() -> None:
    async with sitting() as hand:
        journal = Journal()
        left, right = (exchange(journal, b'{"a": 1}') for _ in range(2))
        hand.app.push_screen(CompareScreen(journal, left, right))
        await hand.see("✓ The same, byte for byte.", '"a": 1')
        assert not hand.app.screen.query_one(DiffView).jump(1)
        await hand.pilot.click("#compare-tabs", offset=(9, 0))
        await hand.see("Neither has headers.")


async def test_several_replies_are_chosen_from() -> None:
    async with sitting() as hand:
        journal = Journal()
        left = exchange(journal, b"one", b"two")
        right = exchange(journal, b"one", b"other", b"third")
        hand.app.push_screen(CompareScreen(journal, left, right))
        await hand.see("1 ↔ 1", "2 ↔ 3", "The same, byte for byte")
        await hand.press("right")
        await hand.see("≠ 1 line differs", "other", "reply 1/2", "reply 2/3")
        await hand.pilot.click("#compare-view", offset=(5, 0))
        await hand.see("n N 1 of 1 place")
        await hand.press("left", "escape")
        hand.app.push_screen(CompareScreen(journal, right, right))
        await hand.see("1 ↔ 2", "1 ↔ 3", "2 ↔ 3", "≠ 1 line differs")


async def test_what_cannot_be_compared_is_said() -> None:
    async with sitting() as hand:
        journal = Journal()
        left, right = exchange(journal, b"one"), exchange(journal)
        hand.app.push_screen(CompareScreen(journal, left, right))
        await hand.see("request", "The same, byte for byte")
        await hand.press("tab")
        await hand.see(f"Exchange {right} has no reply")
        await hand.press("escape")
        hand.app.push_screen(CompareScreen(journal, left, 99))
        await hand.see("Exchange 99 fell out of the journal")
        await hand.press("n", "tab", "right", "a", "escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


@settings(max_examples=20)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=4), st.integers(20, 200))
def test_a_line_is_drawn_in_its_cells(texts: list[str], width: int) -> None:
    for line in texts:
        spans = marks(line, line[: len(line) // 2] + "!")[0]
        drawn = "".join(clean(part) for part, _ in pieces(line, spans, width))
        assert cell_len(drawn) <= width
        if spans:
            assert any(marked for _, marked in pieces(line, spans, width))


def exchange(journal: Journal, *replies: bytes) -> int:
    """A request with these replies, as a journal has it."""
    inbox = b"_INBOX.x.%d" % journal.next
    number = put(journal, b"svc", inbox, b"{}")
    for body in replies:
        put(journal, inbox, b"", body)
    return number


def put(journal: Journal, subject: bytes, reply: bytes, body: bytes) -> int:
    frame = publish_frame(subject, reply, b"", body)
    _, _, start, head = split_frame(frame)
    return journal.record(1, subject, reply, frame, start, head)


async def test_a_subject_with_brackets_is_marked_and_said_as_it_is() -> None:
    async with sitting(notifications=True) as hand:
        await ask(hand, "odd[/x].[@click=app.quit]b")
        await hand.see("Nobody listens on odd[/x]")
        await hand.press("escape", "m")
        await hand.see("odd[/x].[@click=app.quit]b is marked")
        await ask(hand, "odd.other")
        await hand.press("ctrl+o", "2", "equals_sign")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, CompareScreen))
        assert "is marked" not in hand.screen
