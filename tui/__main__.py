"""The command: `natstap`. What is imported here is what `--help` waits for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tui.cli.commands import COMMANDS, find_command, nearest_command
from tui.demo_words import ABOUT, DEMO
from tui.flags import FlagParser, add_connection_flags
from tui.record_flags import OPEN
from tui.web_flags import ABOUT as WEB_ABOUT
from tui.web_flags import SERVE_WEB

_ABOUT = """See NATS RPC as conversations: who asked, who answered, how long it took, why it failed.

Connects where the nats CLI would: flags, NATS_* variables, the selected context, then
127.0.0.1:4222. When nothing is there, natstap starts a private server with demo services."""
_DESK_TITLE = "commands that open the screen"
_COMMANDS_TITLE = "commands, which print and need no terminal; natstap COMMAND --help says more"
_DEFAULT_COLLECTION = "natstap"
DESK_COMMANDS = {
    DEMO: ABOUT,
    OPEN: "show a recording, a dump or a trace log, without a server",
    SERVE_WEB: WEB_ABOUT,
}
"""What stands in place of a command that prints, and what it does."""


class _Version(argparse.Action):
    """Looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"natstap {version('natstap')}\n")


def _list_commands() -> str:
    drawing = (f"  {name:<12}{words}" for name, words in DESK_COMMANDS.items())
    printing = (
        f"  {name:<12}{words}" for name, (_, words) in COMMANDS.items() if name not in DESK_COMMANDS
    )
    return "\n".join((f"{_DESK_TITLE}:", *drawing, "", f"{_COMMANDS_TITLE}:", *printing))


def parser() -> argparse.ArgumentParser:
    made = FlagParser(
        "natstap",
        description=_ABOUT,
        epilog=_list_commands(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = made.add_argument
    add(
        "--version",
        action=_Version,
        nargs=0,
        dest=argparse.SUPPRESS,
        help="show the version and exit",
    )
    add(
        "--demo",
        action=argparse.BooleanOptionalAction,
        help="a private server with demo services on it, or one without",
    )
    add(
        "-w",
        "--watch",
        metavar="SUBJECT",
        action="append",
        default=[],
        help="watch a subject; may be repeated",
    )
    add(
        "-c",
        "--collection",
        metavar="FOLDER",
        default=os.environ.get("NATSTAP_COLLECTION") or _DEFAULT_COLLECTION,
        help="where requests and responders are saved: %(default)s",
    )
    add(
        "-e",
        "--environment",
        metavar="NAME",
        help="which of the collection's variables to use; without it those used last",
    )
    add(
        "--config",
        metavar="FILE",
        help="your settings, such as keys; without it settings.toml in your configuration folder",
    )
    add("--theme", metavar="NAME", help="the colours, such as natstap-light or nord")
    add_connection_flags(made)
    from tui.record_flags import add_record_flags  # no command needs it

    add_record_flags(made)
    return made


def main(words: Sequence[str] | None = None) -> int:
    """Run what `words` ask for, else those of the process; the exit code."""
    given = sys.argv[1:] if words is None else list(words)
    if "_ARGCOMPLETE" in os.environ:
        from tui.cli.completion import answer_shell

        answer_shell(parser(), DESK_COMMANDS)
    if given[:1] == [SERVE_WEB]:
        from tui.web_flags import run_serve_web

        return run_serve_web(given[1:])
    command = find_command(given)
    if command is not None and not (command.name == "open" and _is_for_the_desk(given)):
        from tui.cli.main import leave, run_command

        code = run_command(command)
        return code if words is not None else leave(code)
    if command is None and given and (near := nearest_command(given)) and near not in given:
        parser().error(f"there is no such command: did you mean natstap {near}?")
    from tui.start_desk import run_desk

    return run_desk(parser(), given)


def _is_for_the_desk(words: Sequence[str]) -> bool:
    from tui.cli.recorded import wants_desk

    return wants_desk(words)


if __name__ == "__main__":
    sys.exit(main())
