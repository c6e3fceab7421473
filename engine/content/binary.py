"""Whether bytes are text, and how they look beside their hex."""

from __future__ import annotations

import re

_SAMPLE = 4096
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_PRINTABLE = bytes(code if 0x20 <= code < 0x7F else 0x2E for code in range(256))


def is_binary(body: bytes) -> bool:
    """True when control bytes or broken UTF-8 say that these bytes are no text."""
    sample = body[:_SAMPLE]
    if _CONTROL.search(sample):
        return True
    if sample.isascii():
        return False
    broken = len(sample) - len(sample.decode("utf-8", "ignore").encode())
    return broken * 10 > len(sample)


def printable(raw: bytes) -> str:
    """Bytes beside their hex: ASCII, and a dot for each that cannot be printed."""
    return raw.translate(_PRINTABLE).decode("ascii")
