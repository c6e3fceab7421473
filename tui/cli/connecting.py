"""Connecting for a command: where the desk would, but never to a server that nobody asked for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.profile.label import Label, Labels
from engine.profile.profile import Profile, local_profile, resolve
from engine.secrets.known_secrets import KnownSecrets
from tui.settings import CONTEXTS, UserSettings, read_settings

from .command import Options
from .output import WARN, Output

if TYPE_CHECKING:
    from engine.journal import Journal
    from engine.rpc.asking_link import AskingLink
    from engine.rpc.broker import Broker


def read_only_contexts(settings: UserSettings) -> Labels:
    """Which contexts are read-only; where the settings cannot be read, all of them are."""
    if settings.unread:
        return Labels(others=Label(read_only=True))
    found = {}
    for path, value in settings.table(CONTEXTS):
        name, _, key = path.rpartition(".")
        if name and key == "read_only":
            found[name] = Label(read_only=value is not False)
    return Labels(found)


def flags_of(options: Options) -> Mapping[str, Any]:
    """The flags that say where to connect, as `resolve` takes them."""
    return vars(options)


@asynccontextmanager
async def chosen_profile(options: Options, out: Output) -> AsyncIterator[Profile]:
    """Where flags, variables and contexts point; with `--demo` a private server while it lasts.

    Raises `InvalidProfile`, and for the private server `ServerUnavailable`.
    """
    out.secrets = KnownSecrets(os.environ)
    for flag in ("password", "token", "seed", "jwt"):
        out.secrets.learn(f"nats_{flag}", getattr(options, flag) or "")
    async with AsyncExitStack() as stack:
        if options.demo:
            from engine.demo.own_server import OwnServer

            own = await OwnServer.start(company=True)
            stack.push_async_callback(own.stop)
            profile = own.profile
        else:
            profile = find_profile(options, out)
        out.secrets.learn_profile(profile)
        yield profile


def find_profile(options: Options, out: Output) -> Profile:
    """Where the nats CLI would connect, at last 127.0.0.1:4222; raises `InvalidProfile`."""
    settings = read_settings(Path(options.config) if options.config else None)
    if settings.unread:
        for problem in settings.problems:
            out.complain(f"{problem} Until then natstap is read-only.", WARN)
    flags, labels = flags_of(options), read_only_contexts(settings)
    return resolve(flags, os.environ, labels=labels) or local_profile(flags, labels)


@asynccontextmanager
async def asking(options: Options, out: Output, journal: Journal) -> AsyncIterator[AskingLink]:
    """A connection that only asks, while the block lasts; raises as `connected`."""
    from engine.rpc.asking_link import AskingLink

    async with chosen_profile(options, out) as profile:
        async with await AskingLink.open(profile, journal) as link:
            yield link


@asynccontextmanager
async def connected(
    options: Options, out: Output, journal: Journal | None = None
) -> AsyncIterator[Broker]:
    """A broker while the block lasts; raises `InvalidProfile`, `CannotConnect`."""
    from engine.rpc.broker import Broker

    async with chosen_profile(options, out) as profile:
        async with Broker(profile, journal=journal) as broker:
            yield broker
