"""A session: where natstap is connected, and everything that runs on that connection.

It connects where the `nats` CLI would; with nothing configured, to 127.0.0.1:4222 if a NATS
server answers there, else to a private server of its own, where demo services give it company.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.clients.connections import Roster
from engine.clients.names import Names
from engine.clients.requesters import Requester
from engine.collection.collection import Collection
from engine.collection.last_environments import LastEnvironments
from engine.demo.own_server import OwnServer
from engine.drafts.draft import TIMEOUT, Draft, Pairs, Size
from engine.drafts.send import SentDraft
from engine.drafts.written_content import encoded
from engine.errors import NotConnected
from engine.guides.cast import Cast
from engine.guides.guide import Guide
from engine.history.history import History
from engine.history.outbox import Outbox
from engine.journal import Journal
from engine.message import raw_bytes
from engine.profile.known_places import Place
from engine.profile.label import NO_LABELS, Labels
from engine.profile.profile import Profile, answers, local_profile, resolve
from engine.responders.answer_waiting import answer_waiting
from engine.responders.lane import HeldRequest
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.rpc.broker import Broker
from engine.runs.result import Result
from engine.schemas.schemas import Schemas
from engine.secrets.known_secrets import KnownSecrets
from engine.site import Site
from engine.streams.quorum_check import QuorumCheck
from engine.subject import matches
from engine.watching.inbox_watch import InboxWatch
from engine.watching.left_out import LeftOut
from engine.watching.overdue import Overdue
from engine.watching.reply_watch import REPLY_WAIT, ReplyWatch
from engine.watching.subject_watch import WATCH_SECONDS, EverythingWatch, SubjectWatch
from engine.watching.watch import Watch

if TYPE_CHECKING:
    from engine.recording.evidence import Finding
    from engine.recording.recorder import Recorder
    from engine.recording.recordings import Recordings

DEFAULT_HOST, OTHER_HOST = "127.0.0.1", "::1"
DEFAULT_PORT = 4222
COLLECTION = "natstap"
"""The folder of saved things, unless another is named: beside what it is about."""
REPLIES_WATCHED = 8
"""Reply subjects of what was published that are listened to; the oldest makes way."""
MAX_OVER = 64
"""Watches that are over and still asked what they heard alone."""


class Removed(NamedTuple):
    """A responder that was taken away, and how to put it back."""

    responder: Responder
    place: int
    was_on: bool


class EndsOnLeaving(NamedTuple):
    """What ends here when natstap connects elsewhere."""

    responders: int
    """Those that answer now."""
    watches: int
    """Those that somebody asked for."""


class Session(Site):
    """Made by `Session.open`, ended by `close`; screens read from it and ask through it."""

    recorded = False
    """True for one that was recorded, and has no server."""

    def __init__(
        self,
        profile: Profile,
        journal: Journal,
        own: OwnServer | None,
        collection: Path | str = COLLECTION,
        *,
        company: bool = True,
        secrets: KnownSecrets | None = None,
    ) -> None:
        self.secrets = KnownSecrets() if secrets is None else secrets
        """All that natstap knows to be secret; grows with what is used."""
        super().__init__(profile, journal, own, company)
        self.responders: list[Responder] = []
        self.history = History(known=self.secrets)
        self.collection = Collection(collection, self.secrets)
        self.results: dict[str, Result] = {}
        """By name: what came of the collection's requests when they were run last."""
        self.environment = ""
        """The collection's environment whose variables are used, "" for none."""
        self._chosen = LastEnvironments(self.history.path.with_name("environments.json"))
        self.outbox = Outbox(
            self.broker,
            journal,
            self.history,
            self.variables,
            self._watch_reply,
            lambda: self.collection.unwritten_variables(self.environment),
        )
        self.schemas = Schemas(lambda: self.outbox.reader.settings)
        """What requests and replies have to keep."""
        self.names = Names()
        """Who is who among the clients; asked for when somebody looks at a name."""
        self._learning: asyncio.Task[None] | None = None
        self.quorum = QuorumCheck()
        """Whether JetStream has a leader, where there is a cluster."""
        self._checking: asyncio.Task[None] | None = None
        self.watched_before: tuple[str, ...] = ()
        """Subjects that were watched here in another run, and may be offered."""
        self._watches: list[Watch] = []
        self.left_out = LeftOut()
        """What of natstap's own bursts the watches heard."""
        self._for_replies: deque[ReplyWatch] = deque()
        """Those that nobody asked for but the sending."""
        self.cast: Cast | None = None
        """The clients of the guided flow that runs."""
        self._turn = asyncio.Lock()
        self._move = asyncio.Lock()
        self._leaving: asyncio.Task[None] | None = None
        self._overdue = Overdue(journal, self._excused, self._is_settled)
        self._judging: asyncio.Task[None] | None = None
        self.finders: list[Callable[[], Iterable[Finding]]] = []
        """Who else finds out what is to be recorded."""

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
            await asyncio.to_thread(session._begin_with, environment)
            await session.broker.start()
            session._judging = asyncio.create_task(session._overdue.keep_judging())
            session.quorum.attend(session.broker.link)
            session._checking = asyncio.create_task(session.quorum.keep_checking())
            session._learning = asyncio.create_task(
                session.names.keep_learning(lambda: session.broker.link)
            )
            if patterns := tuple(watch):
                await session.watch_subjects(patterns)
        except BaseException:
            await session.close()
            raise
        return session

    def _settle(self, profile: Profile, broker: Broker) -> None:
        self.secrets.learn_profile(profile)
        super()._settle(profile, broker)

    # -- where it is connected -----------------------------------------------------------

    @property
    def leaving(self) -> EndsOnLeaving:
        """What would end here if natstap connected elsewhere."""
        answering = sum(responder.on for responder in self.responders)
        return EndsOnLeaving(answering, len(self.asked_for))

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
        self.quorum.attend(broker.link)
        self.outbox.broker = broker
        self._for_replies.clear()
        self.names.learn(Roster())
        try:
            async with self._turn, AsyncExitStack() as ending:
                ending.push_async_callback(left.stop)
                for responder in self.responders:
                    ending.push_async_callback(responder.stop)
                for watch in self._watches:
                    ending.push_async_callback(watch.stop)
        finally:
            for responder in self.responders:
                responder.move(broker)
            self.journal.note(f"connected to {profile.display} ({profile.source})")

    # -- sending -------------------------------------------------------------------------

    @property
    def max_payload(self) -> int:
        """Bytes of a message that the server takes, headers included; 0: not connected."""
        try:
            return self.broker.link.max_payload
        except NotConnected:
            return 0

    @property
    def takes_headers(self) -> bool:
        """False while the server says that it takes no headers."""
        try:
            return self.broker.link.takes_headers
        except NotConnected:
            return True

    def size(self, draft: Draft) -> Size:
        """What a draft would weigh if it were sent now; see `Draft.size`.

        Raises `InvalidDraft` for a body that cannot be written as it shall be.
        """
        draft = encoded(draft, self.outbox.reader.settings, headers=self.takes_headers)
        if not self.takes_headers:
            draft = replace(draft, adds_headers=False)
        try:
            return draft.size(self.max_payload, self.broker.inbox.coming)
        except NotConnected:
            return draft.size()

    def variables(self) -> dict[str, str]:
        """What templates may name: the environment's, and the process's NATSTAP_VAR_*.

        Raises `InvalidCollection` when the environment's file cannot be read.
        """
        return self.collection.variables(self.environment)

    def _begin_with(self, environment: str | None) -> None:
        """In a thread; what is no longer there is not missed unless it was asked for."""
        if environment:
            self.collection.written_variables(environment)
            self.environment = environment
        elif environment is None:
            before = self._chosen.environment(self.collection.folder)
            self.environment = before if before in self.collection.environments() else ""

    def remember_environment(self) -> None:
        """Begin with the same environment next time; raises OSError where that is not possible."""
        self._chosen.remember(self.collection.folder, self.environment)

    async def post(self, draft: Draft, more: Pairs = ()) -> SentDraft:
        """Send what the user composed; see `Outbox.post`."""
        return await self.outbox.post(draft, more)

    async def _watch_reply(self, draft: Draft) -> None:
        """Listen on its reply subject for a while, unless somebody watches it anyway."""
        seconds = REPLY_WAIT if draft.timeout == TIMEOUT else draft.timeout
        made = ReplyWatch(self.profile, self.journal, draft.reply_to, seconds, self._hears)
        if any(
            type(watch) is SubjectWatch and watch.target == made.target for watch in self.watches
        ):
            return
        watch = await self._watch(made)
        if not isinstance(watch, ReplyWatch):
            return
        watch.prolong(seconds)
        if watch.left is not None and watch not in self._for_replies:
            self._for_replies.append(watch)
        running = [watch for watch in self._for_replies if watch.running]
        self._for_replies = deque(running[-REPLIES_WATCHED:])
        for oldest in running[:-REPLIES_WATCHED]:
            await oldest.stop()

    # -- answering -----------------------------------------------------------------------

    async def add_responder(self, draft: ReplyDraft, *, name: str = "") -> Responder:
        """Host a responder, switched on; raises `InvalidInput` for a bad or harmful one, and
        for a stream that cannot be consumed `JetStreamError`.

        Its templates know the variables that `variables` gives when it is switched on.
        """
        responder = Responder(
            self.broker,
            draft,
            name=name,
            variables=self.variables,
            settings=lambda: self.outbox.reader.settings,
        )
        await responder.start()
        self.responders.append(responder)
        return responder

    async def remove_responder(self, responder: Responder) -> Removed:
        """Stop it; `restore_responder` undoes that."""
        removed = Removed(responder, self.responders.index(responder), responder.on)
        self.responders.remove(responder)
        await responder.stop()
        return removed

    async def restore_responder(self, removed: Removed) -> None:
        """Undo a removal: the same settings and figures, on or off as it was."""
        self.responders.insert(removed.place, removed.responder)
        if removed.was_on:
            await removed.responder.start()

    @property
    def held(self) -> tuple[HeldRequest, ...]:
        """Requests that wait to be answered by hand, the oldest first."""
        found = (held for responder in self.responders for held in responder.lane)
        return tuple(sorted(found, key=lambda held: held.since))

    def answer_by_hand(self, number: int, body: bytes, headers: Pairs = ()) -> None:
        """Answer somebody else's request that waits; raises `InvalidInput` where that would do
        harm or nobody waits, and `LinkError`.
        """
        answer_waiting(self.broker, self.journal, number, body, headers)

    # -- guided flows --------------------------------------------------------------------

    async def play(self, guide: Guide | None) -> None:
        """Start the clients of a flow on the private server, after those of the flow before
        have left; None only ends that one.

        Raises `LinkError`, also where natstap is not at its private server, `JetStreamError`.
        """
        async with self._turn:
            before, self.cast = self.cast, None
            if before is not None:
                await before.stop()
            profile, silenced = self.own_profile, self.silenced_profile
            if guide is None:
                return
            if self.server is None or profile is None or silenced is None:
                raise NotConnected("guided flows run on natstap's own server: press C to go there")
            self.cast = await Cast.start(guide, profile, silenced)

    # -- recording -----------------------------------------------------------------------

    @cached_property
    def recordings(self) -> Recordings:
        """What is recorded of this session; made, and imported, when it is first wanted."""
        from engine.recording.recordings import recordings_of

        return recordings_of(self)

    @property
    def recorder(self) -> Recorder | None:
        """The recording that runs, or that ended last."""
        return self.recordings.current if "recordings" in self.__dict__ else None

    def inbox_owners(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The clients whose inboxes are watched, and these."""
        for watch in self._watches:
            if isinstance(watch, InboxWatch):
                yield watch.requester.title, tuple(watch.requester.inboxes)

    # -- watching others -----------------------------------------------------------------

    @property
    def watches(self) -> tuple[Watch, ...]:
        """Those that run; one that was limited in time leaves by itself."""
        return tuple(watch for watch in self._watches if watch.running)

    @property
    def asked_for(self) -> tuple[Watch, ...]:
        """Those that run because somebody wants them, and not for a sending."""
        return tuple(watch for watch in self.watches if watch not in self._for_replies)

    async def watch_client(self, requester: Requester) -> Watch:
        """Hear the answers to one client; raises `CannotConnect`, `LinkError`."""
        return await self._watch(InboxWatch(self.profile, self.journal, requester))

    async def watch_subjects(self, patterns: Iterable[str]) -> Watch:
        """Hear chosen subjects; raises `InvalidSubject` as well.

        Where one for replies listens there already, that one stays until it is stopped.
        """
        wanted = SubjectWatch(self.profile, self.journal, patterns, self._hears)
        for watch in self._for_replies:
            if watch.running and watch.target == wanted.target:
                self._for_replies.remove(watch)
                watch.keep()
                return watch
        return await self._watch(wanted)

    def _hears(self, reply: bytes) -> bool:
        return self.broker.hears(reply) or any(watch.hears(reply) for watch in self.watches)

    async def watch_everything(self, *, confirmed: bool, seconds: float = WATCH_SECONDS) -> Watch:
        """Hear everything for `seconds`; raises `InvalidInput` unless it is `confirmed`."""
        watch = EverythingWatch(self.profile, self.journal, confirmed=confirmed, seconds=seconds)
        return await self._watch(watch)

    async def stop_watch(self, watch: Watch) -> None:
        await watch.stop()

    def heard_alone(self, number: int) -> bool:
        """True for a request that nobody but a watch heard, as far as that is known."""
        return any(watch.would_have_been_no_responders(number) for watch in _hearing(self._watches))

    def missed_the_answer(self, number: int) -> bool:
        """True for a request whose answer may have gone where no watch listened."""
        return any(watch.missed_the_answer(number) for watch in _hearing(self._watches))

    @property
    def settled(self) -> dict[str, int]:
        """By watch: up to which number it is known what was heard alone."""
        return {watch.label: watch.settled for watch in _hearing(self.watches)}

    def _excused(self, number: int) -> bool:
        """True for a request whose missing answer says nothing of those who should answer."""
        return self.heard_alone(number) or self.missed_the_answer(number)

    def _is_settled(self, number: int) -> bool:
        """True when it is known of a request who else heard it, as far as it ever will be."""
        return all(number <= upto for upto in self.settled.values())

    def listened_until(self, number: int, now: float) -> float:
        """Up to when, in seconds since the epoch, natstap listened for a request's answer."""
        message = self.journal.message(number)
        reply, source = raw_bytes(message.reply), self.journal.sources[message.source]
        heard_by = [watch for watch in self._watches if watch.source == source]
        return max((watch.listened_until(reply, now) for watch in heard_by), default=now)

    def inbox_owner(self, subject: str) -> str:
        """The client whose watched inbox this is; "" for any other subject."""
        clients = (watch.requester for watch in self._watches if isinstance(watch, InboxWatch))
        owners = (
            client.title for client in clients if any(matches(p, subject) for p in client.inboxes)
        )
        return next(owners, "")

    async def _watch(self, watch: Watch) -> Watch:
        """Start it, unless one like it runs; those that are over are kept for what they know."""
        like = type(watch), watch.target
        async with self._turn:
            for running in self.watches:
                if (type(running), running.target) == like:
                    return running
            over = [watch for watch in self._watches if not watch.running]
            self._watches = [watch for watch in self._watches if watch not in over[:-MAX_OVER]]
            self._watches.append(watch)
            watch.left_out = self.left_out
            await watch.start()
        return watch

    async def close(self) -> None:
        """End what was started here, in the opposite order."""
        if self.recorder is not None:
            await self.recordings.stop()
        async with self._move:
            for task in (self._judging, self._learning, self._checking):
                if task is not None:
                    task.cancel()
                    await asyncio.wait({task})
            if self._leaving is not None:
                await asyncio.wait({self._leaving})
            await self.outbox.close()
            for watch in self._watches:
                await watch.stop()
            for responder in self.responders:
                await responder.stop()
            await self.play(None)
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


def _hearing(watches: Iterable[Watch]) -> Iterator[SubjectWatch]:
    return (watch for watch in watches if isinstance(watch, SubjectWatch))
