"""The table of commands, and which of them a command line names. It imports no command."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.flags import CONNECTION_FLAGS, SERVER_SHORT

COMMANDS = {
    "req": ("request", "send a request and print its reply"),
    "pub": ("publish", "publish a message"),
    "reply": ("reply", "answer requests on a subject"),
    "watch": ("watch", "print what others say to each other"),
    "who": ("who", "show who would get a message, without sending one"),
    "why": ("why", "send a request and explain what became of it"),
    "services": ("services", "list the services that describe themselves"),
    "run": ("run", "run saved requests and check what came back"),
    "serve": ("serve", "host the responders of a collection, or answer as a recording does"),
    "record": ("record", "record what others say to each other in a file"),
    "open": ("recorded", "show a recording, on the desk or as lines"),
    "mcp": ("agent", "serve the engine to a coding agent over stdio"),
    "completion": ("completion", "print the completion for bash, zsh or fish"),
}
"""Each command's module in this folder, and what it does."""
ALIASES = {"request": "req", "publish": "pub", "service": "services"}
"""Other names, as the nats CLI has them."""
_TAKE_A_VALUE = frozenset(
    (
        *(flag for flag, _, _ in CONNECTION_FLAGS),
        *(SERVER_SHORT, "-w", "--watch", "-c", "--collection", "-e", "--environment"),
        *("--config", "--theme", "--record", "--record-secrets", "--record-size"),
        *("--record-age", "--record-keep"),
    )
)
"""Flags that may stand before a command, and the word after them is theirs."""


class CommandLine(NamedTuple):
    """A command and its words, those that stood before its name included."""

    name: str
    words: tuple[str, ...]


def nearest_command(words: Sequence[str]) -> str:
    """The command that the first word was meant to be; "" where it is none, or no word is there."""
    from difflib import get_close_matches

    at = _first_word(words)
    first = words[at] if at is not None else ""
    return next(iter(get_close_matches(first, (*COMMANDS, *ALIASES), 1, 0.7)), "")


def find_command(words: Sequence[str]) -> CommandLine | None:
    """The command that a command line names; None when it names none."""
    at = _first_word(words)
    if at is None:
        return None
    name = ALIASES.get(words[at], words[at])
    rest = (*words[:at], *words[at + 1 :])
    return CommandLine(name, rest) if name in COMMANDS else None


def _first_word(words: Sequence[str]) -> int | None:
    """Where the first word is that is neither a flag nor the value of one."""
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word == "--":
            return None
        elif word.startswith("-"):
            skip = word in _TAKE_A_VALUE
        else:
            return at
    return None
