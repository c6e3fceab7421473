"""Statuses: what says no is a failure, what ends or paces the replies is none of them."""

import pytest
from helpers.waiting import QUIET
from hypothesis import given
from hypothesis import strategies as st

from engine import Journal, NatsBroker
from engine.errors import NatstapError, StatusReply
from engine.journal import Exchange, ExchangeKind, State
from engine.rpc.request_many import empty_body


def seen(
    journal: Journal, subject: bytes, body: bytes = b"", reply: bytes = b"", head: bytes = b""
) -> int:
    line = b"MSG %b 1 %b%d\r\n" % (subject, reply + b" " if reply else b"", len(body))
    if head:
        sizes = (reply + b" " if reply else b"", len(head), len(head) + len(body))
        line = b"HMSG %b 1 %b%d %d\r\n" % (subject, *sizes)
    return journal.record(1, subject, reply, line + head + body, len(line), len(head))


def answered_with(head: bytes, body: bytes = b"") -> State:
    journal = Journal()
    ask = seen(journal, b"svc", b"?", b"_INBOX.a")
    seen(journal, b"_INBOX.a", body, head=head)
    return journal.state(ask)


@pytest.mark.parametrize("status", [400, 404, 408, 409, 423, 500, 502])
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_status_that_says_no_is_a_failure(status: int, body: bytes) -> None:
    assert answered_with(b"NATS/1.0 %d No\r\n\r\n" % status, body) is State.STATUS
    assert answered_with(b"NATS/1.0\r\nStatus: %d\r\n\r\n" % status, body) is State.STATUS
    assert State.STATUS.failed


@pytest.mark.parametrize(
    "header",
    [b"status: 500", b"Status-Code: 502", b"X-Status-Code: 503", b"HTTP-Status: 404 Not Found"],
)
def test_other_frameworks_name_their_status_otherwise(header: bytes) -> None:
    assert answered_with(b"NATS/1.0\r\n%b\r\n\r\n" % header, b"tea") is State.STATUS


@pytest.mark.parametrize(
    "header", [b"Order-Status: 404", b"status: 5", b"status: 204", b"x: status"]
)
def test_a_header_of_another_meaning_is_no_status(header: bytes) -> None:
    assert answered_with(b"NATS/1.0\r\n%b\r\n\r\n" % header, b"tea") is State.ANSWERED


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"err":"boom","isDisposed":true,"id":"1"}', State.STATUS),
        (b'{"response":1,"isDisposed":true,"id":"1"}', State.ANSWERED),
        (b'{"jsonrpc":"2.0","error":{"code":-32601},"id":1}', State.STATUS),
        (b'{"jsonrpc":"2.0","result":{"error":1},"id":1}', State.ANSWERED),
        (b'{"error":{"code":"system.notFound","message":"Not found"}}', State.STATUS),
        (b'{"success":false,"error":{"message":"no","code":500,"type":"X"}}', State.STATUS),
        (b'{"error":{"code":0,"message":"ok"},"result":{"n":1}}', State.ANSWERED),
        (b'{"error":"a field of its own"}', State.ANSWERED),
        (b'{"error":' + b"[" * 3000, State.ANSWERED),
    ],
)
def test_an_error_in_a_frameworks_body_is_a_failure(body: bytes, state: State) -> None:
    assert answered_with(b"", body) is state


@pytest.mark.parametrize("value", [b"200", b"ok", b"4044", b"-40", b"", b"\xff\xff\xff"])
def test_a_header_status_that_says_nothing_of_the_kind_is_none(value: bytes) -> None:
    assert answered_with(b"NATS/1.0\r\nStatus: %b\r\n\r\n" % value, b"tea") is State.ANSWERED


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (
            b'{"type":"io.nats.jetstream.api.v1.stream_info_response",'
            b'"error":{"code":404,"err_code":10059,"description":"stream not found"}}',
            State.STATUS,
        ),
        (b'{"server":{"name":"a"},"error":{"code":500,"description":"bogus"}}', State.STATUS),
        (b'{"type":"io.nats.jetstream.api.v1.stream_info_response"}', State.ANSWERED),
        (b'{"type":"io.nats.jetstream.api.v1.x","error":{"code":"404"}}', State.ANSWERED),
        (b'{"type":"io.nats.jetstream.api.v1.x","error":{' + b"[" * 4000, State.ANSWERED),
        (b'{"error":{"code":404}}', State.ANSWERED),
        (b'{"error":{"code":503,"description":"full"},"stream":"S","seq":0}', State.STATUS),
    ],
)
def test_an_error_of_the_servers_api_is_a_failure(body: bytes, state: State) -> None:
    assert answered_with(b"", body) is state


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_bytes_are_too_odd(head: bytes, body: bytes) -> None:
    assert answered_with(b"NATS/1.0" + head, body) in State


def test_marks_are_kept_and_are_no_replies() -> None:
    journal = Journal()
    ask = seen(journal, b"$JS.API.DIRECT.GET.S", b"{}", b"_INBOX.a")
    replies = tuple(seen(journal, b"_INBOX.a", b"%d" % one) for one in range(3))
    beat = seen(journal, b"_INBOX.a", head=b"NATS/1.0 100 Idle Heartbeat\r\n\r\n")
    end = seen(journal, b"_INBOX.a", head=b"NATS/1.0 204 EOB\r\n\r\n")
    exchange = journal.exchange(ask)
    assert (exchange.state, exchange.replies) == (State.ANSWERED, replies)
    assert exchange.marks == (beat, end)
    assert exchange.came_back == (*replies, beat, end)
    assert journal.head(end) == ask


def test_an_end_alone_ends_the_wait() -> None:
    journal = Journal()
    ask = seen(journal, b"$JS.API.DIRECT.GET.S", b"{}", b"_INBOX.a")
    end = seen(journal, b"_INBOX.a", head=b"NATS/1.0 204 EOB\r\n\r\n")
    exchange = journal.exchange(ask)
    assert (exchange.state, exchange.replies, exchange.marks) == (State.ANSWERED, (), (end,))


# -- from the real server ------------------------------------------------------------------


def last_request(journal: Journal) -> Exchange:
    numbers = [number for number, code in journal.heads() if code >> 4 == ExchangeKind.SYSTEM]
    return journal.exchange(numbers[-1])


async def test_a_direct_get_of_nothing_is_a_failure(broker: NatsBroker) -> None:
    stream = {"name": "S", "subjects": ["s.>"], "allow_direct": True}
    await broker.jetstream.api("STREAM.CREATE.S", stream)
    with pytest.raises(StatusReply):
        await broker.request(b'{"seq":9}', "$JS.API.DIRECT.GET.S", timeout=30)
    assert broker.journal is not None
    assert last_request(broker.journal).state is State.STATUS


async def test_a_pull_of_nothing_is_a_failure(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s.>"])
    await broker.jetstream.create_consumer("S", {"name": "c", "ack_policy": "explicit"})
    with pytest.raises(StatusReply):
        await broker.request(
            b'{"batch":1,"no_wait":true}', "$JS.API.CONSUMER.MSG.NEXT.S.c", timeout=30
        )
    assert broker.journal is not None
    assert last_request(broker.journal).state is State.STATUS


async def test_an_unknown_stream_is_a_failure(broker: NatsBroker) -> None:
    await broker.request(b"", "$JS.API.STREAM.INFO.NONE", timeout=30)
    assert broker.journal is not None
    assert last_request(broker.journal).state is State.STATUS


@pytest.mark.parametrize("wanted", [None, 4])
async def test_fewer_replies_than_wanted_are_not_all(
    broker: NatsBroker, wanted: int | None
) -> None:
    for _ in range(3):

        @broker.subscriber("roll.call")
        async def present() -> str:
            return "here"

    await broker.start()
    replies = broker.request_many(b"", "roll.call", timeout=30, gap=QUIET, count=wanted)
    assert len(await replies.all()) == 3
    assert broker.journal is not None
    exchange = broker.journal.exchange(replies.number)
    assert exchange.state is (State.PARTLY if wanted else State.ANSWERED)


async def test_an_end_mark_is_no_reply(broker: NatsBroker) -> None:
    link = broker.link

    def answer(subject: bytes, reply: bytes, *_: object) -> None:
        for body in (b"one", b"two", b""):
            link.publish(reply, body)

    link.subscribe(b"two.and.end", answer)
    await link.barrier()
    replies = broker.request_many(b"", "two.and.end", timeout=30, count=3, end=empty_body)
    assert len(await replies.all()) == 2
    assert broker.journal is not None
    exchange = broker.journal.exchange(replies.number)
    assert (exchange.state, len(exchange.replies), len(exchange.marks)) == (State.PARTLY, 2, 1)


async def test_an_end_mark_alone_is_no_error(broker: NatsBroker) -> None:
    link = broker.link
    link.subscribe(b"only.end", lambda subject, reply, *_: link.publish(reply))
    await link.barrier()
    replies = broker.request_many(b"", "only.end", timeout=30, end=empty_body)
    try:
        assert await replies.all() == []
    except NatstapError as error:  # pragma: no cover
        pytest.fail(str(error))
    assert broker.journal is not None
    exchange = broker.journal.exchange(replies.number)
    assert (exchange.replies, len(exchange.marks)) == ((), 1)
    assert exchange.state is State.ANSWERED
