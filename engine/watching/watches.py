"""The watches of a session: those that somebody asked for, and those on reply subjects."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import AsyncExitStack

from engine.clients.requesters import Requester
from engine.journal import Journal
from engine.rpc.broker import Broker

from .inbox_watch import InboxWatch
from .left_out import LeftOut
from .reply_watch import ReplyWatch
from .subject_watch import WATCH_SECONDS, EverythingWatch, SubjectWatch
from .watch import Watch

REPLIES_WATCHED = 8
"""Reply subjects of what was published that are listened to; the oldest makes way."""
MAX_OVER = 64
"""Watches that are over and still asked what they heard alone."""


class Watches:
    """What is heard on the server of `broker` is recorded into the journal."""

    def __init__(self, broker: Broker, journal: Journal) -> None:
        self.broker = broker
        """Those that begin from now on listen where it is connected."""
        self.before: tuple[str, ...] = ()
        """Subjects that were watched here in another run, and may be offered."""
        self.left_out = LeftOut()
        """What of natstap's own bursts the watches heard."""
        self.known: list[Watch] = []
        """Those that run, and those that are over and still know what they heard."""
        self._journal = journal
        self._for_replies: deque[ReplyWatch] = deque()
        """Those that nobody asked for but the sending."""
        self._turn = asyncio.Lock()

    @property
    def running(self) -> tuple[Watch, ...]:
        """One that was limited in time leaves by itself."""
        return tuple(watch for watch in self.known if watch.running)

    @property
    def asked_for(self) -> tuple[Watch, ...]:
        """Those that run because somebody wants them, and not for a sending."""
        return tuple(watch for watch in self.running if watch not in self._for_replies)

    async def watch_client(self, requester: Requester) -> Watch:
        """Hear the answers to one client; raises `CannotConnect`, `LinkError`."""
        return await self._start(InboxWatch(self.broker.profile, self._journal, requester))

    async def watch_subjects(self, patterns: Iterable[str]) -> Watch:
        """Hear chosen subjects; raises `InvalidSubject` as well.

        Where one for replies listens there already, that one stays until it is stopped.
        """
        wanted = SubjectWatch(self.broker.profile, self._journal, patterns, self._hears)
        for watch in self._for_replies:
            if watch.running and watch.target == wanted.target:
                self._for_replies.remove(watch)
                watch.keep()
                return watch
        return await self._start(wanted)

    async def watch_everything(self, *, confirmed: bool, seconds: float = WATCH_SECONDS) -> Watch:
        """Hear everything for `seconds`; raises `InvalidInput` unless it is `confirmed`."""
        profile = self.broker.profile
        watch = EverythingWatch(profile, self._journal, confirmed=confirmed, seconds=seconds)
        return await self._start(watch)

    async def watch_reply(self, subject: str, seconds: float) -> None:
        """Listen there until no answer came for `seconds`, unless somebody watches it anyway."""
        made = ReplyWatch(self.broker.profile, self._journal, subject, seconds, self._hears)
        if any(
            type(watch) is SubjectWatch and watch.target == made.target for watch in self.running
        ):
            return
        watch = await self._start(made)
        if not isinstance(watch, ReplyWatch):
            return
        watch.prolong(seconds)
        if watch.left is not None and watch not in self._for_replies:
            self._for_replies.append(watch)
        running = [watch for watch in self._for_replies if watch.running]
        self._for_replies = deque(running[-REPLIES_WATCHED:])
        for oldest in running[:-REPLIES_WATCHED]:
            await oldest.stop()

    def _hears(self, reply: bytes) -> bool:
        return self.broker.hears(reply) or any(watch.hears(reply) for watch in self.running)

    async def _start(self, watch: Watch) -> Watch:
        """Start it, unless one like it runs; those that are over are kept for what they know."""
        like = type(watch), watch.target
        async with self._turn:
            for running in self.running:
                if (type(running), running.target) == like:
                    return running
            over = [watch for watch in self.known if not watch.running]
            self.known = [watch for watch in self.known if watch not in over[:-MAX_OVER]]
            self.known.append(watch)
            watch.subjects.left_out = self.left_out
            await watch.start()
        return watch

    async def leave(self) -> None:
        """End all that listen where natstap was connected."""
        self._for_replies.clear()
        async with self._turn:
            await self.stop()

    async def stop(self) -> None:
        """Whatever goes wrong with one of them, the others end as well."""
        async with AsyncExitStack() as ending:
            for watch in self.known:
                ending.push_async_callback(watch.stop)
