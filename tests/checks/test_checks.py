"""Expectations and takes: read from TOML and written back, and answers judged by them."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checks.answer import Answer
from engine.checks.checks import Checks
from engine.checks.comparison import ValueTests
from engine.checks.invalid_checks import InvalidChecks
from engine.checks.judge_answer import judge_answer, take
from engine.checks.schema import check_schema, schema_fault
from engine.collection.toml import write_toml
from engine.journal.states import State
from engine.message import Message

ALL = """
needs = ["login", "orders/create"]

[take]
token = "$.auth.token"

[expect]
state = ["answered", "service-error"]
latency = "200 ms"
replies = { above = 1, below = 4 }
from = "orders-1"
schema = "order.schema.json"

[expect.headers]
x-served-by = { matches = "^orders-" }

[expect.json]
"$.total" = 8.4
"$.rows[0].sku" = { exists = true }
"$.rows" = [1, "a", { b = "c" }]
"""


def read(written: str) -> Checks:
    return Checks.read(tomllib.loads(written))


def answer(body: bytes = b"", *, state: State = State.ANSWERED, head: bytes = b"") -> Answer:
    return Answer(state, (Message("_INBOX.1", body, head=head),), 0.01, "orders-1")


def faults(written: str, given: Answer, schema: Any = None) -> list[str]:
    judged = judge_answer(read(written).expect, given, schema)
    return [one.sentence for one in judged if not one.holds]


def test_what_is_written_is_read_back() -> None:
    checks = read(ALL)
    assert checks.needs == ("login", "orders/create")
    assert dict(checks.takes) == {"token": "$.auth.token"}
    assert checks.expect.latency == 0.2
    assert read(write_toml(checks.write())) == checks
    inline = read('[expect.schema]\ntype = "object"\n[expect.schema.properties.a]\ntype = "string"')
    assert read(write_toml(inline.write())) == inline
    assert not Checks.read({})
    assert Checks().write() == {}


@pytest.mark.parametrize(
    ("written", "field", "words"),
    [
        ("nedds = 'a'", "nedds", "try needs"),
        ("needs = 3", "needs", "name of a saved request"),
        ("take = 'a'", "take", "it is a table"),
        ("take.'a b' = '$'", "take.a b", "cannot be a variable"),
        ("take.a = '$.['", "take.a", "not a path"),
        ("expect.stat = 'answered'", "expect.stat", "try state"),
        ("expect.state = 'answred'", "expect.state", "try answered"),
        ("expect.state = 3", "expect.state", "answered"),
        ("expect.latency = 'soon'", "expect.latency", "not a duration"),
        ("expect.latency = 0", "expect.latency", "more than 0"),
        ("expect.schema = 3", "expect.schema", "a table"),
        ("expect.json.'$.a['  = 1", "expect.json.$.a[", "not a path"),
        ("expect.headers.a = {}", "expect.headers.a", "compares with nothing"),
        ("expect.headers.a = { like = 'x' }", "expect.headers.a", "not a comparison"),
        ("expect.headers.a = { matches = '(' }", "expect.headers.a", "not a pattern"),
        ("expect.replies = { above = 'x' }", "expect.replies", "needs a number"),
        ("expect.from = { type = 'text' }", "expect.from", "type needs one of"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(written: str, field: str, words: str) -> None:
    with pytest.raises(InvalidChecks) as told:
        read(written)
    assert told.value.field == field
    assert words in str(told.value)


def test_without_expectations_a_request_must_not_have_failed() -> None:
    assert faults("", answer()) == []
    assert faults("", answer(state=State.NO_RESPONDERS)) == [
        "state: expected answered, found no-responders"
    ]
    assert faults("expect.state = 'no-responders'", Answer(State.NO_RESPONDERS)) == []
    assert faults("expect.state = 'sent'", Answer(State.NONE)) == []


def test_all_that_can_be_expected_is_judged() -> None:
    head = b"NATS/1.0\r\nx-served-by: orders-2\r\nx-served-by: other\r\n\r\n"
    body = b'{"total": 8.5, "rows": [1, "a", {"b": "c"}], "name": "tea"}'
    good = """
        latency = "1 s"
        replies = 1
        from = "orders-1"
        headers.x-served-by = { matches = "^orders-" }
        json."$.total" = { above = 8, below = 9 }
        json."$.rows" = [1, "a", { b = "c" }]
        json."$.rows[2].b" = "c"
        json."length(rows)" = 3
        json."$.name" = { contains = "ea", length = 3, type = "string", not = "coffee" }
        json."$.gone" = { exists = false }
    """
    assert faults(f"[expect]\n{good}", answer(body, head=head)) == []
    bad = """
        latency = "1 ms"
        replies = 2
        from = "orders-2"
        headers.x-served-by = "orders-9"
        headers.gone = { exists = true }
        json."$.total" = 8.4
        json."$.name" = { type = "number" }
    """
    assert faults(f"[expect]\n{bad}", answer(body, head=head)) == [
        "latency: expected at most 1.0 ms, found 10.0 ms",
        "replies: expected 2, found 1 reply",
        'from: expected "orders-2", found "orders-1"',
        'header x-served-by: expected "orders-9", found "orders-2", "other"',
        "header gone: expected exists true, found no such header",
        "$.total: expected 8.4, found 8.5",
        '$.name: expected type "number", found "tea"',
    ]


def test_a_schema_is_checked_and_fetched_from_nowhere() -> None:
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    assert schema_fault(schema, {"n": 1}) == ""
    assert schema_fault(schema, {"n": "x"}) == "n is a text, not a whole number"
    told = faults("expect.schema = 'n.json'", answer(b'{"n": true}'), schema)
    found = "n is true or false, not a whole number"
    assert told == [f"schema: expected what n.json says, found {found}"]
    for where in ("http://127.0.0.1:1/a.json", "file:///etc/passwd", "https://x/a"):
        with pytest.raises(InvalidChecks, match="put it in the schema"):
            check_schema({"$ref": where})
    with pytest.raises(InvalidChecks, match="not a JSON schema"):
        check_schema({"type": "nonsense"})


def test_true_is_not_one_and_a_number_is_a_number() -> None:
    assert not ValueTests.read("a", 1).holds(True)
    assert ValueTests.read("a", 1).holds(1.0)
    assert not ValueTests.read("a", {"type": "number"}).holds(True)
    assert not ValueTests.read("a", {"above": 1}).holds("2")


def test_variables_are_taken_as_text() -> None:
    checks = read("take.token = '$.auth.token'\ntake.n = '$.n'\ntake.all = '$'\ntake.no = '$.no'")
    taken, missing = take(checks, answer(b'{"auth":{"token":"t-1"},"n":3}'))
    assert taken == {"token": "t-1", "n": "3", "all": '{"auth":{"token":"t-1"},"n":3}'}
    assert missing == ("take.no: there is nothing at $.no",)
    assert take(checks, answer(b"plain"))[0] == {}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_whatever_a_reply_holds_is_judged(value: Any) -> None:

    given = answer(json.dumps(value).encode())
    for written in ("expect.json.'$.a[0].b' = 1", "expect.json.'$' = { matches = 'x' }"):
        assert len(judge_answer(read(written).expect, given)) == 2
