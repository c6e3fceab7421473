"""Answers that are heard before their requests, because each came on a connection of its own."""

from __future__ import annotations

import pytest
from helpers.lens import FOREVER, passing, put
from hypothesis import given
from hypothesis import strategies as st

from engine import Journal
from engine.filter.lens import Lens
from engine.filter.search import find
from engine.journal import ExchangeKind, State
from engine.journal import journal as journal_module
from engine.journal.segment import MAX_BYTES
from engine.journal.view import View
from engine.statistics.statistics import Statistics

INBOX = b"_INBOX.a.1"


def views(journal: Journal) -> tuple[View, View]:
    return View(journal), View(journal, Lens.parse("~k all !~s nobody").on(journal))


def test_an_early_answer_finds_its_request(journal: Journal) -> None:
    both = views(journal)
    early = put(journal, INBOX, b"", b"yes", source=2)
    for view in both:
        view.catch_up(FOREVER)
        assert list(view) == [early]
    asked = put(journal, b"svc", INBOX, b"?", source=1)
    again = put(journal, INBOX, b"", b"and more", source=2)
    seen = journal.exchange(asked)
    assert (seen.state, seen.replies, seen.latency) == (State.ANSWERED, (early, again), 0.0)
    assert journal.head(early) == journal.exchange(early).number == asked
    assert [number for number, _ in journal.heads()] == [asked]
    for view in both:
        view.catch_up(FOREVER)
        assert (list(view), view.notes) == ([asked], 0)
    assert passing(journal, "~b yes") == [asked] == [find(journal, b"yes", 0)]


def test_a_filter_that_saw_the_answer_alone_shows_the_request_it_finds(journal: Journal) -> None:
    view = View(journal, Lens.parse("~b yes").on(journal))
    put(journal, INBOX, b"", b"yes", source=2)
    view.catch_up(FOREVER)
    asked = put(journal, b"svc", INBOX, b"?", source=1)
    view.catch_up(FOREVER)
    assert list(view) == [asked]


def test_a_request_that_changes_between_its_finding_and_its_turn_is_tested_again(
    journal: Journal,
) -> None:
    view = View(journal, Lens.parse("!~b tea").on(journal))
    put(journal, INBOX, b"", b"milk", source=2)
    view.catch_up(FOREVER)
    asked = put(journal, b"svc", INBOX, b"?", source=1)
    view.catch_up(0.0)
    put(journal, INBOX, b"", b"tea", source=2)
    view.catch_up(FOREVER)
    assert len(journal.exchange(asked).replies) == 2
    assert list(view) == []


@pytest.mark.parametrize("direction", [1, -1])
def test_a_search_that_begins_between_the_two_finds_them(journal: Journal, direction: int) -> None:
    early = put(journal, INBOX, b"", b"yes", source=2)
    asked = put(journal, b"svc", INBOX, b"?", source=1)
    assert find(journal, b"yes", early) == find(journal, b"yes", asked + 1, -1) == asked
    assert find(journal, b"yes", asked, direction) is None


def test_an_early_error_and_an_early_503_are_what_they_are(journal: Journal) -> None:
    put(journal, INBOX, b"", b"", b"NATS/1.0 503\r\n\r\n", source=2)
    assert journal.state(put(journal, b"svc", INBOX, source=1)) is State.NO_RESPONDERS
    head = b"NATS/1.0\r\nNats-Service-Error: no\r\n\r\n"
    put(journal, b"_INBOX.a.2", b"", b"", head, source=2)
    assert journal.state(put(journal, b"svc", b"_INBOX.a.2", source=1)) is State.SERVICE_ERROR


def test_on_one_connection_the_order_is_what_it_was(journal: Journal) -> None:
    early, asked = put(journal, INBOX), put(journal, b"svc", INBOX)
    kinds = [journal.exchange(one).kind for one in (early, asked)]
    assert kinds == [ExchangeKind.ORPHAN, ExchangeKind.REQUEST]
    assert journal.state(asked) is State.WAITING


def test_an_old_orphan_answers_nothing_new(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter((1000.0, 1001.0))
    monkeypatch.setattr(journal_module, "_now", lambda: next(now))
    put(journal, INBOX, source=2)
    assert journal.state(put(journal, b"svc", INBOX, source=1)) is State.WAITING


def test_what_would_be_dropped_before_its_request_stays_an_orphan(journal: Journal) -> None:
    put(journal, INBOX, body=b"x" * MAX_BYTES, source=2)
    assert journal.state(put(journal, b"svc", INBOX, source=1)) is State.WAITING


def test_more_than_are_remembered_are_let_go_too(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.changes.adopted = type(journal.changes.adopted)(maxlen=2)
    both = View(journal), View(journal, Lens.parse("~b yes").on(journal))
    early = [put(journal, b"_INBOX.a.%d" % one, b"", b"yes", source=2) for one in range(5)]
    for view in both:
        view.catch_up(FOREVER)
    asked = [put(journal, b"svc", b"_INBOX.a.%d" % one, source=1) for one in range(5)]
    for view in both:
        view.catch_up(FOREVER)
        assert (list(view), journal.changes.adoptions) == (asked, len(early))


@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(0, 3), st.integers(1, 2), st.booleans()), max_size=60
    )
)
def test_every_view_and_count_goes_along(
    steps: list[tuple[bool, int, int, bool]],
) -> None:
    journal = Journal()
    followed = (*views(journal), View(journal, Lens.parse("x").on(journal)))
    counted = Statistics(journal)
    for asks, which, source, look in steps:
        inbox = b"_INBOX.a.%d" % which
        put(journal, b"svc" if asks else inbox, inbox if asks else b"", source=source)
        if look:
            for reader in (*followed, counted):
                reader.catch_up(0.0)
    for reader in (*followed, counted):
        reader.catch_up(FOREVER)
    heads = [number for number, _ in journal.heads()]
    assert [list(view) for view in followed[::2]] == [heads, heads]
    assert list(followed[1]) == passing(journal, "~k all !~s nobody")
    assert sum(count for _, count in counted.total().states) == sum(
        journal.exchange(one).kind is ExchangeKind.REQUEST for one in heads
    )


def test_all_early_answers_find_their_request_and_are_counted_as_answers(journal: Journal) -> None:
    counted = Statistics(journal)
    first, other = (put(journal, INBOX, b"", body, source=2) for body in (b"1", b"2"))
    again = put(journal, INBOX, b"", b"2", source=3)
    counted.catch_up(FOREVER)
    asked = put(journal, b"svc", INBOX, b"?", source=1)
    counted.catch_up(FOREVER)
    seen = journal.exchange(asked)
    assert (seen.replies, seen.copies) == ((first, other), (again,))
    assert [number for number, _ in journal.heads()] == [asked]
    assert [(one.subject, one.count, one.replies) for one in counted.subjects()] == [("svc", 1, 2)]
    assert (counted.total().count, counted.total().replies) == (1, 2)


def test_what_a_group_has_left_is_kept_when_its_last_orphan_goes(journal: Journal) -> None:
    """Its other exchanges were folded into the others, and one more answer came since."""
    counted = Statistics(journal, subjects=1)
    for subject, inbox in (
        *[(b"svc", b"_INBOX.b.1")] * 2,
        (b"_INBOX.c.1", b"_INBOX.c.2"),
        (b"other", b"_INBOX.b.2"),
        (b"_INBOX.c.2", b""),
    ):
        put(journal, subject, inbox)
        counted.catch_up(FOREVER)
    put(journal, INBOX, b"", b"1", source=2)
    counted.catch_up(FOREVER)
    put(journal, b"svc", INBOX, source=1)
    counted.catch_up(FOREVER)
    told = [*counted.subjects(), counted.others()]
    assert sum(one.bytes for one in told) == counted.total().bytes
