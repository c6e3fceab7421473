"""The flow: which messages belong together, and between whom they go."""

from __future__ import annotations

import pytest
from helpers.frames import seen

from engine.clients.connections import Connection, Interest, Roster, Server
from engine.clients.names import Names, read_names
from engine.flow.correlated import MAX_HEADS, Thread, find_value, threads
from engine.flow.flow import Flow, draw, flow
from engine.journal import Journal
from engine.message import Headers, publish_frame
from tui.flow.sequence import diagram, heads, listing, reach, wide

ID = (("correlation_id", "one-thread"),)


def heard(
    journal: Journal,
    subject: str,
    reply: str = "",
    headers: tuple[tuple[str, str], ...] = ID,
    body: bytes = b"x",
    *,
    head: bytes = b"",
) -> int:
    """Record a message as the server would hand it over."""
    block = head or Headers(headers).encode()
    to = f"{subject} 1 {reply}".strip().encode()
    sizes = b"%d %d" % (len(block), len(block) + len(body)) if block else b"%d" % len(body)
    line = (b"HMSG " if block else b"MSG ") + to + b" " + sizes + b"\r\n"
    frame = line + block + body
    return journal.record(1, subject.encode(), reply.encode(), frame, len(line), len(block))


def sent(journal: Journal, subject: str, reply: str = "") -> int:
    block = Headers(ID).encode()
    frame = publish_frame(subject.encode(), reply.encode(), block, b"q")
    start = len(frame) - len(block) - 1
    return journal.record(0, subject.encode(), reply.encode(), frame, start, len(block))


def drawn(
    journal: Journal, names: Names | None = None, got: str = ""
) -> list[tuple[str, str, str]]:
    """Who, to whom, what."""
    thread = Thread(journal, journal.first)
    thread.catch_up()
    found = draw(journal, thread, names, lambda number: got)
    called = [one.name for one in found.participants]
    return [(called[one.source], called[one.target], one.label) for one in found.steps]


def journal_of() -> Journal:
    journal = Journal()
    journal.sources.add("tap")
    return journal


def test_a_request_its_reply_and_what_the_service_asks_meanwhile() -> None:
    journal = journal_of()
    sent(journal, "orders.create", "_INBOX.me.1")
    heard(journal, "stock.take", "_INBOX.svc.7")
    heard(journal, "_INBOX.svc.7")
    heard(journal, "_INBOX.me.1")
    heard(journal, "orders.created")
    heard(journal, "other", headers=(("correlation_id", "another"),))
    assert drawn(journal) == [
        ("natstap", "orders.create", "request"),
        ("_INBOX.svc", "stock.take", "request"),
        ("stock.take", "_INBOX.svc", "reply"),
        ("orders.create", "natstap", "reply"),
        ("somebody", "orders.created", "publish"),
    ]


def test_what_answers_belongs_to_it_without_the_header() -> None:
    journal = journal_of()
    sent(journal, "jobs", "_INBOX.me.1")
    heard(journal, "_INBOX.me.1", headers=(), body=b'{"stream":"JOBS","seq":4}')
    sent(journal, "nobody", "_INBOX.me.2")
    heard(journal, "_INBOX.me.2", head=b"NATS/1.0 503\r\n\r\n", body=b"")
    assert drawn(journal)[1] == ("JOBS", "natstap", "stored")
    assert drawn(journal)[3] == ("server", "natstap", "status 503")


def test_a_delivery_goes_from_the_stream_to_its_consumer() -> None:
    journal = journal_of()
    heard(journal, "jobs", "$JS.ACK.JOBS.worker.1.4.1.17.0")
    heard(journal, "$JS.ACK.JOBS.worker.1.4.1.17.0", headers=(), body=b"+ACK")
    assert drawn(journal) == [("JOBS", "worker", "delivery"), ("worker", "JOBS", "+ACK")]


def test_what_answers_an_answer_goes_the_other_way() -> None:
    journal = journal_of()
    sent(journal, "svc", "_INBOX.me.1")
    heard(journal, "_INBOX.me.1", "_INBOX.svc.1", headers=())
    heard(journal, "_INBOX.svc.1", headers=())
    assert drawn(journal)[1:] == [("svc", "natstap", "reply"), ("natstap", "svc", "reply")]


def test_a_service_error_is_marked() -> None:
    journal = journal_of()
    sent(journal, "pay", "_INBOX.me.1")
    heard(journal, "_INBOX.me.1", headers=(*ID, ("Nats-Service-Error-Code", "500")))
    assert [one.failed for one in flow(journal, 1).steps] == [False, True]


@pytest.mark.parametrize(
    ("head", "body", "label", "failed"),
    [
        (b"NATS/1.0\r\nStatus: 404\r\n\r\n", b"no tea", "status 404", True),
        (b"NATS/1.0 409 Exceeded\r\n\r\n", b"", "status 409", True),
        (b"NATS/1.0 204\r\n\r\n", b"", "status 204", False),
        (b"", b'{"error":{"code":400},"stream":"S","seq":0}', "not stored", True),
        (b"", b'{"type":"io.nats.jetstream.api.v1.x","error":{"code":404}}', "error", True),
    ],
)
def test_an_answer_that_says_no_is_not_drawn_as_a_reply(
    head: bytes, body: bytes, label: str, failed: bool
) -> None:
    journal = journal_of()
    sent(journal, "pay", "_INBOX.me.1")
    heard(journal, "_INBOX.me.1", headers=(), body=body, head=head)
    step = flow(journal, 1).steps[1]
    assert (step.label, step.failed) == (label, failed)


def test_a_request_without_an_answer_is_not_drawn_calmly() -> None:
    journal = journal_of()
    journal.unanswered.overdue(heard(journal, "pay", "_INBOX.other.1"))
    step = flow(journal, 1).steps[0]
    assert (step.label, step.failed) == ("request: no answer", True)
    heard(journal, "_INBOX.other.1")
    assert [one.failed for one in flow(journal, 1).steps] == [False, False]


def test_a_thread_by_any_header_and_by_none() -> None:
    journal = journal_of()
    number = heard(journal, "a", "_INBOX.x.1", (("trace", "T"), ("correlation_id", "c")))
    heard(journal, "b", headers=(("trace", "T"),))
    heard(journal, "c", headers=(("other", "T"),))
    assert threads(journal, number) == ("correlation_id", "trace")
    assert len(flow(journal, number, "trace").steps) == 2
    assert find_value(journal, journal.exchange(3), "trace") == ""
    assert [one.number for one in flow(journal, 3, "trace").steps] == [3]


def test_an_orphan_goes_to_the_owner_of_its_inbox() -> None:
    journal = journal_of()
    heard(journal, "_INBOX.other.9")
    assert drawn(journal) == [("a service", "_INBOX.other", "reply")]


def test_the_drawing_has_columns_arrows_and_a_list_for_little_room() -> None:
    journal = journal_of()
    sent(journal, "orders.create\x1b[2J", "_INBOX.me.1")
    heard(journal, "_INBOX.me.1")
    found: Flow = flow(journal, 1)
    named = draw(journal, Thread(journal, 1), names_of(client(1, "c\x1b", "orders.>")))
    for one in (*heads(named, 300), *diagram(named, 300), *listing(named)):
        assert "\x1b" not in one.plain
    assert "orders.create␛[2J, 1 byte" in diagram(named, 300)[0].plain
    text = "\n".join(one.plain for one in (*heads(found, 80), *diagram(found, 80)))
    assert "natstap" in text
    assert "─ request, 1 byte ─" in text
    assert "▶" in text
    assert "◀" in text
    assert "\x1b" not in text
    assert {one.plain.rindex("│") for one in diagram(found, 80)} == {63}
    assert "→ orders.create" in listing(found)[0].plain


def test_many_inboxes_that_asked_once_share_a_column() -> None:
    journal = journal_of()
    for n in range(3):
        heard(journal, "a", f"_INBOX.once{n}.1")
        heard(journal, f"_INBOX.once{n}.1")
    for n in range(2):
        heard(journal, "a", f"_INBOX.often.{n}")
    heard(journal, "a", "_INBOX.shop.1")
    names = names_of(client(1, "shop", "_INBOX.shop.*"))
    thread = Thread(journal, 1)
    thread.catch_up()
    found = draw(journal, thread, names)
    assert [one.name for one in found.participants] == ["3 inboxes", "a", "_INBOX.often", "shop"]
    assert "a request each" in heads(found, 80)[1].plain


def test_few_inboxes_have_a_column_each() -> None:
    journal = journal_of()
    for n in range(2):
        heard(journal, "a", f"_INBOX.once{n}.1")
    assert [one[0] for one in drawn(journal)] == ["_INBOX.once0", "_INBOX.once1"]


# -- who took part ---------------------------------------------------------------------------

SERVER = Server("n1", "ID")


def client(cid: int, name: str, *patterns: str, queue: str = "") -> Connection:
    interests = tuple(Interest(one, "" if one.startswith("_") else queue) for one in patterns)
    return Connection(SERVER, cid, name, interests=interests)


def names_of(*clients: Connection) -> Names:
    return read_names(Roster(clients, (SERVER,)))


def test_a_client_is_one_column_whether_it_asks_or_answers() -> None:
    journal = journal_of()
    sent(journal, "orders.create", "_INBOX.me.1")
    heard(journal, "stock.take", "_INBOX.svc.7")
    heard(journal, "_INBOX.svc.7")
    heard(journal, "_INBOX.me.1")
    heard(journal, "orders.created")
    names = names_of(
        client(1, "shop", "orders.*", "_INBOX.svc.*"),
        client(2, "stock", "stock.take"),
        client(3, "natstap watch", ">"),
    )
    assert drawn(journal, names) == [
        ("natstap", "shop", "orders.create"),
        ("shop", "stock", "stock.take"),
        ("stock", "shop", "reply"),
        ("shop", "natstap", "reply"),
        ("somebody", "shop", "orders.created"),
    ]


def test_of_several_who_listen_nobody_is_named_unless_it_is_known_who_got_it() -> None:
    journal = journal_of()
    sent(journal, "a", "_INBOX.me.1")
    names = names_of(client(1, "one", "a", queue="q"), client(2, "two", "a", queue="q"))
    assert drawn(journal, names) == [("natstap", "a", "request")]
    assert drawn(journal, names, "two\nnatstap watch") == [("natstap", "two", "a")]
    assert drawn(journal, names, "one\ntwo") == [("natstap", "a", "request")]


def test_nobody_is_named_who_did_not_get_it_or_of_whom_not_all_is_known() -> None:
    journal = journal_of()
    sent(journal, "a", "_INBOX.me.1")
    assert drawn(journal, read_names(Roster((client(1, "one", "a"),), (SERVER,), ("?",)))) == [
        ("natstap", "a", "request")
    ]
    heard(journal, "_INBOX.me.1", head=b"NATS/1.0 503\r\n\r\n", body=b"")
    assert drawn(journal, names_of(client(1, "one", "a")))[0] == ("natstap", "a", "request")


def test_namesakes_are_told_apart() -> None:
    names = names_of(client(1, "worker", "a"), client(2, "worker", "b"), client(3, "", "c"))
    assert [names.listener(one) for one in ("a", "b", "c", "d")] == [
        "worker (cid 1)",
        "worker (cid 2)",
        "client 3",
        "",
    ]


# -- what belongs to a thread ----------------------------------------------------------------


def test_a_w3c_trace_is_followed_by_its_trace_id() -> None:
    journal = journal_of()
    trace = "0af7651916cd43dd8448eb211c80319c"
    for n, one in enumerate((trace, trace, trace[::-1])):
        heard(journal, f"s{n}", headers=(("traceparent", f"00-{one}-{n:016d}-01"),))
    assert [one.label for one in flow(journal, 1, "traceparent").steps] == ["publish", "publish"]
    odd = heard(journal, "x", headers=(("traceparent", "00-x"),))
    assert len(flow(journal, odd, "traceparent").steps) == 1


def test_the_likeliest_header_comes_first() -> None:
    journal = journal_of()
    names = ("Nats-Trace-Dest", "x-tenant", "X-Correlation-Id")
    never = ("Nats-Service-Error", "Nats-Service-Error-Code", "NATS-Reply-Counter", "Content-Type")
    number = heard(journal, "a", headers=tuple((name, "v") for name in (*never, *names)))
    assert threads(journal, number) == names[::-1]


@pytest.mark.parametrize("chosen", [1, 1500, 3000])
def test_a_value_that_all_have_is_cut_to_the_newest_and_the_chosen(chosen: int) -> None:
    journal = journal_of()
    head = Headers(ID).encode()
    for _ in range(3000):
        seen(journal, b"a", head=head)
    thread = Thread(journal, chosen)
    thread.catch_up()
    assert thread.full
    assert not thread.behind
    assert chosen in thread.heads
    assert sorted(thread.heads)[-MAX_HEADS + 1 :] == [*range(3001 - MAX_HEADS + 1, 3001)]
    found = draw(journal, thread)
    assert (len(found.steps), found.more) == (MAX_HEADS, len(thread.heads) - MAX_HEADS)
    seen(journal, b"a", head=head)
    assert thread.behind
    thread.catch_up()
    assert {chosen, 3001} <= thread.heads


def test_a_thread_is_found_in_slices_and_the_same() -> None:
    journal = journal_of()
    head = Headers(ID).encode()
    for n in range(9000):
        seen(journal, b"a", head=head if n % 1000 == 7 else b"")
    slices = 0
    thread = Thread(journal, 8)
    while thread.behind:
        thread.catch_up(0)
        slices += 1
    assert slices > 5
    assert thread.heads == set(range(8, 9000, 1000))
    assert not thread.full


def test_thousands_of_replies_are_counted_and_not_drawn() -> None:
    journal = journal_of()
    sent(journal, "a", "_INBOX.me.1")
    for n in range(3000):
        seen(journal, b"_INBOX.me.1", b"%d" % n)
    found = flow(journal, 1)
    assert (len(found.steps), found.more) == (MAX_HEADS, 3001 - MAX_HEADS)


def test_a_flow_wider_than_the_screen_keeps_its_columns() -> None:
    journal = journal_of()
    for n in range(9):
        heard(journal, f"s{n}", f"_INBOX.c{n}.1")
    found = flow(journal, 1)
    assert wide(found, 80) > 80
    first, last = (reach(found, one, 80) for one in (found.steps[0], found.steps[-1]))
    assert first[0] == 0
    assert last[1] == wide(found, 80)
