"""A recording that is larger than a journal: filter, flow and find go through all parts of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from helpers.desk import Hand, until

from engine import Journal
from engine.content.by_subject import NOTHING_SET
from engine.filter.lens import Lens
from engine.flow.correlated import Thread, carriers
from engine.journal import State
from engine.message import publish_frame
from engine.playback.recorded_answers import collect_answers
from engine.recorded_session import RecordedSession
from engine.recording.gathering import gather, parts_of, requests
from engine.recording.open_file import open_file
from engine.recording.opened import OpenedRecording
from engine.recording.recorder import Recorder
from engine.secrets.known_secrets import KnownSecrets
from tui.app import NatstapApp
from tui.recording.passing import passing

pytestmark = pytest.mark.asyncio(loop_scope="module")
SMALL = 1500
"""Messages of the journal that it is opened in."""
ID = "X-Correlation-Id"
ORDERS = 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Journal]:
    """Much traffic, and every hundredth request part of the same flow."""
    path = tmp_path_factory.mktemp("large") / "large.ndjson.gz"
    journal, random = Journal(), Random(7)
    place = journal.sources.add("watch shop.>")

    def send(subject: bytes, reply: bytes, body: bytes, head: bytes = b"") -> int:
        words = publish_frame(subject, reply, head, body).split(b" ", 2)
        frame = b"%b %b 7 %b" % (b"HMSG" if head else b"MSG", words[1], words[2])
        return journal.record(place, subject, reply, frame, frame.index(b"\r\n") + 2, len(head))

    for n in range(ORDERS * 50):
        same = n % 50 == 0
        value = b"the-flow" if same else b"other-%d" % n
        head = b"NATS/1.0\r\n%b: %b\r\n\r\n" % (ID.encode(), value)
        send(b"shop.order.%d" % n, b"_INBOX.a.%d" % n, random.randbytes(2000), head)
        send(b"_INBOX.a.%d" % n, b"", b'{"n": %d}' % n)
    recorder = Recorder(path, journal, KnownSecrets({}))
    await recorder.start()
    await recorder.stop()
    return path, journal


async def test_what_passes_a_filter_is_found_in_all_parts(large: tuple[Path, Journal]) -> None:
    path, journal = large
    session = await RecordedSession.open_recording([path], Journal(SMALL))
    assert session.pages.opened.pages > 2
    lens = Lens.parse("~h x-correlation-id:the-flow")
    found = await session.pages.gather(passing(lens, session.schemas, NOTHING_SET))
    assert (found.exchanges, found.full) == (ORDERS, False)
    mine = [session.journal.exchange(number) for number, _ in session.journal.heads()]
    there = [
        journal.exchange(number)
        for number, code in journal.heads()
        if lens.accepts(journal, number, code)
    ]
    assert len(there) == ORDERS
    for one, other in zip(mine, there, strict=True):
        assert (one.subject, one.state, one.started, one.answered) == (
            other.subject,
            State.ANSWERED,
            other.started,
            other.answered,
        )
        request, (reply,) = session.journal.message(one.number), one.replies
        assert request.body == journal.message(other.number).body
        answer = session.journal.message(reply)
        assert answer.body == journal.message(other.replies[0]).body
        assert session.journal.sources.names[answer.source] == "watch shop.>"
    assert session.pages.part == "found in all parts"
    await session.pages.turn_to(0)
    assert (session.pages.gathered, session.pages.part[:9]) == (False, "part 1 of")


async def test_more_than_a_journal_holds_is_told_and_nothing_keeps_the_part(
    large: tuple[Path, Journal],
) -> None:
    path, _ = large
    session = await RecordedSession.open_recording([path], Journal(SMALL))
    shown = session.journal.first
    nothing = await session.pages.gather(
        passing(Lens.parse("~h nowhere:x"), session.schemas, NOTHING_SET)
    )
    assert (nothing.exchanges, session.pages.gathered, session.journal.first) == (0, False, shown)
    all_ = await session.pages.gather(
        passing(Lens.parse("~u shop.>"), session.schemas, NOTHING_SET)
    )
    assert (all_.exchanges, all_.full) == (SMALL // 2, True)
    assert len(session.journal) == SMALL


async def test_a_flow_goes_through_all_parts(large: tuple[Path, Journal]) -> None:
    path, journal = large
    session = await RecordedSession.open_recording([path], Journal(SMALL))
    await session.pages.turn_to(1)
    number = carriers(session.journal, ID, "the-flow")[3]
    subject = session.journal.message(number).subject
    alone = Thread(session.journal, number, ID)
    alone.catch_up()
    assert 1 < len(alone.heads) < ORDERS
    found = await session.pages.gather(lambda held, _: carriers(held, ID, "the-flow"), number)
    assert session.journal.message(found.number).subject == subject
    thread = Thread(session.journal, found.number, ID)
    thread.catch_up()
    assert len(thread.heads) == ORDERS == len(carriers(journal, ID, "the-flow"))


def answers(journal: Journal) -> dict[str, tuple[bytes, ...]]:
    """By subject: the request and what came back."""
    return {
        subject: (answer.request.body, *(reply.body for reply in answer.replies))
        for subject, (answer,) in collect_answers(journal).items()
    }


async def test_the_requests_of_all_parts_are_played_back(large: tuple[Path, Journal]) -> None:
    path, journal = large
    opened, whole = open_file(path, most=SMALL), Journal()
    page = gather(opened, whole, requests).end()
    whole.show_recorded(page.segments, page.sources, page.inboxes, page.left)
    mine, there = answers(whole), answers(journal)
    assert opened.pages > 2
    assert mine.items() <= there.items()
    # a reply may stand in the part after its request's
    assert ORDERS * 50 - (opened.pages - 1) <= len(mine) <= len(there) == ORDERS * 50
    assert gather(open_file(path, most=SMALL), Journal(SMALL), requests).full


async def test_the_desk_finds_in_all_parts_by_a_key(
    large: tuple[Path, Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = large
    monkeypatch.setattr("engine.journal.Journal", partial(Journal, SMALL))
    app = NatstapApp({}, {}, opened=[str(path)])
    async with app.run_test(size=(120, 40)) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None and len(app.journal))
        await hand.see("part 1 of")
        await hand.press("slash")
        await hand.write("~h x-correlation-id:the-flow")
        await hand.press("enter", "asterisk")
        await hand.see("found in all", f"{ORDERS} of {ORDERS}")
        await hand.press("asterisk")
        await hand.see("part 1 of")
        await hand.press("up", "F")
        await hand.see("in this part: * looks in all")
        await hand.press("asterisk")
        await hand.see(f"{2 * ORDERS} messages with", "shop.order.0 ")
        assert not hand.sees("in this part")
        await hand.press("escape")
        await hand.see("found in all")


async def test_replies_behind_a_part_stand_with_their_requests(tmp_path: Path) -> None:
    """Each answer comes a hundred messages after its request, and parts are small."""
    journal, random, apart, count = Journal(), Random(7), 100, 4000
    place = journal.sources.add("watch")
    for n in range(count + apart):
        if n < count:
            body, inbox = random.randbytes(1000), b"_INBOX.a.%d" % n
            frame = b"MSG s.%d 7 %b %d\r\n%b" % (n, inbox, len(body), body)
            journal.record(place, b"s.%d" % n, inbox, frame, frame.index(b"\r\n") + 2, 0)
        if n >= apart:
            inbox = b"_INBOX.a.%d" % (n - apart)
            frame = b"MSG %b 7 2\r\nok" % inbox
            journal.record(place, inbox, b"", frame, frame.index(b"\r\n") + 2, 0)
    path = tmp_path / "s.ndjson.gz"
    recorder = Recorder(path, journal, KnownSecrets({}))
    await recorder.start()
    await recorder.stop()
    whole = open_file(path)
    opened = OpenedRecording.open(path, most=1500)
    assert whole.pages == 1
    assert opened.pages > 2
    answered, shown = 0, 0
    for _, held in parts_of(opened, Journal(1500)):
        states = [held.exchange(number).state for number, _ in held.heads()]
        assert set(states) == {State.ANSWERED}
        answered += len(states)
        shown += len(held)
    assert (answered, shown) == (count, len(journal))
