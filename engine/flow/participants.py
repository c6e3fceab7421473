"""Who is who: names for the owners of inboxes, and for those who alone listen on a subject.

Messages do not say which client wrote them. The servers tell which inbox and which subjects
each client listens to, and so who asked, and who must have answered where there is only one.
What they tell is how it is now, and not how it was when a message passed.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from engine.clients.connections import Connection, Roster, everybody
from engine.clients.listeners import WATCH_NAME, find_listeners
from engine.clients.requesters import is_inbox
from engine.link.link import Link
from engine.rpc.broker import NatsBroker
from engine.rpc.shared_answers import SHARED_FOR

OWN = "natstap"
"""What natstap's own connection is called."""


@dataclass(slots=True)
class Cast:
    """Empty, it knows nobody. `names` are by server id and cid, `askers` by inbox pattern."""

    found: Roster = field(default_factory=Roster)
    names: dict[tuple[str, int], str] = field(default_factory=dict)
    askers: dict[str, str] = field(default_factory=dict)
    _listeners: dict[str, str] = field(default_factory=dict)

    def asker(self, inbox: str) -> str:
        """The client that answers to this reply subject go to; "" when nobody told."""
        return self.askers.get(f"{inbox.rpartition('.')[0]}.*", "")

    def listener(self, subject: str) -> str:
        """The one client that listens there, taps left out; "" when there are several or none."""
        name = self._listeners.get(subject)
        if name is None:
            name = self._listeners[subject] = self._only_one(subject)
        return name

    def _only_one(self, subject: str) -> str:
        heard = [listener for listener in find_listeners(self.found, subject) if not listener.tap]
        if len(heard) != 1 or heard[0].leaf or not self.found.complete:
            return ""
        ids = {server.name: server.id for server in self.found.servers}
        return self.names.get((ids.get(heard[0].server, ""), heard[0].cid), "")


async def cast(broker: NatsBroker) -> Cast:
    """Ask the servers, unless somebody just has; raises `LinkError`."""
    found = await everybody(broker.link, since=time.time() - SHARED_FOR)
    return read_cast(found, broker.link)


def read_cast(found: Roster, link: Link | None = None) -> Cast:
    own = (link.info.get("server_id"), link.client_id) if link is not None else None
    clients = [
        connection
        for connection in found.connections
        if not connection.leaf and connection.name != WATCH_NAME
    ]
    common = Counter(client.name for client in clients)
    names = {}
    for client in clients:
        key = client.server.id, client.cid
        names[key] = OWN if key == own else _title(client, common[client.name] > 1)
    askers = {
        interest.pattern: names[client.server.id, client.cid]
        for client in clients
        for interest in client.interests
        if is_inbox(interest.pattern)
    }
    return Cast(found, names, askers)


def _title(one: Connection, several: bool) -> str:
    if not one.name:
        return f"client {one.cid}"
    return f"{one.name} (cid {one.cid})" if several or one.name == OWN else one.name
