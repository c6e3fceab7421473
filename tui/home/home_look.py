"""Who listens where: asked of the servers and the services, and put together by subject.

Nobody is disturbed: the servers tell of their connections, the services answer `$SRV` as they
always do, and nothing is subscribed to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.clients.ask_again import good_for
from engine.clients.connections import AT_ONCE, Connection, Interest, Roster
from engine.clients.everybody import everybody
from engine.clients.listeners import WATCH_NAME
from engine.clients.listening import ListenedSubject, listened_to
from engine.errors import NatstapError
from engine.rpc.shared_answers import SHARED_FOR
from engine.services.discovery import refresh
from engine.services.service import Endpoint, Service
from engine.streams.listing import Streams, list_streams
from engine.words import counted

if TYPE_CHECKING:
    from engine.session import Session
_ANSWERS = 5
"""Connections that a service instance, or a stream, counts as: each is asked or described."""


@dataclass(frozen=True, slots=True)
class HomeEntry:
    """A subject or pattern, and who gets what is sent there.

    `messages` is how many they got so far, or how many the stream has. `rate` is how many of them
    came in a second; None before the second look.
    """

    subject: str
    who: tuple[str, ...]
    queue: str = ""
    count: int = 1
    """Subscriptions."""
    messages: int = 0
    rate: float | None = None
    offered: str = ""
    """The service whose endpoint it is, with its version, or what the stream is."""
    endpoint: Endpoint | None = None
    stream: str = ""
    """The stream that stores it; "" for who listens."""
    tap: bool = False
    """True for who hears everything."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.subject, self.queue, self.stream


class HomeLook:
    """`entries` are by subject; what could not be found out is in `unknown`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._roster = Roster()
        self._listeners: dict[tuple[str, str], list[tuple[Connection, Interest]]] = {}
        """By subject and queue group."""
        self.entries: tuple[HomeEntry, ...] = ()
        self.services: tuple[Service, ...] = ()
        self.streams = Streams()
        self.unknown: tuple[str, ...] = ()
        self.asked = 0.0
        """When the last look began, in seconds since the epoch; 0 before the first."""

    @property
    def pause(self) -> float:
        """Seconds that are left between two looks, so that a large account is not a burden."""
        instances = sum(len(service.instances) for service in self.services)
        size = len(self._roster.connections) + _ANSWERS * (instances + len(self.streams.streams))
        return good_for(size)

    @property
    def clients(self) -> int:
        """How many are connected, natstap and what it watches with left out."""
        return sum(
            connection.name != WATCH_NAME and (connection.server.id, connection.cid) != self._own
            for connection in self._roster.connections
        )

    async def look(self) -> None:
        """Ask again. An answer that does not come leaves its part unknown, and raises nothing."""
        began = time.time()
        unknown: list[str] = []
        broker = self._session.broker
        try:
            self._roster = await everybody(broker.link, since=began - SHARED_FOR)
            unknown += self._roster.unknown
            self.services = await refresh(broker, self.services)
            self._session.schemas.learn(self.services)
            if broker.link.server.jetstream:
                self.streams = await list_streams(broker)
        except NatstapError as error:
            unknown.append(str(error))
        self.unknown = tuple(unknown)
        if len(self._roster.connections) > AT_ONCE:
            await asyncio.to_thread(self._put_together, began)
        else:
            self._put_together(began)

    def _put_together(self, began: float) -> None:
        before, elapsed = {entry.key: entry for entry in self.entries}, began - self.asked
        found = entries(listened_to(self._roster, self._own), self.services, self.streams)
        if self.asked:
            found = (_with_rate(entry, before.get(entry.key), elapsed) for entry in found)
        listeners: dict[tuple[str, str], list[tuple[Connection, Interest]]] = {}
        for connection, interest in self._listening():
            listeners.setdefault((interest.pattern, interest.queue), []).append(
                (connection, interest)
            )
        self.entries, self._listeners, self.asked = tuple(found), listeners, began

    def listeners(self, entry: HomeEntry) -> list[tuple[Connection, Interest]]:
        """Each subscription of an entry, with whose it is."""
        return [] if entry.stream else self._listeners.get((entry.subject, entry.queue), [])

    @property
    def _own(self) -> tuple[object, int]:
        link = self._session.broker.link
        return link.server.info.get("server_id"), link.server.client_id

    def _listening(self) -> Iterator[tuple[Connection, Interest]]:
        for connection in self._roster.connections:
            if (connection.server.id, connection.cid) != self._own:
                for interest in connection.interests:
                    yield connection, interest


def entries(
    heard: Iterable[ListenedSubject], services: Iterable[Service], streams: Streams
) -> Iterator[HomeEntry]:
    """By subject: who listens, the endpoints of services among them, and what streams store."""
    endpoints = {
        (endpoint.subject, endpoint.queue): (service, endpoint)
        for service in services
        for endpoint in service.endpoints
    }
    found = []
    for each in heard:
        service, endpoint = endpoints.pop((each.pattern, each.queue), (None, None))
        entry = HomeEntry(
            each.pattern, each.clients, each.queue, each.count, each.messages, tap=each.tap
        )
        if service is not None:
            entry = replace(entry, offered=_called(service), endpoint=endpoint)
        found.append(entry)
    for service, endpoint in endpoints.values():
        asked = endpoint.stats.requests if endpoint.stats else 0
        count = len(service.instances)
        found.append(
            HomeEntry(
                *(endpoint.subject, (service.name,), endpoint.queue, count, asked),
                offered=_called(service),
                endpoint=endpoint,
            )
        )
    found += _stored(streams)
    yield from sorted(found, key=lambda entry: entry.key)


def _stored(streams: Streams) -> Iterator[HomeEntry]:
    for stream in streams.streams:
        what = stream.bucket or counted(stream.consumers, "consumer")
        for subject in stream.subjects:
            yield HomeEntry(
                *(subject, (stream.name,), "", 0, stream.messages), offered=what, stream=stream.name
            )


def _called(service: Service) -> str:
    return " ".join((service.name, *service.versions[:1]))


def _with_rate(entry: HomeEntry, before: HomeEntry | None, elapsed: float) -> HomeEntry:
    """What has gone, or begun anew, has fewer messages than before: that is no rate."""
    came = entry.messages - before.messages if before is not None else 0
    return replace(entry, rate=max(0, came) / elapsed)
