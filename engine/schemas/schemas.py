"""Which schema a message has to keep, and whether it does.

From a file that the settings name, else pinned by the user, else from the metadata of the service
that has the subject as its endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from engine.content.by_subject import NOTHING_SET, BySubject, SubjectSettings, check_pattern
from engine.content.coded import reading_of
from engine.content.content import Side
from engine.errors import ContentError
from engine.fields import read_json
from engine.journal import Exchange, Journal, State
from engine.message import Message
from engine.services.service import Service

from .learned import LEARNED, drift
from .schema import Schema
from .words import told

MAX_CHECKED = 256 << 10
"""Bytes of a body that is checked."""
MAX_SCHEMA = 256 << 10
MAX_PINNED = 50
_MAX_KEPT = 4096
"""Exchanges of which is kept what was found."""
_PINNED = "the pinned shape"
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedBody:
    """What came of checking one body."""

    source: str
    """Whose schema it is."""
    breaches: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    """What is new against a shape that was learned."""

    @property
    def words(self) -> str:
        """A sentence on it, "" where all is well."""
        if self.breaches:
            return f"It breaks {self.source}: {told(self.breaches)}."
        return f"It differs from {self.source}: {told(self.drift)}." if self.drift else ""


class ServiceSchema(NamedTuple):
    """What a service tells of one side of an endpoint."""

    source: str
    raw: dict[str, Any]


class Schemas:
    """`settings` gives what the user set; `pinned` is by pattern and side."""

    def __init__(
        self,
        settings: Callable[[], SubjectSettings] = lambda: NOTHING_SET,
        pinned: Mapping[str, Mapping[str, Raw]] | None = None,
    ) -> None:
        self._settings = settings
        self.pinned: dict[str, dict[str, Raw]] = {}
        self.restore(pinned or {})
        self.changed: dict[tuple[str, str], Raw | None] = {}
        """What was pinned since the start, by pattern and side; None for what no longer is."""
        self.looks = 0
        """Counts the looks after which services told something else."""
        self._services: dict[str, dict[Side, Schema]] = {}
        self._found: dict[tuple[int, int], str] = {}
        self._files: dict[str, Schema | None] = {}

    def restore(self, pinned: Mapping[str, Any]) -> None:
        """Pin what was pinned in another run; what cannot be is left out."""
        known = {side.value for side in Side}
        for pattern, sides in pinned.items():
            if check_pattern(pattern) or not isinstance(sides, Mapping):
                continue
            usable: dict[str, Raw] = {
                side: raw for side, raw in sides.items() if side in known and isinstance(raw, dict)
            }
            if usable:
                self.pinned[pattern] = usable

    # -- learning ----------------------------------------------------------------------------

    def learn(self, services: Iterable[Service]) -> None:
        """Take up the schemas that services tell of their endpoints."""
        found: dict[str, dict[Side, Schema]] = {}
        for service in services:
            for endpoint in service.endpoints:
                source = f"the schema of service {service.name}"
                sides = {Side.REQUEST: endpoint.schema, Side.REPLY: endpoint.reply_schema}
                known = {side: Schema(raw, source) for side, raw in sides.items() if raw}
                if known:
                    found[endpoint.subject] = known
        self._take(found)

    def learn_again(self, told: Mapping[str, Mapping[Side, ServiceSchema]]) -> None:
        """Take up what was `told` in another session."""
        self._take(
            {
                subject: {side: Schema(each.raw, each.source) for side, each in sides.items()}
                for subject, sides in told.items()
            }
        )

    @property
    def told(self) -> dict[str, dict[Side, ServiceSchema]]:
        """What services told, by subject."""
        return {
            subject: {
                side: ServiceSchema(each.source, dict(each.raw))
                for side, each in sides.items()
                if isinstance(each.raw, Mapping)
            }
            for subject, sides in self._services.items()
        }

    def _take(self, found: dict[str, dict[Side, Schema]]) -> None:
        if _raws(found) != _raws(self._services):
            self._services = found
            self.looks += 1
            self._change()

    def pin(self, pattern: str, side: Side, raw: Raw | None) -> None:
        """Keep a schema for these subjects; None to keep none any more."""
        self.changed[pattern, side.value] = raw
        sides = self.pinned.setdefault(pattern, {})
        sides.pop(side.value, None)
        if raw is not None:
            sides[side.value] = raw
        if not sides:
            del self.pinned[pattern]
        while len(self.pinned) > MAX_PINNED:
            del self.pinned[next(iter(self.pinned))]
        self._change()

    def _change(self) -> None:
        self._found.clear()
        for name in ("_by_pin", "_by_service"):
            self.__dict__.pop(name, None)

    # -- finding -----------------------------------------------------------------------------

    @property
    def any(self) -> bool:
        """False while there is no schema at all."""
        return bool(self.pinned or self._services or self._settings().schemas)

    def of(self, subject: str, side: Side) -> Schema | None:
        """The schema that a message has to keep; None where there is none, or it is unusable."""
        named = self._settings().schemas.find(subject)
        if named is not None and (path := named.of(side)):
            return self._from_file(path)
        pinned = self._by_pin.find(subject)
        if pinned is not None and side in pinned:
            return pinned[side]
        told_of = self._by_service.find(subject)
        return told_of.get(side) if told_of is not None else None

    @cached_property
    def _by_pin(self) -> BySubject[dict[Side, Schema]]:
        def schemas_of(sides: Mapping[str, Raw]) -> dict[Side, Schema]:
            return {Side(side): Schema(raw, _PINNED) for side, raw in sides.items()}

        return BySubject({pattern: schemas_of(sides) for pattern, sides in self.pinned.items()})

    @cached_property
    def _by_service(self) -> BySubject[dict[Side, Schema]]:
        return BySubject(self._services)

    def _from_file(self, path: str) -> Schema | None:
        if path not in self._files:
            self._files[path] = _read(path)[0]
        return self._files[path]

    # -- checking ----------------------------------------------------------------------------

    def check(self, message: Message, subject: str, side: Side) -> CheckedBody | None:
        """Whether a message keeps its schema; None where it has none, or is too large."""
        schema = self.of(subject, side)
        if schema is None or len(message.body) > MAX_CHECKED:
            return None
        if not message.body:
            empty = () if not schema.breaches(None) else ("the body is empty",)
            return CheckedBody(schema.source, empty)
        try:
            value = reading_of(message, self._settings(), subject, side).value()
        except ContentError:
            return CheckedBody(schema.source, ("the body has no values",))
        new = drift(schema.raw, value) if LEARNED in _keys(schema.raw) else ()
        return CheckedBody(schema.source, schema.breaches(value), new)

    def breach(self, journal: Journal, exchange: Exchange) -> str:
        """What in an exchange breaks its schema, in words; "" for nothing.

        Only an answer is checked that is none of an error, and the request of any exchange.
        """
        if not self.any:
            return ""
        key = exchange.number, len(exchange.replies)
        if key not in self._found:
            if len(self._found) >= _MAX_KEPT:
                self._found.clear()
            self._found[key] = self.find_breach(journal, exchange)
        return self._found[key]

    def find_breach(self, journal: Journal, exchange: Exchange) -> str:
        """The same, of any journal."""
        answered = exchange.state in (State.ANSWERED, State.PARTLY, State.LATE)
        if answered:
            for number in exchange.replies[:_MAX_REPLIES]:
                if number in journal and (found := self._told(journal, number, exchange.subject)):
                    return found
        if exchange.number not in journal:
            return ""
        request = journal.message(exchange.number)
        checked = self.check(request, exchange.subject, Side.REQUEST)
        return f"in the request {told(checked.breaches)}" if checked and checked.breaches else ""

    def _told(self, journal: Journal, number: int, subject: str) -> str:
        reply = journal.message(number)
        if reply.status or reply.subject == subject:
            return ""
        checked = self.check(reply, subject, Side.REPLY)
        return told(checked.breaches) if checked is not None else ""


_MAX_REPLIES = 4
"""Replies of one exchange that are checked."""


def file_problems(settings: SubjectSettings) -> list[tuple[str, str]]:
    """Settings whose files of schemas cannot be used, and why."""
    found = []
    for pattern, sides in settings.schemas.values.items():
        for path in dict.fromkeys(filter(None, (sides.request, sides.reply))):
            if wrong := _read(path)[1]:
                found.append((f"schemas.{pattern}", wrong))
    return found


def _read(path: str) -> tuple[Schema | None, str]:
    """The schema in a file, and what is wrong with it."""
    file = Path(path).expanduser()
    try:
        with file.open("rb") as opened:
            raw = read_json(opened.read(MAX_SCHEMA))
    except OSError as error:
        return None, f"{file}: {error.strerror}"
    except ValueError as error:
        return None, f"{file} is not JSON: {error}"
    if not isinstance(raw, dict):
        return None, f"{file} is not a JSON schema: it is no object"
    schema = Schema(raw, f"the schema {file.name}")
    if trouble := schema.trouble:
        return None, f"{file} is not a JSON schema: {trouble}"
    return schema, ""


def _raws(known: Mapping[str, Mapping[Side, Schema]]) -> dict[str, dict[Side, Any]]:
    return {
        subject: {side: schema.raw for side, schema in sides.items()}
        for subject, sides in known.items()
    }


def _keys(raw: Any) -> Any:
    return raw if isinstance(raw, Mapping) else ()
