"""What every command is made of: its module, its parser, and the flags that all of them have."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tui.flags import FlagParser, add_connection_flags

from .commands import COMMANDS

if TYPE_CHECKING:
    from .output import Output

Options = argparse.Namespace
Flags = argparse._ActionsContainer
"""What flags are added to: a parser, or a group of it."""


class CommandModule(Protocol):
    """A module of this folder."""

    ABOUT: str
    EXAMPLES: str

    def add_flags(self, parser: Flags) -> None: ...

    run: Callable[[Options, Output], Awaitable[int]]


class LoadedCommand(NamedTuple):
    """A command with the parser of its flags."""

    module: Any
    parser: FlagParser


def load(name: str) -> LoadedCommand:
    """Import a command and make its parser."""
    module = import_module(f"tui.cli.{COMMANDS[name][0]}")
    parser = FlagParser(
        f"natstap {name}",
        description=module.ABOUT,
        epilog=f"examples:\n{module.EXAMPLES.rstrip()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    # argparse asks for the terminal's width at each flag of a parser, and at none of a group
    group = parser.add_argument_group("what it takes")
    module.add_flags(group)
    group.add_argument("-h", "--help", action="help", help="show this help and exit")
    parser.usage = _usage(name, parser)
    if getattr(module, "CONNECTS", True):
        _add_output_flags(parser)
        add_connection_flags(parser, timeout=getattr(module, "TIMEOUT", ""))
        _add_own_flags(parser)
    return LoadedCommand(module, parser)


def _add_own_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("natstap's own")
    words = "connect to a private server with demo services, which ends with the command"
    group.add_argument("--demo", action="store_true", help=words)
    words = "your settings; without it settings.toml in your configuration folder"
    group.add_argument("--config", metavar="FILE", help=words)


def _usage(name: str, parser: argparse.ArgumentParser) -> str:
    """The words that have a place; the flags are listed below it."""
    shown = []
    for action in parser._get_positional_actions():
        word = str(action.metavar or action.dest)
        many = action.nargs in ("*", "+")
        optional = action.nargs in ("?", "*")
        word = f"{word}…" if many else word
        shown.append(f"[{word}]" if optional else word)
    return " ".join((f"natstap {name} [flags]", *shown))


def _add_output_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument("--json", action="store_true", help="print JSON lines: see docs/cli.md")
    taken = "-q" in parser._option_string_actions
    names = ("--quiet",) if taken else ("-q", "--quiet")
    group.add_argument(*names, action="store_true", help="say nothing beside the result but errors")
    exact = "-r" in parser._option_string_actions
    names = ("--raw",) if exact else ("-r", "--raw")
    words = "print bodies byte for byte, with control bytes and secrets as they are"
    group.add_argument(*names, action="store_true", help=words)
