"""The flags of `nats request`, `publish` and `reply` (natscli 0.5), read as the CLI reads them.

Source: cli/{req,pub,reply}_command.go, options in nats/main.go, fisk's parser.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.drafts.draft import Pairs
from engine.drafts.template import escape
from engine.durations import parse_duration
from engine.errors import InvalidInput

from .shell import InvalidCommand

COMMANDS = {
    "req": "request",
    "request": "request",
    "pub": "publish",
    "publish": "publish",
    "reply": "reply",
}
_SECRET = ("user", "password", "token", "creds", "nkey", "jwt", "seed", "tlskey")
_WHERE = ("server", "connection-name", "tlscert", "tlsca", "socks-proxy", "inbox-prefix", "context")
_JETSTREAM = ("js-api-prefix", "js-event-prefix", "js-domain")
_WHEN = ("after", "at", "cron", "dest", "every", "source", "ttl")
_COMMON = {
    **dict.fromkeys((*_SECRET, *_WHERE, *_JETSTREAM, "colors", "timeout"), True),
    **dict.fromkeys(("tlsfirst", "no-tlsfirst", "trace", "no-context"), False),
}
_FLAGS = {
    "request": {
        **dict.fromkeys(
            ("header", "count", "replies", "reply-timeout", "translate", "send-on"), True
        ),
        **dict.fromkeys(
            ("raw", "wait", "wait-for-empty", "force-stdin", "templates", "no-templates"), False
        ),
    },
    "publish": {
        **dict.fromkeys(("reply", "header", "count", "jitter", "send-on", "sleep"), True),
        **dict.fromkeys([f"schedule-{when}" for when in _WHEN], True),
        **dict.fromkeys(
            ("atomic", "force-stdin", "jetstream", "quiet", "templates", "no-templates"), False
        ),
    },
    "reply": {
        **dict.fromkeys(("command", "queue", "sleep", "header", "count"), True),
        "echo": False,
    },
}
"""Whether a flag takes a value."""
_SHORT = {
    "request": {"H": "header", "r": "raw", "w": "wait", "s": "server"},
    "publish": {"H": "header", "J": "jetstream", "q": "quiet", "s": "server"},
    "reply": {"H": "header", "q": "queue", "s": "server"},
}
_LOOKS = ("raw", "wait", "quiet", "translate", "trace", "colors")
"""What only changes how the CLI reads and prints."""
_TOLD = ("help", "help-long", "help-man", "version")
_REPEATED = ("header",)
_GO_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""What Go takes as a header's name. Source: validHeaderFieldByte, net/textproto."""
_SHOWN = 40
"""Characters of a name that a note repeats."""


@dataclass(slots=True)
class Given:
    """The flags and arguments of one command."""

    command: str = ""
    arguments: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    variables: dict[str, str] = field(default_factory=dict)
    """The shell's, and how a template says each."""
    seen: set[str] = field(default_factory=set)

    def has(self, flag: str) -> bool:
        return flag in self.values

    def text(self, flag: str) -> str:
        value = self.values.get(flag, [""])[-1]
        self.refuse_variables(f"--{flag}", value)
        return value

    def escaped(self, plain: str) -> str:
        """A template of exactly this text, but for variables of the shell."""
        plain = escape(plain)
        for said in self.variables.values():
            plain = plain.replace(escape(said), said)
        return plain

    def idle(self, flag: str, when: str) -> None:
        if self.has(flag):
            self.notes.append(f"--{flag} does nothing {when}")

    def refuse_variables(self, where: str, value: str) -> None:
        """Raises `InvalidCommand` where only a shell could say what is meant."""
        if name := next(
            (variable for variable, said in self.variables.items() if said in value), ""
        ):
            raise InvalidCommand(f"{where} holds ${name}: write what it stands for")

    def number(self, flag: str, default: int) -> int:
        if not self.has(flag):
            return default
        if not re.fullmatch(r"-?\d{1,9}", self.text(flag)):
            raise InvalidCommand(f"--{flag} {self.text(flag)!r} is no whole number")
        return int(self.text(flag))

    def seconds(self, flag: str, default: float) -> float:
        return read_duration(flag, self.text(flag)) if self.has(flag) else default

    def headers(self) -> Pairs:
        cut = [header.partition(":") for header in self.values.get("header", ())]
        if not all(colon for _, colon, _ in cut):
            raise InvalidCommand("a header has no colon: -H takes Name:value")
        for name, _, _ in cut:
            self.refuse_variables("the name of a header", name)
            self.notes += refused_names([name.strip()])
        return tuple((name.strip(), _one_line(value)) for name, _, value in cut)


def refused_names(names: Iterable[str]) -> list[str]:
    """Notes on names with which the CLI sends nothing: it reads its own headers first."""
    return [
        f"nats refuses the name of a header {name[:_SHOWN]!r} and sends nothing"
        for name in dict.fromkeys(names)
        if name and not _GO_NAME.fullmatch(name)
    ]


def _one_line(value: str) -> str:
    """As Go writes a header's value."""
    return value.strip().replace("\r", " ").replace("\n", " ").strip(" \t")


def read_duration(flag: str, written: str) -> float:
    """Seconds of 300ms, 1m30s, 2d; raises `InvalidCommand`."""
    try:
        return parse_duration(written, bare=False)
    except InvalidInput as error:
        raise InvalidCommand(f"--{flag} {error}") from None


def read_flags(words: list[str], variables: dict[str, str] | None = None) -> Given:
    """What follows `nats`; raises `InvalidCommand` for what its parser would refuse."""
    given = Given(variables=variables or {})
    rest = list(words)
    only_arguments = False
    while rest:
        word = rest.pop(0)
        if only_arguments or not word.startswith("-"):
            _argument(given, word, only_arguments)
        elif word == "--":
            only_arguments = True
        elif word == "-":
            _argument(given, "", True)
        elif word.startswith("--"):
            _long_flag(given, word[2:], rest)
        else:
            _short_flags(given, word[1:], rest)
    if not given.arguments:
        raise InvalidCommand("the command names no subject" if given.command else _WHICH)
    return given


_WHICH = "natstap reads nats req, nats pub and nats reply"


def _argument(given: Given, word: str, plain: bool) -> None:
    if not given.command:
        if word not in COMMANDS:
            raise InvalidCommand(f"{_WHICH}, not nats {word}")
        given.command = COMMANDS[word]
        return
    if word.startswith("@") and not plain:
        raise InvalidCommand(f"{word} names a file to nats: put its text into the command")
    if len(given.arguments) == 2:
        raise InvalidCommand(f"{word!r} is too much: put the body in quotes")
    given.arguments.append(word)


def _long_flag(given: Given, word: str, rest: list[str]) -> None:
    name, equals, value = word.partition("=")
    if name in _TOLD:
        raise InvalidCommand(f"--{name} only makes nats tell something: nothing would be sent")
    name = "tlsfirst" if name == "tls-first" else name
    takes = _COMMON.get(name, _FLAGS.get(given.command, {}).get(name))
    if takes is None:
        of = f"nats {given.command}" if given.command else "nats"
        raise InvalidCommand(f"{of} has no flag --{name}")
    if takes and not equals:
        value = _value(f"--{name}", rest)
    elif equals and not takes:
        raise InvalidCommand(f"--{name} takes no value")
    _take(given, name, value)


def _short_flags(given: Given, letters: str, rest: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter == "h":
            raise InvalidCommand("-h only makes nats tell something: nothing would be sent")
        name = _SHORT.get(given.command, {"s": "server"}).get(letter)
        if name is None:
            of = f"nats {given.command}" if given.command else "nats"
            raise InvalidCommand(f"{of} has no flag -{letter}")
        if _COMMON.get(name, _FLAGS.get(given.command, {}).get(name)):
            _take(given, name, letters or _value(f"-{letter}", rest))
            return
        _take(given, name, "")


def _value(flag: str, rest: list[str]) -> str:
    if not rest or (rest[0].startswith("-") and len(rest[0]) > 1):
        raise InvalidCommand(f"{flag} needs a value")
    value = rest.pop(0)
    if value.startswith("@"):
        raise InvalidCommand(f"{value} names a file to nats: put its text into the command")
    return "" if value == "-" else value


def _take(given: Given, name: str, value: str) -> None:
    plain = name.removeprefix("no-")
    if plain in given.seen and name not in _REPEATED:
        raise InvalidCommand(f"--{plain} is given twice, and nats takes it once")
    given.seen.add(plain)
    if name in _SECRET:
        given.notes.append(f"--{name} was dropped: natstap never copies credentials")
    elif name in (*_WHERE, *_JETSTREAM, "tlsfirst", "no-tlsfirst", "no-context"):
        given.notes.append(f"--{name} was dropped: natstap stays where it is connected")
    elif name == "send-on" and value not in ("eof", "newline"):
        raise InvalidCommand("--send-on takes eof or newline")
    elif name in _LOOKS:
        given.notes.append(f"--{name} was dropped: it only concerns what nats reads and prints")
    elif name == "jitter":
        given.notes.append("--jitter was dropped: natstap sends at an even pace")
    else:
        given.values.setdefault(name, []).append(value)
