"""Protobuf and Avro by the types that the settings name."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import fastavro
import grpc_tools  # type: ignore[import-untyped]
import pytest
from google.protobuf import any_pb2, struct_pb2, timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message import Message
from grpc_tools import protoc
from helpers.packed import gzipped

from engine.content.by_subject import BySubject, PerSide, SubjectSettings, general_pattern, per_side
from engine.content.content import CONTENTS, Envelope, Side
from engine.content.protobuf_types import ProtobufTypes
from engine.content.reading import read
from engine.drafts.draft import Draft
from engine.drafts.written_content import typed
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


WELL_KNOWN = """syntax = "proto3";
import "google/protobuf/any.proto"; import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
message Holder { int32 id = 1; google.protobuf.Any any = 2; google.protobuf.ListValue list = 3;
                 google.protobuf.Value value = 4; repeated google.protobuf.Timestamp at = 5; }
"""


def holder(folder: Path) -> SubjectSettings:
    file = compiled(folder, WELL_KNOWN, "holder", "--include_imports")
    return SubjectSettings(
        protobuf=ProtobufTypes((str(file),)), types=BySubject({"x": PerSide("Holder", "")})
    )


def field(number: int, inner: Message) -> bytes:
    packed = inner.SerializeToString()
    return bytes([number << 3 | 2, len(packed)]) + packed


def test_a_part_that_has_no_json_is_shown_by_number(tmp_path: Path) -> None:
    known = holder(tmp_path)
    unknown = any_pb2.Any(type_url="type.googleapis.com/no.Such", value=b"\x08\x80\x01")
    reading = read(b"\x08\x07" + field(2, unknown), at(known, "x"))
    inner = {"1": "type.googleapis.com/no.Such", "2": {"1": 128}}
    assert reading.value() == {"id": 7, "any": inner}
    assert reading.note.startswith(
        "as Holder, but for a part that is shown by number: Can not find"
    )
    late = timestamp_pb2.Timestamp(seconds=1 << 50)
    times = field(5, timestamp_pb2.Timestamp(seconds=1)) + field(5, late)
    fitting = read(b"\x08\x07" + times, at(known, "elsewhere"))
    assert fitting.value() == {"id": 7, "at": ["1970-01-01T00:00:01Z", {"1": 1 << 50}]}
    assert fitting.note.startswith("as Holder, the type that fits, but for a part that is shown by")
    draft = Draft("elsewhere", b"\x08\x07" + times)
    assert typed(draft, known) == draft  # it would not be the same bytes
    whole = typed(replace(draft, body=b"\x08\x07"), known)
    assert (whole.content, json.loads(whole.body)) == ("protobuf:Holder", {"id": 7})


def test_lists_of_protobufs_own_are_read(tmp_path: Path) -> None:
    """They have a length and values, and are messages nevertheless."""
    values = struct_pb2.ListValue()
    values.extend([1, "a", {"b": [True]}])
    body = field(3, values) + field(4, struct_pb2.Value(list_value=values))
    wanted = [1, "a", {"b": [True]}]
    assert read(body, at(holder(tmp_path), "x")).value() == {"list": wanted, "value": wanted}


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


NEWER = """syntax = "proto3"; package newer;
message Item { string sku = 1; string note = 9; fixed32 at = 10; }
message Order { int64 id = 1; repeated Item items = 3; map<int32, Item> by_line = 8;
                Item last = 20; }
"""
OLDER = """syntax = "proto3"; package older; import "google/protobuf/any.proto";
message Item { string sku = 1; }
message Order { int64 id = 1; repeated Item items = 3; map<int32, Item> by_line = 8;
                google.protobuf.Any more = 9; }
"""


def compiled(folder: Path, source: str, *flags: str) -> Path:
    """A descriptor set of one file, without those that it imports unless a flag says so."""
    file, out = folder / f"{flags[0]}.proto", folder / f"{flags[0]}.binpb"
    file.write_text(source)
    well_known = Path(grpc_tools.__path__[0]) / "_proto"
    paths = [f"--proto_path={folder}", f"--proto_path={well_known}"]
    command = ["protoc", *paths, *flags[1:], f"--descriptor_set_out={out}", str(file)]
    assert protoc.main(command) == 0
    return out


def test_what_a_newer_sender_adds_inside_of_a_message_is_shown_too(tmp_path: Path) -> None:
    sets = [str(compiled(tmp_path, *each)) for each in ((NEWER, "newer"), (OLDER, "older"))]
    both = SubjectSettings(protobuf=ProtobufTypes(tuple(sets)))
    item = {"sku": "a", "note": "cold", "at": 7}
    sent = {"id": "1", "items": [item, {"sku": "b"}], "by_line": {"3": item}, "last": item}
    content = CONTENTS.get("protobuf")
    assert content is not None
    body = content.write(json.dumps(sent), replace(at(both, "x"), argument="newer.Order"))
    reading = read(body, at(both, "x"), "protobuf:older.Order")
    unknown = {"sku": "a", "9": "cold", "10": 7}
    assert reading.value() == {
        "id": "1",
        "items": [unknown, {"sku": "b"}],
        "by_line": {"3": unknown},
        "20": {"1": "a", "9": "cold", "10": 7},
    }
    assert reading.note == "3 fields that older.Order does not have, by number"
    assert read(body, at(both, "x")).note == "as newer.Order, the type that fits"


def test_descriptor_sets_without_what_they_import_and_in_any_order(tmp_path: Path) -> None:
    common = compiled(tmp_path, 'syntax = "proto3"; message Money { int32 cents = 1; }', "common")
    source = (
        'syntax = "proto3"; import "google/protobuf/timestamp.proto"; import "common.proto"; '
        "message Sale { google.protobuf.Timestamp at = 1; Money total = 2; }"
    )
    sale = compiled(tmp_path, source, "sale")
    body = b"\x0a\x02\x08\x01\x12\x02\x08\x05"
    for files in ((sale, common), (common, sale), (sale, common, sale)):
        known = SubjectSettings(protobuf=ProtobufTypes(tuple(map(str, files))))
        reading = read(body, at(known, "x"))
        assert reading.value() == {"at": "1970-01-01T00:00:01Z", "total": {"cents": 5}}
    alone = SubjectSettings(protobuf=ProtobufTypes((str(sale),)))
    said = str(read(body, at(alone, "x"), "protobuf:Sale").error)
    assert "no file has common.proto: add it, or make the set with --include_imports" in said


def test_an_any_holds_a_type_of_the_users_files(tmp_path: Path) -> None:
    file = compiled(tmp_path, OLDER, "older", "--include_imports")
    known = SubjectSettings(protobuf=ProtobufTypes((str(file),)))
    here = replace(at(known, "x"), argument="older.Order")
    sent = {"id": "1", "more": {"@type": "type.googleapis.com/older.Item", "sku": "tea"}}
    content = CONTENTS.get("protobuf")
    assert content is not None
    body = content.write(json.dumps(sent), here)
    assert read(body, at(known, "x"), "protobuf:older.Order").value() == sent


@pytest.mark.parametrize("parameter", ["messageType=shop.Accepted", 'proto="shop.Accepted"'])
def test_the_content_type_may_name_the_type(settings: SubjectSettings, parameter: str) -> None:
    headers = Headers([("Content-Type", f"application/x-protobuf; {parameter}")])
    envelope = replace(at(settings, "elsewhere"), headers=headers)
    reading = read(b"\x08\x09", envelope)
    assert (reading.value(), reading.note) == ({"id": "9"}, "as shop.Accepted")
    other = replace(
        envelope, headers=Headers([("Content-Type", "application/x-protobuf; proto=a.B")])
    )
    assert read(b"\x08\x09", other).error is None


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
    with pytest.raises(InvalidBody, match=r"^this body cannot be sent: Expecting property name"):
        content.write("{", at(settings, "avro.x"))


def test_what_stands_before_an_avro_value_is_told(settings: SubjectSettings) -> None:
    here = at(settings, "avro.orders")
    registered = read(b"\0\0\0\x01\x05" + CORPUS["node-avro"], here)
    assert registered.note == "its schema is number 261 in a registry"
    assert read(CORPUS["go-avro-single"], here).note == ""
    other = read(b"\xc3\x01" + bytes(8) + CORPUS["node-avro"], here)
    assert other.note == "it was written by another schema than the one in order.avsc"
    assert other.value() == registered.value()
    unnamed = read(CORPUS["go-avro-single"], Envelope("elsewhere"))
    assert unnamed.reason == "it begins like a single Avro object"
    assert "it needs a schema: name its file in [avro]" in str(unnamed.error)


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
