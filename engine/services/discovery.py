"""Services that answer `$SRV` (ADR-32): who they are, what they offer, how they do.

Every instance answers for itself, so what is asked is asked of all, quietly: a look around is
no conversation. Answers are hostile and come from many libraries: what is null, absent or of
another type counts as not said.
Source: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.api_subjects import ServiceVerb, service_subject
from engine.errors import LinkLost, NoResponders
from engine.fields import Fields, read_json
from engine.link.link import LinkState
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry

from .service import Endpoint, Instance, Service, Stats, completed

DISCOVERY_TIMEOUT = 2.0
"""Seconds that a discovery takes at most."""
QUIET_GAP = 0.3
"""Seconds without another answer after which all have answered."""
MAX_ANSWERS = 4096
"""Answers that are read, and endpoints of one instance."""
_NONE: Mapping[tuple[str, str], Instance] = {}
_SCHEMAS = ("requestschema", "schemarequest", "inputschema", "schemainput", "bodyschema")
_REPLY_SCHEMAS = ("responseschema", "replyschema", "outputschema", "responsejsonschema")
_ANY_SCHEMA = (*_SCHEMAS, "schema", "jsonschema")


async def discover(
    broker: Broker,
    name: str = "",
    *,
    timeout: float = DISCOVERY_TIMEOUT,
    gap: float = QUIET_GAP,
) -> tuple[Service, ...]:
    """All services, or those called `name`, sorted by name; empty when none answers.

    Raises `Refused`, `LinkError`; without a connection at once, for silence would tell nothing.
    """
    verbs: tuple[ServiceVerb, ...] = ("PING", "INFO", "STATS")
    answers = await _ask_all(broker, verbs, name, timeout, gap)
    return await asyncio.to_thread(gather, *answers)  # thousands of answers take their time


async def refresh(
    broker: Broker,
    known: Iterable[Service],
    *,
    timeout: float = DISCOVERY_TIMEOUT,
    gap: float = QUIET_GAP,
) -> tuple[Service, ...]:
    """As `discover`, but asks for the statistics alone while only `known` instances answer."""
    before = {(service.name, each.id): each for service in known for each in service.instances}
    (stats,) = await _ask_all(broker, ("STATS",), "", timeout, gap)
    answered = {(_text(fields.get("name")), _text(fields.get("id"))) for fields in stats}
    if not stats or not answered <= before.keys():
        return await discover(broker, timeout=timeout, gap=gap)
    return await asyncio.to_thread(gather, stats, before=before)


async def _ask_all(
    broker: Broker, verbs: Iterable[ServiceVerb], name: str, timeout: float, gap: float
) -> list[list[Fields]]:
    if broker.link.state is not LinkState.CONNECTED:
        raise LinkLost("")
    async with Inquiry(broker.link) as inquiry:
        asked = (_ask(inquiry, verb, name, timeout, gap) for verb in verbs)
        return await asyncio.gather(*asked)


async def _ask(
    inquiry: Inquiry, verb: ServiceVerb, name: str, timeout: float, gap: float
) -> list[Fields]:
    subject = service_subject(verb, name)
    try:
        return await inquiry.ask_all(subject, None, timeout, gap, _enough)
    except NoResponders:
        return []


def _enough(answers: list[Fields]) -> bool:
    return len(answers) >= MAX_ANSWERS


# -- reading ---------------------------------------------------------------------------------


def gather(
    *answers: Iterable[Fields], before: Mapping[tuple[str, str], Instance] = _NONE
) -> tuple[Service, ...]:
    """Services from answers to PING, INFO and STATS, in this order, whatever they hold.

    `before` has what is known of instances, by the service's name and their id.
    """
    found: dict[tuple[str, str], Instance] = {}
    for fields in (answer for each in answers for answer in each):
        name, number = _text(fields.get("name")), _text(fields.get("id"))
        if name:
            known = found.get((name, number)) or before.get((name, number)) or Instance(number)
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
    found = {(endpoint.name, endpoint.subject): endpoint for endpoint in known.endpoints}
    for fields in given[:MAX_ANSWERS] if isinstance(given, list) else ():
        read = _endpoint(service, fields) if isinstance(fields, dict) else None
        if read is None or len(found) >= MAX_ANSWERS:
            continue
        before = found.get((read.name, read.subject))
        found[read.name, read.subject] = completed(before, read) if before else read
    return tuple(found.values())


def _endpoint(service: str, fields: Mapping[str, Any]) -> Endpoint | None:
    subject = _text(fields.get("subject"))
    if not subject:
        return None
    metadata = _metadata(fields.get("metadata"))
    whole = fields.get("schema") or metadata.get("schema")
    return Endpoint(
        service=service,
        name=_text(fields.get("name")) or subject,
        subject=subject,
        queue=_text(fields.get("queue_group")),
        metadata=metadata,
        schema=_schema({**metadata, "schema": whole}),
        reply_schema=_reply_schema({**metadata, "schema": whole}),
        stats=_stats(fields) if "num_requests" in fields else None,
    )


def _stats(fields: Mapping[str, Any]) -> Stats:
    return Stats(
        requests=_number(fields.get("num_requests")),
        errors=_number(fields.get("num_errors")),
        last_error=_text(fields.get("last_error")),
        processing_time=_number(fields.get("processing_time")),
    )


def _schema(metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema of requests, under whatever key it is kept."""
    by_key = {"".join(filter(str.isalnum, key)).lower(): value for key, value in metadata.items()}
    for key in _ANY_SCHEMA:
        given = by_key.get(key)
        schema = given if isinstance(given, dict) else _object(given)
        inner = schema.get("request") if key in ("schema", "jsonschema") else None
        if inner is not None and "type" not in schema:
            schema = inner if isinstance(inner, dict) else _object(inner)
        if schema:
            return schema
    return None


def _reply_schema(metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema of replies: under a key of its own, or beside that of requests."""
    by_key = {"".join(filter(str.isalnum, key)).lower(): value for key, value in metadata.items()}
    for key in _REPLY_SCHEMAS:
        given = by_key.get(key)
        if schema := given if isinstance(given, dict) else _object(given):
            return schema
    for key in ("schema", "jsonschema"):
        given = by_key.get(key)
        both = given if isinstance(given, dict) else _object(given)
        for name in ("response", "reply"):
            inner = both.get(name)
            if schema := inner if isinstance(inner, dict) else _object(inner):
                return schema if "type" not in both else None
    return None


def _object(given: Any) -> dict[str, Any]:
    try:
        value = read_json(given) if isinstance(given, bytes | str) else None
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _metadata(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    return {key: str(value) for key, value in given.items() if isinstance(value, str | int | float)}


def _text(given: Any) -> str:
    return given if isinstance(given, str) else ""


def _number(given: Any) -> int:
    fine = isinstance(given, int | float) and given == given and 0 <= given < 1 << 63
    return int(given) if fine else 0
