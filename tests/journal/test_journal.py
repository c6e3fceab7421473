"""The journal: what belongs to what, what is kept, what it costs."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from typing import Any

import pytest
from helpers.frames import SERVICE_ERROR, STORED, UNAVAILABLE, seen, tiny_segments
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import SENT, Event, ExchangeKind, Journal, State, pub_ack
from engine.journal.segment import Segment

DELIVERED = b"$JS.ACK.S.C.1.1.1.1795423694060255926.0"


@pytest.fixture
def journal() -> Journal:
    made = Journal()
    made.sources.add("tap")
    made.sources.add("other tap")
    return made


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The messages that were looked at to find out whether a new one is the same again."""
    numbers: list[int] = []
    is_again = Segment.is_again

    def counted(self: Segment, number: int, *rest: Any) -> bool:
        numbers.append(number)
        return is_again(self, number, *rest)

    monkeypatch.setattr(Segment, "is_again", counted)
    return numbers


# -- pairing ------------------------------------------------------------------------------


def test_a_request_waits_until_it_is_answered(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    waiting = journal.exchange(ask)
    assert (waiting.kind, waiting.state, waiting.replies) == (
        ExchangeKind.REQUEST,
        State.WAITING,
        (),
    )
    assert (waiting.subject, waiting.reply_subject) == ("svc", "_INBOX.a")
    assert waiting.latency is None
    reply = seen(journal, b"_INBOX.a", b"!")
    answered = journal.exchange(ask)
    assert (answered.state, answered.replies, answered.copies) == (State.ANSWERED, (reply,), ())
    assert answered.latency == journal.answer_times.latency(ask)
    assert answered.latency is not None
    assert journal.head(reply) == journal.head(ask) == ask
    assert journal.exchange(reply) == answered
    assert journal.changes.since(0) == [ask]


def test_of_many_replies_from_one_place_none_is_compared(
    journal: Journal, looked: list[int]
) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    replies = [seen(journal, b"_INBOX.a", b"%d" % n) for n in range(200)]
    assert not looked
    late = [seen(journal, b"_INBOX.a", b"%d" % n, source=2) for n in range(150, 200)]
    again = seen(journal, b"_INBOX.a", b"199")
    assert journal.exchange(ask).copies == tuple(late)
    assert journal.exchange(ask).replies == (*replies, again)


def test_a_publish_asks_for_nothing(journal: Journal) -> None:
    number = seen(journal, b"news", b"x")
    assert journal.exchange(number).kind is ExchangeKind.PUBLISH
    assert journal.state(number) is State.NONE


def test_many_replies_are_one_exchange(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    replies = tuple(seen(journal, b"_INBOX.a", b"%d" % n) for n in range(200))
    assert journal.exchange(ask).replies == replies
    assert {journal.head(one) for one in replies} == {ask}


def test_the_same_answer_twice_from_one_place_is_a_duplicate_reply(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    first, second = seen(journal, b"_INBOX.a", b"!"), seen(journal, b"_INBOX.a", b"!")
    assert journal.exchange(ask).replies == (first, second)
    assert journal.exchange(ask).copies == ()


def test_the_same_answer_from_two_places_is_one_reply_and_a_copy(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a", source=SENT)
    again = seen(journal, b"svc", b"?", b"_INBOX.a", source=1)
    reply = seen(journal, b"_INBOX.a", b"!", source=2)
    copy = seen(journal, b"_INBOX.a", b"!", source=1)
    exchange = journal.exchange(ask)
    assert (exchange.replies, exchange.copies) == ((reply,), (again, copy))
    assert journal.head(again) == ask
    assert [number for number, _ in journal.heads()] == [ask]


def test_another_message_with_the_same_reply_subject_is_no_copy(journal: Journal) -> None:
    one = seen(journal, b"svc", b"?", b"back", source=SENT)
    other = seen(journal, b"svc.b", b"?", b"back", source=1)
    assert journal.head(other) == other != one


def test_copies_are_known_among_many_replies(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    for n in range(500):
        seen(journal, b"_INBOX.a", b"%d" % n, source=1)
        seen(journal, b"_INBOX.a", b"%d" % n, source=2)
    exchange = journal.exchange(ask)
    assert (len(exchange.replies), len(exchange.copies)) == (500, 500)


def test_an_answer_to_nobody_is_an_orphan(journal: Journal) -> None:
    for subject in (b"_INBOX.unknown.1", b"_R_.abc.def", b"_GR_.x"):
        assert journal.exchange(seen(journal, subject, b"!")).kind is ExchangeKind.ORPHAN


def test_an_accounts_own_inboxes_are_known_by_their_ids(journal: Journal) -> None:
    for prefix in (b"_INBOX", b"acme.back"):
        journal.inboxes.add_prefix(prefix)
    kinds = [
        journal.exchange(seen(journal, b"acme." + rest)).kind
        for rest in (
            b"back.Xju7oDboxxQ8W2TMBQHi5X.1",
            b"back.Xju7oDboxxQ8W2TMBQHi5X",
            b"back.order",
        )
    ]
    assert kinds == [ExchangeKind.ORPHAN, ExchangeKind.ORPHAN, ExchangeKind.PUBLISH]


@pytest.mark.parametrize("subject", [b"$JS.API.INFO", b"$SYS.REQ.USER.INFO", b"$SRV.PING"])
def test_the_servers_own_talk_is_not_a_request(journal: Journal, subject: bytes) -> None:
    assert journal.exchange(seen(journal, subject, b"", b"_INBOX.a")).kind is ExchangeKind.SYSTEM
    assert journal.exchange(seen(journal, subject, b"")).kind is ExchangeKind.SYSTEM


def test_the_answer_to_an_answer_that_asks_is_no_orphan(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    back = seen(journal, b"_INBOX.a", b"which?", b"_INBOX.b")
    last = seen(journal, b"_INBOX.b", b"this")
    assert journal.exchange(ask).replies == (back, last)
    owned = seen(journal, b"other", b"?", b"_INBOX.b")
    assert journal.head(seen(journal, b"_INBOX.b", b"!")) == owned


def test_two_that_answer_each_other_on_plain_subjects_stay_requests(journal: Journal) -> None:
    first = seen(journal, b"a", b"1", b"b")
    seen(journal, b"b", b"2", b"a")
    assert journal.head(seen(journal, b"a", b"3", b"b")) != first


def test_no_responders_is_told_by_the_server(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    seen(journal, b"_INBOX.a", head=UNAVAILABLE)
    assert journal.state(ask) is State.NO_RESPONDERS


def test_a_503_with_a_body_is_an_answer_that_says_no(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    seen(journal, b"_INBOX.a", b"a body", head=UNAVAILABLE)
    assert journal.state(ask) is State.STATUS


def test_a_service_error_is_not_an_answer(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    seen(journal, b"_INBOX.a", b"", head=SERVICE_ERROR)
    assert journal.state(ask) is State.SERVICE_ERROR


# -- streams ------------------------------------------------------------------------------


def test_a_pub_ack_and_then_the_answer(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    stored = seen(journal, b"_INBOX.a", STORED)
    assert journal.state(ask) is State.STORED
    reply = seen(journal, b"_INBOX.a", b"!")
    exchange = journal.exchange(ask)
    assert (exchange.state, exchange.replies) == (State.ANSWERED, (stored, reply))
    assert exchange.answered == journal.message(reply).at


def test_a_streams_refusal_is_an_error(journal: Journal) -> None:
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    full = b'{"error":{"code":503,"err_code":10077,"description":"full"},"stream":"S","seq":0}'
    seen(journal, b"_INBOX.a", full)
    assert journal.state(ask) is State.STATUS


@pytest.mark.parametrize(
    "body",
    [
        b'{"stream":"S","seq":"1"}',
        b'{"stream":"S","seq":true}',
        b'{"stream":"S","seq":1.5}',
        b'{"stream":7,"seq":1}',
        b'{"stream":"S"',
        b'{"stream":"S","seq":1}' + b" " * 5000,
        b'{"stream":' + b"[" * 4000,
        b'{"error":"kaput","stream":"S","seq":0}',
        b'{"error":{"code":1}}',
        b'{"stream":"\xff","seq":1}',
        b'{"seq":1,"stream":"S"}',
        b"[]",
        b"",
    ],
)
def test_what_only_looks_like_a_pub_ack_is_an_answer(journal: Journal, body: bytes) -> None:
    assert pub_ack(body) is None
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    seen(journal, b"_INBOX.a", body)
    assert journal.state(ask) is State.ANSWERED


def test_a_delivery_is_answered_by_its_acknowledgement(journal: Journal) -> None:
    number = seen(journal, b"orders", b"x", DELIVERED)
    assert journal.exchange(number).kind is ExchangeKind.DELIVERY
    ack = seen(journal, DELIVERED, b"", source=SENT)
    exchange = journal.exchange(number)
    assert (exchange.state, exchange.replies) == (State.ANSWERED, (ack,))


def test_an_acknowledgement_of_an_unseen_delivery_is_no_orphan(journal: Journal) -> None:
    assert journal.exchange(seen(journal, DELIVERED, b"")).kind is ExchangeKind.DELIVERY


def test_a_stored_request_is_answered_at_the_subject_in_its_header(journal: Journal) -> None:
    head = b"NATS/1.0\r\ncontent-type: text/plain\r\nreply_to: _INBOX.b\r\n\r\n"
    ask = seen(journal, b"svc", b"?", b"_INBOX.a", head, source=SENT)
    stored = seen(journal, b"_INBOX.a", STORED)
    delivered = seen(journal, b"svc", b"?", DELIVERED, head, source=2)
    reply = seen(journal, b"_INBOX.b", b"!", source=1)
    exchange = journal.exchange(ask)
    assert (exchange.state, exchange.replies) == (State.ANSWERED, (stored, reply))
    assert journal.exchange(delivered).replies == ()


def test_a_delivery_stands_in_for_a_request_that_was_not_seen(journal: Journal) -> None:
    head = b"NATS/1.0\r\nreply_to: _INBOX.b\r\n\r\n"
    delivered = seen(journal, b"svc", b"?", DELIVERED, head)
    assert journal.head(seen(journal, b"_INBOX.b", b"!")) == delivered


def test_the_newest_request_owns_a_shared_reply_subject(journal: Journal) -> None:
    asked = [seen(journal, b"svc", b"%d" % n, b"shared") for n in range(3)]
    reply = seen(journal, b"shared", b"!")
    assert journal.head(reply) == asked[-1]
    assert [journal.state(one) for one in asked] == [State.WAITING, State.WAITING, State.ANSWERED]
    latest = seen(journal, b"svc", b"more", b"shared")
    assert journal.head(seen(journal, b"shared", b"!")) == latest


def test_a_busy_reply_subject_does_not_slow_down(journal: Journal) -> None:
    seen(journal, b"svc", b"?", b"shared")
    began = time.process_time()
    for n in range(20_000):
        seen(journal, b"shared", b"%d" % n)
    assert time.process_time() - began < 20
    assert len(journal.exchange(1).replies) == 20_000


# -- what the asker knows -----------------------------------------------------------------


def asked(journal: Journal, wanted: int = 1, timeout: float = 2.0) -> int:
    number = seen(journal, b"svc", b"?", b"_INBOX.a", source=SENT)
    journal.own.expect(number, wanted=wanted, timeout=timeout)
    return number


def test_a_late_answer_is_late(journal: Journal) -> None:
    ask = asked(journal)
    journal.own.settle(ask, Event.DEADLINE)
    timed_out = journal.exchange(ask)
    assert (timed_out.state, timed_out.timeout, timed_out.own) == (State.TIMED_OUT, 2.0, True)
    assert timed_out.ended is not None
    seen(journal, b"_INBOX.a", b"!")
    late = journal.exchange(ask)
    assert late.state is State.LATE
    assert late.latency is not None
    assert late.answered is not None
    assert late.answered >= timed_out.ended


def test_an_answer_after_the_first_changes_nothing(journal: Journal) -> None:
    ask = asked(journal)
    seen(journal, b"_INBOX.a", b"!")
    journal.own.close(ask)
    second = seen(journal, b"_INBOX.a", b"!!")
    assert journal.state(ask) is State.ANSWERED
    assert second in journal.exchange(ask).replies


def test_some_of_many(journal: Journal) -> None:
    ask = asked(journal, wanted=3)
    seen(journal, b"_INBOX.a", b"1")
    assert journal.state(ask) is State.PARTLY
    seen(journal, b"_INBOX.a", STORED)
    seen(journal, b"_INBOX.a", b"2")
    assert journal.state(ask) is State.PARTLY
    seen(journal, b"_INBOX.a", b"3")
    assert journal.state(ask) is State.ANSWERED


def test_as_many_as_come_is_done_when_the_asker_says_so(journal: Journal) -> None:
    ask = asked(journal, wanted=0)
    for n in range(3):
        seen(journal, b"_INBOX.a", b"%d" % n)
    assert journal.state(ask) is State.PARTLY
    journal.own.settle(ask, Event.COMPLETE)
    assert journal.state(ask) is State.ANSWERED


def test_a_refusal_keeps_the_servers_words(journal: Journal) -> None:
    ask = asked(journal)
    journal.own.settle(ask, Event.REFUSED, "Permissions Violation for Publish")
    exchange = journal.exchange(ask)
    assert (exchange.state, exchange.why) == (State.REFUSED, "Permissions Violation for Publish")


def test_a_note_is_kept_in_order(journal: Journal) -> None:
    before = seen(journal, b"a", b"")
    number = journal.note("connection lost: ü\udcff")
    assert number == before + 1
    note = journal.exchange(number)
    assert (note.kind, note.state, note.why) == (
        ExchangeKind.NOTE,
        State.NONE,
        "connection lost: ü\udcff",
    )
    assert journal.message(number).subject == ""


def test_a_message_comes_out_as_it_went_in(journal: Journal) -> None:
    head = b"NATS/1.0\r\nA: 1\r\nA: 2\r\n\r\n"
    sent = journal.message(seen(journal, b"a.\xff", b"body", b"back", head, source=SENT))
    heard = journal.message(seen(journal, b"a.\xff", b"body", b"elsewhere", head, source=2))
    assert (sent.subject, sent.body, sent.head, sent.reply) == ("a.\udcff", b"body", head, "back")
    assert (heard.subject, heard.body, heard.head) == ("a.\udcff", b"body", head)
    assert (sent.sent, heard.sent) == (True, False)
    assert (sent.source, heard.source) == (SENT, 2)
    assert heard.at >= sent.at > 1e9


async def test_the_pulse_beats_for_every_reader(journal: Journal) -> None:
    waiting = [asyncio.create_task(journal.pulse.wait(0)) for _ in range(2)]
    await asyncio.sleep(0)
    seen(journal, b"a")
    assert await asyncio.gather(*waiting) == [1, 1]
    assert await journal.pulse.wait(0) == 1
    asked(journal)
    journal.own.settle(2, Event.CANCEL)
    assert await journal.pulse.wait(1) == 3


# -- bounds -------------------------------------------------------------------------------


def test_the_oldest_fall_out_by_count() -> None:
    with tiny_segments(size=1 << 20):
        journal = Journal(max_messages=32)
        for n in range(100):
            assert seen(journal, b"a", b"%d" % n) == n + 1
        assert journal.next == 101
        assert journal.dropped == journal.first - 1 > 0
        assert 32 <= len(journal) <= 32 + 2 * 8
        assert journal.dropped + len(journal) == 100
        for number in range(1, journal.first):
            assert number not in journal
            for look in (journal.message, journal.exchange, journal.head, journal.state):
                with pytest.raises(KeyError):
                    look(number)
        assert [journal.message(n).body for n in range(journal.first, 101)] == [
            b"%d" % (n - 1) for n in range(journal.first, 101)
        ]
        assert [number for number, _ in journal.heads()] == list(range(journal.first, 101))


def test_the_oldest_fall_out_by_bytes() -> None:
    with tiny_segments():
        journal = Journal(max_bytes=2000)
        for _ in range(200):
            seen(journal, b"a", b"x" * 100)
            assert journal.size < 2000 + 2 * 800
        assert journal.dropped > 100


def test_one_message_larger_than_everything_is_kept_until_the_next() -> None:
    with tiny_segments():
        journal = Journal(max_bytes=1000)
        seen(journal, b"a", b"x" * 5000)
        assert len(journal.message(1).body) == 5000
        seen(journal, b"b", b"y")
        assert (journal.message(2).body, journal.dropped) == (b"y", 1)


def test_numbers_that_never_were_are_no_messages(journal: Journal) -> None:
    seen(journal, b"a")
    for number in (-1, 0, 2, 1 << 40):
        with pytest.raises(KeyError):
            journal.message(number)


def test_an_answer_to_a_request_that_fell_out_is_an_orphan() -> None:
    with tiny_segments(size=1 << 20):
        journal = Journal(max_messages=8)
        seen(journal, b"svc", b"?", b"_INBOX.a")
        for _ in range(40):
            seen(journal, b"noise")
        assert 1 not in journal
        assert journal.exchange(seen(journal, b"_INBOX.a", b"!")).kind is ExchangeKind.ORPHAN


def test_what_fell_out_can_still_be_settled_and_closed() -> None:
    with tiny_segments(size=1 << 20):
        journal = Journal(max_messages=8)
        ask = asked(journal)
        for _ in range(40):
            seen(journal, b"noise")
        journal.own.settle(ask, Event.DEADLINE)
        journal.own.close(ask)
        assert ask not in journal


def test_a_request_can_be_answered_many_segments_later() -> None:
    with tiny_segments():
        journal = Journal()
        ask = seen(journal, b"svc", b"?", b"_INBOX.a")
        for _ in range(12):
            seen(journal, b"noise")
        reply = seen(journal, b"_INBOX.a", b"!")
        assert journal.exchange(ask).replies == (reply,)
        assert journal.state(ask) is State.ANSWERED


def test_heads_can_be_read_from_a_number_on(journal: Journal) -> None:
    with tiny_segments():
        small = Journal()
        numbers = [seen(small, b"a", b"%d" % n) for n in range(50)]
        for since in (0, 1, 8, 9, 33, 50):
            assert [n for n, _ in small.heads(since)] == [n for n in numbers if n >= since]


BODY = b"x" * 128
HEAD = (
    b"NATS/1.0\r\ncontent-type: application/json\r\n"
    b"correlation_id: 9f0c2a51-7f25-4c49-9d1e-8a3d6f1b2c3d\r\n\r\n"
)


@pytest.mark.parametrize(("head", "budget"), [(b"", 220), (HEAD, 300)], ids=["bare", "headers"])
def test_a_message_costs_little_memory(head: bytes, budget: int) -> None:
    count = 40_000
    tracemalloc.start(1)
    try:
        journal = Journal()
        for n in range(count):
            seen(journal, b"evt.%d" % (n % 200), BODY, head=head)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(journal) == count
    assert held / count < budget
    assert journal.size / count < budget


@pytest.mark.parametrize("head", [b"", HEAD], ids=["bare", "headers"])
def test_pairing_costs_little_more(head: bytes) -> None:
    """Beyond the frame itself: the columns, and the reply subjects that are remembered."""
    count, frames = 40_000, 0
    tracemalloc.start(1)
    try:
        journal = Journal()
        for n in range(count // 2):
            inbox = b"_INBOX.Xju7oDboxxQ8W2TMBQHi5X.%08d" % n
            seen(journal, b"evt.ask", BODY, inbox, head)
            seen(journal, inbox, BODY, head=head)
            frames += 2 * (len(BODY) + len(head) + len(inbox) + 12) + len("evt.ask")
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert (held - frames) / count < 130


# -- whatever comes -----------------------------------------------------------------------

SUBJECTS = (b"a", b"b", b"svc", b"_INBOX.1", b"_INBOX.2", b"$JS.ACK.", DELIVERED, b"$SYS.x", b"")
WORDS = (b"", b"", b"x", b"same", STORED, b'{"stream":', b'{"error":{},"stream":"","seq":0}', b"{}")
HEADS = (
    b"",
    b"",
    b"N",
    b"NATS/1.0",
    b"NATS/1.0\r\n\r\n",
    UNAVAILABLE,
    SERVICE_ERROR,
    b"NATS/1.0\r\nreply_to: _INBOX.1\r\n\r\n",
    b"NATS/1.0\r\nreply_to: \xff\r\n\r\n",
    b"NATS/1.0\r\nreply_to:  \r\n\r\n",
    b"NATS/1.0 404\r\n\r\n",
    b"\r\n\r\n",
)
subjects = st.one_of(st.sampled_from(SUBJECTS), st.binary(max_size=6)).filter(
    lambda raw: not set(raw) & set(b" \r\n")
)
bodies = st.one_of(
    st.sampled_from(WORDS), st.binary(max_size=80), st.just(b'{"stream":' + b"[" * 3000)
)
heads = st.one_of(st.sampled_from(HEADS), st.binary(min_size=1, max_size=30))
hostile = st.tuples(subjects, bodies, subjects, heads, st.integers(0, 3))
own = st.tuples(st.sampled_from(Event), st.integers(0, 60), st.integers(0, 3))


@given(st.lists(st.one_of(hostile, own, st.text(max_size=10)), max_size=120), st.integers(1, 40))
def test_nothing_makes_pairing_raise_or_lose(steps: list, bound: int) -> None:
    with tiny_segments():
        journal = Journal(max_messages=bound, max_bytes=6000)
        count = 0
        for step in steps:
            if isinstance(step, str):
                assert journal.note(step.encode("utf-8", "replace").decode()) == count + 1
                count += 1
            elif len(step) == 3:
                meddle(journal, *step)
            else:
                subject, body, reply, head, source = step
                assert seen(journal, subject, body, reply, head, source) == count + 1
                count += 1
        assert journal.next == count + 1
        assert journal.dropped + len(journal) == count
        every_number_belongs_to_one_exchange(journal)


def meddle(journal: Journal, event: Event, number: int, what: int) -> None:
    """What a broker says of requests, at moments that no broker would choose."""
    if number not in journal or journal.head(number) != number:
        return
    if what == 0:
        journal.own.expect(number, wanted=number % 4, timeout=1.0)
    elif what == 1:
        journal.own.settle(number, event, "why")
    else:
        journal.own.close(number)


def every_number_belongs_to_one_exchange(journal: Journal) -> None:
    belongs: dict[int, int] = {}
    for number, code in journal.heads():
        exchange = journal.exchange(number)
        assert journal.head(number) == number
        assert (exchange.kind, exchange.state) == (ExchangeKind(code >> 4), State(code & 15))
        for one in (number, *exchange.replies, *exchange.copies):
            assert one not in belongs
            belongs[one] = number
        assert list(exchange.replies) == sorted(exchange.replies)
        journal.answer_times.latency(number)
    for number in range(journal.first, journal.next):
        journal.message(number)
        head = journal.head(number)
        assert belongs.get(number, head) == head
        assert number in belongs or head < journal.first
    assert set(belongs) <= set(range(journal.first, journal.next))
