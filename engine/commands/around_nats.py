"""Where the command of `nats` is among others, and what runs it elsewhere or with settings."""

from __future__ import annotations

import re
from pathlib import PurePath

from .flags import COMMANDS
from .pipeline import Stage
from .shell import InvalidCommand

_SETTING = re.compile(r"(\w+)=")
_RUNNERS = ("docker", "env", "kubectl", "nohup", "podman", "sudo", "time", "timeout", "watch")


def around_nats(commands: list[Stage]) -> tuple[list[Stage], Stage, list[Stage]]:
    """What pipes into nats, nats, and what it pipes into."""
    every = [command for command in commands if command.words]
    found = [at for at, command in enumerate(every) if _nats_at(command.words) is not None]
    if not found:
        raise InvalidCommand("this is no nats command: paste nats req, nats pub or nats reply")
    at = found[-1]
    return every[:at], every[at], every[at + 1 :]


def _nats_at(words: list[str]) -> int | None:
    """Where the command of nats begins, behind settings and what runs it elsewhere."""
    settings = next((at for at, word in enumerate(words) if not _SETTING.match(word)), len(words))
    if settings < len(words) and _is_nats(words[settings]):
        return settings
    if settings == len(words) or PurePath(words[settings]).name not in _RUNNERS:
        return None
    places = [at for at, word in enumerate(words[:-1]) if _is_nats(word)]
    named = [at for at in places if words[at + 1] in COMMANDS]
    return next(iter(named or [at for at in places if words[at + 1].startswith("-")]), None)


def _is_nats(word: str) -> bool:
    return PurePath(word).name in ("nats", "nats.exe")


def without_wrapping(words: list[str]) -> tuple[list[str], list[str]]:
    """From `nats` on. Settings before it and what runs it elsewhere go, their values unsaid."""
    at = _nats_at(words) or 0
    settings = [found[1] for word in words[:at] if (found := _SETTING.match(word))]
    notes = [f"{name} was dropped: natstap stays where it is connected" for name in settings]
    runner = next((word for word in words[:at] if not _SETTING.match(word)), "")
    if runner:
        notes.append(f"{PurePath(runner).name} was dropped: natstap sends by itself")
    return words[at:], notes
