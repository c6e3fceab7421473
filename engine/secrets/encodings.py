"""How a value may be written where it went: as JSON, in a URL, as base64, hex, XML, for a shell."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html import escape
from urllib.parse import quote, quote_plus

MIN_BASE64 = 8
"""Characters of base64 that are surely made of the value; fewer may be there by chance."""
MIN_HEX = 8
MIN_LINE = 16
"""Characters of one line of a value of several lines, such as a key in PEM."""
MIN_STRIPPED = 4
_GROUP = 3
"""Bytes that become four characters of base64."""


def encodings(value: str) -> Iterator[tuple[str, str]]:
    """Each other way to write it, and what a variable that holds it is called at its end."""
    yield from (("json", one) for one in _json(value))
    yield from (("urlencoded", one) for one in _url(value))
    yield from (("base64", one) for one in _base64(_raw(value)))
    written = _raw(value).hex()
    if len(written) >= MIN_HEX:
        yield from (("hex", one) for one in (written, written.upper()))
    yield "xml", escape(value)
    yield "shell", value.replace("'", "'\\''")
    yield "python", repr(value)[1:-1]
    yield from (("line", one) for one in _lines(value))


def _raw(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _json(value: str) -> Iterator[str]:
    once = [json.dumps(value, ensure_ascii=pure)[1:-1] for pure in (False, True)]
    yield from once
    yield from (one.replace("/", "\\/") for one in once)
    yield from (json.dumps(one, ensure_ascii=False)[1:-1] for one in once)


def _url(value: str) -> Iterator[str]:
    raw = _raw(value)
    for written in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield written
        yield _lower_escapes(written)


def _lower_escapes(written: str) -> str:
    first, *rest = written.split("%")
    return "%".join((first, *(one[:2].lower() + one[2:] for one in rest)))


def _base64(raw: bytes) -> Iterator[str]:
    """What all base64 that holds the bytes has in common, wherever in it they begin."""
    for ahead in range(_GROUP):
        written = base64.b64encode(b"\0" * ahead + raw).decode().rstrip("=")
        begin = -(-ahead * 8 // 6)
        core = written[begin : (ahead + len(raw)) * 8 // 6]
        if len(core) >= MIN_BASE64:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _lines(value: str) -> Iterator[str]:
    """Its lines, and the value without the space around it."""
    lines = [one.strip() for one in value.splitlines()]
    if len(lines) > 1:
        yield from (one for one in lines if len(one) >= MIN_LINE and not one.startswith("-----"))
    if len(value.strip()) >= MIN_STRIPPED:
        yield value.strip()
