"""Who is who: names for the owners of inboxes, and for those who listen on subjects.

Messages do not say which client wrote them. The servers tell which inbox and which subjects
each client listens to, and so who asked, and who must have answered where there is only one.
What they tell is how it is now, and not how it was when a message passed: the owner of an inbox
is remembered when it has gone, for no other client gets its inbox.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from engine.errors import NatstapError
from engine.link.link import Link
from engine.rpc.inquiry import is_inquiry
from engine.rpc.shared_answers import SHARED_FOR

from .ask_again import PAUSE, good_for
from .connections import AT_ONCE, Connection, Roster
from .everybody import everybody
from .listeners import WATCH_NAME, Listener, find_listeners, hears_answers
from .requesters import is_inbox

_CLOCKS_DIFFER = 1.0
"""Seconds by which a connection may seem to be younger than it is."""
OWN = "natstap"
"""What natstap's own connection is called."""
MOST_INBOXES = 50_000
"""Inboxes whose owners are remembered."""
MOST_SUBJECTS = 4096
"""Subjects of which it is remembered who listens, until the next look."""


Key = tuple[str, int]
"""A connection's server id and cid."""


class _Known(NamedTuple):
    """What a roster says of names."""

    full: dict[Key, str]
    """A name that tells a client from others of the same name."""
    askers: dict[str, tuple[str, str]]
    """By inbox pattern: the owner's name, and the one that tells it from others."""
    interests: dict[Key, list[str]]


class Names:
    """Knows nobody until it has learned a roster."""

    def __init__(self) -> None:
        self.found = Roster()
        self.version = 0
        """Counts the looks after which somebody is called otherwise."""
        self.looked_at = 0.0
        """When the last look began, in seconds since the epoch."""
        self.own: Key | None = None
        """Natstap's own connection, as of the last look."""
        self._came = 0.0
        """When natstap came to where it is, in seconds since the epoch."""
        self._known = _Known({}, {}, {})
        self._listening: dict[str, tuple[Listener, ...]] = {}
        self._wanted = asyncio.Event()
        self._wanted_at = 0.0
        """Somebody is to be known by name who may have come as late as this."""

    def learn(
        self,
        found: Roster,
        link: Link | None = None,
        at: float = 0.0,
        own: Key | None = None,
    ) -> None:
        """Take over what the servers told at `at`; `link` is natstap's own, or `own` its key."""
        own = _own_key(link) or own
        self._take(found, own, _read(found, own, self._known.askers.copy()), at)

    @property
    def askers(self) -> dict[str, tuple[str, str]]:
        """By inbox pattern: the owner's name, and the one that tells it from others; of those who
        are gone too.
        """
        return self._known.askers

    def remember(self, askers: dict[str, tuple[str, str]]) -> None:
        """Know these again."""
        known = {**askers, **self._known.askers}
        self._known = self._known._replace(askers=known)
        self.version += 1

    async def learn_in_turns(self, found: Roster, link: Link, at: float) -> None:
        """The same, in a thread where there are many: keys get their turn."""
        if len(found.connections) <= AT_ONCE:
            self.learn(found, link, at)
            return
        own = _own_key(link)
        reading = asyncio.to_thread(_read, found, own, self._known.askers.copy())
        self._take(found, own, await reading, at)

    def _take(self, found: Roster, own: Key | None, known: _Known, at: float) -> None:
        self.own = own
        self.looked_at = max(self.looked_at, at)
        if known != self._known:
            self.version += 1
            self._known = known
        self.found = found
        self._listening.clear()

    def leave(self, at: float) -> None:
        """natstap goes elsewhere: those who listen there got nothing of what passed before."""
        self._came = at
        self.learn(Roster())

    def asker(self, inbox: str, at: float = 0.0, *, full: bool = False) -> str:
        """The client that answers to this reply subject go to; "" when nobody told.

        With `at` (seconds since the epoch) later than the last look, the servers are asked.
        With `full` the name tells it from others of the same name.
        """
        stem = inbox.rpartition(".")[0]
        known = self._known.askers.get(f"{stem}.*") or self._known.askers.get(inbox)
        if known is None:
            self._want(at)
            return ""
        return known[full]

    def listener(self, subject: str, at: float = 0.0) -> str:
        """The one client that listens there, taps left out; "" when there are several or none.

        With `at` as in `listeners`.
        """
        if self._was_elsewhere(at):
            return ""
        heard = self._heard(subject)
        if len(heard) != 1 or heard[0].leaf or not self.found.complete:
            return ""
        return self._known.full.get(self._key(heard[0]), "")

    def listeners(self, subject: str, at: float = 0.0) -> str:
        """Those who listen there in a few words, taps left out; "" when nobody is known to.

        Several of one name are called by that name, those of one queue group by the group's.
        With `at` as in `asker`; who connected after that is none of them.
        """
        if self._was_elsewhere(at):
            return ""
        heard = self._heard(subject)
        if heard and at:
            early = at + _CLOCKS_DIFFER - self.looked_at
            heard = tuple(each for each in heard if each.age is None or early >= -each.age)
        if not heard:
            self._want(at)
            return ""
        names = {OWN if self._known.full.get(self._key(one)) == OWN else one.title for one in heard}
        groups = {listener.queue for listener in heard}
        if len(names) > 1 and len(groups) == 1 and "" not in groups:
            names = groups
        return next(iter(names)) if len(names) == 1 else f"{len(heard)} listen"

    async def keep_learning(self, link: Callable[[], Link]) -> None:
        """Ask the servers whenever a name was missed, the less often the more are connected."""
        while True:
            await self._wanted.wait()
            wanted, found = self._wanted_at, None
            try:
                asked = link()
                found = await everybody(asked, since=wanted)
                if asked is link():  # natstap may have gone elsewhere meanwhile
                    await self.learn_in_turns(found, asked, wanted)
            except NatstapError:
                pass  # without names they are known by their inboxes
            self._wanted.clear()
            size = len(found.connections) if found is not None else 0
            await asyncio.sleep(max(PAUSE, good_for(size)))

    def _want(self, at: float) -> None:
        if at > self.looked_at:
            self._wanted_at = max(self._wanted_at, at)
            self._wanted.set()

    def _was_elsewhere(self, at: float) -> bool:
        return 0 < at < self._came

    def _heard(self, subject: str) -> tuple[Listener, ...]:
        heard = self._listening.get(subject)
        if heard is None:
            if len(self._listening) > MOST_SUBJECTS:
                self._listening.clear()
            found = find_listeners(self.found, subject)
            heard = self._listening[subject] = tuple(one for one in found if not one.tap)
        return heard

    def _key(self, listener: Listener) -> tuple[str, int]:
        ids = (server.id for server in self.found.servers if server.name == listener.server)
        return next(ids, ""), listener.cid


def _own_key(link: Link | None) -> Key | None:
    if link is None:
        return None
    return str(link.server.info.get("server_id")), link.server.client_id


def _read(found: Roster, own: Key | None, askers: dict[str, tuple[str, str]]) -> _Known:
    """`askers` are those that were known before."""
    clients = [
        connection
        for connection in found.connections
        if not connection.leaf and connection.name != WATCH_NAME
    ]
    common = Counter(client.name for client in clients)
    full: dict[Key, str] = {}
    interests: dict[Key, list[str]] = {}
    for client in clients:
        key = client.server.id, client.cid
        full[key] = OWN if key == own else _full_name(client, common[client.name] > 1)
        name = full[key] if key == own else client.name or f"client {client.cid}"
        patterns = (interest.pattern for interest in client.interests)
        interests[key] = [pattern for pattern in patterns if not is_inquiry(pattern)]
        for pattern in interests[key]:
            if is_inbox(pattern) or hears_answers(pattern):
                askers.pop(pattern, None)
                askers[pattern] = name, full[key]
    while len(askers) > MOST_INBOXES:
        del askers[next(iter(askers))]
    return _Known(full, askers, interests)


async def ask_names(link: Link) -> Names:
    """Ask the servers, unless somebody just has; raises `LinkError`."""
    found = await everybody(link, since=time.time() - SHARED_FOR)
    return read_names(found, link)


def read_names(found: Roster, link: Link | None = None) -> Names:
    names = Names()
    names.learn(found, link)
    return names


def _full_name(client: Connection, several: bool) -> str:
    if not client.name:
        return f"client {client.cid}"
    if several or client.name == OWN:
        return f"{client.name} (cid {client.cid})"
    return client.name
