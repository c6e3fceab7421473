"""The body that `cat`, `echo` or `printf` would pipe into a command; nothing is run."""

from __future__ import annotations

import re

from engine.message import text

from .pipeline import Stage
from .shell import InvalidCommand, unescape


def piped(commands: list[Stage]) -> str:
    name, *words = commands[0].words
    if name == "cat" and words in ([], ["-"]) and commands[0].stdin is not None:
        return commands[0].stdin
    if len(commands) > 1 or name not in ("printf", "echo"):
        raise InvalidCommand(f"natstap does not run {name}: put its result into the command")
    return _echoed(words) if name == "echo" else _printed(words)


def _echoed(words: list[str]) -> str:
    flags = ""
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags += words.pop(0)[1:]
    said = " ".join(words)
    said = text(unescape(said)) if "e" in flags else said
    return said if "n" in flags else f"{said}\n"


def _printed(words: list[str]) -> str:
    """What printf makes of a format with %s and %b, and as many words."""
    form, *values = words or [""]
    directives = re.findall(r"%(.?)", form)
    wanted = [directive for directive in directives if directive != "%"]
    if len(values) != len(wanted) or not set(wanted) <= {"s", "b"}:
        raise InvalidCommand("of printf natstap knows %s and %b, with a text for each")
    parts = re.split(r"(%.)", form)
    made = [_directive(part, values) if part[:1] == "%" else text(unescape(part)) for part in parts]
    return "".join(made)


def _directive(one: str, values: list[str]) -> str:
    if one == "%%":
        return "%"
    value = values.pop(0)
    return text(unescape(value)) if one == "%b" else value
