"""Folding: one row for the exchanges that share a correlation id or a trace id."""

from __future__ import annotations

import pytest
from helpers.lens import FOREVER, headers, put
from hypothesis import given
from hypothesis import strategies as st

from engine.filter.folding import THREAD_GAP, FirstOfThread
from engine.journal import Journal
from engine.journal.view import View

TRACE = b"0af7651916cd43dd8448eb211c80319c"


def folded(journal: Journal) -> tuple[View, FirstOfThread]:
    fold = FirstOfThread(journal, View(journal).accepts)
    return View(journal, fold), fold


def caught_up(view: View, fold: FirstOfThread) -> list[int]:
    view.catch_up(FOREVER)
    while displaced := fold.take_displaced():
        view.reconsider(displaced)
    return list(view)


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"c"]), max_size=60), st.integers(0, 60))
def test_the_first_of_each_thread_stays(names: list[bytes], before: int) -> None:
    journal = Journal()
    view, fold = folded(journal)
    for place, name in enumerate(names):
        head = headers(b"correlation_id: " + name) if name else b""
        put(journal, b"s", b"_INBOX.a.%d" % place, head=head)
        if place == before:
            caught_up(view, fold)
    firsts = [n for n, name in enumerate(names, 1) if not name or names.index(name) == n - 1]
    assert caught_up(view, fold) == firsts
    assert [fold.others(n) for n in firsts] == [
        names.count(names[n - 1]) - 1 if names[n - 1] else 0 for n in firsts
    ]


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b"]), st.sampled_from([1, 500, 700]))))
def test_an_id_that_is_used_again_much_later_begins_another_thread(
    found: list[tuple[bytes, int]],
) -> None:
    journal = Journal()
    at, last, firsts = 1e9, dict[bytes, float](), list[int]()
    for place, (name, pause) in enumerate(found, 1):
        put(journal, b"s", b"_INBOX.a.%d" % place, head=headers(b"correlation_id: " + name))
        at += pause
        journal.segment(place).times[place - 1] = at
        if at - last.get(name, 0.0) > THREAD_GAP:
            firsts.append(place)
        last[name] = at
    view, fold = folded(journal)
    assert caught_up(view, fold) == firsts
    assert sum(1 + fold.others(number) for number in firsts) == len(found)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b"traceparent: 00-" + TRACE + b"-01-01", b"traceparent: 00-" + TRACE + b"-02-01", True),
        (b"X-Correlation-Id: 7", b"correlation_id: 7", True),
        (b"correlation_id: 7", b"correlation_id: 8", False),
        (b"Nats-Msg-Id: 7", b"Nats-Msg-Id: 7", False),
    ],
)
def test_ids_are_found_under_the_names_that_they_go_by(
    one: bytes, other: bytes, same: bool
) -> None:
    journal = Journal()
    put(journal, b"s", b"_INBOX.a.1", head=headers(one))
    put(journal, b"s", b"_INBOX.a.2", head=headers(other))
    view, fold = folded(journal)
    assert (len(caught_up(view, fold)) == 1) is same


def test_an_id_in_the_body_is_no_header() -> None:
    journal = Journal()
    for number in (1, 2):
        put(journal, b"s", b"_INBOX.a.%d" % number, b"\r\ncorrelation_id: 7\r\n", headers(b"a: b"))
    view, fold = folded(journal)
    assert caught_up(view, fold) == [1, 2]
