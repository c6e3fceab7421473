"""What natstap takes a body for, and what it reads in it.

`corpus.txt` was written by the programs in `writers`, with the reference libraries of Go
(vmihailenco/msgpack, fxamacker/cbor, hamba/avro, protobuf-go, klauspost/compress), of JavaScript
(@msgpack/msgpack, cbor-x, avsc, protobufjs, snappy), of Java (Jackson, Avro, protobuf-java,
snappy-java, zstd-jni) and of Rust (rmp-serde, ciborium, prost, flate2, snap).
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cbor2
import cramjam
import msgpack
import pytest
import zstandard
from helpers.packed import gzipped
from hypothesis import given
from hypothesis import strategies as st

from engine.content.content import CONTENTS, Envelope, Side
from engine.content.reading import read, read_value
from engine.errors import ContentError, InvalidBody, ReaderMissing
from engine.message import Headers

CORPUS = {
    name: base64.b64decode(raw)
    for name, raw in (
        line.split() for line in (Path(__file__).parent / "corpus.txt").read_text().splitlines()
    )
}
ORDER = {
    "id": 7,
    "name": "grün 茶",
    "items": [{"sku": "a-1", "qty": 2}, {"sku": "b-2", "qty": 300}],
    "price": 9.5,
    "raw": {"$bytes": "AAH/"},
}
VALUE = {"id": 7, "n": None, "xs": [1, 2.5, True], "raw": b"\0\1"}


def of_type(content_type: str, encoding: str = "", subject: str = "a.b") -> Envelope:
    pairs = [("Content-Type", content_type), ("content-encoding", encoding)]
    return Envelope(subject, Headers(pair for pair in pairs if pair[1]))


@pytest.mark.parametrize(
    ("body", "title", "form"),
    [
        (b'{"a": 1}', "JSON", "json"),
        (b"[]", "JSON", "json"),
        (b'{"a":1}\n{"a":2}\n', "JSON lines", "json"),
        (b'{"a":1}[2]', "JSON lines", "json"),
        (b"hello", "text", "text"),
        ("grün\n".encode(), "text", "text"),
        (b"error: not found", "text", "text"),
        (b"error: no\nhint: try again later\n", "YAML", "text"),
        (b"[1,", "text", "text"),
        (b"{not json", "text", "text"),
        (b"", "text", "text"),
        (b"\x00\x01\x02", "hex", "hex"),
        ('{"é": 1}'.encode("utf-16"), "UTF-16 > JSON", "json"),
        ('{"é": 1}'.encode("utf-16-le"), "UTF-16-LE > JSON", "json"),
        ("grün".encode("utf-8-sig"), "UTF-8 with a mark > text", "text"),
        (b"<a><b/></a>", "XML", "text"),
        (b"<not xml", "text", "text"),
        (b"# list\na: 1\nb:\n  - x\n", "YAML", "text"),
        (msgpack.packb(VALUE), "MessagePack", "json"),
        (cbor2.dumps(VALUE), "CBOR", "json"),
        (gzipped(b'{"a": 1}'), "gzip > JSON", "json"),
        (zlib.compress(msgpack.packb(VALUE)), "zlib > MessagePack", "json"),
        (zstandard.compress(cbor2.dumps(VALUE)), "zstd > CBOR", "json"),
        (bytes(cramjam.snappy.compress(b"hello " * 50)), "Snappy > text", "text"),
        (base64.b64encode(b'{"order": 7}'), "base64 > JSON", "json"),
        (
            base64.urlsafe_b64encode(gzipped(b'{"a":1}')),
            "base64 > gzip > JSON",
            "json",
        ),
        (b"5f1c2b9e5f1c2b9e", "text", "text"),
    ],
)
def test_the_guess(body: bytes, title: str, form: str) -> None:
    reading = read(body)
    assert (reading.title, reading.form, reading.error) == (title, form, None)
    assert reading.reason or not body


@pytest.mark.parametrize(
    "name",
    [
        f"{language}-{content}"
        for content in ("msgpack", "cbor")
        for language in ("go", "node", "java", "rust")
    ],
)
def test_what_other_languages_write_is_read(name: str) -> None:
    reading = read(CORPUS[name])
    found = reading.value()
    at = found.pop("at", None)
    if name == "node-cbor":
        assert found["raw"].pop("$tag") == 64  # a typed array of bytes
        found["raw"] = found["raw"]["value"]
    assert found == ORDER
    assert reading.title == ("MessagePack" if "msgpack" in name else "CBOR")
    times = {"go-msgpack": {"$time": "2026-01-01T00:00:00Z"}, "go-cbor": 1767225600}
    assert at == times.get(name)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("go-zlib", "zlib > JSON"),
        ("go-avro-file", "Avro"),
        ("go-avro-snappy", "Avro"),
        ("go-avro-zstd", "Avro"),
        ("node-gzip", "gzip > JSON"),
        ("node-zlib", "zlib > JSON"),
        ("node-utf16", "UTF-16 > JSON"),
        ("node-avro-file", "Avro"),
        ("node-avro-deflate", "Avro"),
        ("java-gzip", "gzip > JSON"),
        ("java-zlib", "zlib > JSON"),
        ("java-zstd", "zstd > JSON"),
        ("java-snappy", "Snappy > JSON"),
        ("java-utf16", "UTF-16 > JSON"),
        ("java-avro-file", "Avro"),
        ("java-avro-deflate", "Avro"),
        ("rust-gzip", "gzip > JSON"),
        ("rust-zlib", "zlib > JSON"),
        ("rust-snappy", "Snappy > JSON"),
    ],
)
def test_layers_and_files_of_other_languages_are_opened(name: str, title: str) -> None:
    reading = read(CORPUS[name])
    assert reading.title == title
    found = reading.value()
    order = found[0] if isinstance(found, list) else found
    raw = order.pop("raw")
    assert raw in ("AAH/", [0, 1, 255], ORDER["raw"])
    assert order == {key: value for key, value in ORDER.items() if key != "raw"}


@pytest.mark.parametrize("name", ["node-snappy-block", "java-snappy-block", "rust-snappy-block"])
def test_a_block_is_the_same_in_every_language(name: str) -> None:
    reading = read(CORPUS[name], of_type("application/json", "snappy"))
    assert (reading.title, reading.value()["id"]) == ("Snappy > JSON", 7)


@pytest.mark.parametrize("name", ["go-gzip", "go-zstd", "go-s2", "go-snappy"])
def test_frames_that_go_writes_are_opened(name: str) -> None:
    reading = read(CORPUS[name])
    assert reading.body == CORPUS["go-text"]
    assert reading.names == (name.removeprefix("go-"), "jsonl")


@pytest.mark.parametrize(
    ("name", "encoding"), [("go-s2-block", "s2"), ("go-snappy-block", "snappy")]
)
def test_blocks_are_opened_where_the_headers_name_them(name: str, encoding: str) -> None:
    assert read(CORPUS[name], of_type("", encoding)).body == CORPUS["go-text"]
    assert read(CORPUS[name], choice=encoding).body == CORPUS["go-text"]


@pytest.mark.parametrize(
    ("envelope", "body", "title"),
    [
        (of_type("application/json"), b"7", "JSON"),
        (of_type("text/plain"), b"\x00\x01", "text"),
        (of_type("text/plain"), msgpack.packb(VALUE), "MessagePack"),
        (of_type("application/octet-stream"), cbor2.dumps(VALUE), "CBOR"),
        (of_type("text/plain; charset=ISO-8859-1"), "grün".encode("latin-1"), "ISO-8859-1 > text"),
        (of_type("text/plain; charset=nonsense"), b"abc", "text"),
        (of_type("application/msgpack"), b"\x07", "MessagePack"),
        (of_type("application/cbor"), b"\x07", "CBOR"),
        (of_type("application/vnd.x+xml"), b"<a/>", "XML"),
        (of_type("application/json", "gzip, zstd"), b"", "text"),
    ],
)
def test_the_headers_name_it(envelope: Envelope, body: bytes, title: str) -> None:
    if envelope.encodings:
        body = zstandard.compress(gzipped(b"7"))
        title = "zstd > gzip > JSON"
    assert read(body, envelope).title == title


def test_a_choice_decides_and_sure_layers_come_off_before_it() -> None:
    packed = gzipped(msgpack.packb([1, 2]))
    assert read(packed).value() == [1, 2]
    chosen = read(packed, choice="cbor")
    assert chosen.names[0] == "gzip" or chosen.error is not None
    again = read(packed, choice=read(packed).choice)
    assert (again.value(), again.chosen, again.choice) == ([1, 2], True, "gzip>msgpack")
    assert read(packed, choice="hex").body == packed
    assert read("grün".encode("cp1252"), choice="text:cp1252").text == "grün"


def test_repeated_keys_and_digits_stay_as_they_came() -> None:
    sent = '{"a": 1, "a": 1.10, "b": 12345678901234567890}'
    assert read(sent.encode()).text == sent


@pytest.mark.parametrize("name", ["msgpack", "cbor"])
@pytest.mark.parametrize(
    "value",
    [
        VALUE,
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"a": {"$map": "no map"}},
        [1, -1, 2**40, 1e300, "", "茶"],
    ],
)
def test_what_is_read_can_be_typed_and_sent_again(name: str, value: Any) -> None:
    packed = msgpack.packb(value, datetime=True) if name == "msgpack" else cbor2.dumps(value)
    content = CONTENTS.get(name)
    assert content is not None
    assert content.write(read(packed, choice=name).text, Envelope()) == packed


def test_keys_extensions_and_tags_are_kept() -> None:
    assert read(msgpack.packb({1: "a", "b": 2})).value() == {"1": "a", "b": 2}
    assert read(msgpack.packb({1: "a", "1": 2}), choice="msgpack").value() == {
        "$map": [[1, "a"], ["1", 2]]
    }
    ext = msgpack.packb([msgpack.ExtType(5, b"ab")])
    assert read(ext).value() == [{"$ext": 5, "$bytes": "YWI="}]
    tag = cbor2.dumps({"u": cbor2.CBORTag(4000, [1])})
    assert read(tag).value() == {"u": {"$tag": 4000, "value": [1]}}
    for name, raw in (("msgpack", ext), ("cbor", tag)):
        content = CONTENTS.get(name)
        assert content is not None
        assert content.write(json.dumps(read(raw).value()), Envelope()) == raw


def test_what_cannot_be_written_says_why() -> None:
    msgpack_, xml, protobuf = (CONTENTS.get(name) for name in ("msgpack", "xml", "protobuf"))
    assert msgpack_ is not None
    assert xml is not None
    assert protobuf is not None
    with pytest.raises(InvalidBody, match="Expecting"):
        msgpack_.write("{", Envelope())
    with pytest.raises(InvalidBody, match="MessagePack cannot carry it"):
        msgpack_.write("1" * 30, Envelope())
    with pytest.raises(InvalidBody, match="natstap cannot write XML"):
        xml.write("{}", Envelope())
    with pytest.raises(InvalidBody, match="Protobuf needs a type"):
        protobuf.write("{}", Envelope())


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "msgpack", None)
    reading = read(msgpack.packb({"id": 7}))
    assert isinstance(reading.error, ReaderMissing)
    said = "this is MessagePack: pip install 'natstap[msgpack]' to read it"
    assert str(reading.error) == said
    assert reading.form == "hex"


def test_xml_and_yaml_are_trees_too() -> None:
    shop = read(b'<order id="7"><item>tea</item><item>milk</item><note/></order>')
    assert shop.value() == {"order": {"@id": "7", "item": ["tea", "milk"], "note": None}}
    assert shop.text.splitlines()[1] == "  <item>tea</item>"
    assert read(b"a: 1\nb:\n  - x\n").value() == {"a": 1, "b": ["x"]}


def test_xml_with_an_entity_that_another_file_declares_is_shown_whole() -> None:
    """The parser leaves it out: of `a&nbsp;b` it makes `ab`."""
    body = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd"><a>x&nbsp;y</a>'
    reading = read(body)
    said = "not XML at byte 52: it has the entity nbsp, which natstap does not look up"
    assert (reading.text, str(reading.error)) == (body.decode(), said)
    assert read(body.replace(b"&nbsp;", b"&amp;")).value() == {"a": "x&y"}


def test_a_side_is_known() -> None:
    assert Envelope().side is Side.REQUEST


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_a_reading_comes_of_them(body: bytes) -> None:
    reading = read(body)
    assert reading.form in ("json", "text", "hex")
    for content in CONTENTS:
        assert read(body, choice=content.name).chosen
    if reading.form == "hex":
        with pytest.raises(ContentError, match="read as bytes"):
            reading.value()
    else:
        reading.value()


def test_values_are_had_of_what_has_some() -> None:
    assert read_value(b'"text"') == "text"
    assert read_value(gzipped(msgpack.packb(VALUE)))["id"] == 7
    for nothing in (b"plain", b"\0\1", gzipped(b"x" * 50)[:-9]):
        with pytest.raises(ContentError):
            read_value(nothing)


def test_a_content_type_that_is_not_so_is_told() -> None:
    reading = read(b'{"id": 7,', of_type("application/json"))
    assert (reading.title, reading.text) == ("text", '{"id": 7,')
    assert str(reading.error).startswith("not JSON at byte 9: expecting property name")
    assert read(b"", of_type("application/json")).error is None
    wrong = read(b"\xc1", of_type("application/msgpack"))
    assert str(wrong.error).startswith("not MessagePack at byte")
