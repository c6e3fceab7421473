"""The manual page, written from the parsers that `--help` and completion use."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .command import load
from .commands import COMMANDS

_FILES = (
    ("settings.toml", "your settings, in the configuration folder: docs/configuration.md"),
    ("./natstap", "the collection: saved requests, responders, variables and guided flows"),
)
_VARIABLES = (
    ("NATS_URL, NATS_CONTEXT, …", "where to connect, as the nats CLI takes them"),
    ("NATSTAP_COLLECTION", "the collection's folder"),
    ("NATSTAP_VAR_NAME", "the value of a variable that is in no file"),
    ("NO_COLOR", "no colours"),
)


def manual(
    desk: argparse.ArgumentParser, drawing: Mapping[str, str], web: argparse.ArgumentParser
) -> str:
    """The page in roff; `drawing` are the commands that open the screen, `web` is one of them."""
    printing = [(name, words) for name, (_, words) in COMMANDS.items()]
    lines = [
        '.TH NATSTAP 1 "" "" "User Commands"',
        *_section("NAME", ["natstap \\- NATS request and reply as conversations"]),
        *_section("SYNOPSIS", _synopsis(drawing)),
        *_section("DESCRIPTION", _paragraphs(desk.description or "")),
        *_section("OPTIONS", _options(desk)),
        *_section("COMMANDS THAT OPEN THE SCREEN", _entries(drawing.items())),
        *_section("OPTIONS OF SERVE-WEB", _options(web)),
        *_section("COMMANDS THAT PRINT", _entries(printing)),
    ]
    for name in COMMANDS:
        lines += _command(name)
    lines += _section("ENVIRONMENT", _entries(_VARIABLES))
    lines += _section("FILES", _entries(_FILES))
    lines += _section("EXIT STATUS", ["See docs/cli.md, which lists the code of every ending."])
    lines += _section("SEE ALSO", ["\\fBnats\\fR(1)"])
    return "\n".join(lines) + "\n"


def _command(name: str) -> Iterator[str]:
    parser = load(name).parser
    shared = {word for word, _ in _flags(load("completion").parser)}
    body = [*_paragraphs(parser.description or ""), *_options(parser, shared)]
    yield from _section(f"natstap {name}".upper(), body)
    examples = (parser.epilog or "").removeprefix("examples:\n")
    yield from (".PP", "Examples:", ".nf", *map(_text, examples.splitlines()), ".fi")


def _synopsis(drawing: Mapping[str, str]) -> list[str]:
    names = ", ".join((*drawing, *COMMANDS))
    return [".B natstap", "[flags]", ".br", ".B natstap", f"COMMAND [flags]: {_text(names)}"]


def _section(title: str, body: Iterable[str]) -> list[str]:
    return [f'.SH "{_text(title)}"', *body]


def _paragraphs(words: str) -> Iterator[str]:
    for number, part in enumerate(re.split(r"\n\s*\n", words.strip())):
        if number:
            yield ".PP"
        yield _text(" ".join(part.split()))


def _options(parser: argparse.ArgumentParser, without: Iterable[str] = ()) -> Iterator[str]:
    left_out = set(without)
    yield from _entries(each for each in _flags(parser) if each[0] not in left_out)


def _entries(entries: Iterable[Sequence[str]]) -> Iterator[str]:
    for word, words in entries:
        yield from (".TP", f".B {_text(word)}", _text(words))


def _flags(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """Each flag with its value, and what it does."""
    for action in parser._actions:
        if action.help == argparse.SUPPRESS:
            continue
        value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
        words = ", ".join(action.option_strings) or str(action.metavar or action.dest)
        takes = action.option_strings and action.nargs != 0
        shown = f"{words} {value}" if takes and action.const is None else words
        yield shown, _help(action)


def _help(action: argparse.Action) -> str:
    """With the default in the place where argparse puts it."""
    return (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")


def _text(words: str) -> str:
    """Nothing in it is a request of roff's."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
