"""What the desk says and understands, without an app: verdicts, drafts, settings."""

from __future__ import annotations

import pytest

from engine.diagnosis.cause import Cause
from engine.diagnosis.judge import verdict
from engine.diagnosis.result import Diagnosis, Tone
from engine.drafts.draft import Draft, content_type
from engine.errors import InvalidHeader, InvalidInput
from engine.journal import SENT, Event, Journal, State
from engine.latency_words import span
from engine.message import publish_frame, split_frame
from tui.kit.typed import parse_headers, parse_span
from tui.start_desk import Private

INBOX = "_INBOX.a.1"
ERROR = b"NATS/1.0\r\nNats-Service-Error: no tea\r\nNats-Service-Error-Code: 404\r\n\r\n"
NOBODY = b"NATS/1.0 503\r\n\r\n"
ACK = b'{"stream":"AUDIT","seq":3}'
REFUSAL = b'{"error":{"code":400,"description":"full"},"stream":"AUDIT","seq":0}'


def put(
    journal: Journal, subject: str, reply: str = "", body: bytes = b"ok", head: bytes = b""
) -> int:
    to, back = subject.encode(), reply.encode()
    frame = publish_frame(to, back, head, body)
    _, _, start, size = split_frame(frame)
    return journal.record(SENT, to, back, frame, start, size)


def asked(journal: Journal, *, timeout: float | None = 2.0, wanted: int = 1) -> int:
    number = put(journal, "svc.tea", INBOX)
    if timeout is not None:
        journal.own.expect(number, timeout=timeout, wanted=wanted)
    return number


def judged(journal: Journal, number: int) -> Diagnosis:
    return verdict(journal.exchange(number), journal)


def test_a_request_that_waits(journal: Journal) -> None:
    said = judged(journal, asked(journal))
    assert said.sentence == "Waiting for an answer on svc.tea, at most 2 s."
    assert said.tone is Tone.OPEN
    other = judged(journal, asked(journal, timeout=None))
    assert other.sentence == "No answer on svc.tea has been seen."


@pytest.mark.parametrize(
    ("body", "head", "tone", "words"),
    [
        (b"hello", b"", "good", "Answered in "),
        (b"hello", b"", "good", " by a reply of 5 bytes."),
        (b"", NOBODY, "bad", "Nobody listens on svc.tea: the server said so after "),
        (b"", ERROR, "bad", "The service answered with error 404: no tea."),
        (ACK, b"", "warn", "Stream AUDIT stores this subject and acknowledged as sequence 3; "),
        (b'{"stream":"A","seq":1234567}', b"", "warn", " as sequence 1,234,567; "),
        (REFUSAL, b"", "bad", "Stream AUDIT did not store this: full"),
    ],
)
def test_what_a_reply_means(
    journal: Journal, body: bytes, head: bytes, tone: str, words: str
) -> None:
    number = asked(journal)
    put(journal, INBOX, body=body, head=head)
    said = judged(journal, number)
    assert words in said.sentence
    assert said.tone == tone


@pytest.mark.parametrize(
    ("event", "tone", "words"),
    [
        (Event.DEADLINE, "bad", "No answer within "),
        (Event.REFUSED, "bad", "Permission denied: this user may not publish to svc.tea."),
        (Event.LINK_LOST, "bad", "The connection was lost while this request was in flight."),
        (Event.CANCEL, "open", "natstap stopped waiting after "),
    ],
)
def test_endings_without_a_reply(journal: Journal, event: Event, tone: str, words: str) -> None:
    number = asked(journal)
    journal.own.settle(number, event, "why")
    said = judged(journal, number)
    assert said.sentence.startswith(words)
    assert said.tone == tone


def test_late_duplicate_and_stored_before_answered(journal: Journal) -> None:
    late = asked(journal, timeout=0.0)
    journal.own.settle(late, Event.DEADLINE)
    put(journal, INBOX)
    assert "too late: after" in judged(journal, late).sentence
    assert "acknowledg" not in str(judged(journal, late))
    both = asked(journal, timeout=0.0)
    put(journal, INBOX, body=ACK)
    journal.own.settle(both, Event.DEADLINE)
    put(journal, INBOX, body=b"done")
    said = judged(journal, both)
    assert said.sentence.endswith("; stream AUDIT had acknowledged the request before.")
    assert said.cause is Cause.LATE_AFTER_ACK
    twice = asked(journal)
    put(journal, INBOX)
    put(journal, INBOX, body=b"again")
    assert "A second reply came" in judged(journal, twice).detail
    again = asked(journal)
    for _ in range(3):
        put(journal, INBOX, body=b"again")
    detail = judged(journal, again).detail
    assert detail.startswith("The same reply came again")
    assert "and 1 more after it: it was sent twice, or two answer alike." in detail
    stored = asked(journal)
    put(journal, INBOX, body=ACK)
    put(journal, INBOX, body=b"done")
    said = judged(journal, stored)
    assert said.cause is Cause.ACK_FIRST
    assert said.detail == "Stream AUDIT stored the request as sequence 3."


def test_what_was_to_be_stored_only_and_was_answered_says_both(journal: Journal) -> None:
    number = asked(journal)
    put(journal, INBOX, body=ACK)
    journal.own.settle(number, Event.COMPLETE)
    assert judged(journal, number).sentence.endswith(", as sequence 3.")
    put(journal, INBOX, body=b"done")
    assert journal.state(number) is State.KEPT
    said = judged(journal, number)
    assert ", as sequence 3; an answer came as well, after " in said.sentence
    assert said.detail.startswith("Only the acknowledgement was wanted.")
    assert said.tone == "good"


@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_stream_has_already_is_said_not_to_be_stored_again(
    journal: Journal, wanted: bool
) -> None:
    number = asked(journal)
    put(journal, INBOX, body=b'{"stream":"AUDIT","seq":3,"duplicate":true}')
    journal.own.settle(number, Event.COMPLETE if wanted else Event.DEADLINE)
    assert journal.state(number) is (State.KEPT if wanted else State.STORED)
    said = judged(journal, number)
    assert (said.cause, said.tone) == (Cause.STORED_BEFORE, Tone.WARN)


def test_an_answer_elsewhere_to_what_a_stream_stored_is_said_to_be_where_it_was_wanted(
    journal: Journal,
) -> None:
    elsewhere = "printed.desk"
    number = put(journal, "print.it", INBOX, head=b"NATS/1.0\r\nreply_to: printed.desk\r\n\r\n")
    journal.own.expect(number, timeout=2.0)
    put(journal, INBOX, body=ACK)
    journal.own.settle(number, Event.COMPLETE)
    put(journal, elsewhere, body=b"done")
    said = judged(journal, number)
    assert "; an answer came as well, after " in said.sentence
    assert said.detail == "It came to printed.desk, where the message asks for answers."
    assert said.tone == "good"


def test_another_who_takes_the_first_reply_took_the_acknowledgement(journal: Journal) -> None:
    number = put(journal, "orders", "_INBOX.other.1")
    put(journal, "_INBOX.other.1", body=ACK)
    put(journal, "_INBOX.other.1", body=b"done")
    said = judged(journal, number)
    assert "took this acknowledgement for its answer" in said.detail
    assert said.tone == "warn"


def test_an_answer_that_is_answered_is_no_second_reply(journal: Journal) -> None:
    number = put(journal, "talk", "_INBOX.other.1")
    put(journal, "_INBOX.other.1", "_INBOX.talk.1")
    put(journal, "_INBOX.talk.1")
    assert judged(journal, number).detail.startswith("The answer was answered in turn")


def test_what_servers_made_of_a_reply_subject_is_said(journal: Journal) -> None:
    assert "another account" in judged(journal, put(journal, "_R_.a.b")).sentence
    assert "behind a gateway" in judged(journal, put(journal, "_GR_.a.b")).sentence


def test_several_replies_wanted(journal: Journal) -> None:
    number = asked(journal, wanted=2)
    put(journal, INBOX)
    assert judged(journal, number).sentence.startswith("1 of 2 replies have come")
    put(journal, INBOX, body=b"two")
    assert judged(journal, number).sentence.startswith("All 2 replies came within ")
    number = asked(journal, wanted=0)
    put(journal, INBOX)
    assert judged(journal, number).sentence.startswith("1 reply has come, ")
    for _ in range(1200):
        put(journal, INBOX)
    assert judged(journal, number).sentence.startswith("1,201 replies have come, ")


@pytest.mark.parametrize("place", range(3))
def test_an_error_among_several_replies_is_an_error_wherever_it_comes(
    journal: Journal, place: int
) -> None:
    number = asked(journal, wanted=3)
    for n in range(3):
        put(journal, INBOX, body=b"%d" % n, head=ERROR if n == place else b"")
    journal.own.settle(number, Event.COMPLETE)
    assert journal.state(number) is State.SERVICE_ERROR
    said = judged(journal, number)
    assert said.sentence == "1 of 3 replies is error 404: no tea."
    assert said.detail.startswith("3 replies came, the first after ")


@pytest.mark.parametrize("place", range(3))
def test_a_status_among_several_replies_is_an_error_wherever_it_comes(
    journal: Journal, place: int
) -> None:
    number = asked(journal, wanted=3)
    for n in range(3):
        head = b"NATS/1.0\r\nStatus: 404\r\nDescription: no tea\r\n\r\n" if n == place else b""
        put(journal, INBOX, body=b"%d" % n, head=head)
    said = judged(journal, number)
    assert (said.cause, said.tone) == (Cause.STATUS, Tone.BAD)
    assert said.sentence == "1 of 3 replies has status 404 no tea."


def test_what_is_no_request(journal: Journal) -> None:
    assert judged(journal, put(journal, "news")).sentence == "Published to news."
    assert "not seen" in judged(journal, put(journal, "_INBOX.x.9")).sentence
    assert judged(journal, journal.note("connection lost")).sentence == "connection lost"
    assert "consumer" in judged(journal, put(journal, "s", "$JS.ACK.S.C.1.2.3.4.5")).sentence


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.00 ms"),
        (0.00041, "0.41 ms"),
        (0.0032, "3.2 ms"),
        (0.25, "250 ms"),
        (2, "2 s"),
        (2.4, "2.4 s"),
        (185, "3 min 5 s"),
    ],
)
def test_time_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2 s", 2), ("500ms", 0.5), ("1.5", 1.5), ("1 min", 60), (" .5 S ", 0.5)],
)
def test_a_timeout_as_people_write_it(written: str, seconds: float) -> None:
    assert parse_span(written) == seconds


@pytest.mark.parametrize("written", ["", "soon", "-1", "0", "2 d", "1e9", "nan", "9999 min"])
def test_what_is_no_timeout(written: str) -> None:
    with pytest.raises(InvalidInput):
        parse_span(written)


def test_headers_as_lines() -> None:
    assert parse_headers("A: 1\n\nA:2\nB:\n") == (("A", "1"), ("A", "2"), ("B", ""))
    with pytest.raises(InvalidInput, match="line 2 has no colon"):
        parse_headers("A: 1\nnonsense")
    with pytest.raises(InvalidHeader):
        parse_headers("two words: 1")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b'{"a": 1}', "application/json"), (b"NaN", "text/plain"), (b"\xff{", "text/plain")],
)
def test_the_content_type_that_a_body_looks_like(body: bytes, kind: str) -> None:
    assert content_type(body) == kind
    assert Draft("s", body).outgoing == (("content-type", kind),)
    named = (("Content-Type", "x/y"),)
    assert Draft("s", body, headers=named).outgoing == named
    assert Draft("s").outgoing == ()


def test_settings_are_in_no_repr() -> None:
    private = Private({"password": "sesame"})
    assert private["password"] == "sesame"
    assert "sesame" not in repr(private)
