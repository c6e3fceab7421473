"""Judging an answer by what was expected of it; and what is taken from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import ContentError
from engine.fields import read_json
from engine.journal.states import State
from engine.json_path import InvalidPath, find_path
from engine.latency_words import span
from engine.message import Message
from engine.words import counted, short

from .answer import Answer
from .checks import SENT, Checks, Compared, Expectations
from .comparison import shown
from .schema import schema_fault

MAX_CHECKED = 8 << 20
"""Bytes of a reply that are read as JSON."""
NOT_JSON = object()
NO_REPLY = "no reply"


@dataclass(frozen=True, slots=True)
class Judged:
    """One expectation: where it stands, whether it holds, and what was expected and found."""

    field: str
    holds: bool
    expected: str = ""
    found: str = ""

    @property
    def sentence(self) -> str:
        """Such as: $.total: expected 8.4, found 8.5."""
        if self.holds:
            return f"{self.field}: {self.expected}"
        return f"{self.field}: expected {self.expected}, found {self.found}"


def judge_answer(
    expect: Expectations, answer: Answer, schema: Mapping[str, Any] | None = None
) -> tuple[Judged, ...]:
    """Every expectation, the state first; `schema` is the one that `expect` names.

    Where no state is expected, the request must not have failed.
    """
    body = read_body(answer)
    return (
        _judge_state(expect, answer),
        *_judge_latency(expect, answer),
        *_judge_count(expect, answer),
        *_judge_who(expect, answer),
        *_judge_headers(expect.headers, answer),
        *_judge_json(expect.json, answer, body),
        *_judge_schema(expect, schema, answer, body),
    )


def read_body(answer: Answer) -> Any:
    """The first reply's values, as JSON has them; `NOT_JSON` where there are none."""
    body = answer.replies[0].body if answer.replies else b""
    if not body or len(body) > MAX_CHECKED:
        return NOT_JSON
    try:
        return read_json(body)
    except ValueError:
        return _read_other(answer.replies[0])


def _read_other(reply: Message) -> Any:
    """What is written otherwise, as MessagePack or packed, and has values like JSON's."""
    from engine.content.content import Envelope, Side
    from engine.content.reading import read

    reading = read(reply.body, Envelope(headers=reply.headers, side=Side.REPLY))
    if reading.error is not None or (reading.tree is None and reading.form != "json"):
        return NOT_JSON
    try:
        return reading.value()
    except ContentError:
        return NOT_JSON


def _judge_state(expect: Expectations, answer: Answer) -> Judged:
    found = answer.state.slug or SENT
    if expect.states:
        return Judged("state", found in expect.states, " or ".join(expect.states), found)
    bad = answer.state.failed or answer.state is State.PARTLY
    return Judged("state", not bad, "answered", found)


def _judge_latency(expect: Expectations, answer: Answer) -> Iterator[Judged]:
    if expect.latency is not None:
        took = answer.latency
        holds = took is not None and took <= expect.latency
        found = NO_REPLY if took is None else span(took)
        yield Judged("latency", holds, f"at most {span(expect.latency)}", found)


def _judge_count(expect: Expectations, answer: Answer) -> Iterator[Judged]:
    if expect.replies is not None:
        count = len(answer.replies)
        found = counted(count, "reply", "replies")
        yield Judged("replies", expect.replies.holds(count), str(expect.replies), found)


def _judge_who(expect: Expectations, answer: Answer) -> Iterator[Judged]:
    if expect.who is not None:
        found = shown(answer.who) if answer.who else answer.why_unknown
        holds = bool(answer.who) and expect.who.holds(answer.who)
        yield Judged("from", holds, str(expect.who), found)


def _judge_headers(expected: Compared, answer: Answer) -> Iterator[Judged]:
    headers = answer.replies[0].headers if answer.replies else None
    for name, comparison in expected:
        values: list[Any] = headers.get_all(name) if headers is not None else []
        holds = any(comparison.holds(value) for value in values or [None])
        found = ", ".join(map(shown, values)) or ("no such header" if answer.replies else NO_REPLY)
        yield Judged(f"header {short(name)}", holds, str(comparison), found)


def _no_json(answer: Answer) -> str:
    return "a reply that is not JSON" if answer.replies else NO_REPLY


def _judge_json(expected: Compared, answer: Answer, body: Any) -> Iterator[Judged]:
    for path, comparison in expected:
        if body is NOT_JSON:
            yield Judged(short(path), False, str(comparison), _no_json(answer))
            continue
        try:
            found = find_path(body, path)
        except InvalidPath as error:
            yield Judged(short(path), False, str(comparison), str(error))
            continue
        yield Judged(short(path), comparison.holds(found), str(comparison), shown(found))


def _judge_schema(
    expect: Expectations, schema: Mapping[str, Any] | None, answer: Answer, body: Any
) -> Iterator[Judged]:
    if expect.schema is not None and schema is not None:
        named = expect.schema if isinstance(expect.schema, str) else "the schema"
        fault = _no_json(answer) if body is NOT_JSON else schema_fault(schema, body)
        yield Judged("schema", not fault, f"what {named} says", fault)


def take(checks: Checks, answer: Answer) -> tuple[dict[str, str], tuple[str, ...]]:
    """The variables that a reply gives, and why others could not be taken."""
    body, taken, missing = read_body(answer), {}, []
    for name, path in checks.takes:
        found = None if body is NOT_JSON else find_path(body, path)
        if found is None:
            missing.append(f"take.{name}: there is nothing at {path}")
        else:
            taken[name] = found if isinstance(found, str) else shown_whole(found)
    return taken, tuple(missing)


def shown_whole(value: Any) -> str:
    """A value as the text that a template puts in its place."""
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
