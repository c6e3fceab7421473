"""What other tools write, opened: dumps and backups of the nats CLI, a server's log, JSON lines."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from base64 import b64decode, b64encode
from pathlib import Path

import nats
import pytest
from helpers.outside import NATS, address, nats_cli, running
from helpers.packed import gzipped
from helpers.waiting import flushed

from engine import Exchange, Journal
from engine.diagnosis.judge import verdict
from engine.errors import CannotOpen
from engine.export.chosen import ChosenExchanges
from engine.export.export import ExportFormat, export
from engine.flow.ends import NOBODY_KNOWN
from engine.flow.waterfall import waterfall
from engine.journal import ExchangeKind, State
from engine.recorded_session import RecordedSession
from engine.recording.evidence import FoundEnds
from engine.server.server import EmbeddedServer
from tui.kit.rows import clock, clocks

ARCHIVE = b64decode(
    "/wYAAFMyc1R3TwELAQCOD5+0TkFUU0FSQzEK9Km91cyc4OwxAADnAXN0YXRlLmpzb257Im1lc3NhZ2VzIjo0LCJieXRl"
    "cyI6Mjg1LCJmaXJzdF9zZXEiOjEsImZpcnN0X3RzIjoiMDAwMS0wMS0wMVQwMDowMDowMFoiLCJsYXN0X3NlcSI6NCwi"
    "bGFzdF90cyI6IjAwMDEtMDEtMDFUMDA6MDA6MDBaIiwiY29uc3VtZXJfY291bnQiOjB9ICAgICAgICAgICAgICAgICAg"
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg"
    "ICAgICD/BgAAUzJzVHdPAMUAABRXaCfSAfBdB7TYpdfTnODsMQESBW9yZC5zdmNOQVRTLzEuMA0KWDogMQ0KDQpoZWxs"
    "bybm4vXX05zg7DECGAhfSU5CT1guMmszbjJFejlhektMeTBXa2pBRjVwZy5zZWRKVFZjMRlKAEEFAAxBOiAyAVAwYW5z"
    "d2VyIDAJ9viX9wV+CAMAAQF+SHBsYWlu/wmW1fiZ1Jzg7DEEEhABFxBtdWx0aRlNcFQ6IHYNCg0KeyJhIjogMSwKICJi"
    "IjoyfQAAAAAA"
)
"""What nats CLI 0.5.1 wrote with `nats sub 'ord.>' '_INBOX.>' --backup`."""
SNAPSHOT = b64decode(
    "/wYAAFMyc1R3TwCCBACD0WeVgEhUUGF4SGVhZGVycy4wL21ldGEuaW5mABEBFQA+ADAJAAAACQcEMAAJABUIEDAwMzUA"
    "BQAJBCQAMDExNjQzACB4EYcVAD5WTQAcdXN0YXIAMDAVAD0RQxUAonAyOSBtdGltZT0xNzk2MDQ1MzI0LjcxMzc3MjA1"
    "ChUAHhElGQCxAHHzFQBHMhMCEDAwMDA2efA+CABgMDc3NgAxNTMwMzI3NTAxNAAwMTI0NDYAIHGUFQBVkQAMbmF0cxUA"
    "FH4gAIW7Hd1mSgARGhUAffCBeyJDcmVhdGVkIjoiMjAyNi0xMS0zMFQxMzoyODo0My4zNDgxNzUwNFoiLCJuYW1lIjoi"
    "T1JEIiwic3ViamVjdHMiOlsib3JkLlx1MDAzZSJdLCJyZXRlbnRpb24iOiJsaW1pdHMiLCJtYXhfY29uc3VtZXJzIjot"
    "MSwibWF4X21zZx0ODGJ5dGUdDxRhZ2UiOjAZKRBfcGVyXw14GSYcbXNnX3NpemUJOPBFZGlzY2FyZCI6Im9sZCIsInN0"
    "b3JhZ2UiOiJmaWxlIiwibnVtX3JlcGxpY2FzIjoxLCJkdXBsaWNhdGVfd2luZG93IjoxMi3NzDAwMCwiY29tcHJlc3Np"
    "b24iOiJub25lIiwiYWxsb3dfZGlyZWN0Ijp0cnVlLCJtaXJyb3IVFTBmYWxzZSwic2VhbGVkFQ8oZGVueV9kZWxldGU2"
    "FAAMcHVyZxkTCWAocm9sbHVwX2hkcnMVGkhjb25zdW1lcl9saW1pdHMiOnt9ES8YbXNnX3R0bBUrjG1ldGFkYXRhIjp7"
    "Il9uYXRzLnJlcS5sZXZlbCI6IjAifX0AAEYACAhzdW1RohUAPyVJfRs6EABSAAgANxkAaAJx8xUAQjJCBH4ACAgwMjAV"
    "AAkENTTuAAgZACYAPGIzZjg5MTgwNzI0YTI0MzM2ugERDBkA1gAQbXNncy8yBRAQMS5ibGsx+RUAPTrwB0IADEYAEAwy"
    "MDIyGQBjAghzZ3Nx8xUAQzI/BH4ACAg0MzY+AAgINjE27gAIGQAmABBAAACAAS2u4JoaFba01ewYBQBvcmQuMRIAAABO"
    "QVRTLzEuMA0KWDogMQ0KDQpoZWxsbyAxShkG5pDxpVlAAAAAAglAAIAFBgUEuD3sFqB/Rlq6LQi3FV6kpE/iP18sj9x0"
    "0jnLnPX/ensGEuroigTku9KclkAAAIADCTUQAPhZ6r4ZgAAzFQAJADMZgDQzw6D8spVe+TdAAACABAU+FAAAQWI/xBlA"
    "ADQVAAkANBlAJDT6P+K0nzvIux4ZwERAyhaburTV7BgAAK3wxquwFMvuxhEVAGXmqABGAAgcaW5kZXguZGIVAHUINjA2"
    "GQBnAnHzFQBCMjsEfgAIBDU0FQAIDDM0MDQZAGIAhAsDA8ABAbTqqOGW7ersMQSCifvDmO3q7DEDBW9yZC40AQEFCAAx"
    "DQBgMwEBAQHAAQEABM6e0uIBAQAAFgIBAAAAAT3x8Y8ZEhEKFQDeCAEAAR5ACBxbIA0TbykVPBUA0hHYGQC0Ag=="
)
"""What `nats stream backup` had of a server 2.12: four messages, the second of which is removed."""
_TRACE = (
    '[7] 2026/11/30 06:59:09.91{n} [TRC] 10.0.0.5:59346 - cid:{cid} - "v1:go:x" - "$G/u" - {rest}'
)
_PAYLOAD = r'["NATS/1.0\r\nX: a\"b\r\n\r\nh\xff\u00e9"]'
LOG = "\n".join(
    (
        "[7] 2026/11/30 06:59:07.880155 [INF] Starting nats-server",
        '[7] 2026/11/30 06:59:08.1 [TRC] 10.0.0.5:1 - cid:5 - <<- [CONNECT {"name":"shop"}]',
        '[7] 2026/11/30 06:59:08.2 [TRC] 10.0.0.5:2 - cid:6 - <<- [CONNECT {"name":"billing"}]',
        _TRACE.format(n=1, cid=6, rest="<<- [SUB bills.* pay 1]"),
        _TRACE.format(n=2, cid=5, rest="<<- [HPUB bills.new _INBOX.a.1 20 25]"),
        _TRACE.format(n=2, cid=5, rest=rf"<<- MSG_PAYLOAD: {_PAYLOAD}"),
        _TRACE.format(n=3, cid=6, rest="->> [HMSG bills.new 1 _INBOX.a.1 20 25]"),
        _TRACE.format(n=3, cid=6, rest=rf"->> MSG_PAYLOAD: {_PAYLOAD}"),
        _TRACE.format(n=4, cid=6, rest="<<- [PUB _INBOX.a.1 2]"),
        _TRACE.format(n=4, cid=6, rest='<<- MSG_PAYLOAD: ["ok"]'),
        _TRACE.format(n=5, cid=5, rest="<<- [PUB nobody.here _INBOX.a.2 1]"),
        _TRACE.format(n=5, cid=5, rest='<<- MSG_PAYLOAD: ["x"]'),
        _TRACE.format(n=6, cid=5, rest="->> [HMSG _INBOX.a.2 1 16 16]"),
        _TRACE.format(n=6, cid=5, rest=r'->> MSG_PAYLOAD: ["NATS/1.0 503\r\n\r\n"]'),
        _TRACE.format(n=7, cid=5, rest="<<- [PUB large 900]"),
        _TRACE.format(n=7, cid=5, rest='<<- MSG_PAYLOAD: ["begin"...]'),
    )
)


async def opened(path: Path) -> RecordedSession:
    return await RecordedSession.open_recording([path], Journal())


def exchanges(session: RecordedSession) -> list[Exchange]:
    return [session.journal.exchange(number) for number, _ in session.journal.heads()]


def line(number: int) -> bytes:
    inbox = f"_INBOX.{number}"
    asked = {"subject": "a.b", "reply": inbox, "body": f"ask {number}", "at": 1000 + number}
    told = {"subject": inbox, "body": f"told {number}", "at": 1000.5 + number}
    return b"".join(json.dumps(each).encode() + b"\n" for each in (asked, told))


async def test_what_is_larger_than_a_journal_is_turned_by_page(tmp_path: Path) -> None:
    path = tmp_path / "many.ndjson"
    path.write_bytes(b"".join(map(line, range(1000))))
    session = await RecordedSession.open_recording([path], Journal(700))

    def shown() -> tuple[str, bytes, bytes, int]:
        found = exchanges(session)
        first, last = (session.journal.message(each.number).body for each in (found[0], found[-1]))
        assert all(each.state is State.ANSWERED for each in found)
        return session.pages.part, first, last, len(found)

    assert shown() == ("part 1 of 2 or more", b"ask 0", b"ask 349", 350)
    await session.pages.turn_to(1)
    assert shown() == ("part 2 of 3 or more", b"ask 350", b"ask 699", 350)
    await session.pages.turn_to(2)
    assert shown() == ("part 3 of 3", b"ask 700", b"ask 999", 300)
    await session.pages.turn_to(0)
    assert shown() == ("part 1 of 3", b"ask 0", b"ask 349", 350)
    await session.pages.turn_to(2)
    assert shown() == ("part 3 of 3", b"ask 700", b"ask 999", 300)


async def test_a_backup_has_every_byte_and_time(tmp_path: Path) -> None:
    (tmp_path / "stream.arc.s2").write_bytes(ARCHIVE)
    (tmp_path / "backup.json").write_text("{}")
    session = await opened(tmp_path)
    found = exchanges(session)
    assert [each.subject for each in found][:1] == ["ord.svc"]
    messages = [session.journal.message(each.number) for each in found]
    assert [message.body for message in messages][2:] == [b"\xff", b'{"a": 1,\n "b":2}']
    assert messages[1].headers.get_all("A") == ["1", "2"]
    assert messages[0].at == pytest.approx(1796021949.914462)
    assert any("no reply subjects" in sentence for sentence in session.pages.opened.sentences())


@pytest.mark.parametrize("name", ["stream.tar.s2", "another name"])
async def test_a_streams_own_backup_has_its_messages(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SNAPSHOT)
    session = await opened(tmp_path if name.startswith("stream") else tmp_path / name)
    messages = [session.journal.message(each.number) for each in exchanges(session)]
    assert [message.subject for message in messages] == ["ord.1", "ord.3", "ord.4"]
    assert [message.body for message in messages] == [b"hello 1", b"hello 3", b"hello 4"]
    assert messages[2].headers["X"] == "4"
    assert messages[0].at == pytest.approx(1796045323.3, abs=1)
    for size in range(40, len(SNAPSHOT), 90):
        (tmp_path / name).write_bytes(SNAPSHOT[:size])
        with pytest.raises(CannotOpen):
            await opened(tmp_path / name)


async def test_a_backup_that_is_cut_off_shows_what_is_before_that(tmp_path: Path) -> None:
    for size in range(280, len(ARCHIVE) - 5, 40):
        (tmp_path / "stream.arc.s2").write_bytes(ARCHIVE[:size])
        with pytest.raises(CannotOpen):
            await opened(tmp_path)
    (tmp_path / "stream.arc.s2").write_bytes(ARCHIVE + b"\x00\xff\xff\xffno")
    assert len(exchanges(await opened(tmp_path))) == 4


async def test_a_servers_log_tells_who_asked_whom_and_what_came_back(tmp_path: Path) -> None:
    (tmp_path / "nats.log").write_text(LOG)
    session = await opened(tmp_path / "nats.log")
    bills, nobody, large = exchanges(session)
    assert (bills.subject, bills.state) == ("bills.new", State.ANSWERED)
    request = session.journal.message(bills.number)
    assert (request.headers["X"], request.body) == ('a"b', b"h\xff\xc3\xa9")
    assert session.journal.message(bills.replies[0]).body == b"ok"
    assert (nobody.subject, nobody.state) == ("nobody.here", State.NO_RESPONDERS)
    assert session.journal.message(large.number).body == b"begin"
    ends = [found for found in session.pages.shown.findings if isinstance(found, FoundEnds)]
    assert (ends[0].asker, ends[0].answerer) == ("shop", "billing")
    assert session.names.listener("bills.new") == "billing"
    assert any("shortened" in sentence for sentence in session.pages.opened.sentences())


async def test_json_lines_of_several_tools_are_messages(tmp_path: Path) -> None:
    lines = (
        {"subject": "a", "reply": "_INBOX.1", "headers": [["X", "1"], ["X", "2"]], "body": "hi"},
        {"Subject": "_INBOX.1", "Header": {"Y": ["1"]}, "Data": "aGVsbG8="},
        {"subject": "b", "body_base64": "/w==", "time": "2026-11-30T06:59:09Z"},
        {
            "type": "exchange",
            "subject": "c",
            "state": "answered",
            "at": 1796021949.0,
            "latency": 0.5,
            "request": {"headers": [], "body": "ask"},
            "replies": [{"headers": [], "body": "told"}],
        },
    )
    path = tmp_path / "x.ndjson"
    path.write_bytes(b"\0".join(json.dumps(line).encode() for line in lines) + b"\nno json\n")
    session = await opened(path)
    first, second, third = exchanges(session)
    assert (first.state, second.kind, third.state) == (
        State.ANSWERED,
        ExchangeKind.PUBLISH,
        State.ANSWERED,
    )
    assert session.journal.message(first.number).headers.get_all("X") == ["1", "2"]
    assert session.journal.message(second.number).body == b"\xff"
    assert third.latency == pytest.approx(0.5)
    assert any("1 line could not be read" in told for told in session.pages.opened.sentences())


async def test_what_nobody_knows_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("just words")
    (tmp_path / "empty").mkdir()
    (tmp_path / "nothing.gz").write_bytes(gzipped(b"natstap" * 99)[:9])
    (tmp_path / "stream").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "stream" / "stream.tar.s2").write_bytes(b"\xff\x06\x00\x00S2sTwO")
    for name, why in (
        ("text", "JSON lines"),
        ("empty", "neither"),
        ("stream", "no message of NATS"),
        ("pipe", "a pipe"),
        ("nothing.gz", "empty, or cut off before anything was in it"),
    ):
        with pytest.raises(CannotOpen, match=why):
            await opened(tmp_path / name)


@nats_cli
async def test_what_the_real_cli_and_the_real_server_write_opens(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    config = f'debug: true\ntrace: true\nlog_file: "{log}"\n'
    async with EmbeddedServer(config=config) as server:
        cli = (str(NATS), "--server", address(server.profile()))
        sub = (*cli, "sub", "ord.>", "_INBOX.>")
        folders = tmp_path / "dump", tmp_path / "backup"
        async with (
            running(*sub, "--dump", str(folders[0])),
            running(*sub, "--quiet", "--backup", str(folders[1])) as backup,
            running(*cli, "reply", "ord.svc", "pong", "-H", "A:1"),
        ):
            while log.read_bytes().count(b"<<- [SUB ord.> ") < len(folders):
                await asyncio.sleep(0.02)
            while not (folders[0] / "1.json").exists() or b"pong" not in log.read_bytes():
                await asyncio.sleep(0.02)
                async with running(*cli, "req", "ord.svc", "ping") as asking:
                    await asking.communicate()
            backup.send_signal(signal.SIGINT)
            await backup.communicate()
        for path in (*folders, log):
            found = exchanges(await opened(path))
            asked = [each for each in found if each.subject == "ord.svc"]
            assert asked, path
            if path is log:
                assert any(each.state is State.ANSWERED for each in asked), path


async def test_a_real_log_of_python_clients_tells_of_empty_bodies_and_who_answered(
    tmp_path: Path,
) -> None:
    """They write two blanks where no reply subject is; an empty body has no line of its own."""
    log = tmp_path / "server.log"
    config = f'debug: true\ntrace: true\nlog_file: "{log}"\n'
    async with EmbeddedServer(config=config) as server:
        url = address(server.profile())
        asker, answerer = [await nats.connect(url, name=name) for name in ("shop", "billing")]
        try:
            heard = await answerer.subscribe("bills.>")
            inbox = await asker.subscribe("_INBOX.mine")
            await flushed(answerer, asker)
            await asker.publish("bills.new", reply="_INBOX.mine")
            asked = await heard.next_msg(30)
            await asked.respond(b"ok")
            await inbox.next_msg(30)
            await asker.publish("bills.paid", b"x")
            await asker.flush()
        finally:
            for client in (asker, answerer):
                await client.close()
    session = await opened(log)
    new, paid = (each for each in exchanges(session) if each.subject.startswith("bills."))
    assert (new.state, session.journal.message(new.number).body) == (State.ANSWERED, b"")
    ends = {
        found.of: found for found in session.pages.shown.findings if isinstance(found, FoundEnds)
    }
    assert (ends[new.number].asker, ends[new.number].answerer) == ("shop", "billing")
    assert ends[paid.number].asker == "shop"


async def test_a_time_that_nobody_took_is_unknown_and_no_false_clock(tmp_path: Path) -> None:
    """`nats sub --dump -` writes none: neither a time of day nor a latency is made up."""
    messages = (("a.b", "_INBOX.x.1", b"ask"), ("_INBOX.x.1", "", b"told"), ("c", "", b"alone"))
    path = tmp_path / "dump"
    path.write_bytes(
        b"\0".join(
            json.dumps(
                {"Subject": subject, "Reply": reply, "Data": b64encode(body).decode()}
            ).encode()
            for subject, reply, body in messages
        )
    )
    session = await opened(path)
    first, alone = exchanges(session)
    assert "It does not say when messages came" in session.pages.opened.sentences()[0]
    assert (first.state, alone.state) == (State.ANSWERED, State.NONE)
    assert (first.latency, session.journal.answer_times.latency(first.number)) == (None, None)
    assert session.journal.glances.of(first.number).latency is None
    told = verdict(first, session.journal)
    assert told.sentence == "Answered in an unknown time by a reply of 4 bytes."
    assert clock(first.started) == clocks(alone.started, 1.0) == "time unknown"
    fall = waterfall(session.journal, [first.number], lambda _: NOBODY_KNOWN, 2e9)
    assert (fall.timed, fall.hops[0].took) == (False, None)
    numbers = (first.number, alone.number)
    chosen = ChosenExchanges(session.journal, numbers)
    written = {form: "".join(export(chosen, form)) for form in ExportFormat}
    assert all("1970-" not in text and "1969-" not in text for text in written.values())
    lines = written[ExportFormat.NDJSON]
    assert [json.loads(row)["at"] for row in lines.splitlines()] == [None] * 3
    again = tmp_path / "again.ndjson"
    again.write_text(lines)
    assert [each.latency for each in exchanges(await opened(again))] == [None, None]


async def test_the_times_of_files_are_as_exact_as_clocks_of_files(tmp_path: Path) -> None:
    dumped = ("a.b", "_INBOX.x.1"), ("_INBOX.x.1", "")
    for ns, least, most in ((500_000_000, 0.24, 0.26), (0, 0.0, 2.0)):
        for number, (subject, reply) in enumerate(dumped):
            file = tmp_path / f"{number}.json"
            file.write_text(json.dumps({"Subject": subject, "Reply": reply, "Data": ""}))
            at = 1_796_000_000_000_000_000 + ns + (number * 250_000_000 if ns else 0)
            os.utime(file, ns=(at, at))
        bounds = exchanges(await opened(tmp_path))[0].latency_bounds
        assert bounds is not None
        assert bounds == pytest.approx((least, most), abs=1e-3)


async def test_what_watch_prints_says_who_answered_and_how_exactly_the_time_is_known(
    tmp_path: Path,
) -> None:
    path = tmp_path / "watched.ndjson"
    fields = {"subject": "a.b", "at": 1e9, "from": "web", "to": "shop", "latency": 0.07}
    said = fields | {"latency_at_least": 0.06, "request": {"body": "x"}, "replies": [{"body": "y"}]}
    path.write_text(json.dumps(said))
    session = await opened(path)
    assert exchanges(session)[0].latency_bounds == pytest.approx((0.06, 0.07), abs=1e-4)
    ends = [found for found in session.pages.shown.findings if isinstance(found, FoundEnds)]
    assert [(found.asker, found.answerer) for found in ends] == [("web", "shop")]


async def test_times_that_cannot_be_do_no_harm(tmp_path: Path) -> None:
    big = "1" + "0" * 400
    lines = (
        f'{{"subject": "a", "body": "x", "at": {big}, "spread": {big}, "status": {big}}}',
        '{"subject": "a", "body": "x", "at": NaN, "spread": -Infinity, "status": true}',
        f'{{"subject": "a", "latency": {big}, "request": {{"body": ""}}, "replies": [{{}}]}}',
        '{"subject": "a", "body": "x", "at": 1e308, "spread": 1e308, "description": []}',
    )
    (tmp_path / "lines").write_text("\n".join(lines) + "\n")
    assert len(exchanges(await opened(tmp_path / "lines"))) == 4
