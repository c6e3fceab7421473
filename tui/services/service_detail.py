"""An endpoint closely: its figures, its instances, its last errors, its schema and metadata."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.services.service import Endpoint, Service
from engine.services.service_registry import Census, Rates, SeenInstance
from tui.kit.facts import Fact, Facts
from tui.kit.rewriting import rewrite
from tui.safe import shorten
from tui.table.word_table import WordTable

from .instances import INSTANCES, instance_row
from .service_rows import average, rate, share

_MAX_SCHEMA_LINES = 200
"""Lines of a schema that are shown."""
_MAX_CHARACTERS = 160
"""Characters of one value of the metadata, and of a schema's line."""
_TITLE = "bold $text-primary"


class ServiceDetail(VerticalScroll):
    DEFAULT_CSS = """
    ServiceDetail { height: 1fr; padding: 0 1; }
    ServiceDetail > Facts, ServiceDetail > Static { height: auto; }
    ServiceDetail > WordTable { margin: 1 0; }
    """

    def __init__(self) -> None:
        super().__init__(can_focus=True)
        self._facts = Facts(id="endpoint-facts")
        self._instances = WordTable(INSTANCES, "endpoint-instances")
        self._schema = Static(id="endpoint-schema", markup=False)

    def compose(self) -> ComposeResult:
        yield self._facts
        yield self._instances
        yield self._schema

    def show(self, service: Service, endpoint: Endpoint, census: Census) -> None:
        rates = census.rates_by_place(service.name)
        seen = [
            (instance, _part_of(instance, endpoint)) for instance in census.instances(service.name)
        ]
        facts = list(_facts(service, endpoint, rates.get(endpoint.place, Rates())))
        facts += _errors([(instance, part) for instance, part in seen if part is not None])
        facts += [("Disagree", words) for words in service.differences]
        facts += _metadata(service, endpoint)
        self._facts.show(facts)
        now = time.time()
        self._instances.show(
            [instance_row(instance, part, now) for instance, part in seen],
            ["$text-warning" if instance.gone else "$foreground" for instance, _ in seen],
        )
        rewrite(self._schema, _schema(endpoint))


def _part_of(seen: SeenInstance, endpoint: Endpoint) -> Endpoint | None:
    return next((part for part in seen.instance.endpoints if part.place == endpoint.place), None)


def _facts(service: Service, endpoint: Endpoint, rates: Rates) -> Iterator[Fact]:
    yield "Subject", endpoint.subject
    yield "Queue", endpoint.queue or "none: every instance gets every request"
    if service.description:
        yield "Service", service.description
    if (stats := endpoint.stats) is None:
        yield "Figures", "it tells none"
    else:
        yield "Requests", f"{stats.requests:,}   {_per_second(rates.requests)}"
        wrong = f"   {share(stats)} % of all   {_per_second(rates.errors)}"
        yield "Errors", f"{stats.errors:,}{wrong if stats.errors else ''}"
        yield "Average", f"{average(stats)} to process a request"


def _per_second(value: float) -> str:
    return f"{rate(value)}/s now" if value else "none now"


def _errors(parts: list[tuple[SeenInstance, Endpoint]]) -> Iterator[Fact]:
    """Each text once, whole, with the instances that told it."""
    told: dict[str, list[str]] = {}
    for seen, part in parts:
        if part.stats and part.stats.last_error:
            told.setdefault(part.stats.last_error, []).append(seen.instance.id)
    for words, ids in told.items():
        where = "all instances" if len(ids) == len(parts) else f"instance {', '.join(ids)}"
        yield "Last error", f"{words}   ({where})" if len(parts) > 1 else words


def _metadata(service: Service, endpoint: Endpoint) -> Iterator[Fact]:
    of_service: dict[str, str] = {}
    for instance in service.instances:
        of_service |= instance.metadata
    for title, values in (("Metadata", endpoint.metadata), ("Of the service", of_service)):
        for key, value in values.items():
            if "schema" not in key.lower() or endpoint.schema is None:
                yield title, shorten(f"{key} = {value}", _MAX_CHARACTERS)


def _schema(endpoint: Endpoint) -> Content:
    if endpoint.schema is None:
        words = "No schema in its metadata: e composes a request with an empty body."
        return Content.styled(words, "$foreground 60%")
    sample = Content("\n").join(_json(endpoint.sample()))
    schema = Content("\n").join(_json(endpoint.schema))
    return Content.assemble(
        ("Body that e composes\n", _TITLE), sample, ("\n\nSchema\n", _TITLE), schema
    )


def _json(value: Mapping[str, Any] | Any) -> Iterator[Content]:
    try:
        lines = json.dumps(value, indent=2, ensure_ascii=False).splitlines()
    except (ValueError, RecursionError):
        lines = ["(it cannot be shown)"]
    for line in lines[:_MAX_SCHEMA_LINES]:
        words = line.lstrip(" ")
        yield Content.assemble(
            line[: -len(words)], (shorten(words, _MAX_CHARACTERS), "$foreground")
        )
    if len(lines) > _MAX_SCHEMA_LINES:
        yield Content(f"… and {len(lines) - _MAX_SCHEMA_LINES:,} lines more")
