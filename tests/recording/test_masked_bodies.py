"""A secret that is masked in a packed body: the rest of it can be read all the same."""

from __future__ import annotations

import json

import cbor2
import msgpack
import pytest
from google.protobuf.struct_pb2 import Struct

from engine.content.reading import read
from engine.export.chosen import ChosenExchanges
from engine.export.export import ExportFormat, export
from engine.journal import Journal
from engine.message import publish_frame, split_frame
from engine.recording.batch import take, written
from engine.recording.masked_frames import Mask, Secrets
from engine.secrets.known_secrets import KnownSecrets

SECRET = "s3cr3t-välue-9"
VALUE = {"order": {"id": 8}, "raw": "\x01", "key": SECRET}


def known() -> KnownSecrets:
    made = KnownSecrets({})
    made.learn("token", SECRET)
    return made


def body_of(frame: bytes) -> bytes:
    _, _, start, size = split_frame(frame)
    return frame[start + size :]


@pytest.mark.parametrize("secrets", [Secrets.KNOWN, Secrets.ALL])
@pytest.mark.parametrize("pack", [msgpack.packb, cbor2.dumps])
def test_what_is_packed_keeps_its_lengths(secrets: Secrets, pack: object) -> None:
    body = pack(VALUE)  # type: ignore[operator]
    masked = body_of(Mask(known(), secrets).frame(publish_frame(b"s", b"", b"", body)))
    reading = read(masked)
    assert reading.error is None
    value = reading.value()
    assert (value["order"], value["raw"]) == ({"id": 8}, "\x01")
    assert value["key"].startswith("<token>")
    assert len(masked) == len(body)


def test_so_does_protobuf() -> None:
    message = Struct()
    message.update({"id": 8, "key": SECRET})
    body = message.SerializeToString()
    masked = body_of(Mask(known()).frame(publish_frame(b"s", b"", b"", body)))
    assert len(masked) == len(body)
    value = dict(Struct.FromString(masked))
    assert (value["id"], value["key"]) == (8, "<token>********")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le"])
def test_text_in_wide_letters_is_masked(encoding: str) -> None:
    body = json.dumps(VALUE, ensure_ascii=False).encode(encoding)
    masked = body_of(Mask(known()).frame(publish_frame(b"s", b"", b"", body)))
    assert "<token>" in read(masked).text


def recorded(known: KnownSecrets, *bodies: bytes) -> list[dict[str, object]]:
    """The lines that a recording has of these, in one batch."""
    journal = Journal()
    sink = journal.sink(journal.sources.add("watch s"))
    for body in bodies:
        frame = b"MSG s 1 %d\r\n%b" % (len(body), body)
        sink(b"s", b"", frame, len(frame) - len(body), 0)
    lines = written(take(journal, journal.first), journal.sources.names, Mask(known))
    return [json.loads(line) for _, some in lines for line in some.splitlines()]


@pytest.mark.parametrize("others", [0, 100])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-be"])
def test_secrets_are_masked_in_a_batch_of_ascii_too(encoding: str, others: int) -> None:
    made = KnownSecrets({})
    made.learn("token", "plain-s3cr3t-99")
    body = "key: plain-s3cr3t-99".encode(encoding)
    assert body.isascii()
    lines = recorded(made, *[b"{}"] * others, body, *[b"[]"] * others)
    assert len(lines) == 2 * others + 1
    assert "<token" in str(lines[others]["frame"])


def test_the_commands_of_an_export_send_what_can_be_read() -> None:
    journal = Journal()
    frame = publish_frame(b"s", b"", b"", msgpack.packb(VALUE))
    journal.record(0, b"s", b"", frame, frame.index(b"\r\n") + 2, 0)
    chosen = ChosenExchanges(journal, [1], known=known())
    script = "".join(export(chosen, ExportFormat.COMMANDS))
    assert "<token>********" in script
