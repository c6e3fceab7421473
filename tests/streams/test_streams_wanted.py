"""Finding stored messages by any header, a text or a field of their JSON."""

from __future__ import annotations

import json

import pytest
from helpers.desk import sitting
from helpers.packed import gzipped
from helpers.stream_screen import on, opened
from helpers.streams import fill, make
from hypothesis import given
from hypothesis import strategies as st

from engine import Journal, NatsBroker
from engine.api_subjects import on_stream
from engine.errors import InvalidInput
from engine.message import Message, raw_bytes
from engine.streams.find import Everywhere, find, find_everywhere, find_left, find_newer
from engine.streams.listing import list_streams, look
from engine.streams.search_terms import MAX_LENGTH, parse_wanted
from engine.streams.stored import stored_message
from tui.streams.find_id import FindId, _hint
from tui.streams.stored_words import PART_PROVES_NOTHING

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
BODY = {
    "order": {"id": 7, "ref": "7", "paid": True, "note": None, "sum": 12.5, "a name": "x"},
    "rows": [{"sku": "a-1", "qty": 1}, {"sku": "b-2", "qty": 20}],
    "*": "star",
    "price.net": 3,
}
MESSAGE = Message(
    "shop.orders.created",
    json.dumps(BODY).encode(),
    head=b"NATS/1.0\r\nX-Request-Id: Req-77\r\nx-request-id: second\r\n"
    b"correlation_id: job-10\r\ntraceparent: %b\r\nempty:\r\n\r\n" % TRACE.encode(),
)


def has(written: str, message: Message = MESSAGE) -> bool:
    return parse_wanted(written).matches(message)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "x-request-id: req-77",
            "X-REQUEST-ID: Req",
            "x-request-id:Req-77",
            "x-request-id: second",
        ),
        *(
            "traceparent:",
            f"traceparent: {TRACE}",
            "traceparent: 4bf92f3577b34da6a3ce929d0e0e4736",
            "empty:",
            "a-1",
        ),
        *(
            "4bf92f3577b34da6a3ce929d0e0e4736",
            "job-10",
            "job-",
            "orders.created",
            "req-77",
            "  a-1 ",
        ),
        *('"sku": "a-1"', '"X-Request-Id: Req"', "correlation_id", '{"id": 7', "12.5"),
        *("$.order.id", "$.order.id = 7", "$.order.id == 7.0", "$.order.id >= 7", "$.order.id<8"),
        *("$.order.ref = 7", '$.order.ref = "7"', "$.order.paid = true", "$.order.note = null"),
        *("$.order.note", "$.rows[0].sku = a-1", "$.rows[-1].sku = b-2", "$.rows[*].qty > 19"),
        *("$.rows.*.sku", '$["order"]["a name"] = x', "$['order'].id != 8", '$["*"] = star'),
        *(
            '$["price.net"] = 3',
            "$.order.sum > 12",
            '$.rows[*].sku > "b"',
            "$.*.id = 7",
            "$.rows[ 1 ]",
        ),
    ],
)
def test_it_is_found(written: str) -> None:
    assert has(written)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "x-request-id: other",
            "request-id: Req-77",
            "X-Request: Req",
            "id: 7",
            "job-1",
            "nothing",
        ),
        *("traceparent: 4BF9Z", "x-request-id: REQ-77", "NATS/1.0", "2.5", '"$.order"'),
        *("$.order.id = 8", '$.order.id = "7"', "$.order.paid = 1", "$.order.id = true"),
        *("$.order.id > 7", "$.order.missing", "$.order.missing != 1", "$.rows[2]", "$.rows[-3]"),
        *("$.rows.sku", "$.order[0]", "$.order.paid > 0", "$.order.ref > 3", "$.*.missing"),
    ],
)
def test_it_is_not_found(written: str) -> None:
    assert not has(written)


def test_words_are_whole_unless_they_are_in_quotes() -> None:
    assert not has("order 1", Message("s", b"order 17"))
    assert not has("42", Message("s", b"1420 142"))
    assert has("42", Message("s", b"1420 a 42."))
    assert not has("5f1c2", Message("s", b"5f1c2999"))
    assert has('"5f1c2"', Message("s", b"5f1c2999"))
    assert has("5f1c2", Message("s", b"5f1c2-999 order_5f1c2_x"))
    assert has("\u00e9", Message("s", "caf\u00e9s".encode()))


def test_a_colon_need_not_mean_a_header() -> None:
    assert has("http://shop", Message("s", b"see http://shop/1"))
    assert has("urn:uuid:1", Message("s", b"urn:uuid:1"))
    assert has("a: b", Message("s", b"", head=b"NATS/1.0\r\nA:b\r\n\r\n"))
    assert not has("a: b", Message("s", b"a: b"))
    assert has('"a: b"', Message("s", b"a: b"))


def test_what_is_escaped_in_json_is_found_by_its_path() -> None:
    assert has("$.name = Zoë", Message("s", b'{"na\\u006de": "Zo\\u00eb"}'))


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "nothing to look for"),
        ("  ", "nothing to look for"),
        ("x" * (MAX_LENGTH + 1), "too long"),
        ("$", "a field is missing"),
        ("$.", "a name is missing"),
        ("$.a.", "a name is missing"),
        ("$.a..b", "two dots"),
        ("$..b", "two dots"),
        ("$.a[", "not a place in brackets"),
        ("$.a[x]", "not a place in brackets"),
        ('$["\\x"]', "not a name in quotes"),
        ("$.a =", "a value is missing after ="),
        ("$.a !=  ", "a value is missing after !="),
        ("$.a b", "not clear from 'b' on"),
    ],
)
def test_what_cannot_be_looked_for_says_why(written: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why.replace("!", r"\!")):
        parse_wanted(written)


HOSTILE = [b"[" * 100_000, b"{" * 9999, b'{"a":' * 50_000, b"\xff\xfe", b"9" * 10_000, b'"\\ud800"']


@given(st.text(max_size=40) | st.sampled_from(["$.a", "$[0]", "a:", "$.a = 1", "$[*][*] > 1"]))
def test_no_text_and_no_body_ends_the_search(written: str) -> None:
    try:
        wanted = parse_wanted(written)
    except InvalidInput:
        return
    for body in HOSTILE:
        wanted.matches(Message("s", b'["a", %b' % body))
        wanted.matches(Message("s", body, head=body))


def as_batched(message: Message, sequence: int = 7) -> bytes:
    """As a server hands it out in a batch."""
    told = b"Nats-Stream: S\r\nNats-Subject: %b\r\nNats-Sequence: %d\r\n\r\n"
    head = (message.head[:-2] or b"NATS/1.0\r\n") + told % (raw_bytes(message.subject), sequence)
    sizes = len(head), len(head) + len(message.body)
    return b"HMSG _INBOX.x.1 1 %d %d\r\n%b%b" % (*sizes, head, message.body)


_HEADS = st.sampled_from([b"", MESSAGE.head, b"NATS/1.0\r\nA: b\r\n\r\n"])
_BODIES = st.sampled_from(
    [MESSAGE.body, b"", b"job-10 a: b", gzipped(b"job-10"), "caf\u00e9".encode(), b"\x00\xff"]
)
_WANTED = st.sampled_from(
    [
        "job-10",
        "job",
        "x-request-id: req-77",
        "a: b",
        "A:",
        "a:b",
        "$.order.id = 7",
        "$.rows",
        "$.*.id",
        "shop",
        "café",
        "S",
        "7",
    ]
)


@given(st.lists(st.tuples(_HEADS, _BODIES), max_size=5), _WANTED | st.text(max_size=3))
def test_a_frame_that_is_passed_over_matches_by_no_means(
    made: list[tuple[bytes, bytes]], written: str
) -> None:
    try:
        wanted = parse_wanted(written)
    except InvalidInput:
        return
    frames = [as_batched(Message("shop.orders", body, head=head)) for head, body in made]
    candidates = wanted.candidates(frames)
    assert candidates == [frame for frame in frames if frame in candidates]
    for frame in frames:
        assert frame in candidates or not wanted.matches(stored_message(frame).message)


# -- in real streams -------------------------------------------------------------------------


async def test_a_stream_with_gaps_is_searched_once_and_whole(
    broker: NatsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.streams.read_back.BATCH_SIZE", 10)
    monkeypatch.setattr("engine.streams.find.MAX_FOUND", 1000)
    await make(broker, "S", "s.*", allow_direct=True)
    await fill(broker, "S", ["s.a", "s.b", "s.c"], 200)
    await broker.jetstream.api(on_stream("PURGE", "S"), {"filter": "s.a"}, stream="S")
    await broker.jetstream.api(on_stream("PURGE", "S"), {"seq": 150, "filter": "s.b"}, stream="S")
    state = await look(broker, "S")
    last = [one async for one in find(broker, state, '"s."')][-1]
    sequences = [one.sequence for one in last.found]
    assert (last.searched, len(set(sequences))) == (state.messages, state.messages)
    assert sequences == sorted(sequences)


@pytest.mark.parametrize("direct", [True, False], ids=["batches", "singles"])
async def test_a_stream_is_searched_by_each_of_them(
    broker: NatsBroker, journal: Journal, direct: bool
) -> None:
    await make(broker, "S", "s.*", allow_direct=direct)
    await fill(broker, "S", ["s.noise"], 30)
    sent = json.dumps(BODY).encode()
    await broker.publish(sent, "s.order", stream="S", headers={"X-Request-Id": "req-77"})
    for written in ("x-request-id: req-77", "$.rows[*].sku = a-1", "b-2", "s.order"):
        state = await look(broker, "S")
        last = [one async for one in find(broker, state, written)][-1]
        assert [one.sequence for one in last.found] == [31]
        assert (last.wanted, last.searched, last.done) == (written, 31, True)
    await broker.publish(sent, "s.again", stream="S")
    state = await look(broker, "S")
    last = await find_newer(broker, state, last)
    assert [one.sequence for one in last.found] == [31]
    by_path = [one async for one in find(broker, state, "$.order.id = 7")][-1]
    assert [one.sequence for one in by_path.found] == [31, 32]
    left = await find_left(broker, state, by_path)
    assert left.found == by_path.found
    everywhere = [
        one
        async for one in find_everywhere(broker, (await list_streams(broker)).streams, "$.order.id")
    ]
    assert [hit.stored.sequence for hit in everywhere[-1].hits] == [31, 32]
    assert everywhere[-1].whole


def test_an_empty_result_of_a_part_proves_nothing() -> None:
    whole = Everywhere("x", searched=3, total=3, done=True)
    assert _hint(whole) == ()
    for part in (
        Everywhere("x", done=True, closed=("S",)),
        Everywhere("x", failed=True),
    ):
        assert _hint(part) == (PART_PROVES_NOTHING,)
    assert _hint(Everywhere("x")) == ("Searching…",)


async def test_the_dialog_says_what_is_wrong_and_finds_by_a_field() -> None:
    async with sitting((120, 40)) as hand:
        broker = hand.app.session.broker
        await make(broker, "SHOP", "shop.*", allow_direct=True)
        await broker.publish(json.dumps(BODY).encode(), "shop.order", stream="SHOP")
        shown = await opened(hand)
        await shown.choose("SHOP")
        await hand.press("C")
        await on(hand, FindId)
        await hand.write("$.order.")
        await hand.press("enter")
        await hand.see("a name is missing after the dot")
        await hand.write("id = 7")
        await hand.press("enter")
        await hand.see("1 message found", "shop.order")
