"""Watching what others say to each other, in three ways, from the gentlest to the loudest.

An `InboxWatch` hears the answers to one client, a `SubjectWatch` the messages on chosen
subjects, an `EverythingWatch` all there is, for a while. Each has a connection of its own,
under a name that says what it is, records into a journal, and changes no stream and no
consumer. What listening does to others is said in docs/watching.md; what is done about it:
an inbox watch leaves everybody's requests alone, a subject watch hears the answers at the
askers' inboxes and says which requests only natstap heard, and everything is watched only when
that was confirmed. After a reconnect the link subscribes again by itself; what a watch does about
it is in `HeardSubjects.on_link`.
"""

from __future__ import annotations

import asyncio
import math
import time
from abc import ABC, abstractmethod
from dataclasses import replace

from engine.clients.listeners import WATCH_NAME
from engine.errors import LinkError, NatstapError
from engine.journal import Journal
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link
from engine.profile.profile import Profile
from engine.rpc.inquiry import Inquiry

from .heard_subjects import HeardSubjects

LEAVE_TIMEOUT = 1.0
"""Seconds that a server may take to acknowledge that a watch is over."""
LOOK_INTERVAL = 1.0
"""Seconds between two looks at who else is there, at the least."""


class Watch(ABC):
    """What the three have in common; `async with` starts and stops it."""

    def __init__(self, profile: Profile, journal: Journal, label: str) -> None:
        self.label = label
        self._profile = replace(profile, name=WATCH_NAME)
        self._journal = journal
        self._source = journal.sources.again(f"watch {label}")
        self.subjects = HeardSubjects(journal, self._source, self._heard)
        self._link: Link | None = None
        self._turn = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None
        self._ended = 0.0
        """When it stopped, in seconds since the epoch; 0 before."""
        self._until = math.inf
        """When it ends by itself, by the loop's clock."""

    @property
    def source(self) -> str:
        """The name under which the journal knows what was heard here."""
        return self._journal.sources.names[self._source]

    @property
    def answers(self) -> int:
        """Answers heard beside what goes to the patterns."""
        return 0

    @property
    def left(self) -> float | None:
        """Seconds until it ends by itself; None when it goes on until it is stopped."""
        return None if self._until == math.inf else max(0.0, self._until - now())

    @property
    def running(self) -> bool:
        return self._link is not None

    @property
    def target(self) -> object:
        """What is watched: two watches of the same kind and target are alike."""
        return self.label

    @property
    def hearing(self) -> bool:
        """False while nothing is listened to: it was refused, or for whom it watches is gone."""
        return self.running and bool(self.subjects.patterns)

    async def start(self) -> None:
        """Connect and listen; returns when it hears. Raises `CannotConnect`, `LinkError`."""
        if self._link is not None:
            return
        self._link = await Link.open(self._profile)
        self._link.events.listeners.append(self._on_link)
        self._journal.sources.time_by(self._source, self._link.arrival)
        self.subjects.refused.clear()
        try:
            await self._begin(self._link)
            await self._link.barrier()
        except BaseException:
            await self.stop()
            raise
        if self.hearing:
            self._note(f"listens to {', '.join(self.subjects.patterns)}")
        self._looking = asyncio.get_running_loop().create_task(self._keep_looking())

    async def stop(self) -> None:
        """Listen no more; what was recorded stays. Safe to call twice."""
        looking, self._looking = self._looking, None
        if looking is not None and looking is not asyncio.current_task():
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
        link, self._link = self._link, None
        self._ended = time.time() if link is not None else self._ended
        self.subjects.end()
        if link is not None:
            await _leave(link)
            self._note("is over")

    async def __aenter__(self) -> Watch:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    def hears(self, subject: bytes) -> bool:
        """True when what goes to a subject is heard here."""
        return self.subjects.match(subject)

    def listened_until(self, reply: bytes, now: float) -> float:
        """Up to when this watch listened for what goes to a reply subject."""
        return now if self.running else self._ended

    async def look(self) -> None:
        """Find out now what is otherwise found out every second."""
        async with self._turn:
            if self._link is not None:
                async with Inquiry(self._link) as inquiry:
                    await self._look(inquiry)

    @abstractmethod
    async def _begin(self, link: Link) -> None:
        """Listen, on a link that is new."""

    @abstractmethod
    async def _look(self, inquiry: Inquiry) -> None:
        """Find out who else is there."""

    def _why_over(self) -> str:
        """What is noted when it ends by itself."""
        return ""

    async def _keep_looking(self) -> None:
        while (left := self._until - now()) > 0:
            await asyncio.sleep(min(left, LOOK_INTERVAL))
            self._tick()
            try:
                if self._is_due and self._until > now():
                    async with asyncio.timeout_at(None if self._until == math.inf else self._until):
                        await self.look()
            except (NatstapError, TimeoutError):
                pass  # the link tells what is wrong with it, and the next look may work
        self._note(self._why_over())
        await self.stop()

    @property
    def _is_due(self) -> bool:
        """Whether to look again at who is there."""
        return True

    def _tick(self) -> None:  # noqa: B027
        """What is done every second, and asks nobody."""

    def _heard(self, number: int, subject: bytes, reply: bytes) -> None:  # noqa: B027
        """A message was recorded; most watches want to know no more."""

    def _note(self, words: str) -> None:
        self._journal.note(f"watch {self.label}: {words}")

    def _on_link(self, event: LinkEvent) -> None:
        if event.what not in (Happening.CLOSED, Happening.MEMBERS):
            self._note(f"{event.what}: {event.words}" if event.words else str(event.what))
        self.subjects.on_link(event)


async def _leave(link: Link) -> None:
    """Close, and have the server know before that nobody listens here any more."""
    try:
        await link.barrier(LEAVE_TIMEOUT)
    except LinkError:
        pass  # a server that does not answer knows it, or will
    await link.close()


def now() -> float:
    """Seconds, by the clock of the running loop."""
    return asyncio.get_running_loop().time()
