"""A session with failures, on a real server: opened elsewhere it reads as it did live."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from helpers import waiting
from helpers.command_line import ran
from helpers.desk import Hand, until
from helpers.lens import put
from helpers.recordings import same_journals
from helpers.three_services import ORDER, WATCHED, shop

from engine import Journal, NatsBroker
from engine.clients.connections import Connection, Interest, Roster, Server
from engine.clients.names import Names
from engine.content.content import Side
from engine.diagnosis.case import Heard
from engine.diagnosis.diagnosis import diagnose
from engine.diagnosis.judge import verdict
from engine.drafts.draft import Draft
from engine.errors import CannotOpen, InvalidInput, NatstapError
from engine.flow.correlated import Thread
from engine.flow.ends import EndsOf
from engine.flow.flow import draw
from engine.flow.mermaid import mermaid
from engine.journal import ExchangeKind, State
from engine.profile.known_places import Place
from engine.recorded_session import RecordedSession
from engine.recording.evidence import Finding, FoundDiagnosis, FoundOwner, SessionFindings
from engine.recording.recorded_hearing import RecordedHearing
from engine.recording.recordings import RecordingOptions
from engine.recording.session_file import save_session
from engine.schemas.schemas import Schemas
from engine.secrets.known_secrets import KnownSecrets
from engine.server.server import EmbeddedServer
from engine.services.discovery import gather as services_in
from engine.session import Session
from engine.statistics.statistics import Statistics
from tui.app import NatstapApp
from tui.recording.export_dialog import ExportDialog
from tui.recording.record_dialog import RecordDialog

pytestmark = pytest.mark.asyncio(loop_scope="module")
ID = "X-Correlation-Id"
LOAD = 4000
"""Messages that go by meanwhile."""


@dataclass
class Recorded:
    """A session that ended, all that it said, and the file."""

    path: Path
    server: str
    journal: Journal
    next: int
    """The number after the last one that was recorded."""
    sentences: dict[int, object]
    statistics: list[object]
    flow: str
    ends: dict[int, tuple[str, str]]


def heard_in(session: Session, number: int) -> Heard:
    return Heard(session.hearing.heard_alone(number), session.hearing.missed_the_answer(number))


def sentences(session: Session) -> dict[int, object]:
    journal = session.journal
    return {
        number: verdict(journal.exchange(number), journal, heard_in(session, number))
        for number, _ in journal.heads()
    }


def statistics(session: Session, now: float) -> list[object]:
    found = Statistics(session.journal, settled=lambda: session.hearing.settled)
    while found.catch_up(1.0):
        pass
    return [found.total(now), *found.subjects(100, "count", now)]


def flow_of(session: Session) -> str:
    journal = session.journal
    number = next(n for n, _ in journal.heads() if journal.exchange(n).subject == ORDER)
    thread = Thread(journal, number, ID)
    thread.catch_up()
    return mermaid(draw(journal, thread, session.names))


def ends_of(session: Session) -> dict[int, tuple[str, str]]:
    ends = EndsOf(session.journal, session.names)
    return {number: tuple(ends.of(number)) for number, _ in session.journal.heads()}


def diagnoses_in(session: RecordedSession) -> list[FoundDiagnosis]:
    found = session.pages.shown.findings
    return [finding for finding in found if isinstance(finding, FoundDiagnosis)]


async def names_are_known(session: Session) -> None:
    """Ask for a name until somebody has told it."""
    async with asyncio.timeout(60):
        while not all(
            session.names.listeners(subject, session.names.looked_at + 1) for subject in (ORDER,)
        ):
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    path = tmp_path_factory.mktemp("recorded") / "shop.ndjson.gz"
    async with EmbeddedServer() as server:
        own, found = server.profile(), {}
        flags = {"server": server.url, "user": own.user, "password": own.password}
        session = await Session.open(Journal(), flags, {}, demo=False, watch=WATCHED)

        def findings() -> list[Finding]:
            owner = FoundOwner("billing", ("_INBOX.billing.*",))
            return [Finding("owner", owner.title, 0, lambda: owner)] + [
                Finding("diagnosis", n, 0, lambda n=n, why=why: FoundDiagnosis(n, "timed out", why))  # type: ignore[misc]
                for n, why in found.items()
            ]

        session.finders.append(findings)
        await session.recordings.start(RecordingOptions(path))
        async with NatsBroker(own) as loud, shop(own, orders=9):
            await loud.start()
            for n in range(LOAD):
                await loud.publish(b"x" * 64, f"shop.load.{n % 20}")
            await names_are_known(session)
            for subject in ("nobody.here", ORDER):
                sent = await session.outbox.post(Draft(subject, b'{"sku": "X-0"}', timeout=30.0))
                try:
                    await sent.outcome()
                except NatstapError:
                    pass
            failed = next(n for n, _ in session.journal.heads() if session.journal.state(n).failed)
            found[failed] = await diagnose(session.broker, session.journal, failed)
            last = session.journal.next - 1
            await waiting.until(lambda: session.hearing.is_settled(last))
        await session.recordings.stop()
        now = session.journal.message(session.journal.next - 1).at + 1
        told = Recorded(
            path,
            session.profile.display,
            session.journal,
            session.journal.next,
            sentences(session),
            statistics(session, now),
            flow_of(session),
            ends_of(session),
        )
        await session.close()
    return told


async def test_verdicts_statistics_flow_and_names_are_those_of_the_live_session(
    recorded: Recorded,
) -> None:
    session = await RecordedSession.open_recording([recorded.path], Journal())
    same_journals(session.journal, recorded.journal, recorded.next)
    states = {session.journal.state(number) for number, _ in session.journal.heads()}
    assert {State.ANSWERED, State.SERVICE_ERROR, State.NO_RESPONDERS} <= states
    assert sentences(session) == recorded.sentences
    assert statistics(session, session.pages.shown.ended + 1) == recorded.statistics
    assert flow_of(session) == recorded.flow
    assert "gateway-svc" in recorded.flow
    assert ends_of(session) == recorded.ends
    diagnoses = diagnoses_in(session)
    assert [each.diagnosis.sentence for each in diagnoses]
    assert all(each.diagnosis.evidence for each in diagnoses)
    await session.close()


async def test_a_recording_has_no_server(recorded: Recorded) -> None:
    session = await RecordedSession.open_recording([recorded.path], Journal())
    with pytest.raises(InvalidInput, match="recording"):
        await session.move(Place("x", "somewhere"))
    with pytest.raises(NatstapError):
        await session.outbox.post(Draft("s", b""))
    await session.close()


async def test_what_is_no_recording_is_told_in_a_sentence(tmp_path: Path) -> None:
    for words, why in (
        (b'{"natstap":"recording","format":99}\n', "format 99"),
        (b'{"some": "json"}\n', "no"),
        (b"\x1f\x8b\x08garbage", "no"),
        (b"", "no"),
        (b"[" * 100_000, "no"),
    ):
        (tmp_path / "file").write_bytes(words)
        with pytest.raises(CannotOpen, match=why):
            await RecordedSession.open_recording([tmp_path / "file"], Journal())
    with pytest.raises(CannotOpen, match="No such file"):
        await RecordedSession.open_recording([tmp_path / "nothing"], Journal())


async def test_the_desk_shows_it_and_sends_nothing(recorded: Recorded) -> None:
    app = NatstapApp({}, {}, opened=[str(recorded.path)])
    async with app.run_test(size=(120, 40)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None and len(app.journal))
        await hand.see(ORDER, "shop.ndjson.gz", "gateway-svc")
        await hand.press("escape", "exclamation_mark")
        await hand.see("~e")
        await hand.press("v")
        await hand.see("Evidence", "after ")
        await hand.press("escape", "F")
        await hand.see("pricing-svc")
        await hand.press("escape", "t")
        await hand.see("Statistics")
        await hand.press("escape", "S")
        assert app.screen is app.desk
        await hand.press("ctrl+j")
        await pilot.pause()
        assert app.journal.next == recorded.next
        kinds = {app.journal.exchange(n).kind for n, _ in app.journal.heads()}
        assert ExchangeKind.REQUEST in kinds


async def test_a_copy_of_a_recording_says_what_was_found_out_then(
    recorded: Recorded, tmp_path: Path
) -> None:
    app = NatstapApp({}, {}, opened=[str(recorded.path)])
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None and len(app.journal))
        await hand.press("K")
        await until(pilot, lambda: isinstance(app.screen, RecordDialog))
        await hand.press("home", "shift+end", "delete")
        await hand.write(str(tmp_path / "copy.ndjson"))
        await hand.press("ctrl+s")
        await until(pilot, lambda: any("saved in" in told.message for told in app._notifications))
    session = await RecordedSession.open_recording([recorded.path], Journal())
    copy = await RecordedSession.open_recording([tmp_path / "copy.ndjson"], Journal())
    for about in (copy.pages.opened.about, session.pages.opened.about):
        assert (about.server, about.watched) == (recorded.server, (", ".join(WATCHED),))
    assert copy.hearing.inbox_owner("_INBOX.billing.1") == "billing"
    assert diagnoses_in(copy) == diagnoses_in(session) != []
    assert sentences(copy) == recorded.sentences


async def test_of_a_recording_it_is_said_how_long_no_answer_came_while_it_was_made(
    tmp_path: Path,
) -> None:
    lines = (
        {"subject": "svc.mute", "reply": "_INBOX.a.1", "at": 1_700_000_000, "body": "x"},
        {"subject": "svc.other", "at": 1_700_000_042, "body": "y"},
    )
    path = tmp_path / "dump.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    app = NatstapApp({}, {}, opened=[str(path)])
    async with app.run_test(size=(120, 40)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None and len(app.journal))
        await hand.press("escape", "2", "home", "enter")
        await hand.see("No answer on svc.mute has been seen for 42 s.", "42 s  ")
        assert "Press v" not in hand.screen
        assert "follow" not in hand.screen  # nothing comes


async def test_the_list_is_exported_from_a_dialog(recorded: Recorded, tmp_path: Path) -> None:
    app = NatstapApp({}, {}, opened=[str(recorded.path)])
    async with app.run_test(size=(80, 24)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None and len(app.journal))
        await hand.press("slash")
        await hand.write("~e")
        await hand.press("enter", "X")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog))
        await hand.press("ctrl+n", "home", "shift+end", "delete")
        await hand.write(str(tmp_path / "x.ndjson"))
        await hand.press("ctrl+s")
        await until(pilot, lambda: app.screen is app.desk)
    lines = [json.loads(line) for line in (tmp_path / "x.ndjson").read_text().splitlines()]
    states = {line["state"] for line in lines if "state" in line}
    assert states
    assert states <= {state.label for state in State if state.failed}


async def test_notes_are_not_counted_as_exchanges_that_are_exported(tmp_path: Path) -> None:
    journal = Journal()
    journal.sources.add("watch")
    put(journal, b"orders.new", b"_INBOX.w.1")
    journal.note("connected")
    save_session(tmp_path / "saved.gz", journal, KnownSecrets({}))
    app = NatstapApp({}, {}, opened=[str(tmp_path / "saved.gz")])
    async with app.run_test(size=(80, 24)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None and len(app.journal))
        await hand.press("X")
        await hand.see("1 exchange and 1 note: all that the list shows")


async def test_who_asked_is_known_again_of_clients_that_are_gone(tmp_path: Path) -> None:
    journal, names = Journal(), Names()
    put(journal, b"orders.new", b"_INBOX.w.1")
    client = Connection(Server("n", "id"), 7, "web-1", interests=(Interest("_INBOX.w.*"),))
    names.learn(Roster((client,)), at=1.0)
    names.learn(Roster(), at=2.0)
    assert names.asker("_INBOX.w.1") == "web-1"
    journal.sources.add("watch")
    findings = SessionFindings(journal, names, RecordedHearing(journal))
    save_session(tmp_path / "saved.gz", journal, KnownSecrets({}), evidence=findings)
    session = await RecordedSession.open_recording([tmp_path / "saved.gz"], Journal())
    assert session.names.asker("_INBOX.w.1") == "web-1"


async def test_schemas_that_services_told_are_known_again(tmp_path: Path) -> None:
    """Without them an answer that breaks its schema would be a green tick."""
    file, journal, schemas = tmp_path / "saved.gz", Journal(), Schemas()
    put(journal, b"orders.new", b"_INBOX.w.1", b"{}")
    put(journal, b"_INBOX.w.1", b"", b'{"name": "x"}')
    journal.sources.add("watch")
    metadata = {"response_schema": '{"required": ["id"]}'}
    endpoint = {"name": "new", "subject": "orders.new", "metadata": metadata}
    schemas.learn(services_in([{"name": "shop", "id": "1", "endpoints": [endpoint]}]))
    findings = SessionFindings(journal, Names(), RecordedHearing(journal), schemas)
    save_session(file, journal, KnownSecrets({}), evidence=findings)
    session = await RecordedSession.open_recording([file], Journal())
    exchange = session.journal.exchange(session.journal.first)
    assert session.schemas.breach(session.journal, exchange) == "id is missing"
    assert schemas.breach(journal, journal.exchange(1)) == "id is missing"
    of = session.schemas.of("orders.new", Side.REPLY)
    assert of is not None
    assert of.source == "the schema of service shop"
    done = await ran(None, "open", str(file), "--json", "--filter", "~!valid")
    assert done.record("exchange")["sentence"].endswith("breaks its schema: id is missing.")
