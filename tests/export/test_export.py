"""Exchanges written down for others: every form says what was seen, and no secret."""

from __future__ import annotations

import csv
import io
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest
from helpers.lens import put
from helpers.packed import gzipped

from engine import Journal
from engine.arrival import Arrival
from engine.commands.paste import paste
from engine.diagnosis.judge import verdict
from engine.drafts.draft import Draft
from engine.export.chosen import ChosenExchanges
from engine.export.export import ExportFormat, export
from engine.filter.state_terms import ALONE, UNHEARD
from engine.flow.ends import Ends
from engine.journal import State
from engine.message import publish_frame
from engine.recorded_session import RecordedSession
from engine.secrets.known_secrets import KnownSecrets

TOKEN = "hush-hush-42"
ID = b"X-Request-Id: 7"


def seen() -> Journal:
    """A request that was answered, one that failed, a publish, and something hostile."""
    journal = Journal()
    source = journal.sources.add("watch")

    def send(subject: bytes, reply: bytes = b"", body: bytes = b"", *lines: bytes) -> None:
        head = b"NATS/1.0\r\n" + b"".join(b"%b\r\n" % line for line in lines) + b"\r\n"
        head = head if lines else b""
        words = publish_frame(subject, reply, head, body).split(b" ", 2)
        frame = b"%b %b 1 %b" % (b"HMSG" if head else b"MSG", words[1], words[2])
        start = frame.index(b"\r\n") + 2
        journal.record(source, subject, reply, frame, start, len(head))

    send(b"orders.new", b"_INBOX.a.1", b'{"id": 7}', ID, b"X-Request-Id: 8", b"Token: hush-hush-42")
    send(b"_INBOX.a.1", b"", b"\xff\x00", ID)
    failed = b"Nats-Service-Error: no `tea`", b"Nats-Service-Error-Code: 409"
    send(b"stock.take", b"_INBOX.a.2", b"=1+1", ID)
    send(b"_INBOX.a.2", b"", b"```\nfence", ID, *failed)
    send(b"=cmd|'x'!A1", b"", b"| # <b>\r\n*")
    journal.note("connected")
    return journal


def chosen(journal: Journal, masked: bool = True) -> ChosenExchanges:
    known = KnownSecrets({})
    known.learn("token", TOKEN)
    return ChosenExchanges(
        journal,
        [number for number, _ in journal.heads()],
        ends=lambda number: Ends("shop", "billing"),
        header="X-Request-Id",
        known=known,
        masked=masked,
    )


@pytest.mark.parametrize("form", ExportFormat)
def test_secrets_are_left_out_unless_they_are_wanted(form: ExportFormat) -> None:
    journal = seen()
    assert TOKEN not in "".join(export(chosen(journal), form))
    whole = "".join(export(chosen(journal, masked=False), form))
    assert (TOKEN in whole) == (form in (ExportFormat.REPORT, ExportFormat.NDJSON, "commands"))


def test_bodies_are_written_as_what_they_are_read_as() -> None:
    journal = Journal()
    packed = gzipped(msgpack.packb({"item": "tea", "token": TOKEN}))
    put(journal, b"orders.new", b"_INBOX.a.1", msgpack.packb({"id": 7, "item": "tea"}))
    put(journal, b"_INBOX.a.1", b"", packed)
    told = "".join(export(chosen(journal), ExportFormat.REPORT))
    assert "Read as MessagePack:" in told
    assert '  "item": "tea"' in told
    assert "Read as gzip \\> MessagePack:" in told
    assert "<token" in told
    asked, answer = map(json.loads, export(chosen(journal), ExportFormat.NDJSON))
    assert (asked["content"], asked["value"]) == ("MessagePack", {"id": 7, "item": "tea"})
    assert answer["value"] == {"item": "tea", "token": "<token>"}
    for form in ExportFormat:
        whole = "".join(export(chosen(journal), form))
        assert TOKEN not in whole
        assert b64encode(packed).decode() not in whole


def test_a_report_has_packed_json_as_it_was_written() -> None:
    journal = Journal()
    written = b'{"price": 1.10, "price": 2, "most": 1e400, "id": 12345678901234567890, "none": {}}'
    put(journal, b"orders.new", b"", gzipped(written))
    told = "".join(export(chosen(journal), ExportFormat.REPORT))
    shown = told[told.index("{") : told.rindex("}") + 1]
    assert [line.strip() for line in shown.splitlines()] == [
        "{",
        '"price": 1.10,',
        '"price": 2,',
        '"most": 1e400,',
        '"id": 12345678901234567890,',
        '"none": {}',
        "}",
    ]


def strict(line: str) -> Any:
    return json.loads(line, parse_constant=pytest.fail)


def test_numbers_that_json_does_not_have_are_written_as_texts() -> None:
    journal = Journal()
    value = {"list": [1.5, float("nan")], "most": float("inf"), "least": float("-inf")}
    put(journal, b"orders.new", b"", msgpack.packb(value))
    (asked,) = map(strict, export(chosen(journal), ExportFormat.NDJSON))
    assert asked["value"] == {"list": [1.5, "NaN"], "most": "Infinity", "least": "-Infinity"}


async def test_json_lines_hold_every_byte_and_open_again(tmp_path: Path) -> None:
    journal = seen()
    lines = list(export(chosen(journal, masked=False), ExportFormat.NDJSON))
    first, answer, *_ = map(json.loads, lines)
    assert (first["subject"], first["from"], first["to"]) == ("orders.new", "shop", "billing")
    assert first["headers"][:2] == [["X-Request-Id", "7"], ["X-Request-Id", "8"]]
    assert (answer["answers"], answer["body_base64"]) == (1, "/wA=")
    (tmp_path / "x.ndjson").write_text("".join(lines))
    session = await RecordedSession.open_recording([tmp_path / "x.ndjson"], Journal())
    again = [session.journal.exchange(number) for number, _ in session.journal.heads()]
    assert [each.state for each in again] == [State.ANSWERED, State.SERVICE_ERROR, State.NONE]
    assert session.journal.message(2).body == b"\xff\x00"


def test_a_row_of_the_table_is_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(export(chosen(seen()), ExportFormat.CSV)))))
    assert [row["state"] for row in rows] == ["answered", "service error", ""]
    assert rows[2]["subject"].startswith("'=cmd")
    assert float(rows[0]["latency ms"]) >= 0
    assert "409" in rows[1]["sentence"]


def test_the_report_has_sentence_evidence_messages_and_diagram() -> None:
    journal = seen()
    text = "".join(export(chosen(journal), ExportFormat.REPORT))
    failed = verdict(journal.exchange(3), journal)
    assert text.index("stock.take: service error") < text.index("orders.new: answered")
    assert "409" in failed.sentence
    assert "409" in text
    assert "- **Reply 1**" in text
    assert text.count("```mermaid\nsequenceDiagram") >= 3
    assert "````\n" in text  # a fence in a body ends no block
    assert "ff 00" in text
    alone = ChosenExchanges(journal, [3])
    assert "".join(export(alone, ExportFormat.REPORT)).startswith("# stock.take: service error")


@pytest.mark.parametrize("form", [ExportFormat.REPORT, ExportFormat.NDJSON, ExportFormat.CSV])
@pytest.mark.parametrize(("look", "words"), [(ALONE, "only natstap"), (UNHEARD, "reply unheard")])
def test_a_request_without_an_answer_is_named_as_in_the_list(
    form: ExportFormat, look: int, words: str
) -> None:
    journal = seen()
    last = put(journal, b"pay.card", reply=b"_INBOX.a.3")
    known = replace(chosen(journal), look=lambda number: look if number == last else 0)
    written = "".join(export(known, form))
    assert words in written
    assert "waiting" not in written
    if form is ExportFormat.REPORT:
        failed_first = written.index("pay.card: ") < written.index("orders.new: answered")
        assert failed_first is (look == ALONE)


def test_the_commands_send_the_same_again() -> None:
    journal = seen()
    script = "".join(export(chosen(journal, masked=False), ExportFormat.COMMANDS))
    commands = [line for line in script.splitlines() if line.startswith("nats ")]
    draft = paste(commands[0]).what
    assert isinstance(draft, Draft)
    assert (draft.subject, draft.body) == ("orders.new", b'{"id": 7}')
    assert ("Token", TOKEN) in draft.headers


def test_a_diagram_has_everybody() -> None:
    drawn = "".join(export(chosen(seen()), ExportFormat.MERMAID))
    assert drawn.startswith("sequenceDiagram")
    assert "stock.take" in drawn


async def test_lines_opened_again_have_statuses_and_times(tmp_path: Path) -> None:
    journal, arrival = Journal(), Arrival()
    journal.sources.time_by(0, arrival)

    def send(at: float, subject: bytes, reply: bytes, head: bytes = b"") -> None:
        arrival.begin(at, 0.25)
        to = b"%b 0 %b" % (subject, reply) if reply else b"%b 0" % subject
        frame = b"HMSG %b %d %d\r\n%b" % (to, len(head), len(head), head)
        journal.record(0, subject, reply, frame, frame.index(b"\r\n") + 2, len(head))

    send(1e9, b"a.b", b"_INBOX.1", b"NATS/1.0\r\nA: 1\r\n\r\n")
    send(1e9 + 1, b"_INBOX.1", b"", b"NATS/1.0 503\r\n\r\n")
    send(1e9 + 2, b"a.c", b"_INBOX.2", b"NATS/1.0\r\nA: 1\r\n\r\n")
    send(1e9 + 3, b"_INBOX.2", b"", b"NATS/1.0 404 No Messages\r\nB: 2\r\n\r\n")
    path = tmp_path / "some.ndjson"
    path.write_text("".join(export(chosen(journal), ExportFormat.NDJSON)))
    again = (await RecordedSession.open_recording([path], Journal())).journal
    for one, other in zip(journal.heads(), again.heads(), strict=True):
        mine, theirs = journal.exchange(one[0]), again.exchange(other[0])
        assert (mine.state, mine.latency_bounds) == (theirs.state, theirs.latency_bounds)
        for number, same in zip(mine.came_back, theirs.came_back, strict=True):
            assert journal.message(number).head == again.message(same).head
