"""The rows of the services screen: a service, an endpoint, in columns."""

from __future__ import annotations

from collections.abc import Iterator

from engine.services.service import Endpoint, Service, Stats
from engine.services.service_registry import Census, Rates
from engine.words import counted
from tui.kit.rows import duration
from tui.table.table import Cell, Column, Row

NONE = "–"

SERVICE_COLUMNS = (
    Column("service", 10, grow=True),
    Column("version", 7, rank=3),
    Column("instances", 9),
    Column("endp.", 5, right=True, rank=2),
    Column("requests", 8, right=True, rank=1),
    Column("req/s", 6, right=True, rank=5),
    Column("errors", 6, right=True),
    Column("err/s", 6, right=True, rank=6),
)
ENDPOINTS = (
    Column("endpoint", 12),
    Column("subject", 14, grow=True),
    Column("queue", 10, rank=6),
    Column("requests", 8, right=True, rank=2),
    Column("req/s", 6, right=True, rank=1),
    Column("errors", 6, right=True),
    Column("err %", 6, right=True, rank=4),
    Column("err/s", 6, right=True, rank=5),
    Column("average", 8, right=True, rank=3),
)


def service_row(service: Service, census: Census) -> Row:
    endpoints = service.endpoints
    total = sum((endpoint.stats for endpoint in endpoints if endpoint.stats), Stats())
    rates = census.rates(service.name)
    gone = census.gone(service.name)
    here = len(service.instances) - gone
    cells = (
        Cell(service.name, "" if here else "muted"),
        Cell(version(service), "warn" if len(service.versions) > 1 else ""),
        Cell(instances(here, gone), "warn" if gone else ""),
        Cell(f"{len(endpoints):,}"),
        Cell(f"{total.requests:,}"),
        Cell(rate(rates.requests), "active"),
        Cell(f"{total.errors:,}" if total.errors else NONE, "bad" if total.errors else "muted"),
        Cell(rate(rates.errors), "bad" if rates.errors else "muted"),
    )
    return Row(service.name, cells)


def endpoint_row(endpoint: Endpoint, rates: Rates) -> Row:
    stats = endpoint.stats or Stats()
    bad = "bad" if stats.errors else "muted"
    cells = (
        Cell(endpoint.name),
        Cell(endpoint.subject),
        Cell(endpoint.queue or NONE, "" if endpoint.queue else "muted"),
        Cell(f"{stats.requests:,}" if endpoint.stats else NONE),
        Cell(rate(rates.requests), "active"),
        Cell(f"{stats.errors:,}" if stats.errors else NONE, bad),
        Cell(share(stats), bad),
        Cell(rate(rates.errors), "bad" if rates.errors else "muted"),
        Cell(average(stats)),
    )
    return Row(endpoint.place, cells)


def counts(every: tuple[Service, ...], census: Census) -> Iterator[str]:
    """All of them in figures, the most telling first."""
    if not every:
        yield "no services"
        return
    gone = sum(census.gone(service.name) for service in every)
    yield counted(len(every), "service")
    here = counted(sum(len(service.instances) for service in every) - gone, "instance")
    yield f"{here}, {gone:,} gone" if gone else here
    yield counted(sum(len(service.endpoints) for service in every), "endpoint")
    rates = [census.rates(service.name) for service in every]
    yield f"{rate(sum(of.requests for of in rates))} req/s"
    yield f"{rate(sum(of.errors for of in rates))} err/s"


def instances(here: int, gone: int) -> str:
    if not gone:
        return f"{here:,}"
    return f"{here:,}, {gone:,} gone" if here else "◌ gone"


def version(service: Service) -> str:
    return "≠ mixed" if len(service.versions) > 1 else (*service.versions, NONE)[0]


def rate(value: float) -> str:
    """Per second; blank would look forgotten, so nothing is a dash."""
    return NONE if not value else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def share(stats: Stats) -> str:
    """Errors per request, in percent."""
    if not stats.errors or not stats.requests:
        return NONE
    return f"{100 * stats.errors / stats.requests:.1f}"


def average(stats: Stats) -> str:
    """Processing time per request."""
    return duration(stats.average) if stats.requests else NONE
