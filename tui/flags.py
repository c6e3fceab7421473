"""The flags that say where to connect, shared by the desk and by every command."""

from __future__ import annotations

import argparse
from typing import NoReturn

CONNECTION_FLAGS = (
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


SERVER_SHORT = "-s"


class FlagParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """What was not understood may be a secret: only the names of flags are repeated."""
        about, missing, _ = message.partition(": expected one argument")
        if missing:
            flag = about.rpartition("argument ")[2].rpartition("/")[2]
            message += f"; a value that begins with - is written {flag}=VALUE"
        begin, colon, words = message.partition("unrecognized arguments: ")
        if colon:
            flags = [word.partition("=")[0] for word in words.split() if word.startswith("--")]
            others = "" if flags else "a word that belongs to no flag"
            message = f"{begin}{colon}{' '.join(flags) or others}"
        super().error(message)


def add_connection_flags(parser: argparse.ArgumentParser, *, timeout: str = "") -> None:
    """Add them in a group of their own; `timeout` says what that flag means to a command."""
    group = parser.add_argument_group("connecting")
    for flag, value, words in CONNECTION_FLAGS:
        also = (SERVER_SHORT,) if flag == "--server" else ()
        help_text = timeout if timeout and flag == "--timeout" else words
        group.add_argument(*also, flag, metavar=value, help=help_text)
    first = "TLS handshake before the server's greeting"
    group.add_argument("--tlsfirst", "--tls-first", action="store_true", help=first)
    alone = "leave the selected context alone"
    group.add_argument("--no-context", action="store_true", help=alone)
    only = "send nothing but questions, such as who listens and what streams hold"
    group.add_argument("--read-only", action="store_true", help=only)
