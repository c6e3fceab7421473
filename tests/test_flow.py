"""The flow: which messages belong together, and between whom they go."""

from __future__ import annotations

from engine.insight.flow import Flow, find_value, flow, threads
from engine.journal import Journal
from engine.message import Headers, publish_frame
from tui.widgets.sequence import diagram, heads, listing

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


def drawn(journal: Journal) -> list[tuple[str, str, str]]:
    """Who, to whom, what."""
    found = flow(journal, journal.first)
    names = [one.name for one in found.participants]
    return [(names[one.source], names[one.target], one.label) for one in found.steps]


def journal_of() -> Journal:
    journal = Journal()
    journal.source("tap")
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


def test_a_service_error_is_marked() -> None:
    journal = journal_of()
    sent(journal, "pay", "_INBOX.me.1")
    heard(journal, "_INBOX.me.1", headers=(*ID, ("Nats-Service-Error-Code", "500")))
    assert [one.failed for one in flow(journal, 1).steps] == [False, True]


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
    text = "\n".join(one.plain for one in (*heads(found, 80), *diagram(found, 80)))
    assert "natstap" in text
    assert "─ request, 1 byte ─" in text
    assert "▶" in text
    assert "◀" in text
    assert "\x1b" not in text
    assert len({len(one.plain) for one in diagram(found, 80)}) == 1
    assert "→ orders.create" in listing(found)[1].plain
