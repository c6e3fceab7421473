"""Recording beside a journal that goes on: what is opened again is what was seen."""

from __future__ import annotations

import asyncio
import gzip
import os
import zlib
from base64 import b64encode
from pathlib import Path
from random import Random

import pytest
from helpers.packed import gzipped
from helpers.recordings import opened, same_journals

from engine.arrival import Arrival
from engine.errors import CannotRecord
from engine.journal import Event, Journal
from engine.message import publish_frame
from engine.recorded_session import RecordedSession
from engine.recording.masked_frames import Secrets
from engine.recording.opened import OpenedRecording
from engine.recording.recorder import Follower, Recorder
from engine.recording.writer import Rotation, part_path
from engine.secrets.known_secrets import KnownSecrets
from engine.statistics.statistics import Statistics
from tui.cli.record import where_it_is


class Traffic:
    """Everything that can happen to a journal, at random and from several places."""

    def __init__(self, seed: int) -> None:
        self.journal = Journal()
        self.random = Random(seed)
        self.arrivals = [Arrival() for _ in range(3)]
        self.sources = [self.journal.sources.add(f"place {n}") for n in range(3)]
        for source, arrival in zip(self.sources, self.arrivals, strict=True):
            self.journal.sources.time_by(source, arrival)
        self.asked: list[tuple[int, bytes]] = []
        self.now = 1_700_000_000.0

    def send(self, subject: bytes, reply: bytes = b"", head: bytes = b"", body: bytes = b"") -> int:
        source = self.random.choice((0, *self.sources))
        self.now += self.random.random() * 0.01
        for arrival in self.arrivals:
            arrival.begin(self.now, self.random.choice((0.0, 0.0003, 0.02)))
        frame = publish_frame(subject, reply, head, body)
        if source:
            words = frame.split(b" ", 2)
            frame = b"%b %b 7 %b" % (b"HMSG" if head else b"MSG", words[1], words[2])
        start = frame.index(b"\r\n") + 2
        return self.journal.record(source, subject, reply, frame, start, len(head))

    def step(self, n: int) -> None:
        random, journal = self.random, self.journal
        match random.randrange(12):
            case 0 | 1 | 2:
                reply = b"_INBOX.r%d" % n
                number = self.send(b"ask.%d" % (n % 7), reply, body=bytes([n % 256]) * 5)
                self.asked.append((number, reply))
                if not random.randrange(3):
                    journal.own.expect(number, wanted=random.choice((0, 1, 2)), timeout=1.5)
            case 3 | 4 | 5 if self.asked:
                _, reply = random.choice(self.asked[-9:])
                heads = (
                    b"",
                    b"NATS/1.0\r\nNats-Service-Error: no\r\nNats-Service-Error-Code: 4\r\n\r\n",
                    b"NATS/1.0 503\r\n\r\n",
                    b"NATS/1.0\r\nA: 1\r\nA: 2\r\n\r\n",
                )
                head = random.choice(heads)
                self.send(reply, head=head, body=b"" if b"503" in head else b"yes\xff")
            case 6 if self.asked:
                number, _ = random.choice(self.asked[-9:])
                journal.own.settle(number, random.choice(list(Event)), "it ended")
            case 7 if self.asked:
                journal.own.close(random.choice(self.asked)[0])
            case 8:
                self.send(b"_INBOX.r%d" % (n + 2), body=b"too early")
            case 9 if self.asked:
                journal.unanswered.leave(random.choice(self.asked)[0], "it is silent on purpose")
            case 10:
                journal.note(f"something happened \N{SNOWMAN} {n}")
            case _:
                self.send(b"events.%d" % (n % 5), head=b"NATS/1.0\r\nB: \xfc\r\n\r\n", body=b"\x00")


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_is_the_same_when_it_is_opened(seed: int, tmp_path: Path) -> None:
    traffic, path = Traffic(seed), tmp_path / "s.ndjson.gz"
    recorder = Recorder(path, traffic.journal, KnownSecrets({}))
    await recorder.start()
    for n in range(3000):
        traffic.step(n)
        if not n % 500:
            while recorder.behind:
                await asyncio.sleep(0.01)
    await recorder.stop()
    assert (recorder.trouble, recorder.lost) == ("", 0)
    assert recorder.messages == len(traffic.journal)
    found = opened(path)
    same_journals(found, traffic.journal)
    assert found.unanswered.left == traffic.journal.unanswered.left
    assert list(found.notes) == list(traffic.journal.notes)


async def test_a_secret_is_masked_unless_it_is_to_be_kept(tmp_path: Path) -> None:
    journal, known = Journal(), KnownSecrets({})
    known.learn("token", 'hush "hush" 42')
    bodies = [b'{"a": "hush \\"hush\\" 42"}', b'hush "hush" 42', b"plain"]
    bodies += [gzipped(bodies[0]), zlib.compress(bodies[1]), gzipped(b"plain" * 9)]
    bodies += [*map(b64encode, bodies[3:])]
    for body in bodies:
        journal.record(0, b"s", b"", b"PUB s %d\r\n%b" % (len(body), body), 9, 0)
    for secrets in Secrets:
        recorder = Recorder(tmp_path / secrets, journal, known, secrets=secrets)
        await recorder.start()
        await recorder.stop()
        found = opened(tmp_path / secrets)
        masked = [found.message(number).body != body for number, body in enumerate(bodies, 1)]
        assert masked[:6] == ([secrets is not Secrets.KEPT, secrets is not Secrets.KEPT, False] * 2)
        if masked[3]:
            assert b"<token" in found.message(4).body
        if secrets is Secrets.ALL:
            assert masked[6:] == [True, True, False]
            assert b"<token" in found.message(7).body


async def test_a_file_that_is_full_is_followed_by_another_and_all_open_as_one(
    tmp_path: Path,
) -> None:
    traffic, path = Traffic(9), tmp_path / "s.ndjson.gz"
    recorder = Recorder(path, traffic.journal, KnownSecrets({}), rotation=Rotation(max_bytes=8_000))
    await recorder.start()
    for n in range(3000):
        traffic.step(n)
        if not n % 300:
            while recorder.behind:
                await asyncio.sleep(0.01)
    await recorder.stop()
    paths = [part_path(path, part) for part in range(1, 20) if part_path(path, part).exists()]
    assert len(paths) > 3
    same_journals(
        opened(*sorted(paths)), traffic.journal
    )  # as a shell names them: the first is last
    alone = opened(paths[1])
    assert 0 < len(alone) < len(traffic.journal)


async def test_only_the_newest_files_are_kept_when_that_is_wanted(tmp_path: Path) -> None:
    traffic, rotation = Traffic(1), Rotation(max_bytes=4_000, keep=2)
    recorder = Recorder(tmp_path / "s.gz", traffic.journal, KnownSecrets({}), rotation=rotation)
    await recorder.start()
    for n in range(2000):
        traffic.step(n)
        if not n % 100:
            while recorder.behind:
                await asyncio.sleep(0.01)
    await recorder.stop()
    kept = recorder.files
    assert sorted(os.listdir(tmp_path)) == [file.name for file in kept]
    assert len(kept) == 2
    said = where_it_is(kept, tmp_path / "s.gz")
    assert said == f", the newest of them in 2 files, {kept[0].name} to {kept[1]}"
    assert where_it_is(kept[:1], kept[0]) == f" in {kept[0]}"


async def test_a_file_that_exists_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "s.gz").write_text("mine")
    with pytest.raises(CannotRecord, match="exists"):
        await Recorder(tmp_path / "s.gz", Journal(), KnownSecrets({})).start()
    assert (tmp_path / "s.gz").read_text() == "mine"


async def test_a_large_recording_is_read_a_page_at_a_time(tmp_path: Path) -> None:
    journal, path = Journal(), tmp_path / "s.gz"
    sink = journal.sink(journal.sources.add("place"))
    random = Random(4)
    for n in range(20_000):
        body = random.randbytes(100)
        sink(b"s.%d" % n, b"", b"MSG s.%d 1 100\r\n%b" % (n, body), 0, 0)
    recorder = Recorder(path, journal, KnownSecrets({}))
    await recorder.start()
    await recorder.stop()
    whole = OpenedRecording.open(path, most=8_000)
    assert whole.pages == 3
    pages = [opened(path, page=page, most=8_000) for page in range(whole.pages)]
    assert sum(map(len, pages)) == 20_000
    assert pages[0].message(1).subject == "s.0"
    assert pages[2].message(len(pages[2])).subject == "s.19999"


async def test_the_parts_of_a_large_recording_are_turned(tmp_path: Path) -> None:
    traffic, path = Traffic(3), tmp_path / "s.gz"
    recorder = Recorder(path, traffic.journal, KnownSecrets({}))
    await recorder.start()
    for n in range(3000):
        traffic.random.seed(n)  # so that nothing of it packs well
        traffic.step(n)
        traffic.send(b"filler", body=traffic.random.randbytes(2000))
    await recorder.stop()
    session = await RecordedSession.open_recording([path], Journal(max_messages=1500))
    assert session.pages.opened.pages > 2
    counts, firsts = [], []
    for page in (*range(session.pages.opened.pages), 0):
        await session.pages.turn_to(page)
        counts.append(len(session.journal))
        firsts.append(session.journal.message(session.journal.first).body)
        assert session.journal.dropped == 0
        for number, _ in session.journal.heads():
            session.journal.exchange(number)
    assert sum(counts[:-1]) == len(traffic.journal)
    whole = await RecordedSession.open_recording([path], Journal())
    live = Statistics(whole.journal, settled=lambda: whole.hearing.settled)
    while live.catch_up(1.0):
        pass
    counted, now = session.pages.count_all(), whole.pages.shown.ended + 1
    assert counted.missed == 0
    assert counted.total(now).count == live.total(now).count
    assert counted.total(now).bytes == live.total(now).bytes
    assert counted.names("subject") == live.names("subject")
    assert firsts[0] == firsts[-1] != firsts[1]


def test_what_the_journal_dropped_before_it_was_written_is_counted() -> None:
    journal = Journal(max_messages=100, max_bytes=1)
    follower = Follower(journal, 1)
    sink = journal.sink(0)
    for _ in range(3):
        body = b"x" * (1 << 20)
        sink(b"s", b"", b"PUB s %d\r\n%b" % (len(body), body), 0, 0)
    taken = follower.take()
    assert follower.lost == journal.first - 1 > 0
    assert [line.lost for batch in taken for line in batch.more if line.lost] == [follower.lost]


def test_a_segment_that_still_grows_is_taken_after_the_full_ones() -> None:
    journal = Journal()
    sink, body = journal.sink(0), b"x" * (1 << 16)
    for _ in range(40):
        sink(b"s", b"", b"PUB s %d\r\n%b" % (len(body), body), 0, 0)
    follower = Follower(journal, 1)
    full = [segment for segment in journal.segments if segment.sealed]
    assert len(full) > 1
    assert follower.hurries
    taken = [batch for batch in follower.take() if len(batch)]
    assert [batch.data for batch in taken] == [segment.data for segment in full]
    assert 0 < follower.behind < 20
    assert not follower.hurries
    assert sum(map(len, follower.take())) > 0 == follower.behind


async def test_a_file_that_was_cut_off_opens_as_far_as_it_goes(tmp_path: Path) -> None:
    traffic, path = Traffic(5), tmp_path / "s.gz"
    recorder = Recorder(path, traffic.journal, KnownSecrets({}))
    await recorder.start()
    for n in range(2000):
        traffic.step(n)
    while recorder.behind:
        await asyncio.sleep(0.01)
    crashed = path.read_bytes()  # as a process that was killed left it
    await recorder.stop()
    with gzip.open(path) as file:
        assert file.readline().startswith(b'{"natstap":"recording","format":2')
    for size in (len(crashed), len(crashed) - 100, len(crashed) // 2, 700):
        path.write_bytes(crashed[:size])
        whole = OpenedRecording.open(path)
        page = whole.page(0, Journal())
        assert any("cut off" in sentence for sentence in whole.sentences())
        assert len(page) == len(traffic.journal) if size == len(crashed) else len(page) > 0


async def test_a_disk_that_is_full_ends_it_with_a_sentence(tmp_path: Path) -> None:
    journal, path = Journal(), tmp_path / "s.gz"
    recorder = Recorder(path, journal, KnownSecrets({}), rotation=Rotation(max_bytes=1))
    part_path(path, 2).write_text("mine")
    await recorder.start()
    for word in ("one", "two"):
        journal.note(word)
        async with asyncio.timeout(30):
            while recorder.running and recorder.behind:
                await asyncio.sleep(0.01)
    async with asyncio.timeout(30):
        while recorder.running:
            await asyncio.sleep(0.01)
    assert recorder.trouble == "recording stopped: File exists"
    assert part_path(path, 2).read_text() == "mine"
    await recorder.stop()
