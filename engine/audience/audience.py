"""The audience: who would receive a message on a subject, found without sending it.

Asked as a plain user: the servers for their connections, the stream API for who stores the
subject, the own server for what this user may do, and a dry run for mappings, imports and
what lies behind them. What none of them will tell is in `unknown`, never guessed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from engine.api_subjects import STREAM_NAMES, consumers_of, is_name
from engine.clients.connections import CONNZ, Roster, roster
from engine.clients.everybody import everybody
from engine.clients.listeners import WATCH_NAME, Listener, expected_replies, find_listeners
from engine.clients.permissions import NOBODY, User, whoami
from engine.durations import FORECAST_TIMEOUT
from engine.errors import (
    CannotTrace,
    JetStreamError,
    JetStreamOff,
    NatstapError,
    RequestTimeout,
)
from engine.rpc.broker import Broker
from engine.rpc.inquiry import Inquiry, reason
from engine.rpc.jetstream import JetStream
from engine.rpc.shared_answers import Recent
from engine.streams.stream_state import ConsumerState
from engine.subject import check_publish
from engine.tracing.dry_run_safety import SERVERS_OWN
from engine.tracing.path import Path
from engine.tracing.trace import probe

from .delivery_check import reached
from .forecast import forecast
from .mapping import find_choices
from .nearest import nearest
from .recent_looks import remember
from .stream_consumers import Consumers, list_consumers, names_of_readers

_NO_DRY_RUN = "mappings and imports: no dry run, for "


@dataclass(frozen=True, slots=True)
class MappingTarget:
    """A subject that a mapping sends some of the messages to; `answering` counts who could."""

    subject: str
    answering: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Who would get a message on `subject`; None is "the server would not say"."""

    subject: str
    listeners: tuple[Listener, ...] = ()
    streams: tuple[str, ...] = ()
    readers: tuple[str, ...] | None = None
    """Consumers of the first stream that get the subject; None when they are not known."""
    user: User = NOBODY
    may_publish: bool | None = None
    may_hear_replies: bool | None = None
    nearest: tuple[str, ...] = ()
    """Subjects that somebody listens to, when nobody listens to this one."""
    path: Path | None = None
    """The dry run; None when none could be made."""
    at: float = 0.0
    """When the asking began; seconds since the epoch."""
    consumers: tuple[ConsumerState, ...] | None = None
    """All consumers of the first stream, whatever they read; None when they are not known."""
    choices: tuple[MappingTarget, ...] = ()
    """Where a mapping by weight may send it, when there is more than one such subject."""
    listeners_known: bool = True
    jetstream: bool | None = None
    """Whether JetStream answers this account."""
    jetstream_says: str = ""
    """Why it could not say which stream stores the subject, when it was asked."""
    unknown: tuple[str, ...] = ()
    """What could not be found out, and why: one sentence each."""

    @property
    def stream(self) -> str:
        """The stream that stores the subject and acknowledges it, "" when none does."""
        return self.streams[0] if self.streams else ""

    @property
    def answering(self) -> tuple[Listener, ...]:
        """Those who could answer: all but the taps and whom the server denies it."""
        return tuple(
            listener for listener in self.listeners if not listener.tap and not listener.withheld
        )

    @property
    def taps(self) -> tuple[Listener, ...]:
        return tuple(
            listener for listener in self.listeners if listener.tap and not listener.withheld
        )

    @property
    def withheld(self) -> tuple[Listener, ...]:
        """Those who listen, and to whom the server would not give it."""
        return tuple(listener for listener in self.listeners if listener.withheld)

    @property
    def replies(self) -> int:
        """Replies to expect if each listener answers once; a stream's PubAck is none."""
        return expected_replies(self.listeners)

    @property
    def at_least(self) -> bool:
        """True when more may answer than were seen: behind leaf nodes, in other accounts."""
        behind = any(listener.leaf for listener in self.listeners)
        return behind or bool(self.imported_from) or not self.listeners_known

    @property
    def mapped_to(self) -> str:
        return self.path.mapped_to if self.path else ""

    @property
    def imported_from(self) -> tuple[str, ...]:
        return self.path.imported_from if self.path else ()

    @property
    def servers_own(self) -> bool:
        """True for a subject that servers listen to themselves, without being listed."""
        return _servers_own(self.subject)

    @property
    def forecast(self) -> str:
        """One sentence, such as "2 listen (queue orders): 1 reply"."""
        return forecast(self)


_found: Recent[Audience] = Recent()


async def audience(
    broker: Broker,
    subject: str,
    *,
    timeout: float = FORECAST_TIMEOUT,
    dry_run: bool = True,
    since: float | None = None,
) -> Audience:
    """Ask who would get a message on `subject`; nobody gets one, and nothing is recorded.

    `timeout` is seconds for each question, most of them asked side by side. What somebody else
    asked at `since` (seconds since the epoch) or later will do; None asks now. Raises
    `InvalidSubject` and `NotConnected`; what servers refuse or do not know is in `unknown`.
    """
    check_publish(subject)

    async def search() -> Audience:
        async with Inquiry(broker.link) as inquiry:
            found = await _AudienceSearch(inquiry, subject, timeout, dry_run).run()
        remember(broker.link, found)
        return found

    return await _found.get(broker.link, (subject, timeout, dry_run), search, since)


class _AudienceSearch:
    """One look at one subject."""

    def __init__(self, inquiry: Inquiry, subject: str, timeout: float, dry_run: bool) -> None:
        self._inquiry = inquiry
        self._link = inquiry.link
        self._subject = subject
        self._timeout = timeout
        self._dry_run = dry_run
        self._user = NOBODY
        self._jetstream: bool | None = None
        self._jetstream_says = ""
        self._unknown: dict[str, None] = {}
        self._at = time.time()

    async def run(self) -> Audience:
        self._user = await whoami(self._inquiry, self._timeout)
        if self._inquiry.deaf:
            return self._deaf()
        found, streams, path = await asyncio.gather(
            self._roster(self._subject), self._streams(), self._path()
        )
        paths = await find_choices(self._inquiry, path, self._timeout) if path else ()
        if path is not None and path.is_mapped:
            streams = tuple(stream for each in paths for stream in each.stored_in)
            found = await self._roster_of([path.mapped_to or self._subject for path in paths])
        heard = [self._listeners(found, path) for path in paths or (None,)]
        listeners = tuple(dict.fromkeys(listener for each in heard for listener in each))
        taken = streams or (path and (path.imported_from or path.stored_in))
        lost = path is not None and path.lost
        nobody = not taken and not lost and all(listener.tap for listener in listeners)
        near: tuple[str, ...] = ()
        if nobody and not _servers_own(self._subject):
            all_of_them = await self._roster("")
            near = self._nearest(all_of_them)
            listeners = listeners or self._beyond(all_of_them, path)
        stored = tuple(dict.fromkeys((*streams, *(path.stored_in if path else ()))))
        subject = path.mapped_to if path and path.mapped_to else self._subject
        consumers = await self._consumers(stored[0]) if stored else None
        return Audience(
            subject=self._subject,
            listeners=listeners,
            streams=stored,
            readers=names_of_readers(consumers, subject) if consumers is not None else None,
            user=self._user,
            may_publish=self._user.may_publish(self._subject),
            may_hear_replies=self._user.may_hear(self._inquiry.pattern),
            nearest=near,
            path=path,
            at=self._at,
            consumers=consumers.states if consumers is not None else None,
            choices=self._choices(paths, heard) if len(paths) > 1 else (),
            listeners_known=(found.complete and not lost) or (path is not None and path.empty),
            jetstream=self._jetstream,
            jetstream_says=self._jetstream_says,
            unknown=self._told(),
        )

    def _deaf(self) -> Audience:
        why = "this user may not listen on its own inbox, so no server can answer"
        return Audience(
            self._subject,
            may_hear_replies=False,
            listeners_known=False,
            at=self._at,
            unknown=(why,),
        )

    def _told(self) -> tuple[str, ...]:
        own = (self._user.unknown,) if self._user.unknown else ()
        return (*own, *self._unknown)

    def _listeners(self, found: Roster, path: Path | None) -> tuple[Listener, ...]:
        subject = path.mapped_to if path and path.mapped_to else self._subject
        return reached(find_listeners(found, subject, self._link), path, self._link)

    def _choices(
        self, paths: Sequence[Path], heard: Sequence[Sequence[Listener]]
    ) -> tuple[MappingTarget, ...]:
        made = (
            MappingTarget(
                path.mapped_to or self._subject, sum(not x.tap and not x.withheld for x in who)
            )
            for path, who in zip(paths, heard, strict=True)
        )
        return tuple(sorted(made, key=lambda one: one.subject))

    async def _roster_of(self, subjects: Sequence[str]) -> Roster:
        """Who listens to any of a few subjects; of many, everybody."""
        return await self._roster(subjects[0] if len(subjects) == 1 else "")

    async def _roster(self, pattern: str) -> Roster:
        if self._user.may_publish(CONNZ) is False:
            found = Roster(unknown=("who listens: this user may not ask the servers",))
        elif pattern:
            found = await roster(self._inquiry, pattern, timeout=self._timeout)
        else:
            found = await everybody(self._link, timeout=self._timeout, since=self._at)
        self._unknown |= dict.fromkeys(found.unknown)
        return found

    async def _streams(self) -> tuple[str, ...]:
        if self._user.may_publish(self._api.subject(STREAM_NAMES)) is False:
            self._note("which stream stores it: this user may not ask")
            return ()
        try:
            found = await self._api.streams_of(self._subject)
            self._jetstream = True
            return found
        except JetStreamOff:
            self._jetstream = False  # and so no stream
            return ()
        except NatstapError as error:
            self._jetstream_says = _said_by_jetstream(error)
            self._note(f"which stream stores it: {reason(error)}")
            return ()

    async def _consumers(self, stream: str) -> Consumers | None:
        if not is_name(stream):  # as a trace tells it, which anybody may send
            return None
        if self._user.may_publish(self._api.subject(consumers_of(stream))) is False:
            return None
        return await list_consumers(self._api, stream)

    @property
    def _api(self) -> JetStream:
        return self._inquiry.jetstream(self._timeout)

    async def _path(self) -> Path | None:
        refused = self._user.may_publish(self._subject) is False
        if refused or not self._dry_run or _servers_own(self._subject):
            return None
        if self._user.may_publish(self._inquiry.sample) is False:
            self._note(f"{_NO_DRY_RUN}this user may not publish to its inbox")
            return None
        try:
            path = await probe(self._inquiry, self._subject, timeout=self._timeout)
        except NatstapError as error:
            why = error.why if isinstance(error, CannotTrace) else error
            self._note(f"{_NO_DRY_RUN}{why}")
            return None
        if path.lost or not (path.complete or path.refused):
            self._note(_unreported(path))
        return path

    def _nearest(self, found: Roster) -> tuple[str, ...]:
        """Of subjects that somebody means to answer on: what natstap watches is not among them."""
        others = (connection for connection in found.connections if connection.name != WATCH_NAME)
        patterns = (i.pattern for other in others for i in other.interests)
        return nearest(self._subject, patterns)

    def _beyond(self, found: Roster, path: Path | None) -> tuple[Listener, ...]:
        """Listeners behind a leaf node that passes the subject on to nobody.

        Asked for the subject alone, the own server does not show such a leaf node, and counts as
        the only one there is.
        """
        return self._listeners(found, path)

    def _note(self, words: str) -> None:
        self._unknown[words] = None


def _unreported(path: Path) -> str:
    names = ", ".join(dict.fromkeys(hop.name for hop in path.lost if hop.name))
    who = f"server {names}" if names else "a server on the way"
    return f"mappings and imports: {who} did not report the dry run in time"


def _said_by_jetstream(error: NatstapError) -> str:
    """Servers that lost the others stay silent for ten seconds, and give an error after that."""
    if isinstance(error, RequestTimeout):
        return f"it did not answer within {error.timeout:g} s"
    return error.text if isinstance(error, JetStreamError) else ""


def _servers_own(subject: str) -> bool:
    return subject.startswith(SERVERS_OWN)
