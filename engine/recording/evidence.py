"""What was found out beyond the messages: who is who, who listened, why an exchange failed.

A recording keeps it as it was found, for nobody can be asked again. What it is made of are the
engine's own dataclasses, as JSON.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from engine.audience.audience import Audience
from engine.clients.connections import Roster
from engine.clients.names import Names
from engine.content.content import Side
from engine.diagnosis.result import Diagnosis
from engine.journal import Journal, State
from engine.journal.walk import open_requests
from engine.schemas.schemas import Schemas, ServiceSchema
from engine.tracing.path import Path
from engine.watching.hearing import Hearing

from .lines import Line, raw

_SLICE_SECONDS = 0.005
"""Seconds of one look at open requests."""
_TURN = 64
"""Requests between two looks at the clock."""
_MAX_OPEN = 1 << 16
_OPEN = (State.WAITING, State.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class FoundDiagnosis:
    """Why exchange `of` went as it went, and how it stood when that was found."""

    of: int
    state: str
    diagnosis: Diagnosis
    alone: bool = False
    unheard: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True)
class FoundAudience:
    """Who listened when a request was sent."""

    of: int
    audience: Audience


@dataclass(frozen=True, slots=True)
class FoundPath:
    """Which way a traced request took."""

    of: int
    path: Path


@dataclass(frozen=True, slots=True)
class FoundEnds:
    """Who asked, and who answered, by name."""

    of: int
    asker: str
    answerer: str


@dataclass(frozen=True, slots=True)
class FoundWord:
    """What came of acknowledging a message that a stream delivered."""

    of: int
    words: str


@dataclass(frozen=True, slots=True)
class FoundNames:
    """Who was connected at `at` (seconds since the epoch), and what each listened to."""

    at: float
    roster: Roster
    own: tuple[str, int] | None = None
    """The server's id and the cid of natstap's own connection."""


@dataclass(frozen=True, slots=True)
class FoundAskers:
    """Whose the inboxes are that were seen: clients that are gone are not among the connected."""

    inboxes: dict[str, tuple[str, str]]
    """By pattern: the owner's name, and the one that tells it from others."""


@dataclass(frozen=True, slots=True)
class FoundHearsay:
    """Requests that only natstap heard, and those whose answer it may not have heard."""

    alone: tuple[int, ...] = ()
    unheard: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundOwner:
    """A client whose inbox was watched."""

    title: str
    inboxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundSchemas:
    """What services told that their requests and replies keep, by subject and side."""

    told: dict[str, dict[Side, ServiceSchema]]


KINDS: dict[str, type[Any]] = {
    "diagnosis": FoundDiagnosis,
    "audience": FoundAudience,
    "path": FoundPath,
    "ends": FoundEnds,
    "acknowledged": FoundWord,
    "names": FoundNames,
    "askers": FoundAskers,
    "hearsay": FoundHearsay,
    "owner": FoundOwner,
    "schemas": FoundSchemas,
}
"""By `Line.found`."""


class Finding(NamedTuple):
    """Something found out. It is written again when `token` is another one for the same `key`."""

    kind: str
    key: object
    token: object
    make: Callable[[], object]
    """Gives one of `KINDS`."""


class Evidence:
    """Which findings are new since they were written."""

    def __init__(self, gather: Callable[[], Iterable[Finding]]) -> None:
        self._gather = gather
        self._told: dict[tuple[str, object], object] = {}

    def begin_file(self) -> None:
        self._told.clear()

    def news(self) -> list[Line]:
        lines, told = [], {}
        for kind, key, token, make in self._gather():
            told[kind, key] = token
            if (kind, key) not in self._told or self._told[kind, key] != token:
                lines.append(Line(found=kind, value=raw(make())))
        self._told = told
        return lines


@dataclass(slots=True)
class SessionFindings:
    """What a session knows of others: names, and what its watches heard alone."""

    journal: Journal
    names: Names
    hearing: Hearing
    schemas: Schemas = field(default_factory=Schemas)
    _next: int = 1
    _open: dict[int, bool] = field(default_factory=dict)
    """Requests without an answer, and whether it was told that it may have gone by unheard."""
    _hearsay: list[tuple[int, FoundHearsay]] = field(default_factory=list)

    def __call__(self) -> Iterator[Finding]:
        names, found = self.names, self.names.found
        if askers := names.askers:  # once for a file: who comes later is told by the next names
            yield Finding("askers", 0, 0, lambda: FoundAskers(dict(askers)))
        if found.connections:
            at, own = names.looked_at or time.time(), names.own
            yield Finding("names", 0, names.version, lambda: FoundNames(at, found, own))
        for title, inboxes in self.hearing.inbox_owners():
            yield Finding("owner", title, inboxes, lambda t=title, i=inboxes: FoundOwner(t, i))  # type: ignore[misc]
        if (schemas := self.schemas).looks:
            yield Finding("schemas", 0, schemas.looks, lambda: FoundSchemas(schemas.told))
        self._look()
        for number, hearsay in self._hearsay:
            yield Finding("hearsay", number, 0, lambda h=hearsay: h)  # type: ignore[misc]

    def _look(self) -> None:
        """Ask about open requests, for a few milliseconds.

        What is not known of one yet may be known later: it is asked about again and again.
        """
        begin = max(self._next, self.journal.first)
        for number in open_requests(self.journal, begin, self.journal.next):
            self._open[number] = False
            if len(self._open) > _MAX_OPEN:
                del self._open[next(iter(self._open))]
        self._next = self.journal.next
        alone, unheard = self._ask()
        if alone or unheard:
            self._hearsay.append((len(self._hearsay), FoundHearsay(tuple(alone), tuple(unheard))))

    def _ask(self) -> tuple[list[int], list[int]]:
        deadline = time.perf_counter() + _SLICE_SECONDS
        alone: list[int] = []
        unheard: list[int] = []
        for count, number in enumerate(list(self._open), 1):
            told = self._open.pop(number)
            if number not in self.journal or self.journal.state(number) not in _OPEN:
                continue
            if self.hearing.heard_alone(number):
                alone.append(number)
                continue
            if not told and self.hearing.missed_the_answer(number):
                unheard.append(number)
                told = True
            self._open[number] = told
            if not count % _TURN and time.perf_counter() >= deadline:
                break
        return alone, unheard


def teach(names: Names, findings: Iterable[object]) -> None:
    """Let names know who was known then."""
    for found in findings:
        match found:
            case FoundAskers():
                names.remember(found.inboxes)
            case FoundNames():
                names.learn(found.roster, at=found.at, own=found.own)


def teach_schemas(schemas: Schemas, findings: Iterable[object]) -> None:
    """Let schemas be known that services told then."""
    for found in findings:
        if isinstance(found, FoundSchemas):
            schemas.learn_again(found.told)


def decode_finding(kind: str, value: msgspec.Raw) -> Any:
    """One of `KINDS`; None for a kind that this natstap does not know. Raises ValueError."""
    wanted = KINDS.get(kind)
    return None if wanted is None else msgspec.json.decode(value, type=wanted)
