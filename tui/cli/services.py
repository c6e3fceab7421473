"""`natstap services`: the services that describe themselves under `$SRV`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.latency_words import span

from .command import Flags, Options
from .exit_codes import Exit
from .output import BOLD, WARN, Output

if TYPE_CHECKING:
    from engine.services.service import Endpoint, Service

ABOUT = """List the services that describe themselves, with their endpoints and figures.

0: found. 4: none answered."""
EXAMPLES = """  natstap services
  natstap services shop --json | jq '.endpoints[].subject'
"""


def add_flags(parser: Flags) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="only this service")


async def run(options: Options, out: Output) -> int:
    from engine.services.discovery import discover

    from .connecting import connected

    async with connected(options, out) as broker:
        found = await discover(broker, options.name)
    for service in found:
        out.record(service_record(service))
        _print(out, service)
    if not found:
        called = f" called {options.name}" if options.name else ""
        advice = "natstap who SUBJECT shows who listens without describing itself"
        out.complain(f"no service{called} answered: {advice}")
        return Exit.NO_RESPONDERS
    return Exit.ANSWERED


def service_record(service: Service) -> dict[str, Any]:
    """The JSON line of a service."""
    return {
        "type": "service",
        "name": service.name,
        "description": service.description,
        "versions": list(service.versions),
        "instances": [
            {"id": instance.id, "version": instance.version, "started": instance.started}
            for instance in service.instances
        ],
        "endpoints": [endpoint_record(endpoint) for endpoint in service.endpoints],
        "differences": list(service.differences),
    }


def endpoint_record(endpoint: Endpoint) -> dict[str, Any]:
    stats = endpoint.stats
    return {
        "name": endpoint.name,
        "subject": endpoint.subject,
        "queue": endpoint.queue,
        "metadata": dict(endpoint.metadata),
        "schema": endpoint.schema,
        "requests": stats.requests if stats else None,
        "errors": stats.errors if stats else None,
        "last_error": stats.last_error if stats else None,
        "average": round(stats.average, 9) if stats else None,
    }


def _print(out: Output, service: Service) -> None:
    count = len(service.instances)
    facts = f"{' '.join(service.versions)}, {count} {'instance' if count == 1 else 'instances'}"
    out.line(f"{out.paint(out.safe(service.name), BOLD)}  {out.safe(facts)}")
    if service.description:
        out.line(f"  {out.safe(service.description)}")
    out.table(
        ("endpoint", "subject", "queue", "requests", "errors", "average"),
        [_row(endpoint) for endpoint in service.endpoints],
    )
    for words in service.differences:
        out.say(f"{service.name}: instances differ: {words}", WARN)


def _row(endpoint: Endpoint) -> tuple[str, ...]:
    stats = endpoint.stats
    figures = (f"{stats.requests:,}", f"{stats.errors:,}", span(stats.average)) if stats else ()
    return (endpoint.name, endpoint.subject, endpoint.queue, *(figures or ("", "", "")))
