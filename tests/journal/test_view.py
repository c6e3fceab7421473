"""A view holds exactly the exchanges that pass, whatever was recorded, dropped or changed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Event, ExchangeKind, Journal, State
from engine.journal.glance import OWN
from engine.journal.view import View
from engine.message import publish_frame, split_frame

FOREVER = 60.0


def put(journal: Journal, subject: bytes, reply: bytes = b"", body: bytes = b"x") -> int:
    """Record one message, as another client would send it; returns its number."""
    frame = publish_frame(subject, reply, b"", body)
    _, _, start, head = split_frame(frame)
    journal.sink(1)(subject, reply, frame, start, head)
    return journal.next - 1


def rows(view: View) -> list[int]:
    return [view[index] for index in range(len(view))]


def expected(journal: Journal, accepts=lambda number, code: True) -> list[int]:
    return [number for number, code in journal.heads() if accepts(number, code)]


@pytest.fixture
def small() -> Journal:
    """A journal that holds three segments of a megabyte, some 48 messages of 64 KiB."""
    return Journal(max_bytes=2 << 20)


def test_it_shows_conversations_and_hides_machinery(journal: Journal) -> None:
    asked = put(journal, b"svc", b"_INBOX.a.1")
    put(journal, b"_INBOX.a.1")
    event, orphan = put(journal, b"event"), put(journal, b"_INBOX.b.2")
    put(journal, b"$JS.API.INFO", b"_INBOX.c.3")
    put(journal, b"orders", b"$JS.ACK.S.c.1.1.1.1.0")
    journal.note("connection lost")
    view = View(journal)
    assert view.catch_up(FOREVER)
    assert rows(view) == [asked, event, orphan, journal.next - 1]
    assert not view.catch_up(FOREVER)
    assert view.behind == 0


@given(st.lists(st.sampled_from(["note", "event", "large"]), max_size=80), st.integers(1, 3))
def test_notes_are_rows_and_no_exchanges(steps: list[str], modulus: int) -> None:
    journal = Journal(max_bytes=2 << 20)
    views = View(journal), View(journal, lambda number, code: number % modulus == 0)
    for step in steps:
        if step == "note":
            journal.note("connection lost")
        else:
            put(journal, b"event", body=b"x" * (1 if step == "event" else 1 << 18))
    for view in views:
        view.catch_up(FOREVER)
        kinds = [journal.exchange(number).kind for number in rows(view)]
        assert view.notes == kinds.count(ExchangeKind.NOTE)
    assert [*journal.notes] == [
        n for n in rows(views[0]) if journal.exchange(n).kind is ExchangeKind.NOTE
    ]


def test_it_finds_rows_by_number(journal: Journal) -> None:
    view = View(journal, lambda number, code: number % 3 == 0)
    for _ in range(30):
        put(journal, b"event")
    view.catch_up(FOREVER)
    assert rows(view) == list(range(3, 31, 3))
    assert (view.index_of(9), view.index_of(10), view.place_of(10)) == (2, None, 3)
    assert view.index_of(99) is None
    with pytest.raises(IndexError):
        view[10]
    with pytest.raises(IndexError):
        view[-1]


def test_it_stops_when_its_time_is_up(journal: Journal) -> None:
    for _ in range(2000):
        put(journal, b"event")
    view = View(journal)
    while not view.catch_up(0.0):
        assert not len(view)
    assert 0 < len(view) < 2000
    assert view.behind == 2000 - len(view)
    assert rows(view) == expected(journal)[-len(view) :], "the newest come first"
    while view.behind:
        view.catch_up(0.0)
    assert rows(view) == expected(journal)


def test_what_the_journal_dropped_leaves_and_is_counted(small: Journal) -> None:
    view = View(small)
    for _ in range(100):
        put(small, b"event", body=b"x" * 65536)
        view.catch_up(FOREVER)
    assert small.first > 1
    assert rows(view) == expected(small) == list(range(small.first, small.next))


def test_what_was_dropped_before_it_was_seen_is_not_counted(small: Journal) -> None:
    view = View(small)
    for _ in range(100):
        put(small, b"event", body=b"x" * 65536)
    view.catch_up(FOREVER)
    assert rows(view) == expected(small)


def test_a_test_on_the_state_is_made_again_when_told(journal: Journal) -> None:
    view = View(journal, lambda number, code: code & 15 == State.NO_RESPONDERS)
    asked = [put(journal, b"svc", b"_INBOX.a.%d" % one) for one in range(5)]
    view.catch_up(FOREVER)
    assert not rows(view)
    journal.own.settle(asked[3], Event.NO_RESPONDERS)
    journal.own.settle(asked[1], Event.NO_RESPONDERS)
    assert view.reconsider(journal.changes.newest)
    assert rows(view) == [asked[1], asked[3]]
    assert not view.reconsider(journal.changes.newest)


def test_a_mark_changes_with_the_exchange(journal: Journal) -> None:
    asked = put(journal, b"svc", b"_INBOX.a.1")
    marks = [journal.glances.mark(asked)]
    assert marks[0] == ExchangeKind.REQUEST << 4 | State.WAITING
    journal.own.expect(asked, wanted=3)
    marks.append(journal.glances.mark(asked))
    assert marks[1] & OWN
    for body in (b"1", b"2"):
        put(journal, b"_INBOX.a.1", body=body)
        marks.append(journal.glances.mark(asked))
    assert len(set(marks)) == 4
    assert journal.glances.mark(99) == 0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=120),
    st.integers(1, 4),
)
def test_it_always_equals_a_look_at_everything(
    steps: list[tuple[int, int, bool]], modulus: int
) -> None:
    journal = Journal()

    def accepts(number: int, code: int) -> bool:
        return number % modulus == 0 or code >> 4 == ExchangeKind.REQUEST

    view = View(journal, accepts)
    for what, inbox, look in steps:
        name = b"_INBOX.x.%d" % inbox
        subject = (b"event", b"svc", name, b"$SYS.x")[what]
        put(journal, subject, name if what == 1 else b"")
        if look:
            view.catch_up(0.0)
    view.catch_up(FOREVER)
    assert rows(view) == expected(journal, accepts)
    assert all(view.index_of(number) == row for row, number in enumerate(rows(view)))


def test_it_costs_little(journal: Journal) -> None:
    for _ in range(50_000):
        put(journal, b"event")
    took = []
    for _ in range(3):
        view = View(journal)
        begin = time.process_time()
        view.catch_up(FOREVER)
        took.append(time.process_time() - begin)
        assert len(view) == 50_000
    assert min(took) < 0.1


def test_a_glance_says_what_the_exchange_says(journal: Journal) -> None:
    put(journal, b"svc", b"_INBOX.a.1", b'{"a": 1}')
    put(journal, b"_INBOX.a.1")
    put(journal, b"svc", b"_INBOX.a.2")
    put(journal, b"_INBOX.a.2", body=b'{"stream":"S","seq":1}')
    own = put(journal, b"svc", b"_INBOX.a.3")
    journal.own.expect(own, wanted=2)
    put(journal, b"_INBOX.a.3")
    put(journal, b"event", body=b"x" * 5000)
    journal.note("connection lost")
    for number, _ in journal.heads():
        seen, known = journal.glances.of(number), journal.exchange(number)
        assert (seen.kind, seen.state, seen.at) == (known.kind, known.state, known.started)
        assert (seen.latency, seen.replies) == (known.latency_bounds, known.replies)
        assert (seen.wanted, seen.own) == (known.wanted, known.own)
        assert seen.subject == (known.why if known.kind is ExchangeKind.NOTE else known.subject)
        if known.kind is not ExchangeKind.NOTE:
            assert seen.body == journal.message(number).body[:512]
    with pytest.raises(KeyError):
        journal.glances.of(99)
