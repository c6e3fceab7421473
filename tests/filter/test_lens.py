"""A lens lets pass exactly what it says, however it is asked, and never fails but with reason."""

from __future__ import annotations

import operator
from unittest.mock import patch

import pytest
from helpers.lens import (
    FOREVER,
    LEAVES,
    WORDS,
    headers,
    lenses,
    messages,
    passing,
    places,
    play,
    put,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.filter.completion import complete, terms
from engine.filter.grammar import All, Either, LensError, Node, Not, Term
from engine.filter.lens import Lens
from engine.filter.search import Search, find
from engine.filter.state_terms import ALONE, UNHEARD, Hearsay
from engine.journal import ExchangeKind, Journal, State, pub_ack
from engine.journal import view as view_module
from engine.journal.view import View
from engine.message import Message
from engine.subject import matches

NO_ANSWER = (State.NO_RESPONDERS, State.STORED, State.KEPT)
COMPARE = {
    "": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@pytest.fixture
def shop() -> Journal:
    """Six exchanges, numbered 1, 3, 5, 6, 7 and 8, and a note, number 9."""
    journal = Journal()
    journal.sources.add("tap orders.>")
    put(journal, b"orders.created", b"_INBOX.a.1", b'{"item": "tea"}', headers(b"X-Token: abc"))
    put(journal, b"_INBOX.a.1", b"", b"Tea is on its way", headers(b"X-Served-By: orders-1"))
    put(journal, b"orders.eu.paid", b"_INBOX.a.2", b"y" * 2000, headers(b"correlation_id: 5f1c9a"))
    put(journal, b"_INBOX.a.2", b"", b"", b"NATS/1.0 503\r\n\r\n")
    put(journal, b"orders", b"_INBOX.a.3", b"none yet")
    put(journal, b"news.tea", b"", b"hot")
    put(journal, b"$JS.API.INFO", b"_INBOX.a.4", b"tea")
    put(journal, b"orders.new", b"$JS.ACK.S.c.1.1.1.1.0", b"tea")
    journal.note("connection lost: no tea")
    return journal


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 3, 5, 6, 9]),
        ("tea", [1, 6, 9]),
        ("Tea", [1]),
        ("~i TEA !~k note", [1, 6]),
        ("_INBOX.a.2", [3]),
        ("~b tea", [1, 9]),
        ("~bi HOT", [6]),
        ("~b 'tea'", []),
        ('~b "\\"tea"', [1]),
        ("~u orders.>", [1, 3]),
        ("~u orders.*", [1]),
        ("~u orders", [5]),
        ("~u *.tea", [6]),
        ("~u $JS.>", [7]),
        ("~k delivery", [8]),
        ("~k all tea", [1, 6, 7, 8, 9]),
        ("~k pub | ~k note", [6, 9]),
        ("~s answered", [1]),
        ("~s no", [3]),
        ("~s responders", [3]),
        ("~s no-responders", [3]),
        ("~s waiting", [5]),
        ("~s open", [5]),
        ("~s failed", [3]),
        ("~e", [3]),
        ("~q", [3, 5]),
        ("~k delivery ~q", [8]),
        ("~h x-token", [1]),
        ("~h x-token:ab", [1]),
        ("~h x-token:bad", []),
        ('~h "X-TOKEN:abc"', [1]),
        ("~c 5f1c", [3]),
        ("~c f1c", []),
        ("~z > 1k", [3]),
        ("~z>=1.9kb", [3]),
        ("~z < 10b", [5, 6]),
        ("~n 1", [1]),
        ("~n >= 1 & ~e", []),
        ("~n 0 ~k request", [3, 5]),
        ("~n != 1 ~k request", [3, 5]),
        ("~l >= 0s", [1, 3]),
        ("~l > 1m", []),
        ("~l < .5m", [1, 3]),
        ("~by orders-1", [1]),
        ("~by 'tap", []),
        ('~by "TAP ORDERS" ~u orders', [5]),
        ("~by natstap", [9]),
        ("~own", []),
        ("!~own ~u orders", [5]),
        ("not (tea or ~q)", []),
        ("!(tea | ~q)", []),
        ("~s answered or ~u orders and ~q", [1, 5]),
        ("!!tea", [1, 6, 9]),
        ("~subject orders.> ~state answered", [1]),
    ],
)
def test_what_passes(shop: Journal, text: str, numbers: list[int]) -> None:
    assert passing(shop, text) == numbers
    lens = Lens.parse(text)
    assert [n for n, code in shop.heads() if lens.accepts(shop, n, code)] == numbers


def test_its_own_requests_are_told_apart(journal: Journal) -> None:
    journal.own.expect(put(journal, b"mine", b"_INBOX.a.1"), timeout=1.0)
    put(journal, b"theirs", b"_INBOX.a.2")
    assert passing(journal, "~own") == [1]
    assert passing(journal, "!~own") == [2]


def test_who_answered_may_be_told_from_outside(shop: Journal) -> None:
    names = {3: "billing-7"}
    sieve = Lens.parse("~by BILLING").on(shop, Hearsay(lambda number: names.get(number, "")))
    view = View(shop, sieve)
    view.catch_up(FOREVER)
    assert list(view) == [3]


@pytest.mark.parametrize(
    ("text", "position", "length", "why"),
    [
        ("~", 0, 1, "unknown term ~"),
        ("tea ~subjct a", 4, 7, "did you mean ~subject"),
        ("~zz", 0, 3, "did you mean ~z "),
        ("~wvx", 0, 4, "unknown term ~wvx: use ~i ~u"),
        ("~s tmed", 3, 4, "did you mean timed out?"),
        (
            "~s foo",
            3,
            3,
            "cancelled, stored, error status, no answer, only natstap, reply unheard, failed, open",
        ),
        ("~s", 2, 0, "~s wants a state: ~s timed"),
        ("~b ~q", 3, 1, "~b wants a text"),
        ("~l > 200", 5, 3, "the unit is missing"),
        ("~l > 200 furlongs", 5, 3, "the unit is missing"),
        ("~l > 200kg", 5, 5, "kg is not a unit"),
        ("~l 200ms", 3, 5, "say how to compare: ~l > 200ms"),
        ("~z > big", 5, 3, "big is not a number"),
        ("~k reqest", 3, 6, "did you mean request?"),
        ("~u a..b", 3, 4, "two dots touch"),
        ("~u a.>.b", 3, 5, "> can only be the last token"),
        ("~u ord*", 3, 4, "* stands for one whole token"),
        ("~h :x", 3, 2, "a header has a name"),
        ("(tea", 0, 1, "never closed"),
        ("tea)", 3, 1, "the opening ( is missing"),
        ("()", 1, 1, "add a word or a term here"),
        ("tea |", 5, 0, "add a word or a term here"),
        ("| tea", 0, 1, "add a word or a term here"),
        ("a & & b", 4, 1, "add a word or a term here"),
        ("!", 1, 0, "add a word or a term here"),
        ('tea "no', 4, 3, "this quote is never closed"),
        ('""', 0, 2, "an empty text is everywhere"),
        ('"a\\d"', 2, 2, "\\d means nothing here"),
        ("\ud800", 0, 1, "half a surrogate pair"),
        ("(" * 100, 40, 1, "at most 40 deep"),
        ("x" * 5000, 4096, 904, "at most 4,096"),
    ],
)
def test_what_is_wrong_is_told_where(text: str, position: int, length: int, why: str) -> None:
    with pytest.raises(LensError) as caught:
        Lens.parse(text)
    error = caught.value
    assert why in error.why
    assert (error.position, error.length) == (position, length)


def test_the_help_is_true() -> None:
    for line in terms():
        assert Lens.parse(line.example), line
    assert all(line.meaning and line.usage for line in terms())


def test_completion() -> None:
    subjects = ["orders.created", "orders.paid", "news"]

    def offered(text: str, cursor: int | None = None) -> list[str]:
        cursor = len(text) if cursor is None else cursor
        offers = complete(text, cursor, subjects, ["X-Token", "correlation_id"])
        return [text[: one.start] + one.text + text[one.end :] for one in offers]

    assert offered("") == []
    assert offered("~s tim") == ['~s "timed out"', "~s timeout"]
    assert offered("tea & ~s wai") == ["tea & ~s waiting"]
    assert offered("(~u ord") == ["(~u orders.>", "(~u orders.created", "(~u orders.paid"]
    assert offered("!~u new") == ["!~u news"]
    assert offered("~h x-t") == ["~h X-Token"]
    assert offered("paid") == ["orders.paid"]
    assert offered("~k re") == ["~k request"]
    assert offered("~l ")[0] == "~l > "
    assert offered("~l > ") == ["~l > 200ms"]
    assert offered("tea ~l>=2")[:2] == ["tea ~l>=2ms", "tea ~l>=2s"]
    assert offered("~z < 3m") == ["~z < 3m"]
    assert offered("~n > 1") == offered("~b >x") == offered("~z > big") == []
    assert offered("~res") == ["~by "]
    assert offered("~q") == ["~q"]
    assert len(offered("~")) == 12
    assert offered("~u ne & tea", 5) == ["~u news & tea"]
    assert offered('"never') == offered('"closed" x)') == []


@given(st.text(st.characters(), max_size=40), st.integers(-5, 50))
def test_completion_never_raises(text: str, cursor: int) -> None:
    for one in complete(text, cursor, ["a b", "c"], ["d"]):
        assert 0 <= one.start <= max(0, cursor)


# -- whatever is typed -----------------------------------------------------------------------

PIECES = [
    *(name for line in terms() for name in (line.usage, line.example)),
    *'()!&|~"\\.>* \t\u00e9\udcff',
    *("tea", "~l>1ms", "~z", "and", "or", "not", "1k", "200ms", "~u", "~h", ">", "\\x", "a:b"),
]
typed = st.one_of(
    st.text(st.characters(), max_size=30),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join),
)


def parsed(text: str) -> tuple[Lens | None, LensError | None]:
    try:
        return Lens.parse(text), None
    except LensError as error:
        return None, error


@settings(max_examples=500)
@given(typed)
def test_it_raises_nothing_else_and_can_be_written_again(text: str) -> None:
    lens, error = parsed(text)
    if error is not None:
        assert 0 <= error.position <= len(text)
        assert 0 <= error.length <= len(text) - error.position
        assert error.why
    if lens is None:
        return
    again = Lens.parse(str(lens))
    assert again == lens
    assert str(again) == str(lens)


# -- against a plain reading of what it means ------------------------------------------------


def means(node: Node, journal: Journal, number: int) -> bool:
    """What a lens says, told by looking at decoded messages."""
    if isinstance(node, All):
        return all(means(part, journal, number) for part in node.parts)
    if isinstance(node, Either):
        return any(means(part, journal, number) for part in node.parts)
    if isinstance(node, Not):
        return not means(node.inner, journal, number)
    return term_means(node, journal, number)


def term_means(term: Term, journal: Journal, number: int) -> bool:
    exchange = journal.exchange(number)
    replies = [journal.message(one) for one in exchange.replies]
    messages = [journal.message(number), *replies]
    name, said = term.spec.name, term.argument
    compared = COMPARE[term.compare]
    raw = said.encode("utf-8", "surrogateescape")
    answered = {State.ANSWERED, State.PARTLY, State.LATE, State.SERVICE_ERROR, State.NONE}

    def headed(message: Message) -> list[str]:
        return [f"{key.lower()}: {value}" for key, value in message.headers.items()]

    match name:
        case "":
            return any(
                said in one.subject or said in one.reply or raw in one.head[8:] + one.body
                for one in messages
            )
        case "~i":
            return any(
                said.lower() in one.subject.lower()
                or said.lower() in one.reply.lower()
                or raw.lower() in (one.head[8:] + one.body).lower()
                for one in messages
            )
        case "~b":
            return any(raw in one.body for one in messages)
        case "~bi":
            return any(raw.lower() in one.body.lower() for one in messages)
        case "~u":
            return matches(said, exchange.subject)
        case "~s":
            label = exchange.state.label
            whole = any(said == state.label for state in State)
            return (label == said if whole else label.startswith(said)) or (
                said == "failed" and exchange.state.failed
            )
        case "~q":
            return exchange.state not in answered
        case "~e":
            return exchange.state.failed
        case "~h":
            key, _, value = said.partition(":")
            return any(
                line.startswith(f"{key.lower()}:") and value in line.partition(":")[2]
                for one in messages
                for line in headed(one)
            )
        case "~c":
            return any(
                line.startswith(f"correlation_id: {said}")
                for one in messages
                for line in headed(one)
            )
        case "~l":
            return exchange.latency is not None and compared(exchange.latency, 0.0)
        case "~z":
            return compared(max(one.size for one in messages), 20)
        case "~n":
            first = replies[:1] if len(replies) > 1 or exchange.state in NO_ANSWER else []
            none = sum(one.no_responders or pub_ack(one.body) is not None for one in first)
            return compared(len(replies) - none, float(said))
        case "~k":
            return exchange.kind.name.lower().startswith(said) or said == "all"
        case "~by":
            return any(said in journal.sources.names[one.source] for one in messages) or any(
                "x-served-by: " + said in headed(one) for one in replies
            )
    return exchange.own


def hidden(journal: Journal, text: str, number: int) -> bool:
    kind = journal.exchange(number).kind
    named = "$" in text or "~k all" in text or f"~k {kind.name.lower()}" in text
    return kind in (ExchangeKind.DELIVERY, ExchangeKind.SYSTEM) and not named


@settings(max_examples=300)
@given(st.lists(messages, max_size=30), lenses)
def test_it_lets_pass_what_it_means(steps: list, text: str) -> None:
    journal, lens = places(), Lens.parse(text)
    for step in steps:
        play(journal, step)
    expected = [
        number
        for number, _ in journal.heads()
        if means(lens.root, journal, number) and not hidden(journal, text, number)
    ]
    assert passing(journal, text) == expected
    assert [n for n, code in journal.heads() if lens.accepts(journal, n, code)] == expected


@settings(max_examples=300)
@given(st.lists(st.tuples(messages, st.booleans()), max_size=30), lenses)
def test_a_view_follows_what_changes(steps: list, text: str) -> None:
    journal = places()
    view = View(journal, Lens.parse(text).on(journal))
    for step, look in steps:
        play(journal, step)
        if look:
            view.catch_up(0.0)
    view.catch_up(FOREVER)
    assert view.behind == 0
    assert list(view) == passing(journal, text)


@given(
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.sampled_from(LEAVES),
)
def test_hostile_bytes_do_no_harm(head: bytes, body: bytes, text: str) -> None:
    journal = Journal()
    for block in (b"", head, b"NATS/1.0" + head):
        put(journal, b"svc", b"_INBOX.a.1", body, block)
        put(journal, b"_INBOX.a.1", b"", body, block)
        put(journal, b"_INBOX.a.2", b"", body, block)
    passing(journal, text)
    find(journal, body or b"x", 0)


# -- following -------------------------------------------------------------------------------


def test_an_answer_leaves_the_unanswered(journal: Journal) -> None:
    view = View(journal, Lens.parse("~q").on(journal))
    asked = [put(journal, b"svc", b"_INBOX.a.%d" % one) for one in range(3)]
    assert view.catch_up(FOREVER)
    assert list(view) == asked
    put(journal, b"_INBOX.a.1", b"")
    assert view.catch_up(FOREVER)
    assert list(view) == [asked[0], asked[2]]
    assert not view.catch_up(FOREVER)


def test_a_reply_brings_its_request_into_sight(journal: Journal) -> None:
    view = View(journal, Lens.parse("~b tea & ~u svc").on(journal))
    for one in range(3):
        put(journal, b"svc", b"_INBOX.a.%d" % one)
    view.catch_up(FOREVER)
    assert not len(view)
    put(journal, b"_INBOX.a.1", b"", b"tea")
    assert view.catch_up(FOREVER)
    assert list(view) == [2]


def test_too_many_changes_to_know_are_found_all_the_same() -> None:
    journal = Journal()
    view = View(journal, Lens.parse("~q").on(journal))
    rows = 70_000
    for one in range(rows):
        put(journal, b"svc", b"_INBOX.a.%d" % one)
    view.catch_up(FOREVER)
    assert len(view) == rows
    for one in range(rows):
        put(journal, b"_INBOX.a.%d" % one, b"", b"y" * 200)
    assert journal.changes.since(0) is None
    while view.behind:
        view.catch_up(0.001)
    expected = [
        n for n, code in journal.heads() if code == ExchangeKind.REQUEST << 4 | State.WAITING
    ]
    assert list(view) == expected


def test_what_the_journal_drops_leaves_a_lens() -> None:
    journal = Journal(max_bytes=2 << 20)
    view = View(journal, Lens.parse("~u odd | tea").on(journal))
    for one in range(100):
        put(journal, b"odd" if one % 2 else b"even", body=b"x" * 65536)
        view.catch_up(FOREVER)
    assert journal.first > 1
    assert list(view) == [n for n in range(journal.first, journal.next) if n % 2 == 0]


# -- searching -------------------------------------------------------------------------------


@given(st.lists(messages, max_size=30), st.sampled_from(WORDS), st.integers(-1, 40))
def test_a_search_finds_the_nearest(steps: list, word: bytes, start: int) -> None:
    journal = places()
    for step in steps:
        play(journal, step)

    def holds(number: int) -> bool:
        exchange = journal.exchange(number)
        found = (journal.message(one) for one in (number, *exchange.replies))
        return any(
            word in one.subject.encode("utf-8", "surrogateescape") or word in one.head + one.body
            for one in found
        )

    hits = [number for number, _ in journal.heads() if holds(number)]
    later, earlier = [n for n in hits if n > start], [n for n in hits if n < start]
    assert find(journal, word, start) == (later[0] if later else None)
    assert find(journal, word, start, -1) == (earlier[-1] if earlier else None)


def test_a_search_stays_in_its_time_and_in_what_is_shown(journal: Journal) -> None:
    for one in range(5000):
        put(journal, b"svc.%d" % (one % 2), b"_INBOX.a.%d" % one)
    late = put(journal, b"_INBOX.a.4001", b"", b"Tea")
    search = Search(journal, b"TEA", 0, fold=True)
    assert not search.catch_up(0.0)
    assert search.catch_up(FOREVER)
    assert search.found == journal.head(late) == 4002
    for number, found in ((4001, 4002), (4002, None), (9999, None)):
        assert find(journal, b"Tea", number) == found
    assert find(journal, b"Tea", 9999, -1) == 4002
    assert find(journal, b"Tea", 4002, -1) is None
    shown = Search(journal, b"Tea", 0, 1, Lens.parse("~u svc.0").on(journal))
    assert shown.catch_up(FOREVER)
    assert shown.found is None


# -- what no message tells -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("~s only", [1]),
        ('~s "only natstap"', [1]),
        ("~s unh", [2]),
        ("~e", [1, 5]),
        ("~s failed a", [1]),
        ("!~e", [2, 3, 4, 7]),
        ("~e | ~s unheard", [1, 2, 5]),
        ("~s waiting", [1, 2, 3, 4]),
        ("~q !~e", [2, 3, 4]),
    ],
)
def test_the_looks_of_others_open_requests_are_states(text: str, found: list[int]) -> None:
    """1: only natstap heard it; 2: reply unheard; 3: open; 4: natstap's; 5: a 503; 7: answered."""
    journal = Journal()
    for one in (b"a", b"b", b"c", b"d", b"e"):
        put(journal, one, b"_INBOX.%b" % one)
    journal.own.expect(4)
    put(journal, b"_INBOX.e", b"", b"", b"NATS/1.0 503\r\n\r\n")
    put(journal, b"f", b"_INBOX.f")
    put(journal, b"_INBOX.f")
    known = Hearsay(look=lambda number: {1: ALONE, 2: UNHEARD, 4: ALONE}.get(number, 0))
    lens = Lens.parse(text)
    view = View(journal, lens.on(journal, known))
    view.catch_up(FOREVER)
    assert list(view) == found


def test_what_changes_again_while_it_is_in_doubt_stays_one_row() -> None:
    journal = Journal()
    for number in (1, 2):
        put(journal, b"a", b"_INBOX.%d" % number)
    view = View(journal, Lens.parse("tea").on(journal))
    view.catch_up(FOREVER)
    for number in (1, 2):
        put(journal, b"_INBOX.%d" % number, body=b"tea")
    view.catch_up(0.0)
    assert view.behind
    put(journal, b"_INBOX.2", body=b"tea")
    view.catch_up(FOREVER)
    assert list(view) == [1, 2]


def test_what_becomes_known_of_an_open_request_is_tested_again_in_time() -> None:
    journal = Journal()
    for number in range(1, 1001):
        put(journal, b"a", b"_INBOX.%d" % number)
    put(journal, b"_INBOX.7")
    alone: set[int] = set()
    known = Hearsay(look=lambda number: ALONE * (number in alone))
    view = View(journal, Lens.parse("~e").on(journal, known))
    view.catch_up(FOREVER)
    assert not view
    alone.update(range(1, 1001))
    view.doubt_waiting(5, 10)
    assert view.behind == 4
    view.catch_up(FOREVER)
    assert list(view) == [5, 6, 8, 9]
    view.doubt_waiting(0, 10_000)
    view.catch_up(FOREVER)
    assert len(view) == 999
    assert not Lens.parse("~s timed | tea").looks
    assert Lens.parse("tea !~e").looks


# -- narrowing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("longer", "shorter"),
    [
        ("tea", "te"),
        ("tea ~e", "tea"),
        ("~b teapot & ~u a.>", "~u a.> & ~b tea"),
        ("~i tea", "~i t"),
        ("tea", ""),
    ],
)
def test_a_longer_text_narrows_a_shorter_one(longer: str, shorter: str) -> None:
    assert Lens.parse(longer).narrows(Lens.parse(shorter))
    assert not Lens.parse(shorter).narrows(Lens.parse(longer))


@pytest.mark.parametrize(
    ("one", "other"),
    [("!tea", "!te"), ("tea | pot", "tea"), ("~k delivery tea", "tea"), ("~u ab", "~u a")],
)
def test_what_may_let_more_pass_does_not_narrow(one: str, other: str) -> None:
    assert not Lens.parse(one).narrows(Lens.parse(other))


@settings(max_examples=200)
@given(st.lists(st.tuples(messages, st.booleans()), max_size=30), lenses, lenses)
def test_a_narrowed_view_shows_the_same(steps: list, wide: str, more: str) -> None:
    narrow = f"({wide}) & ({more})"
    assume(Lens.parse(narrow).narrows(Lens.parse(wide)))
    journal = places()
    view = View(journal, Lens.parse(wide).on(journal))
    for step, look in steps:
        play(journal, step)
        if look:
            view.catch_up(0.0)
    with patch.object(view_module, "_WORTH", 0):
        narrowed = view.narrowed(Lens.parse(narrow).on(journal))
    for step, _ in steps:
        play(journal, step)
    narrowed.catch_up(FOREVER)
    assert list(narrowed) == passing(journal, narrow)
