"""How a value is written where no escape shows it: as base64, hex, UTF-16, for a shell, in lines.

Escapes of JSON, URLs and XML are read in `decoded` instead, for any character may be escaped.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

MIN_BASE64 = 8
"""Characters of base64 that are surely made of the value; fewer may be there by chance."""
MIN_HEX = 8
MIN_LINE = 16
"""Characters of one line of a value of several lines, such as a key in PEM."""
MIN_STRIPPED = 4
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_GROUP = 3
"""Bytes that become four characters of base64."""


def encodings(value: str) -> Iterator[tuple[str, str]]:
    """Each other way to write it, and what a variable that holds it is called at its end."""
    in_json = (json.dumps(value, ensure_ascii=pure)[1:-1] for pure in (False, True))
    for written in dict.fromkeys((value, *in_json)):
        raw = _raw(written)
        yield from (("base64", written) for written in _base64(raw))
        if len(raw) * 2 >= MIN_HEX:
            yield from (("hex", written) for written in (raw.hex(), raw.hex().upper()))
    yield from (("wide", written) for written in _wide(value))
    yield "shell", value.replace("'", "'\\''")
    yield from (("line", line) for line in _lines(value))


def _raw(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")


def _base64(raw: bytes) -> Iterator[str]:
    """What all base64 that holds the bytes has in common, wherever in it they begin."""
    for ahead in range(_GROUP):
        written = base64.b64encode(b"\0" * ahead + raw).decode().rstrip("=")
        begin = -(-ahead * 8 // 6)
        core = written[begin : (ahead + len(raw)) * 8 // 6]
        if len(core) >= MIN_BASE64:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _wide(value: str) -> set[str]:
    """What UTF-16 and UTF-32 have in common in both orders of bytes, as text that is lossless."""
    raw = (value.encode(order, "surrogatepass").strip(b"\0") for order in _WIDE)
    return {each.decode("utf-8", "surrogateescape") for each in raw}


def _lines(value: str) -> Iterator[str]:
    """Its lines, and the value without the space around it."""
    lines = [line.strip() for line in value.splitlines()]
    if len(lines) > 1:
        yield from (
            line for line in lines if len(line) >= MIN_LINE and not line.startswith("-----")
        )
    if len(value.strip()) >= MIN_STRIPPED:
        yield value.strip()
