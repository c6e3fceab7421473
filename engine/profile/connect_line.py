"""Where to connect as it is typed: an address, and flags as the nats CLI has them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from engine.errors import InvalidProfile

from .settings import NAMES

_SHORT = {"-s": "server"}
_ALIASES = {"tls_first": "tlsfirst"}
_SWITCHES = {"tlsfirst", "read_only"}
_PLAIN = re.compile(r"[\w@%+=:,./•?&-]+")
_NEVER = {"name", "timeout"}
"""Keys that say how natstap speaks now, and are in no context."""
_FLAGS = {flag for flag, _ in NAMES.values()} | {"context", "read_only"}


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


def write_line(settings: Mapping[str, Any]) -> str:
    """The line that says what a context's settings do; what no flag says is left out."""
    address = str(settings.get("url", ""))
    words = [_quoted(address)] if address else []
    for key, (flag, _) in NAMES.items():
        value = settings.get(key)
        if key == "url" or not value or key in _NEVER:
            continue
        words.append(f"--{flag.replace('_', '-')}")
        if flag not in _SWITCHES:
            words.append(_quoted(str(value)))
    return " ".join(words)


def _quoted(value: str) -> str:
    """In quotation marks where it would be read as something else, and only there."""
    return value if _PLAIN.fullmatch(value) else shlex.quote(value)


def settings_of(flags: Mapping[str, Any]) -> dict[str, Any]:
    """What was read of a line, by the keys that a context has.

    Raises `InvalidProfile` for what no context would keep.
    """
    if flags.get("read_only"):
        why = "a context cannot keep --read-only: set read_only for it in settings.toml"
        raise InvalidProfile(why)
    return {key: flags[flag] for key, (flag, _) in NAMES.items() if flag in flags}


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
