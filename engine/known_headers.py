"""Header names that the server or a service framework acts on, and what each does.

The server compares names byte by byte: `nats-msg-id` is a header like any other and does
nothing. Source: server/stream.go and server/msgtrace.go of nats-server 2.15, ADR-32.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

KNOWN_HEADERS = {
    "Nats-Msg-Id": "the stream stores a message with this id once",
    "Nats-Expected-Stream": "refused unless this stream stores it",
    "Nats-Expected-Last-Sequence": "refused unless the stream's last sequence is this",
    "Nats-Expected-Last-Subject-Sequence": "refused unless the subject's last sequence is this",
    "Nats-Expected-Last-Subject-Sequence-Subject": "the subject that is meant, maybe a wildcard",
    "Nats-Expected-Last-Msg-Id": "refused unless the last message had this id",
    "Nats-TTL": "the stream forgets it after this time: 5s, 1h, never",
    "Nats-Rollup": "it replaces what was stored before: sub or all",
    "Nats-Incr": "adds to a counter stream: +1, -5",
    "Nats-Batch-Id": "belongs to this batch, stored all or not at all",
    "Nats-Batch-Sequence": "its place in the batch, from 1",
    "Nats-Batch-Commit": "1 ends the batch",
    "Nats-Schedule": "published later: @at 2026-01-01T00:00:00Z, @every 5m, or cron",
    "Nats-Schedule-Target": "where a scheduled message goes",
    "Nats-Schedule-Source": "the subject whose last message is sent when the time comes",
    "Nats-Schedule-TTL": "how long a scheduled message lives in the stream",
    "Nats-Schedule-Time-Zone": "the zone that a cron schedule means",
    "Nats-Schedule-Rollup": "the scheduled message replaces what was stored before",
    "Nats-Trace-Dest": "the server tells this subject which way the message took",
    "Nats-Trace-Only": "true: only traced, never delivered",
    "Nats-Service-Error": "an answer that is an error, in words",
    "Nats-Service-Error-Code": "an answer that is an error, its code",
    "Nats-Service-Error-Attempts": "how often the request was tried before",
    "content-type": "what the body is, for FastStream and natstap",
    "correlation_id": "what belongs together, for FastStream and natstap",
    "reply_to": "where a stream subscriber of FastStream or natstap answers",
    "traceparent": "the trace it belongs to (W3C)",
}
"""Name: what it does, in a few words."""

CORRELATION = r"(?:[\w-]+[-_])?correlation[-_]?id"
"""How a header is called that says which messages belong together, in upper or lower case."""
_CORRELATION = re.compile(CORRELATION, re.IGNORECASE)
_BY_LOWER = {name.lower(): name for name in KNOWN_HEADERS}


def misspelt(name: str) -> str:
    """The known name that only differs in upper and lower case, or ""."""
    known = _BY_LOWER.get(name.lower(), "")
    return known if known != name else ""


def correlation_id(pairs: Iterable[tuple[str, str]]) -> str:
    """The first that is not empty, whatever its header is called; "" for none."""
    found = (value for name, value in pairs if _CORRELATION.fullmatch(name))
    return next(filter(None, found), "")
