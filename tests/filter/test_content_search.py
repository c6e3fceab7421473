"""`~b` and `~j` find what bodies are read as, and as quickly what lies there as it is."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import cbor2
import msgpack
import pytest
from helpers.lens import FOREVER, headers, put
from helpers.packed import gzipped
from hypothesis import given
from hypothesis import strategies as st

from engine.content.by_subject import BySubject, PerSide, SubjectSettings
from engine.content.coded import read_small_map
from engine.content.content import Envelope
from engine.content.formats.messagepack import MessagePack
from engine.content.protobuf_types import ProtobufTypes
from engine.content.reading import read
from engine.filter.content_search import coded_positions
from engine.filter.grammar import LensError
from engine.filter.lens import Lens
from engine.filter.search import find
from engine.filter.state_terms import Hearsay
from engine.journal import Journal
from engine.journal.view import View
from engine.message import Message
from engine.streams.search_terms import parse_wanted

TEA = {"order": {"id": 7, "item": "tea"}, "rows": [{"qty": 2}, {"qty": 30}]}
BODIES = {
    1: json.dumps(TEA).encode(),
    2: gzipped(json.dumps(TEA).encode()),
    3: msgpack.packb(TEA),
    4: gzipped(cbor2.dumps(TEA)),
    5: b"order tea id 7",
    6: json.dumps({"order": {"id": 8, "item": "milk"}}).encode(),
    7: msgpack.packb({"order": {"id": 8, "item": "milk"}}),
    8: b"order:\n  id: 7\n  item: tea\n",
    9: b'<order id="7"><item>tea</item></order>',
    10: json.dumps(TEA).encode("utf-16"),
    11: b'{"order": {"id": "7"}}',
    12: "grün".encode(),
    13: b"\xff\xfe\x00",
}


def played() -> Journal:
    journal = Journal()
    for number, body in BODIES.items():
        put(journal, b"orders.%d" % number, b"", body)
    return journal


def found(journal: Journal, written: str, settings: SubjectSettings | None = None) -> list[int]:
    known = Hearsay(settings=lambda: settings) if settings else Hearsay()
    view = View(journal, Lens.parse(written).on(journal, known))
    view.catch_up(FOREVER)
    return list(view)


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("~b tea", [1, 2, 3, 4, 5, 8, 9, 10]),
        ("tea", [1, 2, 3, 4, 5, 8, 9, 10]),
        ("~i TEA", [1, 2, 3, 4, 5, 8, 9, 10]),
        ("orders.3", [3]),
        ("grün", [12]),
        ("!tea & ~u orders.*", [6, 7, 11, 12, 13]),
        ("~bi TEA", [1, 2, 3, 4, 5, 8, 9, 10]),
        ("~b grün", [12]),
        ("!~b tea", [6, 7, 11, 12, 13]),
        ("~b tea | ~b milk", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("~j $.order.id=7", [1, 2, 3, 4, 8, 10, 11]),
        ('~j $.order.item="tea"', [1, 2, 3, 4, 8, 9, 10]),
        ("~j $.order.id>7", [6, 7]),
        ("~j $.rows[*].qty>=30", [1, 2, 3, 4, 10]),
        ("~j $.rows[1]", [1, 2, 3, 4, 10]),
        ("~j $.order.id!=7", [6, 7]),
        ("~j $.order.id=7 & ~u orders.3", [3]),
        ("~j $.nothing", []),
    ],
)
def test_it_finds_in_what_bodies_are_read_as(written: str, numbers: list[int]) -> None:
    assert found(played(), written) == numbers


def test_the_next_and_the_one_before_are_found_in_what_is_read() -> None:
    journal = played()
    assert [find(journal, b"tea", number) for number in range(6)] == [1, 2, 3, 4, 5, 8]
    assert [find(journal, b"tea", number, -1) for number in (5, 8, 11)] == [4, 5, 10]
    asked = put(journal, b"a.b", b"_INBOX.x", b"{}")
    put(journal, b"_INBOX.x", b"", msgpack.packb({"name": "earl grey"}))
    assert find(journal, b"earl grey", 1) == asked


def test_each_value_of_a_key_that_is_repeated_counts() -> None:
    journal = Journal()
    body = b'{"rows": [{"a": 1, "b": {"c": 1}, "a": 2, "b": 3}], "n": NaN}'
    put(journal, b"x", b"", body)
    put(journal, b"x", b"", gzipped(body))
    put(journal, b"x", b"", msgpack.packb({"n": float("nan")}))
    for asked in ("$.rows[0].a=1", "$.rows[*].a=2", "$.rows[0].b.c=1"):
        assert found(journal, f"~j {asked}") == [1, 2]
    assert found(journal, "~j $.rows[0].a=3") == []
    assert found(journal, "~j $.n=NaN") == [1, 2, 3]


@pytest.mark.parametrize(
    ("word", "found_in"), [("ing", [1, 2, 3]), ("true", [1, 2]), ("sticking", [3]), ("7", [1, 2])]
)
def test_a_word_is_found_the_quick_way_and_by_reading(word: str, found_in: list[int]) -> None:
    """Letters lie in the bytes of MessagePack; what natstap writes for a value does not."""
    journal = Journal()
    put(journal, b"a", b"", msgpack.packb({"id": 7, "shipping": True}))
    put(journal, b"a", b"", cbor2.dumps({"id": 7, "shipping": True}))
    put(journal, b"a", b"", gzipped(msgpack.packb({"note": "sticking"})))
    assert found(journal, f"~b {word}") == found(journal, word) == found_in


def test_text_in_another_encoding_is_found() -> None:
    journal = Journal()
    body = "alles grün, und lauter gewöhnliche Wörter dabei".encode("latin-1")
    put(journal, b"a", b"", body, headers(b"Content-Type: text/plain; charset=ISO-8859-1"))
    for written in ("~b grün", "grün", "~bi WÖRTER"):
        assert found(journal, written) == [1]
    assert found(journal, "blau") == []


def test_yaml_and_xml_have_paths_too() -> None:
    journal = played()
    assert 8 in found(journal, "~j $.order.item=tea")
    assert 9 in found(journal, "~j \"$.order['@id']=7\"")


def test_each_path_is_checked_where_it_is_typed() -> None:
    for written, said in (
        ("~j order", "a path begins with $"),
        ("~j $.a..b", "two dots touch"),
        ("~j $.a=", "a value is missing"),
        ("~j", "~j wants a path[=value]: ~j $.order.id=7"),
    ):
        with pytest.raises(LensError, match=said.replace("$", r"\$").replace("[", r"\[")):
            Lens.parse(written)
    assert str(Lens.parse("~j $.order.id=7")) == "~j $.order.id=7"


def test_a_reply_is_read_by_the_type_of_its_request(tmp_path) -> None:
    (tmp_path / "shop.proto").write_text(
        'syntax = "proto3"; package shop; message Done { int32 total = 1; }'
    )
    settings = SubjectSettings(
        types=BySubject({"orders.>": PerSide("", "shop.Done")}),
        protobuf=ProtobufTypes((str(tmp_path / "shop.proto"),)),
    )
    journal = Journal()
    put(journal, b"orders.new", b"_INBOX.a.1", b"{}")
    put(journal, b"_INBOX.a.1", b"", b"\x08\x2a")
    assert found(journal, "~j $.total=42", settings) == [1]
    assert found(journal, "~b total", settings) == [1]
    assert found(journal, "~j $.total=42") == []
    assert found(journal, "~j $.1=42") == [1]
    stored = Message("orders.new", b"\x08\x2a")
    typed = replace(settings, types=BySubject({"orders.>": PerSide("shop.Done", "")}))
    assert parse_wanted("$.total = 42", typed).matches(stored)
    assert not parse_wanted("$.total = 42").matches(stored)


def test_what_is_to_be_read_is_found_out_once_whatever_is_asked_first() -> None:
    journal, rng = Journal(), random.Random(7)
    wanted = []
    for number in range(1, 3001):
        coded = rng.random() < 0.01
        wanted += [number] if coded else []
        body = msgpack.packb({"n": number}) if coded else json.dumps({"n": number}).encode()
        put(journal, b"a", b"", body, headers(b"x: y") if number % 7 == 0 else b"")
    segment = journal.segment(1)
    first = coded_positions(segment, 1000, 2000)
    assert [segment.first + at for at in first] == [n for n in wanted if 1000 < n <= 2000]
    whole = coded_positions(segment, 0, 3000)
    assert [segment.first + at for at in whole] == wanted
    assert found(journal, f"~j $.n={wanted[3]}") == [wanted[3]]
    assert len(found(journal, "~j $.n")) == 3000


@pytest.mark.parametrize("number", [1, 2, 3, 4, 8, 10])
def test_messages_of_streams_are_found_by_what_they_are_read_as(number: int) -> None:
    message = Message("orders.x", BODIES[number])
    assert parse_wanted("$.order.item = tea").matches(message)
    assert parse_wanted("tea").matches(message)
    assert not parse_wanted("$.order.item = milk").matches(message)
    assert not parse_wanted("coffee").matches(message)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=9)
    | st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=3))
    | st.builds(msgpack.Timestamp, st.integers(0, 9), st.integers(0, 9)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.integers(-9, 9), inner, max_size=4)
    ),
)


@given(_VALUES | st.binary(max_size=40))
def test_a_small_map_reads_the_quick_way_as_it_does_otherwise(value: object) -> None:
    body = value if isinstance(value, bytes) else msgpack.packb(value)
    if quick := read_small_map(body):
        whole = read(body)
        assert (quick.names, quick.title, quick.form) == (whole.names, whole.title, whole.form)
        assert (quick.text, quick.body) == (whole.text, whole.body)
        assert quick.text == CarefulMessagePack().read(body, Envelope()).text


class CarefulMessagePack(MessagePack):
    """Reads everything part by part."""

    def read_small(self, body: bytes) -> None:
        return None


def test_a_number_is_found_in_small_maps_without_a_whole_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    journal = Journal()
    for n in range(300):
        put(journal, b"orders", b"", msgpack.packb({"order": {"id": 1000 + n}, "raw": None}))
    whole: list[object] = []
    monkeypatch.setattr("engine.filter.content_search.reading_of", whole.append)
    assert len(found(journal, "1277")) == 1
    assert len(found(journal, "~j $.order.id=1277")) == 1
    assert len(found(journal, "~b 12")) == 112
    assert not whole


def test_what_is_no_small_map_is_left_to_the_careful_reader() -> None:
    lies = b"\x81\xa1a" + b"\xdd\x00\x00\x07\xff" * 400
    deep = b"\x81\xa1a" + b"\x91" * 1500 + b"\x01"
    for body in (lies, deep, msgpack.packb({"a": "x" * 4000}), msgpack.packb({1: 2, "1": 3})):
        assert read_small_map(body) is None
