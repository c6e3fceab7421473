"""What stands around the command of `nats`: a prompt, other commands, what runs it elsewhere."""

from __future__ import annotations

import re
from pathlib import PurePath

from .flags import COMMANDS
from .pipeline import Stage
from .shell import InvalidCommand

_SETTING = re.compile(r"(\w+)=")
_RUNNERS = ("docker", "env", "kubectl", "nohup", "podman", "sudo", "time", "timeout", "watch")
_PROGRAM = r"(?:nats|printf|echo|cat|sudo|docker|kubectl|podman)\b"
_SHELL = rf"(?:\w{{1,99}}=\S{{0,999}}\s+){{0,9}}(?:[^\s/]{{0,99}}/){{0,9}}{_PROGRAM}"
_SIGNS = (
    r"PS [^>\n]{0,200}>|[^\s'\"]{0,200}[$%#>❯➜»]"
    r"|[^\s'\"@]{1,100}@[^'\"$%#>]{0,200}[$%#>]"
)
_PROMPT = re.compile(rf"\s*(?:{_SIGNS})\s+(?={_SHELL})")
_IDLE = re.compile(r"\s*(?:#.*|```.*)?")


def without_prompt(written: str) -> str:
    """The command alone: no prompt, no fence of Markdown, no mark of an order of bytes."""
    lines = written.strip("\ufeff\u200b\n\r").split("\n")
    if lines[0].lstrip().startswith("```"):
        lines = ["", *(line for line in lines[1:] if line.strip() != "```")]
    first = next((at for at, line in enumerate(lines) if not _IDLE.fullmatch(line)), None)
    if first is None:  # the prompt of root looks like a comment
        first = next((at for at, line in enumerate(lines) if _PROMPT.match(line)), 0)
    found = _PROMPT.match(lines[first])
    if found is None:
        return "\n".join(lines)
    begin = " " * found.end() + lines[first][found.end() :]  # so that places stay true
    return "\n".join([*lines[:first], begin, *map(_continued, lines[first + 1 :])])


def _continued(line: str) -> str:
    """A shell begins each further line of a command with a prompt of its own."""
    return line.removeprefix("> ")


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
