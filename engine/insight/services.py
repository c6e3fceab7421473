"""Services that answer `$SRV` (ADR-32): who they are, what they offer, how they do.

Every instance answers for itself, so what is asked is asked of all. Answers are hostile and
come from many libraries: what is null, absent or of another type counts as not said.
Source: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import NoResponders, RequestTimeout
from engine.rpc.broker import NatsBroker
from engine.rpc.message import NatsMessage

from .schema import lay_out

TIMEOUT = 2.0
"""Seconds that a discovery takes at most."""
GAP = 0.3
"""Seconds without another answer after which all have answered."""
MOST = 4096
"""Answers that are read."""
_SCHEMAS = ("requestschema", "schemarequest", "inputschema", "schemainput", "bodyschema")
_ANY_SCHEMA = (*_SCHEMAS, "schema", "jsonschema")


@dataclass(frozen=True, slots=True)
class Stats:
    """Since the instance started. Times are nanoseconds, as the service gave them."""

    requests: int = 0
    errors: int = 0
    last_error: str = ""
    processing_time: int = 0

    @property
    def average(self) -> float:
        """Seconds per request; 0 when there was none."""
        return self.processing_time / self.requests / 1e9 if self.requests else 0.0

    def __add__(self, other: Stats) -> Stats:
        return Stats(
            self.requests + other.requests,
            self.errors + other.errors,
            self.last_error or other.last_error,
            self.processing_time + other.processing_time,
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A subject that a service answers on; `stats` is None when it told none."""

    service: str
    name: str
    subject: str
    queue: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    """The JSON schema of its requests, where the metadata holds one."""
    stats: Stats | None = None

    def sample(self) -> Any:
        """A request's body as the schema lays it out; None without a schema."""
        return lay_out(self.schema) if self.schema is not None else None


@dataclass(frozen=True, slots=True)
class Instance:
    """One running copy of a service."""

    id: str
    version: str = ""
    description: str = ""
    started: str = ""
    """When, as the service wrote it: ISO 8601."""
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A name and the instances that go by it, sorted by id."""

    name: str
    instances: tuple[Instance, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        return tuple(sorted({one.version for one in self.instances if one.version}))

    @property
    def description(self) -> str:
        return next((one.description for one in self.instances if one.description), "")

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Those of all instances, each once, with the figures of all added up."""
        found: dict[tuple[str, str], Endpoint] = {}
        for one in (one for instance in self.instances for one in instance.endpoints):
            known = found.get((one.name, one.subject))
            found[one.name, one.subject] = _joined(known, one) if known else one
        return tuple(found.values())


async def discover(
    broker: NatsBroker, name: str = "", *, timeout: float = TIMEOUT, gap: float = GAP
) -> tuple[Service, ...]:
    """All services, or those called `name`, sorted by name; empty when none answers.

    Raises `Refused`, `LinkError`.
    """
    verbs = ("PING", "INFO", "STATS")
    asked = (_ask(broker, verb, name, timeout, gap) for verb in verbs)
    return gather(*await asyncio.gather(*asked))


async def _ask(
    broker: NatsBroker, verb: str, name: str, timeout: float, gap: float
) -> list[NatsMessage]:
    subject = f"$SRV.{verb}.{name}" if name else f"$SRV.{verb}"
    try:
        asked = broker.request_many(None, subject, timeout=timeout, gap=gap, count=MOST)
        return await asked.all()
    except (NoResponders, RequestTimeout):
        return []


# -- reading ---------------------------------------------------------------------------------


def gather(*answers: Iterable[NatsMessage]) -> tuple[Service, ...]:
    """Services from answers to PING, INFO and STATS, in this order, whatever they hold."""
    found: dict[tuple[str, str], Instance] = {}
    for answer in (answer for each in answers for answer in each):
        fields = _object(answer.body)
        name, number = _text(fields.get("name")), _text(fields.get("id"))
        if name:
            known = found.get((name, number), Instance(number))
            found[name, number] = _learned(known, name, fields)
    services: dict[str, list[Instance]] = {}
    for (name, _), instance in sorted(found.items()):
        services.setdefault(name, []).append(instance)
    return tuple(Service(name, tuple(ones)) for name, ones in services.items())


def _learned(known: Instance, service: str, fields: Mapping[str, Any]) -> Instance:
    """What was known of an instance, and what this answer adds."""
    return replace(
        known,
        version=_text(fields.get("version")) or known.version,
        description=_text(fields.get("description")) or known.description,
        started=_text(fields.get("started")) or known.started,
        metadata=_metadata(fields.get("metadata")) or known.metadata,
        endpoints=_endpoints(known, service, fields.get("endpoints")),
    )


def _endpoints(known: Instance, service: str, given: Any) -> tuple[Endpoint, ...]:
    found = {(one.name, one.subject): one for one in known.endpoints}
    for fields in given[:MOST] if isinstance(given, list) else ():
        read = _endpoint(service, fields) if isinstance(fields, dict) else None
        if read is None:
            continue
        before = found.get((read.name, read.subject))
        found[read.name, read.subject] = _completed(before, read) if before else read
    return tuple(found.values())


def _endpoint(service: str, fields: Mapping[str, Any]) -> Endpoint | None:
    subject = _text(fields.get("subject"))
    if not subject:
        return None
    metadata = _metadata(fields.get("metadata"))
    return Endpoint(
        service=service,
        name=_text(fields.get("name")) or subject,
        subject=subject,
        queue=_text(fields.get("queue_group")),
        metadata=metadata,
        schema=_schema({**metadata, "schema": fields.get("schema") or metadata.get("schema")}),
        stats=_stats(fields) if "num_requests" in fields else None,
    )


def _completed(before: Endpoint, now: Endpoint) -> Endpoint:
    """INFO tells metadata and STATS the figures; together they are the endpoint."""
    return replace(
        before,
        queue=now.queue or before.queue,
        metadata=now.metadata or before.metadata,
        schema=now.schema or before.schema,
        stats=now.stats or before.stats,
    )


def _joined(one: Endpoint, other: Endpoint) -> Endpoint:
    if one.stats and other.stats:
        return replace(_completed(one, other), stats=one.stats + other.stats)
    return _completed(one, other)


def _stats(fields: Mapping[str, Any]) -> Stats:
    return Stats(
        requests=_number(fields.get("num_requests")),
        errors=_number(fields.get("num_errors")),
        last_error=_text(fields.get("last_error")),
        processing_time=_number(fields.get("processing_time")),
    )


def _schema(metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema of requests, under whatever key it is kept."""
    by_key = {"".join(filter(str.isalnum, key)).lower(): one for key, one in metadata.items()}
    for key in _ANY_SCHEMA:
        given = by_key.get(key)
        schema = given if isinstance(given, dict) else _object(given)
        inner = schema.get("request") if key in ("schema", "jsonschema") else None
        if inner is not None and "type" not in schema:
            schema = inner if isinstance(inner, dict) else _object(inner)
        if schema:
            return schema
    return None


def _object(given: Any) -> dict[str, Any]:
    try:
        value = json.loads(given) if isinstance(given, bytes | str) else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _metadata(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    return {key: str(one) for key, one in given.items() if isinstance(one, str | int | float)}


def _text(given: Any) -> str:
    return given if isinstance(given, str) else ""


def _number(given: Any) -> int:
    fine = isinstance(given, int | float) and given == given and 0 <= given < 1 << 63
    return int(given) if fine else 0
