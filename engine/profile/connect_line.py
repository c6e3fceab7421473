"""Where to connect as it is typed: an address, and flags as the nats CLI has them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

from engine.errors import InvalidProfile

from .settings import NAMES

_SHORT = {"-s": "server"}
_ALIASES = {"tls_first": "tlsfirst"}
_SWITCHES = {"tlsfirst"}
_FLAGS = {flag for flag, _ in NAMES.values()} | {"context"}


def read_written(written: str) -> dict[str, Any]:
    """The flags as `resolve` takes them; the bare word is the server.

    Raises `InvalidProfile`, which repeats no value: it may be a secret.
    """
    try:
        words = iter(shlex.split(written))
    except ValueError:
        raise InvalidProfile("a quotation mark is missing") from None
    found: dict[str, Any] = {}
    for word in words:
        name, value = _flag(word, words) if word.startswith("-") else ("server", word)
        if name in found:
            raise InvalidProfile(f"{name} is given twice; servers have commas between them")
        found[name] = value
    return found


def _flag(word: str, more: Iterator[str]) -> tuple[str, Any]:
    written, given, value = word.partition("=")
    name = _SHORT.get(written, written.removeprefix("--").replace("-", "_"))
    name = _ALIASES.get(name, name)
    if name not in _FLAGS:
        raise InvalidProfile(f"{written} is no flag that says where or as whom to connect")
    if name in _SWITCHES:
        return name, True
    value = value if given else next(more, "")
    if not value:
        raise InvalidProfile(f"{written} needs a value")
    return name, value
