"""The command: `natstap`. What is imported here is what `--help` waits for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click


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
    click.echo(f"\x1b[22;2t\x1b]2;{title}\x1b\\", nl=False)
    try:
        yield
    finally:
        click.echo("\x1b[23;2t", nl=False)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--demo/--no-demo",
    default=None,
    help="A private server with demo services on it, or one without.",
)
@click.option(
    "-w", "--watch", metavar="SUBJECT", multiple=True, help="Watch a subject; may be repeated."
)
@click.option(
    "-c",
    "--collection",
    metavar="FOLDER",
    default="natstap",
    envvar="NATSTAP_COLLECTION",
    help="Where requests and responders are saved.  [default: natstap]",
)
@click.option("-s", "--server", metavar="URL", help="Server URLs, with commas between them.")
@click.option("--user", metavar="NAME", help="Username or, without a password, a token.")
@click.option("--password", metavar="PASSWORD", help="Password.")
@click.option("--token", metavar="TOKEN", help="Token.")
@click.option("--creds", metavar="FILE", help="User credentials: a file with JWT and seed.")
@click.option("--nkey", metavar="FILE", help="User NKey: a file with the seed.")
@click.option("--tlscert", metavar="FILE", help="TLS certificate of the client.")
@click.option("--tlskey", metavar="FILE", help="TLS private key of the client.")
@click.option("--tlsca", metavar="FILE", help="TLS certificates of the authorities to trust.")
@click.option("--tlsfirst", is_flag=True, help="TLS handshake before the server's greeting.")
@click.option("--context", metavar="NAME", help="A context of the nats CLI.")
@click.option("--no-context", is_flag=True, help="Leave the selected context alone.")
@click.option("--inbox-prefix", metavar="PREFIX", help="What reply subjects begin with.")
@click.option("--js-domain", metavar="DOMAIN", help="JetStream domain.")
@click.option("--connection-name", metavar="NAME", help="Name that the server shows.")
@click.option("--timeout", metavar="TIME", help="Longest wait for a connection, e.g. 5s.")
@click.version_option(package_name="natstap")
def main(demo: bool | None, watch: tuple[str, ...], collection: str, **flags: Any) -> None:
    """See NATS RPC as conversations: who asked, who answered, how long it took, why it failed.

    Connects where the nats CLI would: flags, NATS_* variables, the selected context, then
    127.0.0.1:4222. When nothing is there, natstap starts a private server with demo services.
    """
    from tui.app import NatstapApp

    with window_title("natstap"):
        app = NatstapApp(
            Private(flags), Private(os.environ), demo=demo, watch=watch, collection=collection
        )
        app.run()


if __name__ == "__main__":
    main(prog_name="natstap")
