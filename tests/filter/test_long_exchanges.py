"""Very many replies, large ones, very long filters: no step of a filter or a search does it all."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from helpers.lens import FOREVER, headers, lenses, messages, passing, places, play, put
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Journal
from engine.filter import byte_search as lens_bytes
from engine.filter.lens import Lens
from engine.filter.search import Search, find
from engine.journal import walk as lens_walk
from engine.journal.view import View

MANY = 2_000
LAST = b"reply %d" % (MANY - 1)
NEAR = 10
"""Looks at messages that are no replies: at the request and its neighbours."""
HEAD = headers(b"X-Served-By: one-1", b"X-B: tok")


class Looks:
    """Counts the looks at a frame, by wrapping what finds its payload or its source."""

    def __init__(self) -> None:
        self.count = 0
        self._find = lens_bytes.payload_of

    def __call__(self, data: bytes | bytearray, begin: int) -> tuple[int, int]:
        self.count += 1
        return self._find(data, begin)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    looks = Looks()
    monkeypatch.setattr(lens_bytes, "payload_of", looks)
    monkeypatch.setattr("engine.filter.message_terms.payload_of", looks)
    monkeypatch.setattr(lens_walk, "SLICE", 100)
    return looks


@pytest.fixture
def long(journal: Journal) -> Journal:
    """One exchange, number 1, of very many replies."""
    put(journal, b"many", b"_INBOX.a.1", b"ask")
    for number in range(MANY):
        put(journal, b"_INBOX.a.1", b"", b"reply %d" % number, HEAD)
    return journal


TEXTS = [
    *("!~b nowhere", "!(nowhere)", "!~i nowhere", "~h x-b:nowhere | !~c none", "~z < 1m"),
    *("~by nobody", "~h x-b:reply", "~b reply ~b nowhere", "!~b a9 !~b b9 !~b c9"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_no_step_looks_at_all_of_them(long: Journal, looks: Looks, text: str) -> None:
    view = View(long, Lens.parse(text).on(long))
    most = _most(view, looks)
    assert most <= 100 + NEAR
    assert list(view) == passing(long, text)


@pytest.mark.parametrize("text", TEXTS)
def test_one_reply_more_is_one_look_more(long: Journal, looks: Looks, text: str) -> None:
    view = View(long, Lens.parse(text).on(long))
    for _ in range(2):
        view.catch_up(FOREVER)
        looks.count = 0
        put(long, b"_INBOX.a.1", b"", b"one more", HEAD)
    view.catch_up(FOREVER)
    assert looks.count <= 3 * NEAR


def test_many_that_are_not_short_are_not_tested_in_one_step(journal: Journal, looks: Looks) -> None:
    for number in range(300):
        put(journal, b"svc", b"_INBOX.a.%d" % number)
        for _ in range(60):
            put(journal, b"_INBOX.a.%d" % number, b"", b"part")
    view = View(journal, Lens.parse("!~b nowhere").on(journal))
    assert _most(view, looks) <= 100 + 60 + NEAR
    assert len(view) == 300


@pytest.mark.parametrize("signs", ["!", "| ~h x-b:"])
def test_a_very_long_filter_tests_few_in_one_step(
    journal: Journal, looks: Looks, signs: str
) -> None:
    for number in range(200):
        put(journal, b"svc", b"_INBOX.a.%d" % number, b"w9 w8 w7", HEAD)
    terms = 200
    text = " ".join(f"{signs}w{number}x" for number in range(terms)).removeprefix("|")
    view = View(journal, Lens.parse(text).on(journal))
    assert _most(view, looks) <= 100 + terms + NEAR
    assert len(view) == (200 if signs == "!" else 0)


def test_large_replies_are_not_all_looked_at_in_one_step(journal: Journal, looks: Looks) -> None:
    for number in range(50):
        put(journal, b"svc", b"_INBOX.a.%d" % number)
    for number in range(50):
        put(journal, b"_INBOX.a.%d" % number, b"", b"x" * (100 << 10))
    view = View(journal, Lens.parse("!~b nowhere").on(journal))
    assert _most(view, looks) <= 30  # 20 in the first segment, which is small as a whole
    assert len(view) == 50


@pytest.mark.parametrize("direction", [1, -1])
def test_a_search_stops_in_the_midst_of_them(long: Journal, looks: Looks, direction: int) -> None:
    search = Search(long, b"nowhere", 0 if direction > 0 else long.next, direction)
    most = 0
    while not search.done:
        looks.count = 0
        search.catch_up(0.0)
        most = max(most, looks.count)
    assert (most <= 100 + NEAR, search.found) == (True, None)
    assert find(long, LAST, 0) == 1
    assert find(long, LAST, long.next, -1) == 1


def test_an_exchange_tells_the_time_of_its_answer_without_going_through_them(
    long: Journal,
) -> None:
    with patch.object(Journal, "message", side_effect=Journal.message, autospec=True) as message:
        assert long.answer_times.latency(1) is not None
    assert message.call_count <= 1


@settings(max_examples=200)
@given(st.lists(st.tuples(messages, st.booleans()), max_size=40), lenses)
def test_in_parts_it_lets_pass_the_same(steps: list, text: str) -> None:
    """Where everything with two replies is long, and one look is all that is done at once."""
    journal = places()
    with patch.object(lens_walk, "LONG_EXCHANGE", 0), patch.object(lens_walk, "SLICE", 1):
        view = View(journal, Lens.parse(text).on(journal))
        for step, look in steps:
            play(journal, step)
            if look:
                view.catch_up(0.0)
        view.catch_up(0.0)  # learns what changed
        while view.behind:
            view.catch_up(0.0)
    assert list(view) == passing(journal, text)


def _most(view: View, looks: Looks) -> int:
    """The most looks of one step, until the view has caught up."""
    most = 0
    while view.behind:
        looks.count = 0
        view.catch_up(0.0)
        most = max(most, looks.count)
    return most
