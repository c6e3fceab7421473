"""What a service is, as its instances tell it: endpoints, figures, schemas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .schema import lay_out

Place = tuple[str, str]
"""An endpoint's name and subject."""


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
    reply_schema: Mapping[str, Any] | None = field(default=None, hash=False)
    """That of its replies."""
    stats: Stats | None = None

    @property
    def place(self) -> Place:
        """What it has in common with the same endpoint on another instance."""
        return self.name, self.subject

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
        return tuple(sorted({instance.version for instance in self.instances if instance.version}))

    @property
    def description(self) -> str:
        return next(
            (instance.description for instance in self.instances if instance.description), ""
        )

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Those of all instances, each once, with the figures of all added up."""
        found: dict[Place, Endpoint] = {}
        for endpoint in (
            endpoint for instance in self.instances for endpoint in instance.endpoints
        ):
            known = found.get(endpoint.place)
            found[endpoint.place] = _joined(known, endpoint) if known else endpoint
        return tuple(found.values())

    @property
    def differences(self) -> tuple[str, ...]:
        """What its instances do not agree on, a few words each; none is an error."""
        versions = Counter(instance.version or "none" for instance in self.instances)
        told = ", ".join(f"{version} ({count})" for version, count in sorted(versions.items()))
        words = [f"versions {told}"] if len(versions) > 1 else []
        by_place: dict[Place, list[Endpoint]] = {}
        for endpoint in (endpoint for each in self.instances for endpoint in each.endpoints):
            by_place.setdefault(endpoint.place, []).append(endpoint)
        total = len(self.instances)
        return (*words, *(word for same in by_place.values() for word in _differences(same, total)))


def _differences(same: Sequence[Endpoint], instances: int) -> Iterator[str]:
    """Of one endpoint, as those of so many instances that have it tell it."""
    name = same[0].name
    if len(same) < instances:
        yield f"{name}: on {len(same)} of {instances} instances"
    queues = sorted({endpoint.queue or "none" for endpoint in same})
    if len(queues) > 1:
        yield f"{name}: queues {', '.join(queues)}, and each of them answers"
    schemas = {repr(endpoint.schema) for endpoint in same}
    if len(schemas) > 1:
        yield f"{name}: {len(schemas)} schemas"


def completed(before: Endpoint, now: Endpoint) -> Endpoint:
    """INFO tells metadata and STATS the figures; together they are the endpoint."""
    return replace(
        before,
        queue=now.queue or before.queue,
        metadata=now.metadata or before.metadata,
        schema=now.schema or before.schema,
        reply_schema=now.reply_schema or before.reply_schema,
        stats=now.stats or before.stats,
    )


def _joined(one: Endpoint, other: Endpoint) -> Endpoint:
    if one.stats and other.stats:
        return replace(completed(one, other), stats=one.stats + other.stats)
    return completed(one, other)
