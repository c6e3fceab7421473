"""What the server says of itself: its INFO line, read so that no value can do harm.

Whoever answers on a port may say anything. A value of another type than the protocol's, or out
of bounds, is as good as none, and is named; what natstap and nats-py know nothing of is left out.
Source: https://docs.nats.io/reference/reference-protocols/nats-protocol#info
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from engine.fields import read_json

MAX_WORDS = 1024
"""Characters of one value."""
MAX_NUMBER = 1 << 53
_ADDRESS = re.compile(r"[!-~]{3,300}")
MAX_SERVERS = 64
"""Other servers of a cluster that are read from one line, and kept in all."""


class ServerLine(NamedTuple):
    """`wrong` are the names whose values were left out."""

    fields: dict[str, Any]
    wrong: tuple[str, ...] = ()


def read_info(written: bytes) -> ServerLine:
    """The object behind INFO; raises ValueError for what is not one."""
    given = read_json(written)
    if not isinstance(given, dict):
        raise ValueError("it is not a JSON object")
    known = {name: value for name, value in given.items() if name in _FITS}
    fields = {name: value for name, value in known.items() if _FITS[name](value)}
    fields |= {
        name: [url for url in fields[name][:MAX_SERVERS] if is_address(url)]
        for name in _ADDRESSES
        if name in fields
    }
    return ServerLine(fields, tuple(name for name in known if name not in fields))


def is_address(given: object) -> bool:
    """True for host:port, as other servers of a cluster are named."""
    if not isinstance(given, str) or not _ADDRESS.fullmatch(given):
        return False
    try:
        parts = urlsplit(f"nats://{given}")
        usable = bool(parts.hostname and parts.port)
    except ValueError:
        return False
    return usable and parts.netloc == given and "@" not in given


# -- the types of values ---------------------------------------------------------------------


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MAX_WORDS


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER


def _is_limit(value: object) -> bool:
    return _is_number(value) and value != 0


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


_ADDRESSES = ("connect_urls", "ws_connect_urls")
_FITS: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(
        ("server_id", "server_name", "version", "host", "cluster", "domain", "nonce", "client_ip"),
        _is_text,
    ),
    **dict.fromkeys(("port", "proto", "client_id"), _is_number),
    "max_payload": _is_limit,
    **dict.fromkeys(
        ("headers", "auth_required", "tls_required", "tls_available", "jetstream", "ldm"),
        _is_switch,
    ),
    **dict.fromkeys(_ADDRESSES, _is_list),
}
