"""Bodies: the table of facts that FastStream's own encoder and decoder gave."""

from __future__ import annotations

import json
from collections import ChainMap, UserDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from ipaddress import IPv6Network, ip_address, ip_network
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr
from pydantic_core import to_json

from engine.codec import decode, encode
from engine.errors import DecodeError, InvalidBody


@dataclass
class Order:
    item: str
    qty: int


class Model(BaseModel):
    item: str
    at: datetime


class Weight(BaseModel):
    kilos: float
    at: datetime | None = None


class Point(NamedTuple):
    x: int
    y: int


class Colour(Enum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Word(StrEnum):
    YES = "yes"


@dataclass
class Nested:
    order: Order
    tags: set[str]


MOMENT = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "body", "content_type"),
    [
        (None, b"", ""),
        (Weight(kilos=float("inf")), b'{"kilos":null,"at":null}', "application/json"),
        ({"all": [Weight(kilos=float("nan"))]}, b'{"all":[{"kilos":null,"at":null}]}', None),
        (MappingProxyType({"a": 1}), b'{"a":1}', "application/json"),
        ([UserDict(a=1), ChainMap({"b": 2})], b'[{"a":1},{"b":2}]', "application/json"),
        ([bytearray(b"a"), memoryview(b"b"), b"c"], b'["a","b","c"]', "application/json"),
        (b"raw\xff", b"raw\xff", ""),
        (bytearray(b"raw"), b"raw", ""),
        (memoryview(b"raw"), b"raw", ""),
        ("", b"", "text/plain"),
        ("tée", "tée".encode(), "text/plain"),
        (1, b"1", "application/json"),
        (1.5, b"1.5", "application/json"),
        (True, b"true", "application/json"),
        ({"a": 1, "é": "ü"}, '{"a":1,"é":"ü"}'.encode(), "application/json"),
        ([1, 2], b"[1,2]", "application/json"),
        ((1, 2), b"[1,2]", "application/json"),
        ([None, {}], b"[null,{}]", "application/json"),
        ({7}, b"[7]", "application/json"),
        (Order("tea", 2), b'{"item":"tea","qty":2}', "application/json"),
        (Nested(Order("tea", 2), {"x"}), b'{"order":{"item":"tea","qty":2},"tags":["x"]}', None),
        (Model(item="tea", at=MOMENT), b'{"item":"tea","at":"2020-01-01T00:00:00Z"}', None),
        (Point(1, 2), b"[1,2]", None),
        (MOMENT, b'"2020-01-01T00:00:00Z"', None),
        (datetime(2020, 1, 1, 2, 3, 4, 5), b'"2020-01-01T02:03:04.000005"', None),
        (MOMENT.astimezone(timezone(timedelta(hours=2))), b'"2020-01-01T02:00:00+02:00"', None),
        (date(2020, 1, 2), b'"2020-01-02"', None),
        (time(1, 2, 3), b'"01:02:03"', None),
        (timedelta(days=1, seconds=2.5), b'"P1DT2.5S"', None),
        (timedelta(0), b'"PT0S"', None),
        (UUID(int=1), b'"00000000-0000-0000-0000-000000000001"', None),
        (Decimal("1.10"), b'"1.10"', None),
        (PurePosixPath("/a/b"), b'"/a/b"', None),
        (Colour.RED, b'"red"', None),
        (Size.BIG, b"3", None),
        ({"w": Word.YES}, b'{"w":"yes"}', None),
        ({"b": b"text"}, b'{"b":"text"}', None),
        ((n for n in (1, 2)), b"[1,2]", None),
    ],
)
def test_a_value_is_written_as_faststream_writes_it(
    value: Any, body: bytes, content_type: str | None
) -> None:
    assert encode(value) == (body, content_type if content_type is not None else "application/json")


trees = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.text(),
        st.dates(),
        st.datetimes(timezones=st.one_of(st.none(), st.just(UTC))),
        st.uuids(),
        st.decimals(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@given(st.one_of(st.lists(trees), st.dictionaries(st.text(), trees)))
def test_any_tree_is_written_as_pydantic_writes_it(tree: Any) -> None:
    assert encode(tree)[0] == to_json(tree)


@given(st.timedeltas(timedelta(days=-900), timedelta(days=900)))
def test_a_duration_is_written_as_pydantic_reads_it(value: timedelta) -> None:
    from pydantic import TypeAdapter

    assert TypeAdapter(timedelta).validate_json(encode(value)[0]) == value


@pytest.mark.parametrize(
    "value",
    [object(), {"a": object()}, "\ud800", {"a": "\ud800"}, {"b": b"\xff"}],
)
def test_what_has_no_body_is_refused(value: Any) -> None:
    with pytest.raises(InvalidBody) as caught:
        encode(value)
    assert caught.value.why


@pytest.mark.parametrize(
    "value",
    [
        {UUID(int=5): 1},
        {Colour.RED: [1]},
        {date(2020, 1, 2): {(1, 2): 3}},
        ip_address("10.0.0.1"),
        {"net": ip_network("10.0.0.0/8"), "secret": SecretStr("x")},
        Exception,
    ],
    ids=str,
)
def test_what_pydantic_can_write_is_written_as_it_does(value: Any) -> None:
    try:
        written = to_json(value)
    except ValueError:
        with pytest.raises(InvalidBody, match="has no JSON form"):
            encode(value)
    else:
        assert encode(value) == (written, "application/json")


def test_the_addresses_of_a_network_are_not_gone_through() -> None:
    class Network(IPv6Network):
        def __iter__(self) -> Any:
            raise AssertionError

    network = Network("fd00::/8")
    assert encode({"net": network}) == (b'{"net":"fd00::/8"}', "application/json")
    assert encode([network[1], network]) == (b'["fd00::1","fd00::/8"]', "application/json")


def test_what_contains_itself_or_is_too_deep_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (loop, deep):
        with pytest.raises(InvalidBody):
            encode(value)
    while deep:  # freed piece by piece
        deep = deep[0]


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        ("tée".encode(), "text/plain", "tée"),
        (b"123", "text/plain", "123"),
        (b'{"a":1}', "application/json", {"a": 1}),
        (b"[1]", "application/json; charset=utf-8", [1]),
        (b"123", None, 123),
        (b"123", "", 123),
        (b'{"a":1}', "", {"a": 1}),
        (b"", None, b""),
        (b"", "", b""),
        (b"hello", None, b"hello"),
        (b"\xff\xfe\xfd", None, b"\xff\xfe\xfd"),
        (b"x", "text/plain; charset=utf-8", b"x"),
        (b"x", "TEXT/PLAIN", b"x"),
        (b"1", "application/octet-stream", b"1"),
        (b"[" * 100_000, None, b"[" * 100_000),
        (b"9" * 5000, None, b"9" * 5000),
    ],
)
def test_a_body_is_read_as_faststream_reads_it(
    body: bytes, content_type: str | None, value: Any
) -> None:
    assert decode(body, content_type) == value


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{no json", "application/json"),
        (b"", "application/json"),
        (b"\xff", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff", "text/plain"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_an_error(body: bytes, content_type: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(body, content_type)
    assert caught.value.content_type == content_type
    assert caught.value.why


@given(st.binary(max_size=60), st.sampled_from([None, "", "text/plain", "application/json", "x/y"]))
def test_any_body_is_a_value_or_one_kind_of_error(body: bytes, content_type: str | None) -> None:
    try:
        decode(body, content_type)
    except DecodeError:
        assert content_type in ("text/plain", "application/json")


@given(st.text())
def test_text_comes_back(value: str) -> None:
    assert decode(*encode(value)) == value


@given(st.one_of(st.integers(), st.booleans(), st.lists(st.text()), st.floats(allow_nan=False)))
def test_json_comes_back(value: Any) -> None:
    body, content_type = encode(value)
    assert decode(body, content_type) == json.loads(body) == value
