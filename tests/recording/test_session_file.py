"""What was seen, as a file: every byte of it, and no secret."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from helpers.recordings import opened, same_journals

from engine import Journal, NatsBroker
from engine.errors import NoResponders
from engine.recording.crash import keep_session
from engine.recording.masked_frames import Secrets
from engine.recording.session_file import save_session
from engine.secrets.known_secrets import KnownSecrets

ODD = b"\xff\x00\x1b[2J\n\x80"


def lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


async def talk(broker: NatsBroker) -> None:
    @broker.subscriber("echo")
    async def echo(body: bytes) -> bytes:
        return body

    await broker.start()
    await broker.request(ODD, "echo", headers={"Trace": "a"}, timeout=20)
    with pytest.raises(NoResponders):
        await broker.request("hush-hush", "nobody", timeout=20)


async def test_every_message_is_there_as_it_was(
    broker: NatsBroker, journal: Journal, tmp_path: Path
) -> None:
    await talk(broker)
    path = tmp_path / "folder" / "session.ndjson.gz"
    assert save_session(path, journal, KnownSecrets({})) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    about, *others = lines(path)
    assert (about["natstap"], about["format"]) == ("recording", 2)
    requests = [line for line in others if "n" in line and line["is"] == "request"]
    assert [line["state"] for line in requests] == ["answered", "no_responders"]
    same_journals(opened(path), journal)


async def test_secrets_are_in_no_line(broker: NatsBroker, journal: Journal, tmp_path: Path) -> None:
    await talk(broker)
    known = KnownSecrets({})
    known.learn("token", "hush-hush")
    save_session(tmp_path / "known.gz", journal, known, secrets=Secrets.KNOWN)
    save_session(tmp_path / "kept.gz", journal, known, secrets=Secrets.KEPT)
    assert b"hush-hush" not in gzip.decompress((tmp_path / "known.gz").read_bytes())
    assert b"hush-hush" in gzip.decompress((tmp_path / "kept.gz").read_bytes())
    masked = opened(tmp_path / "known.gz")
    assert any(b"<token>" in masked.message(n).body for n, _ in masked.heads())


async def test_of_very_many_the_newest_are_kept_and_it_is_said(tmp_path: Path) -> None:
    journal = Journal()
    sink = journal.sink(journal.sources.add("test"))
    for number in range(50):
        sink(b"s", b"", b"PUB s 2\r\n%02d" % number, 9, 0)
    assert save_session(tmp_path / "s.gz", journal, KnownSecrets({}), most=10) == 40
    assert len([line for line in lines(tmp_path / "s.gz") if "frame" in line]) == 10


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path) -> None:
    journal = Journal()
    journal.note("something happened")
    (tmp_path / "file").write_text("")
    told = keep_session(journal, KnownSecrets({}), tmp_path / "file" / "folder")
    assert "Could not save" in told
    told = keep_session(journal, KnownSecrets({}), tmp_path)
    assert "is saved in" in told
    assert next(tmp_path.glob("crash-*.ndjson.gz")).name in told
