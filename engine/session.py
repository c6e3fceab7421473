"""A session: where natstap is connected, and everything that runs on that connection.

It connects where the `nats` CLI would; with nothing configured, to 127.0.0.1:4222 if a NATS
server answers there, else to a private server of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.journal import Journal
from engine.lab.demo import Demo
from engine.lab.responder import Recipe, Responder, echo
from engine.link.profile import Profile, answers, resolve
from engine.link.server import EmbeddedServer
from engine.rpc.broker import NatsBroker

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 4222


class Session:
    """Made by `Session.open`, ended by `close`; screens read from it and ask through it."""

    def __init__(self, profile: Profile, journal: Journal, server: EmbeddedServer | None) -> None:
        self.profile = profile
        self.journal = journal
        self.server = server
        """The private server, when it is natstap's own."""
        self.broker = NatsBroker(profile, journal=journal)
        self.responders: list[Responder] = []
        self.demo: Demo | None = None

    @classmethod
    async def open(
        cls,
        journal: Journal,
        flags: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        demo: bool = False,
    ) -> Session:
        """Connect; raises `InvalidProfile`, `CannotConnect` or `ServerUnavailable`."""
        profile = None if demo else resolve(flags, env)
        if profile is None and not demo and await answers(DEFAULT_HOST, DEFAULT_PORT):
            profile = Profile.local()
        server = await EmbeddedServer.start() if profile is None else None
        session = cls(server.profile() if server else profile or Profile.local(), journal, server)
        try:
            await session.broker.start()
            if demo:
                session.demo = await Demo.start(session.profile)
        except BaseException:
            await session.close()
            raise
        return session

    async def add_responder(
        self, subject: str, recipe: Recipe = echo, *, name: str = "echo"
    ) -> Responder:
        """Host a responder, switched on; raises `InvalidSubject` for a harmful subject."""
        responder = Responder(self.broker, subject, recipe, name=name)
        await responder.start()
        self.responders.append(responder)
        return responder

    async def remove_responder(self, responder: Responder) -> None:
        self.responders.remove(responder)
        await responder.stop()

    async def close(self) -> None:
        """End what was started here, in the opposite order."""
        if self.demo is not None:
            await self.demo.stop()
        await self.broker.stop()
        if self.server is not None:
            await self.server.stop()
