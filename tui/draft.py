"""A draft: a message that the user is about to send, and how what they typed becomes one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from engine.errors import InvalidInput
from engine.journal import Journal
from engine.message import Headers

if TYPE_CHECKING:
    from engine.rpc.broker import NatsBroker

CONTENT_TYPE = "content-type"
CORRELATION_ID = "correlation_id"
TIMEOUT = 2.0
"""Seconds that a request waits unless the user says otherwise."""

_OWN_HEADERS = (CORRELATION_ID, "Nats-Trace-Dest")
"""Headers of one sending, which the next one gets anew."""

What = Literal["request", "publish"]
Pairs = tuple[tuple[str, str], ...]

_SPAN = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|min)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0}
_LONGEST = 86_400.0


@dataclass(frozen=True, slots=True)
class Draft:
    subject: str
    body: bytes = b""
    headers: Pairs = ()
    what: What = "request"
    correlation_id: str = ""
    """"" means a fresh one."""
    timeout: float = TIMEOUT
    """Seconds; for a request."""
    reply_to: str = ""
    """Where answers go; for a publish."""
    trace: bool = False
    """Whether the servers are to report the way that the request takes."""

    @classmethod
    def of(cls, journal: Journal, number: int) -> Draft:
        """The message that began an exchange, to be sent again; KeyError if it fell out."""
        exchange = journal.exchange(number)
        message = journal.message(exchange.number)
        kept = (one for one in message.headers.pairs if one[0] not in _OWN_HEADERS)
        return cls(
            subject=message.subject,
            body=message.body,
            headers=tuple(kept),
            what="request" if message.reply else "publish",
            timeout=exchange.timeout or TIMEOUT,
        )

    def ask(self, broker: NatsBroker, more: Pairs = ()) -> int:
        """Send as a request, with `more` headers; the exchange's number.

        Raises `InvalidInput`, `LinkError`.
        """
        call = broker.call(
            self.body or None,
            self.subject,
            headers=(*self.outgoing_headers, *more),
            correlation_id=self.correlation_id or None,
            timeout=self.timeout,
        )
        return call.number

    async def publish(self, broker: NatsBroker) -> None:
        """Send, with the reply subject if there is one. Raises as `ask`."""
        await broker.publish(
            self.body or None,
            self.subject,
            headers=self.outgoing_headers,
            reply_to=self.reply_to,
            correlation_id=self.correlation_id or None,
        )

    @property
    def outgoing_headers(self) -> Pairs:
        """The headers, with the content-type that the body looks like unless they name one."""
        named = any(name.lower() == CONTENT_TYPE for name, _ in self.headers)
        if named or not self.body:
            return self.headers
        return ((CONTENT_TYPE, content_type(self.body)), *self.headers)


def content_type(body: bytes) -> str:
    return "application/json" if is_json(body) else "text/plain"


def is_json(body: bytes) -> bool:
    try:
        json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> None:
    raise ValueError(name)


def parse_headers(written: str) -> Pairs:
    """Pairs from `Name: value` lines; raises `InvalidInput` that names the bad line."""
    pairs = []
    for number, line in enumerate(written.split("\n"), 1):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon:
            raise InvalidInput(f"header line {number} has no colon: write it as Name: value")
        pairs.append((name.strip(), value.strip()))
    return Headers.of(pairs).pairs


def write_headers(pairs: Pairs) -> str:
    return "\n".join(f"{name}: {value}" for name, value in pairs)


def parse_span(written: str) -> float:
    """Seconds from "2 s", "500ms", "1.5" or "1 min"; raises `InvalidInput`."""
    found = _SPAN.fullmatch(written.strip().lower())
    if not found:
        raise InvalidInput(f"the timeout {written!r} is no time: write it as 2 s or 500 ms")
    seconds = float(found[1]) * _UNITS[found[2] or "s"]
    if not 0 < seconds <= _LONGEST:
        raise InvalidInput("a timeout is longer than nothing and at most a day")
    return seconds


def write_span(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"
