"""The rows of the services screen: a service, an endpoint, in columns."""

from __future__ import annotations

from collections.abc import Iterator

from engine.services.service import Endpoint, Service, Stats
from engine.services.service_registry import Census, Rates
from engine.words import counted
from tui.kit.rows import duration
from tui.kit.table import Cell, Column, Row

NONE = "–"

SERVICES = (
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


def service_row(one: Service, census: Census) -> Row:
    endpoints = one.endpoints
    total = sum((each.stats for each in endpoints if each.stats), Stats())
    rates = census.rates(one.name)
    gone = census.gone(one.name)
    here = len(one.instances) - gone
    cells = (
        Cell(one.name, "" if here else "muted"),
        Cell(version(one), "warn" if len(one.versions) > 1 else ""),
        Cell(instances(here, gone), "warn" if gone else ""),
        Cell(f"{len(endpoints):,}"),
        Cell(f"{total.requests:,}"),
        Cell(rate(rates.requests), "active"),
        Cell(f"{total.errors:,}" if total.errors else NONE, "bad" if total.errors else "muted"),
        Cell(rate(rates.errors), "bad" if rates.errors else "muted"),
    )
    return Row(one.name, cells)


def endpoint_row(one: Endpoint, rates: Rates) -> Row:
    stats = one.stats or Stats()
    bad = "bad" if stats.errors else "muted"
    cells = (
        Cell(one.name),
        Cell(one.subject),
        Cell(one.queue or NONE, "" if one.queue else "muted"),
        Cell(f"{stats.requests:,}" if one.stats else NONE),
        Cell(rate(rates.requests), "active"),
        Cell(f"{stats.errors:,}" if stats.errors else NONE, bad),
        Cell(share(stats), bad),
        Cell(rate(rates.errors), "bad" if rates.errors else "muted"),
        Cell(average(stats)),
    )
    return Row(one.place, cells)


def counts(every: tuple[Service, ...], census: Census) -> Iterator[str]:
    """All of them in figures, the most telling first."""
    if not every:
        yield "no services"
        return
    gone = sum(census.gone(one.name) for one in every)
    yield counted(len(every), "service")
    here = counted(sum(len(one.instances) for one in every) - gone, "instance")
    yield f"{here}, {gone:,} gone" if gone else here
    yield counted(sum(len(one.endpoints) for one in every), "endpoint")
    rates = [census.rates(one.name) for one in every]
    yield f"{rate(sum(one.requests for one in rates))} req/s"
    yield f"{rate(sum(one.errors for one in rates))} err/s"


def instances(here: int, gone: int) -> str:
    if not gone:
        return f"{here:,}"
    return f"{here:,}, {gone:,} gone" if here else "◌ gone"


def version(one: Service) -> str:
    return "≠ mixed" if len(one.versions) > 1 else (*one.versions, NONE)[0]


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
