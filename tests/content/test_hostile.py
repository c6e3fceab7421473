"""Bodies that want natstap to run out of time or memory end in a sentence."""

from __future__ import annotations

import base64
import gzip
import time
import tracemalloc
import zlib
from collections.abc import Callable

import msgpack
import pytest
import zstandard

from engine.content.coded import KeptReadings
from engine.content.content import Envelope
from engine.content.reading import read


def shared_laughs() -> bytes:
    """CBOR in which each list has the one before it ten times: 10^11 values in 500 bytes."""
    out = b"\x98\x0c\xd8\x1c\x8a" + b"\x01" * 10
    for index in range(11):
        out += b"\xd8\x1c\x8a" + (b"\xd8\x1d" + bytes([index])) * 10
    return out


def yaml_laughs() -> bytes:
    lines = ['a: &a ["x","x","x","x","x","x","x","x","x"]']
    for at in range(8):
        name, before = chr(98 + at), chr(97 + at)
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]")
    return "\n".join(lines).encode()


def xml_laughs() -> bytes:
    return b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><a>&b;</a>'


def nested_messages() -> bytes:
    """Protobuf, 2,000 messages deep."""
    body = b""
    for _ in range(2000):
        size, length = len(body), b""
        while size > 127:
            length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
        body = b"\x0a" + length + bytes([size]) + body
    return body


def gzip_in_gzip() -> bytes:
    body = b"x"
    for _ in range(20):
        body = gzip.compress(body)
    return body


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zlib bomb": ("", lambda: zlib.compress(b"\0" * (24 << 20)), "unpacks to more than 16 MiB"),
    "gzip bomb": ("", lambda: gzip.compress(b"\0" * (24 << 20)), "unpacks to more than 16 MiB"),
    "zstd bomb": ("", lambda: zstandard.compress(b"\0" * (24 << 20)), "unpacks to more than"),
    "snappy lie": ("snappy", lambda: b"\xff\xff\xff\xff\x0f" + b"\0" * 9, "unpacks to more than"),
    "snappy from nowhere": ("snappy", lambda: b"\x10\x00a\x0e\xff\x00", "before its beginning"),
    "s2 frame": ("", lambda: b"\xff\x06\x00\x00S2sTwO\x00\xff\xff\xff", "ends after 0"),
    "gzip cut": ("", lambda: gzip.compress(b"abc" * 99)[:-12], "it ends too early"),
    "zstd cut": ("", lambda: zstandard.compress(b"abc" * 999)[:-3], "it ends too early"),
    "many layers": ("", gzip_in_gzip, "more layers than natstap opens"),
    "msgpack deep": ("msgpack", lambda: b"\x91" * 500_000, "nested more than 100 deep"),
    "msgpack list": ("msgpack", lambda: b"\xdd\xff\xff\xff\xff" + b"\xc0" * 9, "4,294,967,295"),
    "msgpack text": ("msgpack", lambda: b"\xdb\xff\xff\xff\xff" + b"a" * 9, "ends too early"),
    "msgpack many": ("msgpack", lambda: msgpack.packb([None] * 200_000), "more than 100,000"),
    "cbor deep": ("cbor", lambda: b"\x81" * 500_000, "nesting depth"),
    "cbor list": ("cbor", lambda: b"\x9b\x00\x00\x00\x00\x20\x00\x00\x00\x00", "too early"),
    "cbor text": ("cbor", lambda: b"\x7b\x00\x00\x00\xff\xff\xff\xff\xffa", "too early"),
    "cbor cycle": ("cbor", lambda: b"\xd8\x1c\x81\xd8\x1d\x00", "nested more than 100 deep"),
    "cbor laughs": ("cbor", shared_laughs, "more than 100,000 values"),
    "yaml laughs": ("yaml", yaml_laughs, "more than 100,000 values"),
    "yaml cycle": ("yaml", lambda: b"&a [*a]", "nested more than 100 deep"),
    "yaml deep": ("yaml", lambda: b"{a: " * 5000, "nested more than 100 deep"),
    "xml laughs": ("", xml_laughs, "declares entities"),
    "xml deep": ("xml", lambda: b"<a>" * 50_000, "nested more than 100 deep"),
    "json deep": ("json", lambda: b"[" * 200_000, "nested too deeply"),
    "protobuf length": ("protobuf", lambda: b"\x0a\xff\xff\xff\xff\x0fa", "1 follow"),
    "protobuf many": ("protobuf", lambda: b"\x08\x01" * 150_000, "more than 100,000 values"),
    "avro without schema": ("avro", lambda: b"\x02", "it needs a schema"),
    "avro file": ("", lambda: b"Obj\x01\x02\xff\xff\xff\xff\x0f", "follow"),
    "snappy pieces": (
        "snappy",
        lambda: b"\x80\x80\x80\x08" + b"\x00a" * 200_000,
        "more pieces than natstap puts together",
    ),
    "s2 frames of pieces": (
        "",
        lambda: (
            b"\xff\x06\x00\x00S2sTwO" + (b"\x00\x06\x32\x00crc:\x80\x32" + b"\x00a" * 6400) * 20
        ),
        "more pieces than natstap puts together",
    ),
    "xml elements": ("xml", lambda: b"<a>" + b"<b/>" * 40_000 + b"</a>", "more than 30,000"),
    "base64": ("base64", lambda: b"A" * 17, "not base64"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_ends_in_a_sentence(name: str) -> None:
    choice, make, said = HOSTILE[name]
    body = make()
    began = time.process_time()
    reading = read(body, choice=choice)
    assert time.process_time() - began < 2  # a bound that a busy machine keeps too
    assert reading.error is not None
    assert said in str(reading.error)
    assert len(str(reading.error)) < 200


def test_deep_messages_are_shown_as_far_as_natstap_goes() -> None:
    reading = read(nested_messages(), choice="protobuf")
    assert reading.error is None
    assert '"$bytes"' in reading.text


def test_a_bomb_takes_no_more_memory_than_it_may() -> None:
    bombs = [
        zlib.compress(b"\0" * (24 << 20)),
        zstandard.compress(b"\0" * (24 << 20)),
        base64.b64encode(zlib.compress(b"\0" * (24 << 20))),
        shared_laughs(),
    ]
    tracemalloc.start()
    try:
        for bomb in bombs:
            read(bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 64 << 20


def test_what_is_kept_of_readings_is_bounded() -> None:
    kept = KeptReadings(1 << 20)
    small = [msgpack.packb({"n": number, "text": "x" * 200}) for number in range(2000)]
    for body in small:
        kept.read(body, Envelope())
    assert 0 < kept.size <= 1 << 20
    assert kept.read(small[-1], Envelope()) is kept.read(small[-1], Envelope())
    before = kept.size
    large = zlib.compress(b"[" + b"1," * 400_000 + b"1]")
    assert kept.read(large, Envelope()).title == "zlib > JSON"
    assert kept.size == before
