"""What stands around a command that was copied from a terminal, a page or a chat."""

from __future__ import annotations

import re

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
