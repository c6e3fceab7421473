"""Headers that name one message or one request: whoever repeats it gives it names of its own.

With the old ones a stream drops the repetition as a duplicate, and what is found by the
correlation id is the work of two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from os import urandom

from engine.rpc.ids import new_id

from .draft import Pairs

_OF_ONE = re.compile(
    r"(?:[\w-]+[-_])?(?:correlation|request|message|msg)[-_]?id|(?:[\w-]+[-_])?idempotency[-_]?key",
    re.IGNORECASE,
)
_TRACEPARENT = re.compile(r"(?P<version>[0-9a-f]{2})-[0-9a-f]{32}-[0-9a-f]{16}(?P<flags>-.*)")
_GUARD = "nats-expected-"
"""How headers begin that say what must be true before the message is stored."""


def renewed(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """The same headers, with new values for those that name one message."""
    return tuple((name, _renewed(name, value)) for name, value in pairs)


def names_one(name: str) -> bool:
    """True for a header that names one message or one request."""
    lower = name.lower()
    return lower == "traceparent" or (
        _OF_ONE.fullmatch(name) is not None and not lower.startswith(_GUARD)
    )


def _renewed(name: str, value: str) -> str:
    if not names_one(name):
        return value
    if name.lower() != "traceparent":
        return new_id()
    trace = _TRACEPARENT.fullmatch(value)
    if trace is None:
        return value
    return f"{trace['version']}-{urandom(16).hex()}-{urandom(8).hex()}{trace['flags']}"
