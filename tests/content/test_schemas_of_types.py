"""Protobuf and Avro by the types that the settings name."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastavro
import pytest
from google.protobuf import any_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from helpers.packed import gzipped

from engine.content.by_subject import BySubject, PerSide, SubjectSettings, general_pattern, per_side
from engine.content.content import CONTENTS, Envelope, Side
from engine.content.protobuf_types import ProtobufTypes
from engine.content.reading import read
from engine.errors import InvalidBody
from engine.message import Headers

ORDER = {
    "id": 7,
    "name": "grün 茶",
    "items": [{"sku": "a-1", "qty": 2}, {"sku": "b-2", "qty": 300}],
    "price": 9.5,
}
PROTO = """syntax = "proto3";
package shop;
message Item { string sku = 1; int32 qty = 2; }
message Order { int64 id = 1; string name = 2; repeated Item items = 3; double price = 4;
                bytes raw = 5; map<string, int32> counts = 6; }
message Accepted { int64 id = 1; }
"""
AVRO = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "name", "type": "string"},
        {
            "name": "items",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Item",
                    "fields": [{"name": "sku", "type": "string"}, {"name": "qty", "type": "int"}],
                },
            },
        },
        {"name": "price", "type": "double"},
        {"name": "raw", "type": "bytes"},
    ],
}
CORPUS = {
    line.split()[0]: base64.b64decode(line.split()[1])
    for line in (Path(__file__).parent / "corpus.txt").read_text().splitlines()
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> SubjectSettings:
    folder = tmp_path_factory.mktemp("schemas")
    (folder / "shop.proto").write_text(PROTO)
    (folder / "order.avsc").write_text(json.dumps(AVRO))
    nulls = {"type": "array", "items": "null"}
    (folder / "nulls.avsc").write_text(json.dumps(nulls))
    avro = {"avro.>": "order.avsc", "nulls": "nulls.avsc", "gone": "gone.avsc"}
    return SubjectSettings(
        types=BySubject({"orders.*": PerSide("shop.Order", "shop.Accepted")}),
        protobuf=ProtobufTypes((str(folder / "shop.proto"),)),
        avro=BySubject({name: PerSide(*[str(folder / file)] * 2) for name, file in avro.items()}),
    )


def at(settings: SubjectSettings, subject: str, side: Side = Side.REQUEST) -> Envelope:
    return Envelope(subject, side=side, settings=settings)


@pytest.mark.parametrize("language", ["go", "node", "java", "rust"])
def test_protobuf_by_the_type_of_its_subject(settings: SubjectSettings, language: str) -> None:
    reading = read(CORPUS[f"{language}-protobuf"], at(settings, "orders.new"))
    assert reading.value() == {**ORDER, "id": "7", "raw": "AAH/"}
    assert (reading.title, reading.note) == ("Protobuf", "as shop.Order")
    reply = read(b"\x08\x09", at(settings, "orders.new", Side.REPLY))
    assert reply.value() == {"id": "9"}


def test_protobuf_by_the_type_that_fits_by_a_choice_and_by_numbers(
    settings: SubjectSettings,
) -> None:
    body = CORPUS["node-protobuf"]
    guessed = read(body, at(settings, "elsewhere"))
    assert guessed.note == "as shop.Order, the type that fits"
    chosen = read(b"\x08\x09", at(settings, "elsewhere"), "protobuf:shop.Accepted")
    assert chosen.value() == {"id": "9"}
    assert chosen.choice == "protobuf:shop.Accepted"
    bare = read(body, Envelope("elsewhere")).value()
    items = [{"1": "a-1", "2": 2}, {"1": "b-2", "2": 300}]
    assert bare == {"1": 7, "2": "grün 茶", "3": items, "4": 9.5, "5": {"$bytes": "AAH/"}}


@pytest.mark.parametrize(
    "body",
    [b"\x1a\x00" * 500_000, b"".join(b"\x32\x04\x0a\x02%02x" % (n & 255) for n in range(90_000))],
    ids=["messages", "entries"],
)
@pytest.mark.parametrize("choice", ["protobuf:shop.Order", "protobuf"])
def test_a_typed_message_with_too_many_parts_ends_in_a_sentence(
    settings: SubjectSettings, body: bytes, choice: str
) -> None:
    """Writing them out takes the library seconds: they are counted before."""
    reading = read(body, at(settings, "elsewhere"), choice)
    if reading.error is None:  # entries of a map that have the same keys are few
        assert len(reading.text) < 10_000
    else:
        assert "more in it than natstap reads at once" in str(reading.error)


@pytest.mark.parametrize("headers", [(), (("Content-Type", "application/x-protobuf"),)])
def test_a_type_is_found_inside_of_layers_that_nobody_names(
    settings: SubjectSettings, headers: tuple[tuple[str, str], ...]
) -> None:
    body = CORPUS["node-protobuf"]
    envelope = replace(at(settings, "orders.new"), headers=Headers(headers))
    for packed, title in (
        (gzipped(body), "gzip > Protobuf"),
        (base64.b64encode(body), "base64 > Protobuf"),
        (gzipped(base64.b64encode(body)), "gzip > base64 > Protobuf"),
    ):
        reading = read(packed, envelope)
        assert (reading.title, reading.note, reading.error) == (title, "as shop.Order", None)


def test_an_any_of_a_type_that_nobody_describes_is_shown_by_number(tmp_path: Path) -> None:
    file = tmp_path / "any.proto"
    file.write_text(
        'syntax = "proto3"; import "google/protobuf/any.proto"; '
        "message Holder { google.protobuf.Any any = 1; }"
    )
    settings = SubjectSettings(
        protobuf=ProtobufTypes((str(file),)), types=BySubject({">": PerSide("Holder", "")})
    )
    inner = any_pb2.Any(type_url="type.googleapis.com/no.Such", value=b"\x08\x80\x01")
    packed = inner.SerializeToString()
    reading = read(b"\x0a%c%b" % (len(packed), packed), at(settings, "x"))
    assert reading.value() == {"1": {"1": "type.googleapis.com/no.Such", "2": {"1": 128}}}


def test_protobuf_says_what_is_wrong(settings: SubjectSettings) -> None:
    here = at(settings, "orders.new")
    cut = read(CORPUS["node-protobuf"][:-1], here)
    assert "a field of 3 bytes, and 2 follow" in str(cut.error)
    unknown = read(b"\x08\x09", here, "protobuf:shop.Nothing")
    assert "no file describes 'shop.Nothing', known are shop.Item" in str(unknown.error)
    more = read(b"\x08\x09\x10\x01", at(settings, "orders.new", Side.REPLY))
    assert more.note == "1 field that shop.Accepted does not have, by number"
    assert more.value() == {"id": "9", "2": 1}
    gone = SubjectSettings(
        protobuf=ProtobufTypes(("/nowhere/set.binpb",)),
        types=BySubject({">": PerSide("a.B", "a.B")}),
    )
    said = str(read(b"\x08\x01", at(gone, "x")).error)
    assert said == "not Protobuf: /nowhere/set.binpb: No such file or directory"


def test_a_broken_proto_file_is_told_in_protocs_words(tmp_path: Path) -> None:
    (tmp_path / "broken.proto").write_text('syntax = "proto3"; message {')
    broken = SubjectSettings(protobuf=ProtobufTypes((str(tmp_path / "broken.proto"),)))
    assert not broken.protobuf.ready
    reading = read(b"\x08\x01", at(broken, "x"), "protobuf:A")
    assert "protoc says: " in str(reading.error)
    assert "broken.proto" in str(reading.error)
    assert broken.protobuf.ready  # it is not compiled again
    (tmp_path / "broken.proto").write_text('syntax = "proto3"; message A {}')
    assert read(b"\x08\x01", at(broken, "x"), "protobuf:A").error is reading.error
    assert read(b"\x08\x01", at(broken, "x")).value() == {"1": 1}


def test_a_descriptor_set_describes_types_too(tmp_path: Path) -> None:
    described = FileDescriptorSet()
    file = described.file.add(name="done.proto", package="shop", syntax="proto3")
    file.message_type.add(name="Done").field.add(name="id", number=1, type=5, label=1)
    (tmp_path / "all.binpb").write_bytes(described.SerializeToString())
    known = SubjectSettings(protobuf=ProtobufTypes((str(tmp_path / "all.binpb"),)))
    assert known.protobuf.names == ("shop.Done",)
    assert read(b"\x08\x07", at(known, "x")).value() == {"id": 7}
    (tmp_path / "bad.binpb").write_bytes(b"\xff\xff")
    bad = SubjectSettings(protobuf=ProtobufTypes((str(tmp_path / "bad.binpb"),)))
    reading = read(b"\x08\x07", at(bad, "x"), "protobuf:shop.Done")
    assert "a descriptor set is broken" in str(reading.error)


def test_protobuf_is_written_of_json(settings: SubjectSettings) -> None:
    content = CONTENTS.get("protobuf")
    assert content is not None
    here = at(settings, "orders.new")
    written = json.dumps({**ORDER, "raw": "AAH/"})
    assert content.write(written, here) == CORPUS["node-protobuf"]
    with pytest.raises(InvalidBody, match=r"shop\.Order cannot carry it"):
        content.write('{"nope": 1}', here)


def test_avro_by_the_schema_of_its_subject(settings: SubjectSettings) -> None:
    wanted = {**ORDER, "raw": {"$bytes": "AAH/"}}
    packed = [
        CORPUS[name]
        for name in ("node-avro", "go-avro", "java-avro", "go-avro-single", "java-avro-single")
    ]
    for body in (*packed, b"\0\0\0\0\x05" + packed[0]):
        reading = read(body, at(settings, "avro.orders"))
        assert (reading.value(), reading.title) == (wanted, "Avro")
    content = CONTENTS.get("avro")
    assert content is not None
    assert content.write(json.dumps(wanted), at(settings, "avro.x")) == CORPUS["node-avro"]
    with pytest.raises(InvalidBody, match="the schema cannot carry it"):
        content.write("{}", at(settings, "avro.x"))


def test_an_avro_file_brings_its_schema() -> None:
    schema: Any = fastavro.parse_schema(AVRO)
    order = {**ORDER, "raw": b"\0\1\xff"}
    for codec in ("null", "deflate", "snappy"):
        out = io.BytesIO()
        fastavro.writer(out, schema, [order, order], codec=codec)
        assert read(out.getvalue()).value() == [{**ORDER, "raw": {"$bytes": "AAH/"}}] * 2


def test_avro_says_what_is_wrong(settings: SubjectSettings) -> None:
    many = b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"
    laughs = read(many, at(settings, "nulls"))
    assert str(laughs.error) == "not Avro: it has more in it than natstap reads at once"
    packed = CORPUS["go-avro-snappy"]
    size = packed.index(b"\x0e\x12gr") - 2
    lying = read(packed[:size] + b"\x7f" + packed[size + 1 :])
    assert "it says 127 bytes and has 37" in str(lying.error)
    other = read(packed.replace(b"snappy", b"bzip22", 1))
    assert "natstap does not open blocks in bzip22" in str(other.error)
    assert "not zstd" in str(read(CORPUS["go-avro-zstd"].replace(b"a-1", b"a-2")).error)
    cut = read(CORPUS["node-avro"][:-1], at(settings, "avro.orders"))
    assert str(cut.error) == "not Avro at byte 33: it says 3 bytes, and 2 follow"
    gone = read(b"\x02", at(settings, "gone"))
    assert "gone.avsc: No such file or directory" in str(gone.error)


def test_the_pattern_that_says_most_wins() -> None:
    table = BySubject({">": "all", "a.*": "one", "a.b": "this", "a.>": "below"})
    found = [table.find(subject) for subject in ("a.b", "a.c", "a.b.c", "x")]
    assert found == ["this", "one", "below", "all"]
    assert BySubject({"a": "x"}).find("b") is None
    assert general_pattern("orders.7f3a.get") == "orders.*.get"


def test_a_value_is_for_both_sides_or_for_each() -> None:
    assert per_side("a.B") == PerSide("a.B", "a.B")
    assert per_side({"request": "a.B", "reply": "a.C"}) == PerSide("a.B", "a.C")
    assert per_side({"reply": "a.C"}) == PerSide("", "a.C")
    assert [per_side(wrong) for wrong in (7, {}, {"other": "x"}, {"reply": 7})] == [None] * 4


def test_names_in_an_avro_schema_are_known_wherever_they_are_defined(tmp_path: Path) -> None:
    """In a namespace that is not repeated, and in a branch of a union that has no value."""
    place = {"type": "record", "name": "Place", "fields": [{"name": "x", "type": "int"}]}
    fields = [
        {"name": "first", "type": ["null", place]},
        {"name": "second", "type": "shop.Place"},
        {"name": "third", "type": {"type": "map", "values": "Place"}},
        {"name": "again", "type": ["null", "shop.Order"]},
    ]
    schema = {"type": "record", "name": "Order", "namespace": "shop", "fields": fields}
    file = tmp_path / "order.avsc"
    file.write_text(json.dumps(schema))
    value = {"first": None, "second": {"x": 2}, "third": {"k": {"x": 3}}, "again": None}
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    settings = SubjectSettings(avro=BySubject({"a": PerSide(str(file), str(file))}))
    assert read(out.getvalue(), at(settings, "a")).value() == value
    packed = read(gzipped(out.getvalue()), at(settings, "a"))
    assert (packed.title, packed.value()) == ("gzip > Avro", value)
