"""Completion in bash, zsh and fish: what the shell asks for, and the script that makes it ask."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from .command import Flags, Options
from .commands import COMMANDS

CONNECTS = False
ABOUT = (
    """Print the script with which a shell completes commands, flags, contexts and saved names."""
)
EXAMPLES = """  eval "$(natstap completion bash)"          # in ~/.bashrc
  eval "$(natstap completion zsh)"           # in ~/.zshrc
  natstap completion fish | source           # in ~/.config/fish/config.fish
"""
SHELLS = ("bash", "zsh", "fish")
NOTHING: Mapping[str, str] = MappingProxyType({})


def add_flags(parser: Flags) -> None:
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")


def run(options: Options) -> int:
    from argcomplete.shell_integration import shellcode

    print(shellcode(["natstap"], shell=options.shell))
    return 0


def answer_shell(desk: argparse.ArgumentParser, drawing: Mapping[str, str] = NOTHING) -> None:
    """Write what the typed line can go on with, where the shell reads it, and end.

    `drawing` are the commands that open the screen: they have the desk's flags too.
    """
    import argcomplete

    argcomplete.autocomplete(full_parser(desk, drawing), always_complete_options="long")


def full_parser(
    desk: argparse.ArgumentParser, drawing: Mapping[str, str] = NOTHING
) -> argparse.ArgumentParser:
    """The desk's flags with the commands below them: only of the typed one the flags are added."""
    from .command import load

    own = list(desk._actions)
    places = desk.add_subparsers(dest="command", metavar="COMMAND")
    for name in drawing.keys() - COMMANDS.keys():  # some print as well, where no screen is
        words = drawing[name]
        place = places.add_parser(name, help=words)
        _take_actions(place, own)
        if name == "demo":
            flow = place.add_argument("flow", nargs="?")
            flow.completer = _flows  # type: ignore[attr-defined]
    typed = os.environ.get("COMP_LINE", "").split()
    for name, (_, words) in COMMANDS.items():
        place = places.add_parser(name, help=words)
        if name in typed:
            _take_over(place, load(name).parser)
    return desk


def _take_over(place: argparse.ArgumentParser, made: argparse.ArgumentParser) -> None:
    """Give a parser the flags of another, and what completes their values."""
    _take_actions(place, made._actions)


def _take_actions(place: argparse.ArgumentParser, actions: Iterable[argparse.Action]) -> None:
    for action in actions:
        if "-h" not in action.option_strings:
            _add_completer(action)
            place._add_action(action)


def _add_completer(action: argparse.Action) -> None:
    completer = {"context": _contexts, "names": _saved, "environment": _environments}
    if action.dest in completer:
        action.completer = completer[action.dest]  # type: ignore[attr-defined]
    elif action.dest in ("subject", "body"):
        action.completer = _nothing  # type: ignore[attr-defined]


def _nothing(**_: object) -> list[str]:
    return []


def _flows(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from pathlib import Path

    from engine.guides.reading import guides_in, own_guides

    found = guides_in(Path(parsed_args.collection))[0]
    return [guide.name for guide in (*own_guides(), *found)]


def _contexts(**_: object) -> list[str]:
    from engine.profile.read_context import context_names

    return list(context_names(os.environ))


def _saved(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from engine.collection.collection import Collection

    folder = getattr(parsed_args, "folder", None) or parsed_args.collection
    return [each.name for each in Collection(folder).load().saved]


def _environments(parsed_args: argparse.Namespace, **_: object) -> list[str]:
    from engine.collection.collection import Collection

    return list(Collection(parsed_args.collection).environments())
