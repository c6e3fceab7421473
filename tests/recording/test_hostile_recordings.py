"""Recordings that are broken, lie, or were made to do harm: a sentence, and what could be read."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from helpers.packed import gzipped

from engine import Journal
from engine.diagnosis.judge import verdict
from engine.errors import CannotOpen
from engine.flow.ends import EndsOf
from engine.flow.flow import flow
from engine.message import publish_frame
from engine.recorded_session import RecordedSession
from engine.recording.session_file import save_session
from engine.secrets.known_secrets import KnownSecrets
from engine.statistics.statistics import Statistics

HEAD = {"natstap": "recording", "format": 2}


def write(path: Path, *lines: Any, packed: bool = True) -> Path:
    written = b"".join(
        (line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines
    )
    path.write_bytes(gzipped(written) if packed else written)
    return path


def message(n: int, subject: str = "s", body: str = "x", **more: Any) -> dict[str, Any]:
    frame = f"MSG {subject} 1 {len(body.encode())}\r\n{body}"
    return {"n": n, "at": 1e9 + n, "from": "watch", "is": "publish", "frame": frame} | more


async def opened(path: Path) -> RecordedSession:
    """Open it, and read all that a desk would."""
    session = await RecordedSession.open_recording([path], Journal())
    look_at_everything(session)
    return session


def look_at_everything(session: RecordedSession) -> None:
    journal = session.journal
    statistics = Statistics(journal, settled=lambda: session.hearing.settled)
    while statistics.catch_up(1.0):
        pass
    ends = EndsOf(journal, session.names)
    for number, _ in journal.heads():
        exchange = journal.exchange(number)
        verdict(exchange, journal)
        flow(journal, number)
        ends.of(number)
        for held in (number, *exchange.replies, *exchange.copies, *exchange.marks):
            assert journal.message(held).headers is not None


def frames(session: RecordedSession) -> list[bytes]:
    return [session.journal.message(n).body for n, _ in session.journal.heads()]


async def test_lines_that_are_none_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.gz",
        HEAD,
        message(1, body="one"),
        b"{broken",
        b"[" * 50_000,
        b'{"n": 2, "frame": 7}',
        message(2, body="two") | {"frame": "MSG s 1 99\r\nshort"},
        message(3, body="x") | {"frame": "HMSG s 1 50 1\r\nx"},
        message(4, body="x") | {"frame": "no frame at all"},
        message(5) | {"frame": None, "frame_base64": "!!"},
        {"unknown": "kind"},
        {"found": "names", "value": {"at": "never"}},
        {"found": "somethingNew", "value": [1]},
        message(6, body="six"),
    )
    session = await opened(path)
    assert frames(session) == [b"one", b"six"]
    assert session.pages.shown.unreadable == 8
    assert any("8 lines could not be read" in told for told in session.pages.shown.sentences())


async def test_links_numbers_and_times_that_lie_do_no_harm(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.gz",
        HEAD,
        message(5, at=1e300, spread=1e300),
        message(5, **{"is": "reply", "of": 5}),
        message(6, **{"is": "reply", "of": 6}),
        message(7, **{"is": "reply", "of": 8}),
        message(8, **{"is": "reply", "of": 7}),
        message(-3, **{"is": "request", "state": "answered"}),
        message(2**62, **{"is": "copy", "of": 2**62}),
        message(9, **{"is": "note", "state": "answered"}),
        message(10, at=-5, spread=-1, **{"from": "\u202e" * 100}),
        {"exchange": 5, "is": "request", "state": "timed_out", "own": True, "timeout": 1e308},
        {"exchange": 99, "is": "request", "state": "answered"},
        {"exchange": 10, "is": "note", "state": "waiting"},
        {"joined": 5, "of": 10, "is": "reply"},
        {"joined": 10, "of": 10, "is": "reply"},
        {"left": 5, "why": "\x1b[2J"},
        {"lost": -7},
        {"found": "hearsay", "value": {"alone": [5, 10**18], "unheard": [-1]}},
        {"inboxes": ["", "_INBOX."]},
    )
    session = await opened(path)
    assert len(session.journal) == 9


async def test_a_bomb_ends_soon_and_takes_little_room(tmp_path: Path) -> None:
    head = json.dumps(HEAD).encode() + b"\n" + json.dumps(message(1)).encode() + b"\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(head)]
    zeros = bytes(1 << 20)
    parts += [packer.compress(zeros) for _ in range(120)]
    (tmp_path / "bomb.gz").write_bytes(b"".join((*parts, packer.flush())))
    tracemalloc.start()
    began = time.process_time()
    session = await opened(tmp_path / "bomb.gz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - began < 10
    assert peak < 300 << 20
    assert frames(session) == [b"x"]
    assert any("larger than" in told for told in session.pages.opened.sentences())


async def test_many_lines_of_nonsense_are_not_read_to_the_end(tmp_path: Path) -> None:
    path = write(tmp_path / "s.gz", HEAD, message(1), *[b"nonsense"] * 30_000, message(2))
    session = await opened(path)
    assert any("Too many lines" in told for told in session.pages.opened.sentences())


async def test_blocks_that_are_none_are_no_blocks(tmp_path: Path) -> None:
    good = gzipped(json.dumps(HEAD).encode() + b"\n" + json.dumps(message(1)).encode() + b"\n")
    fake = b"\x1f\x8b\x08\x00\x00\x00\x00\x00" * 5000
    liar = gzipped(b'{"block":-5,"at":1}\n{"block":9999999999,"at":1}\n')
    (tmp_path / "s.gz").write_bytes(good + liar + fake)
    session = await opened(tmp_path / "s.gz")
    assert frames(session) == [b"x"]
    assert session.pages.opened.sentences()


async def test_a_recording_of_another_version_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "s.gz", HEAD | {"format": 3})
    with pytest.raises(CannotOpen, match="format 3"):
        await opened(path)


async def test_lines_that_somebody_picked_out_open_as_well(tmp_path: Path) -> None:
    path = tmp_path / "picked.ndjson"
    request = message(7, "ask", **{"is": "request", "state": "answered"})
    write(path, request, message(9, **{"is": "reply", "of": 7}), message(12), packed=False)
    session = await opened(path)
    first, *others = [session.journal.exchange(n) for n, _ in session.journal.heads()]
    assert (first.subject, len(first.replies), len(others)) == ("ask", 1, 1)


def changed(random: Random, data: bytes) -> bytes:
    """With some bytes or lines lost, doubled, or otherwise."""
    made = bytearray(data)
    for _ in range(random.randrange(1, 12)):
        at = random.randrange(len(made))
        match random.randrange(4):
            case 0:
                made[at] = random.randrange(256)
            case 1:
                del made[at : at + random.randrange(1, 30)]
            case 2:
                made[at:at] = made[at : at + random.randrange(1, 60)]
            case _:
                numbers = list(re.finditer(rb"\d+", bytes(made)))
                found = random.choice(numbers)
                made[found.start() : found.end()] = str(random.randrange(-5, 2**40)).encode()
    return bytes(made)


def recorded(path: Path) -> Iterator[bytes]:
    journal = Journal()
    source = journal.sources.add("watch")
    for n in range(40):
        reply = b"_INBOX.x.%d" % n
        for subject, to in ((b"ask.%d" % (n % 3), reply), (reply, b"")):
            frame = publish_frame(subject, to, b"", b'{"n": %d}' % n)
            words = frame.split(b" ", 2)
            frame = b"MSG %b 1 %b" % (words[1], words[2])
            journal.record(source, subject, to, frame, frame.index(b"\r\n") + 2, 0)
    journal.note("connected")
    save_session(path, journal, KnownSecrets({}))
    yield gzip.decompress(path.read_bytes())


async def test_whatever_is_changed_in_a_recording_it_is_read_or_refused(tmp_path: Path) -> None:
    (data,) = recorded(tmp_path / "good.gz")
    random, opened_ones = Random(7), 0
    for turn in range(30):
        path = tmp_path / f"{turn}.ndjson"
        path.write_bytes(changed(random, data))
        try:
            await opened(path)
        except CannotOpen:
            continue
        opened_ones += 1
        await asyncio.sleep(0)
    assert opened_ones > 15


def in_blocks(path: Path, count: int, size: int) -> tuple[Path, list[int]]:
    """A recording of blocks as natstap writes them, and where each begins."""
    some, written, places = Random(7), b"", list[int]()
    for block in range(count):
        lines = [HEAD] if block == 0 else [{"block": block * size + 1, "at": 1e9}]
        numbers = range(block * size + 1, (block + 1) * size + 1)
        lines += [message(n, body=some.randbytes(40).hex()) for n in numbers]
        text = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
        places.append(len(written))
        packed = zlib.compressobj(1, zlib.DEFLATED, 31)
        written += packed.compress(text) + packed.flush()
    path.write_bytes(written)
    return path, places


async def test_what_stands_before_and_behind_damage_is_shown(tmp_path: Path) -> None:
    path, places = in_blocks(tmp_path / "s", 4, 500)
    whole = path.read_bytes()
    for begin, end, least in ((0, places[1], 1600), (places[1], places[2], 1600)):
        spoiled = bytearray(whole)
        middle = (begin + end) // 2
        spoiled[middle : middle + 40] = bytes(40)
        path.write_bytes(spoiled)
        session = await opened(path)
        assert least < len(session.journal) < 2000
        assert any("left out" in told for told in session.pages.opened.sentences())
        bodies = [session.journal.message(number).body for number, _ in session.journal.heads()]
        assert len(set(bodies)) == len(bodies)


async def test_of_a_small_file_all_is_shown_that_stands_before_the_damage(tmp_path: Path) -> None:
    path, _ = in_blocks(tmp_path / "s", 1, 400)
    whole = path.read_bytes()
    at = len(whole) * 3 // 4
    path.write_bytes(whole[:at] + bytes(40) + whole[at + 40 :])
    session = await opened(path)
    assert 250 < len(session.journal) < 400
    assert any("damaged in the middle" in told for told in session.pages.opened.sentences())
