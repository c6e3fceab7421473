"""A session: where natstap is connected, and everything that runs on that connection.

It connects where the `nats` CLI would; with nothing configured, to 127.0.0.1:4222 if a NATS
server answers there, else to a private server of its own, where demo services give it company.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.clients.names import Names
from engine.collection.chosen_environment import ChosenEnvironment
from engine.collection.collection import Collection
from engine.collection.last_environments import LastEnvironments
from engine.demo.own_server import OwnServer
from engine.guides.guided_flow import GuidedFlow
from engine.history.history import History
from engine.history.outbox import Outbox
from engine.journal import Journal
from engine.profile.known_places import Place
from engine.profile.label import NO_LABELS, Labels
from engine.profile.profile import Profile, local_profile, resolve
from engine.profile.server_info import answers
from engine.responders.hosted import HostedResponders
from engine.rpc.broker import Broker
from engine.runs.result import Result
from engine.schemas.schemas import Schemas
from engine.secrets.known_secrets import KnownSecrets
from engine.site import Site
from engine.streams.quorum_check import QuorumCheck
from engine.watching.hearing import Hearing, WatchesHearing
from engine.watching.overdue import Overdue
from engine.watching.watches import Watches

if TYPE_CHECKING:
    from engine.recording.evidence import Finding
    from engine.recording.pages import RecordedPages
    from engine.recording.recorder import Recorder
    from engine.recording.recordings import Recordings

DEFAULT_HOST, OTHER_HOST = "127.0.0.1", "::1"
DEFAULT_PORT = 4222
COLLECTION = "natstap"
"""The folder of saved things, unless another is named: beside what it is about."""


class EndsOnLeaving(NamedTuple):
    """What ends here when natstap connects elsewhere."""

    responders: int
    """Those that answer now."""
    watches: int
    """Those that somebody asked for."""


class Session(Site):
    """Made by `Session.open`, ended by `close`; screens read from its parts and ask through them.

    Without `hearing` it is the watches that know of others' requests.
    """

    pages: RecordedPages | None = None
    """Those of one that was recorded, which has no server."""

    def __init__(
        self,
        profile: Profile,
        journal: Journal,
        own: OwnServer | None,
        collection: Path | str = COLLECTION,
        *,
        company: bool = True,
        secrets: KnownSecrets | None = None,
        hearing: Hearing | None = None,
    ) -> None:
        super().__init__(profile, journal, own, company)
        self.secrets = KnownSecrets() if secrets is None else secrets
        """All that natstap knows to be secret; grows with what is used."""
        self.secrets.learn_profile(profile)
        self.watches = Watches(self.broker, journal)
        self.hearing: Hearing = hearing or WatchesHearing(self.watches, journal)
        """What is known of others' requests by listening."""
        self.history = History(known=self.secrets)
        self.collection = Collection(collection, self.secrets)
        last = LastEnvironments(self.history.path.with_name("environments.json"))
        self.environment = ChosenEnvironment(self.collection, last)
        self.results: dict[str, Result] = {}
        """By name: what came of the collection's requests when they were run last."""
        self.outbox = Outbox(
            self.broker,
            journal,
            self.history,
            self.environment.variables,
            self.watches.watch_reply,
            self.environment.unwritten_variables,
        )
        self.schemas = Schemas(lambda: self.outbox.reader.settings)
        """What requests and replies have to keep."""
        self.responders = HostedResponders(
            self.broker, self.environment.variables, lambda: self.outbox.reader.settings
        )
        self.guided_flow = GuidedFlow(lambda: self.own_logins)
        self.names = Names()
        """Who is who among the clients; asked for when somebody looks at a name."""
        self.quorum = QuorumCheck()
        """Whether JetStream has a leader, where there is a cluster."""
        self.finders: list[Callable[[], Iterable[Finding]]] = []
        """Who else finds out what is to be recorded."""
        self._overdue = Overdue(journal, self.hearing.is_excused, self.hearing.is_settled)
        self._looking: list[asyncio.Task[None]] = []
        """What looks around all the time while it is open."""
        self._move = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        journal: Journal,
        flags: Mapping[str, Any],
        env: Mapping[str, str],
        *,
        demo: bool | None = None,
        watch: Iterable[str] = (),
        collection: Path | str = COLLECTION,
        environment: str | None = None,
        place: Place | None = None,
        secrets: KnownSecrets | None = None,
        labels: Labels = NO_LABELS,
    ) -> Session:
        """Connect; raises `InvalidProfile`, `CannotConnect`, `ServerUnavailable`,
        `InvalidSubject` for subjects to `watch` that are none, and `InvalidCollection` for an
        `environment` that is none; None is the one that was used last.

        A `place` that was chosen goes before `flags`, `env` and what `demo` says of the server.
        With `demo` it is always a private server with demo services on it; None runs them
        where the private server is used for want of another, False never. What is secret is
        learned into `secrets`. `labels` are those of the contexts.
        """
        company = demo is not False
        profile = place.profile if place is not None else None
        if place is None and not demo:
            profile = await _configured(flags, env, labels)
        own = await OwnServer.start(company=company) if profile is None else None
        chosen = own.profile if own else profile or Profile.local()
        session = cls(chosen, journal, own, collection, company=company, secrets=secrets)
        session.secrets.learn_environ({**env, **os.environ})
        try:
            await asyncio.to_thread(session.environment.begin, environment)
            await session.broker.start()
            session.quorum.attend(session.broker.link)
            session._looking = [
                asyncio.create_task(session._overdue.keep_judging()),
                asyncio.create_task(session.names.keep_learning(lambda: session.broker.link)),
                asyncio.create_task(session.quorum.keep_checking()),
            ]
            if patterns := tuple(watch):
                await session.watches.watch_subjects(patterns)
        except BaseException:
            await session.close()
            raise
        return session

    @property
    def why_read_only(self) -> str:
        """Why nothing is sent from here; "" where things are."""
        title, read_only = self.profile.title, self.profile.read_only
        return f"{title} is read-only: natstap sends nothing here" if read_only else ""

    @property
    def leaving(self) -> EndsOnLeaving:
        """What would end here if natstap connected elsewhere."""
        answering = sum(responder.on for responder in self.responders.all)
        return EndsOnLeaving(answering, len(self.watches.asked_for))

    async def move(self, place: Place) -> None:
        """Connect elsewhere, and then leave: watches end, and responders are switched off.

        The journal goes on, and so do history, collection and, where there is one, the private
        server. Raises as `open`, and when cancelled, before anything here has ended.
        """
        if place.trouble is not None:
            raise place.trouble
        async with self._move:
            profile = place.profile or await self._home()
            self.secrets.learn_profile(profile)
            broker = Broker(profile, journal=self.journal)
            try:
                await broker.start()
            except BaseException:
                await broker.stop()
                raise
            self._leaving = asyncio.create_task(self._leave_for(profile, broker))
            await asyncio.shield(self._leaving)

    async def _leave_for(self, profile: Profile, broker: Broker) -> None:
        """Whatever goes wrong with one of what ends here, the others end as well."""
        left = self.broker
        self._settle(profile, broker)
        self.outbox.broker = self.responders.broker = self.watches.broker = broker
        self.quorum.attend(broker.link)
        self.names.leave(time.time())
        try:
            async with AsyncExitStack() as ending:
                ending.push_async_callback(left.stop)
                ending.push_async_callback(self.responders.leave)
                ending.push_async_callback(self.watches.leave)
        finally:
            self.journal.note(f"connected to {profile.display} ({profile.source})")

    @cached_property
    def recordings(self) -> Recordings:
        """What is recorded of this session; made, and imported, when it is first wanted."""
        from engine.recording.recordings import recordings_of

        return recordings_of(self)

    @property
    def recorder(self) -> Recorder | None:
        """The recording that runs, or that ended last."""
        return self.recordings.current if "recordings" in self.__dict__ else None

    async def close(self) -> None:
        """End what was started here, in the opposite order."""
        if self.recorder is not None:
            await self.recordings.stop()
        async with self._move:
            for task in self._looking:
                task.cancel()
                await asyncio.wait({task})
            if self._leaving is not None:
                await asyncio.wait({self._leaving})
            await self.outbox.close()
            await self.watches.stop()
            await self.responders.stop()
            await self.guided_flow.play(None)
            await self.broker.stop()
            if self._own is not None:
                await self._own.stop()


async def _configured(
    flags: Mapping[str, Any], env: Mapping[str, str], labels: Labels
) -> Profile | None:
    """Where the nats CLI would connect, if a server is named, or answers where all try first."""
    profile = resolve(flags, env, labels=labels)
    if profile is not None:
        return profile
    for host in (DEFAULT_HOST, OTHER_HOST):
        if await answers(host, DEFAULT_PORT):
            return local_profile(flags, labels, host)
    return None
