"""The checks of a saved request: what it needs first, what it expects, and what it takes.

needs = "login"

[take]
token = "$.auth.token"

[expect]
state = "answered"
latency = "200 ms"
replies = 1
from = "orders-1"
schema = "order.schema.json"

[expect.headers]
x-served-by = { matches = "orders-" }

[expect.json]
"$.total" = 8.4
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from engine.durations import parse_duration, write_duration
from engine.errors import InvalidInput
from engine.journal.states import State
from engine.json_path import InvalidPath, check_path

from .comparison import ValueTests
from .invalid_checks import InvalidChecks

KEYS = ("needs", "take", "expect")
"""What of a file is not the request itself."""
EXPECT_KEYS = ("state", "latency", "replies", "from", "schema", "headers", "json")
SENT = "sent"
"""The state of what was published, and wants no reply."""
STATES = (SENT, *(state.slug for state in State if state.slug and state is not State.WAITING))
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
Compared = tuple[tuple[str, ValueTests], ...]
"""Names or paths, each with what is expected there."""


@dataclass(frozen=True, slots=True)
class Expectations:
    """What an answer is to be; "" , None and () expect nothing."""

    states: tuple[str, ...] = ()
    latency: float | None = None
    """Seconds until the first reply, at most."""
    replies: ValueTests | None = None
    who: ValueTests | None = None
    """The name of the client that answered."""
    schema: str | Mapping[str, Any] | None = field(default=None, hash=False)
    """A JSON schema, or the name of a file beside the request that holds one."""
    headers: Compared = ()
    json: Compared = ()

    def __bool__(self) -> bool:
        return self != NO_EXPECTATIONS


NO_EXPECTATIONS = Expectations()


def count_expectations(expect: Expectations) -> int:
    """How many things must hold."""
    single = (expect.states, expect.latency, expect.replies, expect.who, expect.schema)
    given = sum(each not in ((), None) for each in single)
    return given + len(expect.headers) + len(expect.json)


@dataclass(frozen=True, slots=True)
class Checks:
    """`takes` are pairs of a variable and a path; `needs` are names in the collection."""

    needs: tuple[str, ...] = ()
    takes: tuple[tuple[str, str], ...] = ()
    expect: Expectations = NO_EXPECTATIONS

    def __bool__(self) -> bool:
        return self != NO_CHECKS

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Checks:
        """From plain values as TOML has them; raises `InvalidChecks` that names the field."""
        for key in given:
            if key not in KEYS:
                raise InvalidChecks(key, _unknown(key, KEYS))
        return cls(
            _read_needs(given.get("needs", [])),
            tuple(_read_takes(_table("take", given.get("take", {})))),
            _read_expect(_table("expect", given.get("expect", {}))),
        )

    def write(self) -> dict[str, Any]:
        """Plain values that `read` takes; what is not set is left out."""
        written: dict[str, Any] = {}
        if self.needs:
            written["needs"] = self.needs[0] if len(self.needs) == 1 else list(self.needs)
        if self.takes:
            written["take"] = dict(self.takes)
        if self.expect:
            written["expect"] = dict(_write_expect(self.expect))
        return written


NO_CHECKS = Checks()


# -- reading -----------------------------------------------------------------------------------


def _unknown(key: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(key, known, 1)
    return f"natstap knows no such field: try {near[0] if near else ', '.join(known)}"


def _table(name: str, given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise InvalidChecks(name, f"it is a table: write [{name}]")
    return given


def _read_needs(given: Any) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise InvalidChecks("needs", 'it is the name of a saved request, such as "login"')
    return tuple(names)


def _read_takes(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, path in given.items():
        where = f"take.{name}"
        if not _VARIABLE.fullmatch(name):
            raise InvalidChecks(where, "this cannot be a variable's name")
        if not isinstance(path, str) or not path:
            raise InvalidChecks(where, 'it is a path in the reply, such as "$.auth.token"')
        _check_path(where, path)
        yield name, path


def _read_expect(given: Mapping[str, Any]) -> Expectations:
    for key in given:
        if key not in EXPECT_KEYS:
            raise InvalidChecks(f"expect.{key}", _unknown(key, EXPECT_KEYS))
    headers = _table("expect.headers", given.get("headers", {}))
    paths = _table("expect.json", given.get("json", {}))
    for path in paths:
        _check_path(f"expect.json.{path}", path)
    return Expectations(
        _read_states(given.get("state", [])),
        _read_latency(given.get("latency")),
        _read_comparison("expect.replies", given.get("replies")),
        _read_comparison("expect.from", given.get("from")),
        _read_schema(given.get("schema")),
        tuple((name, ValueTests.read(f"expect.headers.{name}", headers[name])) for name in headers),
        tuple((path, ValueTests.read(f"expect.json.{path}", paths[path])) for path in paths),
    )


def _read_states(given: Any) -> tuple[str, ...]:
    states = [given] if isinstance(given, str) else given
    for state in states if isinstance(states, list) else [states]:
        if state not in STATES:
            near = get_close_matches(str(state), STATES, 1)
            raise InvalidChecks("expect.state", f"try {near[0] if near else ', '.join(STATES)}")
    return tuple(states)


def _read_latency(given: Any) -> float | None:
    if given is None:
        return None
    try:
        seconds = parse_duration(str(given))
    except InvalidInput as error:
        raise InvalidChecks("expect.latency", str(error)) from None
    if isinstance(given, bool) or seconds <= 0:
        raise InvalidChecks("expect.latency", 'it is a time of more than 0, such as "200 ms"')
    return seconds


def _read_comparison(where: str, given: Any) -> ValueTests | None:
    return None if given is None else ValueTests.read(where, given)


def _read_schema(given: Any) -> str | Mapping[str, Any] | None:
    if given is None or isinstance(given, str | Mapping):
        return given or None
    raise InvalidChecks("expect.schema", "it is a table, or the name of a file")


def _check_path(where: str, path: str) -> None:
    try:
        check_path(path)
    except InvalidPath as error:
        raise InvalidChecks(where, str(error)) from None


# -- writing -----------------------------------------------------------------------------------


def _write_expect(expect: Expectations) -> Iterator[tuple[str, Any]]:
    if expect.states:
        yield "state", expect.states[0] if len(expect.states) == 1 else list(expect.states)
    if expect.latency is not None:
        yield "latency", write_duration(expect.latency)
    if expect.replies is not None:
        yield "replies", expect.replies.write()
    if expect.who is not None:
        yield "from", expect.who.write()
    if expect.schema is not None:
        yield "schema", expect.schema
    for name, compared in (("headers", expect.headers), ("json", expect.json)):
        if compared:
            yield name, {key: comparison.write() for key, comparison in compared}
