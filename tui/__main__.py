"""The command: `natstap`. What is imported here is what `--help` waits for."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from tui.terminal import missing_terminal

_ABOUT = """See NATS RPC as conversations: who asked, who answered, how long it took, why it failed.

Connects where the nats CLI would: flags, NATS_* variables, the selected context, then
127.0.0.1:4222. When nothing is there, natstap starts a private server with demo services."""
_DEFAULT_COLLECTION = "natstap"
_CONNECTION_FLAGS = (
    ("--server", "URL", "server URLs, with commas between them"),
    ("--user", "NAME", "username or, without a password, a token"),
    ("--password", "PASSWORD", "password"),
    ("--token", "TOKEN", "token"),
    ("--creds", "FILE", "user credentials: a file with JWT and seed"),
    ("--nkey", "FILE", "user NKey: a file with the seed"),
    ("--jwt", "TOKEN", "user JWT; without --seed a bearer's"),
    ("--seed", "SEED", "NKey seed that goes with --jwt"),
    ("--tlscert", "FILE", "TLS certificate of the client"),
    ("--tlskey", "FILE", "TLS private key of the client"),
    ("--tlsca", "FILE", "TLS certificates of the authorities to trust"),
    ("--context", "NAME", "a context of the nats CLI"),
    ("--inbox-prefix", "PREFIX", "what reply subjects begin with"),
    ("--js-domain", "DOMAIN", "JetStream domain"),
    ("--js-api-prefix", "PREFIX", "subject prefix of the JetStream API"),
    ("--js-event-prefix", "PREFIX", "taken as the nats CLI takes it; natstap reads no events"),
    ("--socks-proxy", "URL", "SOCKS 5 or HTTP proxy, such as socks5://host:1080"),
    ("--connection-name", "NAME", "name that the server shows"),
    ("--timeout", "TIME", "longest wait for a connection, such as 5s"),
)
"""Flags as the nats CLI has them; what they mean is decided in `engine.link.settings`."""


_OWN_FLAGS = ("demo", "watch", "collection", "environment", "config", "theme")
"""Flags that are natstap's, and say nothing about the connection."""


class Private(Mapping[str, Any]):
    """A mapping whose repr keeps its values to itself, for a crash report would show them."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._get = values.__getitem__
        self._names = tuple(values)

    def __getitem__(self, name: str) -> Any:
        return self._get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<{len(self)} settings>"


@contextmanager
def window_title(title: str) -> Iterator[None]:
    """Title the terminal's window, and give its own title back."""
    if not sys.stdout.isatty():
        yield
        return
    print(f"\x1b[22;2t\x1b]2;{title}\x1b\\", end="", flush=True)
    try:
        yield
    finally:
        print("\x1b[23;2t", end="", flush=True)


class _Version(argparse.Action):
    """Looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        parser.exit(message=f"natstap {version('natstap')}\n")


class _FlagParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """What was not understood may be a secret: only the names of flags are repeated."""
        begin, colon, words = message.partition("unrecognized arguments: ")
        if colon:
            flags = [word.partition("=")[0] for word in words.split() if word.startswith("--")]
            others = "" if flags else "a word that belongs to no flag"
            message = f"{begin}{colon}{' '.join(flags) or others}"
        super().error(message)


def parser() -> argparse.ArgumentParser:
    made = _FlagParser(
        "natstap",
        description=_ABOUT,
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
    connecting = made.add_argument_group("connecting")
    for flag, value, words in _CONNECTION_FLAGS:
        also = ("-s",) if flag == "--server" else ()
        connecting.add_argument(*also, flag, metavar=value, help=words)
    first = "TLS handshake before the server's greeting"
    connecting.add_argument("--tlsfirst", "--tls-first", action="store_true", help=first)
    alone = "leave the selected context alone"
    connecting.add_argument("--no-context", action="store_true", help=alone)
    only = "send nothing but questions, such as who listens and what streams hold"
    connecting.add_argument("--read-only", action="store_true", help=only)
    return made


def main(words: Sequence[str] | None = None) -> int:
    """Run the app with the flags in `words`, else those of the process; the exit code."""
    reading = parser()
    flags = vars(reading.parse_args(words))
    own = {name: flags.pop(name) for name in _OWN_FLAGS}
    gc.disable()  # a start makes no garbage, and looking for it takes a tenth of it
    from tui.app import NatstapApp

    with window_title("natstap"):
        app = NatstapApp(Private(flags), Private(os.environ), **own)
        if (theme := own["theme"]) is not None and theme not in app.available_themes:
            reading.error(f"--theme: try one of {', '.join(sorted(app.available_themes))}")
        if why := missing_terminal():
            print(why, file=sys.stderr)
            return 2
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
