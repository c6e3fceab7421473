"""The census: what discoveries told one after another; who is gone, and which figures rise.

It is told what was found and when, and does no I/O. An instance that no longer answers stays
in it, marked, until it is forgotten on purpose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .service import Endpoint, Instance, Place, Service

MAX_GONE = 1000
"""Instances that are gone and still kept; the ones that went first make way."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Between the last two looks, per second."""

    requests: float = 0.0
    errors: float = 0.0


@dataclass(frozen=True, slots=True)
class SeenInstance:
    """An instance as it last answered; times are seconds on the caller's clock."""

    service: str
    instance: Instance
    at: float
    gone: float | None = None
    """When it was first missing, None while it answers."""
    rates: Mapping[Place, Rates] = field(default_factory=dict, hash=False)


class Census:
    def __init__(self) -> None:
        self._seen: dict[str, dict[str, SeenInstance]] = {}
        """By service and id."""
        self._rates: dict[str, Mapping[Place, Rates]] = {}
        """Those that were asked for since the last look."""

    def take(self, found: Iterable[Service], at: float) -> None:
        """Take up what a discovery found at `at`."""
        self._rates = {}
        now: dict[str, dict[str, Instance]] = {}
        for service in found:
            now.setdefault(service.name, {}).update((each.id, each) for each in service.instances)
        before = self._seen
        self._seen = {
            name: _taken(name, before.get(name, {}), now.get(name, {}), at)
            for name in sorted(before.keys() | now.keys())
        }
        missing = [
            each for ones in self._seen.values() for each in ones.values() if each.gone is not None
        ]
        for late in sorted(missing, key=lambda one: one.gone or 0.0)[:-MAX_GONE]:
            del self._seen[late.service][late.instance.id]
        self._seen = {name: ones for name, ones in self._seen.items() if ones}

    def forget_gone(self) -> None:
        here = {
            name: {number: instance for number, instance in ones.items() if instance.gone is None}
            for name, ones in self._seen.items()
        }
        self._seen = {name: ones for name, ones in here.items() if ones}

    @property
    def services(self) -> tuple[Service, ...]:
        """All services by name, those that are gone among them."""
        return tuple(
            Service(name, tuple(instance.instance for instance in ones.values()))
            for name, ones in self._seen.items()
        )

    def instances(self, service: str) -> tuple[SeenInstance, ...]:
        """The instances of a service, by id."""
        return tuple(self._seen.get(service, {}).values())

    def gone(self, service: str) -> int:
        """How many of its instances are gone."""
        return sum(instance.gone is not None for instance in self.instances(service))

    def rates(self, service: str) -> Rates:
        """Of all its endpoints on all instances together."""
        every = self.rates_by_place(service).values()
        return Rates(sum(rates.requests for rates in every), sum(rates.errors for rates in every))

    def rates_by_place(self, service: str) -> Mapping[Place, Rates]:
        """Of each of its endpoints, on all instances together."""
        if service not in self._rates:
            self._rates[service] = _added(self.instances(service))
        return self._rates[service]


def _added(instances: Iterable[SeenInstance]) -> dict[Place, Rates]:
    requests: dict[Place, float] = defaultdict(float)
    errors: dict[Place, float] = defaultdict(float)
    for instance in instances:
        for place, rates in instance.rates.items():
            requests[place] += rates.requests
            errors[place] += rates.errors
    return {place: Rates(requests[place], errors[place]) for place in requests}


def _taken(
    service: str, before: Mapping[str, SeenInstance], now: Mapping[str, Instance], at: float
) -> dict[str, SeenInstance]:
    """The instances of one service, by id, as they are now."""
    return {
        number: _seen(before.get(number), service, now[number], at)
        if number in now
        else _missing(before[number], at)
        for number in sorted(before.keys() | now.keys())
    }


def _seen(before: SeenInstance | None, service: str, instance: Instance, at: float) -> SeenInstance:
    if before is None or before.gone is not None or at <= before.at:
        return SeenInstance(service, instance, at)
    old = {endpoint.place: endpoint for endpoint in before.instance.endpoints}
    rates = {
        endpoint.place: _rose(old[endpoint.place], endpoint, at - before.at)
        for endpoint in instance.endpoints
        if endpoint.place in old
    }
    return SeenInstance(service, instance, at, rates=rates)


def _rose(before: Endpoint, now: Endpoint, seconds: float) -> Rates:
    """Figures that fell were reset, and tell nothing."""
    if before.stats is None or now.stats is None:
        return Rates()
    requests = max(0, now.stats.requests - before.stats.requests)
    errors = max(0, now.stats.errors - before.stats.errors)
    return Rates(requests / seconds, errors / seconds)


def _missing(one: SeenInstance, at: float) -> SeenInstance:
    return one if one.gone is not None else replace(one, gone=at, rates={})
