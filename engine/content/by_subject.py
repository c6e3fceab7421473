"""What the user set by subject pattern: which content, which type, which schema, which command.

The pattern that says most about a subject wins: `orders.create` before `orders.*` before
`orders.>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from engine.errors import InvalidSubject
from engine.pattern_index import PatternIndex
from engine.subject import check_subscribe

from .protobuf_types import ProtobufTypes

if TYPE_CHECKING:
    from .content import Side

Value = TypeVar("Value")
_WILD = {"*": 1, ">": 2}


class BySubject(Generic[Value]):
    """Values by pattern, found by a subject."""

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        self.values: dict[str, Value] = dict(values or {})
        self._index: PatternIndex[str] = PatternIndex()
        for pattern in self.values:
            self._index.add(pattern, pattern)

    def __bool__(self) -> bool:
        return bool(self.values)

    def find(self, subject: str) -> Value | None:
        """The value of the pattern that says most about the subject."""
        if not self.values or not subject:
            return None
        found = min(self._index.matching(subject), key=_vagueness, default=None)
        return None if found is None else self.values[found]


def _vagueness(pattern: str) -> tuple[int, ...]:
    return tuple(_WILD.get(token, 0) for token in pattern.split("."))


@dataclass(frozen=True, slots=True)
class PerSide:
    """A value for requests and one for replies; both the same where only one was written."""

    request: str = ""
    reply: str = ""

    def of(self, side: Side) -> str:
        return self.request if side.value == "request" else self.reply


@dataclass(frozen=True, slots=True)
class SubjectSettings:
    """The tables of the settings that are about bodies; each maps patterns to something."""

    contents: BySubject[str] = field(default_factory=BySubject)
    """Which content a body is, as "msgpack", "gzip>msgpack" or "protobuf:shop.Order"."""
    types: BySubject[PerSide] = field(default_factory=BySubject)
    """Full names of Protobuf messages."""
    protobuf: ProtobufTypes = field(default_factory=ProtobufTypes)
    """The messages that the user's files describe."""
    avro: BySubject[PerSide] = field(default_factory=BySubject)
    """Files with Avro schemas."""
    commands: BySubject[tuple[str, ...]] = field(default_factory=BySubject)
    """Programs that make text of a body, with their arguments."""
    schemas: BySubject[PerSide] = field(default_factory=BySubject)
    """Files with JSON schemas that bodies keep."""
    runs_commands: bool = True
    """False while the connection is read-only."""

    @property
    def names_nothing(self) -> bool:
        """True if what bodies are is guessed alone."""
        return not (self.contents or self.types or self.avro or self.protobuf.given)

    def without_commands(self) -> SubjectSettings:
        """For where too many bodies are looked at to run a program for each."""
        if not self.commands:
            return self
        return replace(self, commands=_NO_COMMANDS, runs_commands=False)


_NO_COMMANDS: BySubject[tuple[str, ...]] = BySubject()
NOTHING_SET = SubjectSettings()


def check_pattern(pattern: str) -> str:
    """What is wrong with a pattern of the settings, "" for nothing."""
    try:
        check_subscribe(pattern)
    except InvalidSubject as error:
        return f"{pattern!r} is not a subject pattern: {error.why}"
    return ""


def general_pattern(subject: str) -> str:
    """The subject with `*` for tokens that look like ids: those with a digit in them."""
    tokens = subject.split(".")
    return ".".join("*" if any(map(str.isdigit, token)) else token for token in tokens)


def per_side(value: Any) -> PerSide | None:
    """A text for both sides, or a table with `request` and `reply`; None for anything else."""
    if isinstance(value, str):
        return PerSide(value, value)
    if not isinstance(value, dict) or not value or not value.keys() <= {"request", "reply"}:
        return None
    texts = {name: text for name, text in value.items() if isinstance(text, str)}
    return PerSide(**texts) if len(texts) == len(value) else None
