"""Bodies that want natstap to run out of time or memory end in a sentence."""

from __future__ import annotations

import base64
import json
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import cbor2
import msgpack
import pytest
import zstandard
from helpers.packed import gzipped

from engine.content.coded import KeptReadings
from engine.content.content import Envelope
from engine.content.reading import read
from engine.message import Headers

ENOUGH = "more in it than natstap reads at once"
M = 1 << 20


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
        body = gzipped(body)
    return body


def nested(depth: int, inside: bytes) -> bytes:
    """Protobuf, a message in a message."""
    for _ in range(depth):
        size, length = len(inside), b""
        while size > 127:
            length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
        inside = b"\x0a" + length + bytes([size]) + inside
    return inside


def long(number: int) -> bytes:
    """As Avro writes it."""
    number, out = number << 1, b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def avro(schema: Any, *blocks: tuple[int, bytes], codec: bytes = b"null") -> bytes:
    written = json.dumps(schema).encode()
    head = b"Obj\x01" + long(2) + long(11) + b"avro.schema" + long(len(written)) + written
    head += long(10) + b"avro.codec" + long(len(codec)) + codec + b"\0" + b"S" * 16
    return head + b"".join(long(n) + long(len(raw)) + raw + b"S" * 16 for n, raw in blocks)


def deflated(size: int) -> bytes:
    return zlib.compress(b"\0" * size)[2:-4]


def yaml_merges() -> bytes:
    lines = ["a0: &a0 {" + ",".join(f"k{n}: 1" for n in range(400)) + "}"]
    lines += [f"a{n}: &a{n} {{<<: [{','.join([f'*a{n - 1}'] * 6)}]}}" for n in range(1, 12)]
    return "\n".join(lines).encode()


def colliding_keys() -> bytes:
    """CBOR, a map of large numbers with one hash."""
    numbers = [cbor2.dumps(((1 << 61) - 1) * n * (1 << 70) + 1) for n in range(1, 20_000)]
    return b"\xb9" + len(numbers).to_bytes(2, "big") + b"\x01".join(numbers) + b"\x01"


def many(kind: int, count: int, each: bytes) -> bytes:
    """CBOR, a list (4) or a map (5) of the same."""
    return bytes([kind << 5 | 26]) + count.to_bytes(4, "big") + each * count


def charset(name: str) -> Envelope:
    return Envelope("a", Headers([("content-type", f"text/plain; charset={name}")]))


NAMED_JSON = Envelope("a", Headers([("content-type", "application/json")]))
HOSTILE: dict[str, tuple[str | Envelope, Callable[[], bytes], str]] = {
    "zlib bomb": ("", lambda: zlib.compress(b"\0" * (24 * M)), "unpacks to more than 16 MiB"),
    "gzip bomb": ("", lambda: gzipped(b"\0" * (24 * M)), "unpacks to more than 16 MiB"),
    "zstd bomb": ("", lambda: zstandard.compress(b"\0" * (24 * M)), "unpacks to more than"),
    "bomb of layers": (
        "",
        lambda: zlib.compress(zlib.compress(zlib.compress(b"\0" * (15 * M), 0), 0)),
        "unpacks to more than 16 MiB",
    ),
    "snappy lie": ("snappy", lambda: b"\xff\xff\xff\xff\x0f" + b"\0" * 9, "unpacks to more than"),
    "snappy from nowhere": ("snappy", lambda: b"\x10\x00a\x0e\xff\x00", "before its beginning"),
    "snappy pieces": ("snappy", lambda: b"\x80\x80\x80\x04" + b"\x00a" * 500_000, ENOUGH),
    "snappy copies": ("snappy", lambda: b"\x80\x80\x80\x04\x00a" + b"\x01\x01" * 500_000, ENOUGH),
    "s2 frame": ("", lambda: b"\xff\x06\x00\x00S2sTwO\x00\xff\xff\xff", "ends after 0"),
    "s2 frames of nothing": (
        "",
        lambda: b"\xff\x06\x00\x00S2sTwO" + b"\xfe\0\0\0" * 260_000,
        ENOUGH,
    ),
    "s2 frames of pieces": (
        "",
        lambda: (
            b"\xff\x06\x00\x00S2sTwO" + (b"\x00\x06\x32\x00crc:\x80\x32" + b"\x00a" * 6400) * 20
        ),
        ENOUGH,
    ),
    "gzip cut": ("", lambda: gzipped(b"abc" * 99)[:-12], "it ends too early"),
    "gzip members": ("", lambda: gzipped(b"") * 400_000, ENOUGH),
    "zstd cut": ("", lambda: zstandard.compress(b"abc" * 999)[:-3], "it ends too early"),
    "zstd cut between blocks": (
        "",
        lambda: zstandard.compress(bytes(n * n >> 3 & 255 for n in range(300_000)))[:-900],
        "it ends too early",
    ),
    "zstd frames": ("", lambda: zstandard.compress(b"") * 80_000, ENOUGH),
    "many layers": ("", gzip_in_gzip, "more layers than natstap opens"),
    "msgpack deep": ("msgpack", lambda: b"\x91" * 500_000, "nested more than 100 deep"),
    "msgpack list": ("msgpack", lambda: b"\xdd\xff\xff\xff\xff" + b"\xc0" * 9, "4,294,967,295"),
    "msgpack text": ("msgpack", lambda: b"\xdb\xff\xff\xff\xff" + b"a" * 9, "ends too early"),
    "msgpack many": ("", lambda: msgpack.packb([None] * 200_000), ENOUGH),
    "msgpack maps": ("", lambda: b"\xdc\xff\xff" + b"\x80" * 65535, ENOUGH),
    "msgpack bytes": ("", lambda: msgpack.packb([b"a"] * 99_000), ENOUGH),
    "msgpack times": ("", lambda: msgpack.packb([msgpack.Timestamp(1, 3)] * 65_000), ENOUGH),
    "msgpack long": ("msgpack", lambda: msgpack.packb({"a": b"\xff" * (8 * M)}), ENOUGH),
    "cbor deep": ("cbor", lambda: b"\x81" * 500_000, "nested more than 100 deep"),
    "cbor list": ("cbor", lambda: b"\x9b\0\0\0\0\x20\0\0\0\0", "only 1 bytes follow"),
    "cbor text": ("cbor", lambda: b"\x7b\x00\x00\x00\xff\xff\xff\xff\xffa", "too early"),
    "cbor cycle": ("cbor", lambda: b"\xd8\x1c\x81\xd8\x1d\x00", "refers to itself"),
    "cbor laughs": ("cbor", shared_laughs, ENOUGH),
    "cbor texts again": (
        "cbor",
        lambda: (
            b"\xd9\x01\x00\x99\xff\xff\x7a\x00\x0f\x00\x00" + b"a" * 0xF0000 + b"\xd8\x19\0" * 65534
        ),
        ENOUGH,
    ),
    "cbor maps": ("", lambda: many(4, 8 * M, b"\xa0"), ENOUGH),
    "cbor lists without end": ("", lambda: b"\x9f" + b"\x9f\xff" * 500_000 + b"\xff", ENOUGH),
    "cbor text in pieces": ("cbor", lambda: b"\x81\x7f" + b"\x61a" * 500_000 + b"\xff", ENOUGH),
    "cbor keys": ("cbor", colliding_keys, ENOUGH),
    "cbor times": ("cbor", lambda: many(4, 50_000, b"\xc0\x742013-03-21T20:04:00Z"), ENOUGH),
    "cbor names": ("cbor", lambda: many(4, 50_000, b"\xd8\x25\x50" + b"ab" * 8), ENOUGH),
    "yaml laughs": ("yaml", yaml_laughs, ENOUGH),
    "yaml merges": ("yaml", yaml_merges, ""),
    "yaml cycle": ("yaml", lambda: b"&a [*a]", "nested more than 100 deep"),
    "yaml deep": ("yaml", lambda: b"{a: " * 5000, "nested more than 100 deep"),
    "yaml nodes": ("", lambda: b"a:\nb:\n" * 10_900, ENOUGH),
    "yaml number": ("yaml", lambda: b"- 1" + b":1" * 32_000, "a number is longer"),
    "xml laughs": ("", xml_laughs, "declares entities"),
    "xml deep": ("xml", lambda: b"<a>" * 50_000, "nested more than 100 deep"),
    "xml elements": ("", lambda: b"<a>" + b"<b/>" * 40_000 + b"</a>", ENOUGH),
    "xml instructions": ("", lambda: b"<a>" + b"<?a?>" * 200_000 + b"</a>", ENOUGH),
    "xml attributes": (
        "",
        lambda: b"<a " + b" ".join(b'a%d=""' % n for n in range(100_000)) + b"/>",
        ENOUGH,
    ),
    "xml defaults": (
        "xml",
        lambda: (
            b"<!DOCTYPE a ["
            + b"".join(b'<!ATTLIST a b%d CDATA "x">' % n for n in range(20_000))
            + b"]><a/>"
        ),
        ENOUGH,
    ),
    "json deep": ("json", lambda: b"[" * 200_000, "nested too deeply"),
    "json cut": (NAMED_JSON, lambda: b"[" + b"{}," * 690_000 + "é".encode(), "not JSON"),
    "json lines": ("jsonl", lambda: b"{}" * 500_000, "a value is not valid JSON"),
    "protobuf length": ("protobuf", lambda: b"\x0a\xff\xff\xff\xff\x0fa", "1 follow"),
    "protobuf many": ("protobuf", lambda: b"\x08\x01" * 150_000, ENOUGH),
    "protobuf messages": ("protobuf", lambda: b"\x0a\x00" * 99_000, ENOUGH),
    "protobuf numbers": ("protobuf", lambda: (b"\x08" + b"\xff" * 9 + b"\x01") * 99_000, ENOUGH),
    "protobuf tries": ("protobuf", lambda: nested(98, b"\x08\x01" * 90_000 + b"\xff"), ENOUGH),
    "avro without schema": ("avro", lambda: b"\x02", "it needs a schema"),
    "avro file": ("", lambda: b"Obj\x01\x02\xff\xff\xff\xff\x0f", "follow"),
    "avro nothing": (
        "",
        lambda: avro({"type": "record", "name": "r", "fields": []}, (1 << 30, b"")),
        ENOUGH,
    ),
    "avro cycle": (
        "",
        lambda: avro(
            {"type": "record", "name": "r", "fields": [{"name": "a", "type": "r"}]}, (1, b"")
        ),
        "nested more than 100 deep",
    ),
    "avro blocks": ("", lambda: avro("null", *[(0, b"")] * 60_000), ENOUGH),
    "avro bombs": (
        "",
        lambda: avro("null", *[(0, deflated(15 * M))] * 9, codec=b"deflate"),
        "unpacks",
    ),
    "avro frames": (
        "",
        lambda: avro("null", *[(0, zstandard.compress(b""))] * 40_000, codec=b"zstandard"),
        ENOUGH,
    ),
    "avro bomb in zstd": (
        "",
        lambda: avro("bytes", (1, zstandard.compress(b"\0" * (24 * M))), codec=b"zstandard"),
        "unpacks to more than 16 MiB",
    ),
    "avro pieces": (
        "",
        lambda: avro(
            "bytes", (1, b"\x80\x80\x80\x04" + b"\x00a" * 500_000 + b"\0" * 4), codec=b"snappy"
        ),
        ENOUGH,
    ),
    "avro name": (
        "",
        lambda: avro(
            {"type": "record", "name": "r", "fields": [{"name": "a" * 100_000, "type": "null"}]},
            (30_000, b""),
        ),
        ENOUGH,
    ),
    "avro times": (
        "",
        lambda: avro(
            {"type": "long", "logicalType": "timestamp-millis"}, (49_000, long(7**15) * 49_000)
        ),
        ENOUGH,
    ),
    "base64": ("base64", lambda: b"A" * 17, "not base64"),
    "charset of names": (charset("punycode"), lambda: b"a" * 100_000 + b"-" + b"9" * 100_000, ""),
    "charset without places": ("text:idna", lambda: b"xn--" + b"a" * 100_000, "not an encoding"),
}
for said in ("msgpack", "cbor", "protobuf", "yaml", "xml"):
    HOSTILE[f"large {said}"] = (said, lambda: b"\x81\xa1a" * (6 * M), "")

UNITS = 10.0
"""What a reading may take: on the machine that this was written on, 100 ms."""


def cpu_of(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def unit() -> None:
    """What readings are measured by: values made one by one, as a reader of any content does."""
    kept: dict[str, list[int]] = {}
    for number in range(60_000):
        kept.setdefault(str(number & 1023), []).append(number)


@pytest.mark.parametrize("name", HOSTILE)
def test_it_ends_in_a_sentence_soon(name: str) -> None:
    """Soon is in CPU time, beside a fixed piece of work: how busy the machine is does not count."""
    given, make, said = HOSTILE[name]
    choice, envelope = (given, Envelope()) if isinstance(given, str) else ("", given)
    body = make()
    ratios: list[float] = []
    while not ratios or (min(ratios) > UNITS and len(ratios) < 5):
        least, _ = cpu_of(unit)
        took, reading = cpu_of(lambda: read(body, envelope, choice))
        ratios.append(took / least)
    assert min(ratios) <= UNITS
    if said:
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
        many(4, 8 * M, b"\xa0"),
        avro(
            {"type": "record", "name": "r", "fields": [{"name": "a" * M, "type": "null"}]}, (M, b"")
        ),
        zlib.compress(b"{}" * (7 * M)),
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
