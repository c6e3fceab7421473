"""What is read is what was written, to the last digit, and can be typed and sent again."""

from __future__ import annotations

import io
import json
import struct
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import cbor2
import fastavro
import msgpack
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.content.by_subject import BySubject, PerSide, SubjectSettings
from engine.content.content import CONTENTS, ContentBase, Envelope
from engine.content.protobuf_wire import read_fields
from engine.content.reading import read
from engine.content.tree import single
from engine.content.work import Work
from engine.errors import InvalidBody

LONG = Decimal("1234567890123456789012345678901234567890.1234")
AT = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


def content(name: str) -> ContentBase:
    found = CONTENTS.get(name)
    assert found is not None
    return found


def by_schema(folder: Path, schema: Any) -> Envelope:
    file = folder / "schema.avsc"
    file.write_text(json.dumps(schema))
    return Envelope(
        "a", settings=SubjectSettings(avro=BySubject({"a": PerSide(str(file), str(file))}))
    )


def packed(schema: Any, value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


@given(st.binary(min_size=4, max_size=4))
@example(struct.pack("<f", 16777216))
@example(struct.pack("<f", 1.0000001))
@example(struct.pack("<f", 3.4028235e38))
def test_a_number_in_four_bytes_is_told_from_all_others(raw: bytes) -> None:
    shown = single(raw)
    if shown == shown:
        assert struct.pack("<f", shown) == raw


def test_numbers_in_four_bytes_have_no_digits_that_say_nothing(tmp_path: Path) -> None:
    here = by_schema(tmp_path, "float")
    for number in (0.1, 16777216.0, 9.5):
        assert read(packed("float", number), here).value() == number
        wire = b"\x0d" + struct.pack("<f", number)
        assert read_fields(wire, Work()) == {"1": number}


def logical(kind: str, says: str, /, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": says, **more}


@pytest.mark.parametrize(
    ("schema", "value", "shown"),
    [
        (logical("bytes", "decimal", precision=60, scale=4), LONG, str(LONG)),
        (logical("long", "timestamp-micros"), AT, "2026-01-02T03:04:05.678901Z"),
        (logical("long", "timestamp-millis"), AT.replace(microsecond=0), "2026-01-02T03:04:05Z"),
        (
            logical("long", "timestamp-nanos"),
            1767323045678901234,
            "2026-01-02T03:04:05.678901234Z",
        ),
        (
            logical("long", "local-timestamp-micros"),
            AT.replace(tzinfo=None),
            "2026-01-02T03:04:05.678901",
        ),
        (logical("int", "time-millis"), time(3, 4, 5), "03:04:05"),
        (logical("long", "time-micros"), time(3, 4, 5, 6), "03:04:05.000006"),
        (logical("int", "date"), date(1890, 1, 1), "1890-01-01"),
        (logical("fixed", "uuid", name="id", size=16), UUID(int=7).bytes, str(UUID(int=7))),
        (logical("string", "uuid"), str(UUID(int=7)), str(UUID(int=7))),
    ],
)
def test_logical_types_of_avro_are_read_and_typed(
    tmp_path: Path, schema: Any, value: Any, shown: str
) -> None:
    fields = [
        {"name": "one", "type": schema},
        {"name": "maybe", "type": ["null", "R.Inner"], "default": None},
        {"name": "all", "type": {"type": "map", "values": {"type": "array", "items": schema}}},
    ]
    if schema["type"] == "fixed":
        fields[2]["type"] = {"type": "map", "values": {"type": "array", "items": "R.id"}}
    union = ["null", "R.id" if schema["type"] == "fixed" else schema]
    inner = {"type": "record", "name": "Inner", "fields": [{"name": "at", "type": union}]}
    fields.insert(1, {"name": "inner", "type": inner})
    whole = {"type": "record", "name": "Top", "namespace": "R", "fields": fields}
    body = packed(
        whole,
        {"one": value, "inner": {"at": value}, "maybe": {"at": None}, "all": {"k": [value]}},
    )
    here = by_schema(tmp_path, whole)
    tree = {"one": shown, "inner": {"at": shown}, "maybe": {"at": None}, "all": {"k": [shown]}}
    assert read(body, here).value() == tree
    assert content("avro").write(json.dumps(tree), here) == body
    with pytest.raises(InvalidBody):
        content("avro").write(json.dumps({**tree, "one": "no such thing", "all": 7}), here)


def test_names_of_avro_are_those_of_the_namespace_that_they_stand_in(tmp_path: Path) -> None:
    def record(name: str, space: str, field: str, kind: Any) -> dict[str, Any]:
        fields = [{"name": field, "type": kind}]
        return {"type": "record", "name": name, "namespace": space, "fields": fields}

    kinds = [
        record("Item", "a", "x", "int"),
        record("Item", "b", "y", "string"),
        record("Holder", "b", "held", "Item"),
        record("Holder", "a", "held", {"type": "array", "items": "Item"}),
    ]
    fields = [{"name": f"f{at}", "type": kind} for at, kind in enumerate(kinds)]
    schema = {"type": "record", "name": "Top", "fields": fields}
    value = {"f0": {"x": 1}, "f1": {"y": "q"}, "f2": {"held": {"y": "z"}}, "f3": {"held": []}}
    value["f3"] = {"held": [{"x": 2}]}
    body = packed(schema, value)
    assert read(body, by_schema(tmp_path, schema)).value() == value


def test_decimals_of_cbor_have_all_their_digits() -> None:
    assert read(cbor2.dumps({"d": LONG})).value() == {"d": str(LONG)}


@pytest.mark.parametrize("name", ["msgpack", "cbor"])
def test_times_have_their_nanoseconds(name: str) -> None:
    written = "2026-01-02T03:04:05.678901234Z"
    if name == "msgpack":
        body = msgpack.packb({"at": msgpack.Timestamp(1767323045, 678901234)})
    else:
        body = cbor2.dumps({"at": cbor2.CBORTag(0, written)})
    reading = read(body)
    assert reading.value() == {"at": {"$time": written}}
    assert content(name).write(reading.text, Envelope()) == body
    finer = read(cbor2.dumps({"at": cbor2.CBORTag(0, "2026-01-02T03:04:05.6789012345Z")}))
    assert finer.value() == {"at": {"$tag": 0, "value": "2026-01-02T03:04:05.6789012345Z"}}


def test_texts_that_are_not_utf_8_keep_their_bytes(tmp_path: Path) -> None:
    def raw(body: bytes, envelope: Envelope) -> bytes:
        return read(body, envelope).text.encode("utf-8", "surrogateescape")

    assert raw(b"\xa1\x61k\x63a\xffb", Envelope()) == b'{"k": "a\xffb"}'
    assert raw(b"\xa2\x61\xff\x01\x61\xfe\x02", Envelope()) == b'{"\xff": 1, "\xfe": 2}'
    assert raw(b"\x06a\xffb", by_schema(tmp_path, "string")) == b'"a\xffb"'
