"""A session: where natstap is connected, and everything that runs on that connection.

It connects where the `nats` CLI would; with nothing configured, to 127.0.0.1:4222 if a NATS
server answers there, else to a private server of its own, where demo services give it company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.insight.inbox_watch import InboxWatch
from engine.insight.requesters import Requester
from engine.insight.subject_watch import LIMIT, EverythingWatch, SubjectWatch
from engine.insight.watch import Watch
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
        self._watches: list[Watch] = []

    @classmethod
    async def open(
        cls,
        journal: Journal,
        flags: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        demo: bool | None = None,
        watch: Iterable[str] = (),
    ) -> Session:
        """Connect; raises `InvalidProfile`, `CannotConnect`, `ServerUnavailable`, and
        `InvalidSubject` for subjects to `watch` that are none.

        With `demo` it is always a private server with demo services on it; None runs them
        where the private server is used for want of another, False never.
        """
        profile = None if demo else resolve(flags, env)
        if profile is None and not demo and await answers(DEFAULT_HOST, DEFAULT_PORT):
            profile = Profile.local()
        server = await EmbeddedServer.start() if profile is None else None
        session = cls(server.profile() if server else profile or Profile.local(), journal, server)
        try:
            await session.broker.start()
            if server is not None and demo is not False:
                session.demo = await Demo.start(session.profile)
            if patterns := tuple(watch):
                await session.watch_subjects(patterns)
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

    # -- watching others -----------------------------------------------------------------

    @property
    def watches(self) -> tuple[Watch, ...]:
        """Those that run; one that was limited in time leaves by itself."""
        return tuple(one for one in self._watches if one.running)

    async def watch_client(self, requester: Requester) -> Watch:
        """Hear the answers to one client; raises `CannotConnect`, `LinkError`."""
        return await self._watch(InboxWatch(self.profile, self.journal, requester))

    async def watch_subjects(self, patterns: Iterable[str]) -> Watch:
        """Hear chosen subjects; raises `InvalidSubject` as well."""
        return await self._watch(SubjectWatch(self.profile, self.journal, patterns))

    async def watch_everything(self, *, confirmed: bool, seconds: float = LIMIT) -> Watch:
        """Hear everything for `seconds`; raises `InvalidInput` unless it is `confirmed`."""
        watch = EverythingWatch(self.profile, self.journal, confirmed=confirmed, seconds=seconds)
        return await self._watch(watch)

    async def stop_watch(self, watch: Watch) -> None:
        await watch.stop()

    def heard_alone(self, number: int) -> bool:
        """True for a request that nobody but a watch heard, as far as that is known."""
        return any(
            isinstance(one, SubjectWatch) and one.would_have_been_no_responders(number)
            for one in self._watches
        )

    async def _watch(self, watch: Watch) -> Watch:
        """Start it, unless one like it runs; those that are over are kept for what they know."""
        same = (one for one in self.watches if (type(one), one.label) == (type(watch), watch.label))
        if (running := next(same, None)) is not None:
            return running
        self._watches.append(watch)
        await watch.start()
        return watch

    async def close(self) -> None:
        """End what was started here, in the opposite order."""
        for watch in self._watches:
            await watch.stop()
        if self.demo is not None:
            await self.demo.stop()
        await self.broker.stop()
        if self.server is not None:
            await self.server.stop()
