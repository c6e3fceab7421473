"""Whom of those connected a message would reach, and who of them only watches."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.link.link import Link

from .connections import Connection, Interest, Roster

_MUX = re.compile(r".+\.(?=[^.]*[0-9A-Z])[0-9A-Za-z]{16,}\.\*", re.DOTALL)
"""An inbox for all answers to one client, under a prefix of its own."""

WATCH_NAME = "natstap watch"
"""The client name of natstap's connections that only watch."""


@dataclass(frozen=True, slots=True)
class Counters:
    """What the server counts of a listener's connection, whatever the subject.

    `published` and `published_bytes` are what it sent, refused messages included. `pending` is
    bytes that wait at the server because it does not read them. `inbox` is how many messages
    came to its inboxes, None when it has none now: it waits for nobody's answer.
    """

    started: str = ""
    published: int = 0
    published_bytes: int = 0
    pending: int = 0
    inbox: int | None = None

    @classmethod
    def of(cls, connection: Connection) -> Counters:
        inboxes = [
            interest.messages
            for interest in connection.interests
            if hears_answers(interest.pattern)
        ]
        return cls(
            connection.started,
            connection.published,
            connection.published_bytes,
            connection.pending,
            sum(inboxes) if inboxes else None,
        )


def hears_answers(pattern: str) -> bool:
    """True for where a client waits for answers: for all of them, or for those to one request."""
    return pattern.startswith("_INBOX.") or _MUX.fullmatch(pattern) is not None


@dataclass(frozen=True, slots=True)
class Listener:
    """One subscription that the message would reach; `messages` is how many it got so far.

    `own` is natstap's own connection. A `tap` only listens: it hears everything and is in no
    queue group, or is a natstap that watches, or an MQTT client, which sees no reply subject.
    `leaf` is a leaf node behind which somebody listens whom no server named. `account` is set
    when it is another than the user's. `withheld` is the server's reason not to give it the
    message. `counted` is False where no server told how many messages it got. `age` is seconds
    since its connection was made, as of the look; None when no server told.
    """

    client: str
    cid: int
    server: str
    pattern: str
    queue: str = ""
    language: str = ""
    version: str = ""
    messages: int = 0
    age: float | None = None
    own: bool = False
    tap: bool = False
    leaf: bool = False
    account: str = ""
    withheld: str = ""
    counted: bool = True
    sid: str = ""
    counters: Counters = Counters()

    @property
    def connection(self) -> tuple[str, int, str]:
        """What tells its connection from all others, those of the same client before included."""
        return self.server, self.cid, self.counters.started

    @property
    def title(self) -> str:
        """Who it is, in a few words."""
        if self.leaf:
            return f"through leaf node {self.client or f'at {self.server}'}"
        return self.client or f"client {self.cid}"


def find_listeners(found: Roster, subject: str, link: Link | None = None) -> tuple[Listener, ...]:
    """The subscriptions that match; `link` is natstap's own, to mark it."""
    return _found(found, found.index.matching(subject), link)


def find_neighbours(found: Roster, pattern: str, link: Link) -> tuple[Listener, ...]:
    """Subscriptions that hear something of what `pattern`, wildcards and all, would hear."""
    return _found(found, found.index.overlapping(pattern), link)


def _found(
    found: Roster, places: Iterable[tuple[int, int]], link: Link | None
) -> tuple[Listener, ...]:
    """The listeners at those places, in the order in which the servers told of them."""
    pairs = (
        (found.connections[one], found.connections[one].interests[place])
        for one, place in sorted(places)
    )
    return tuple(
        _listener(connection, interest, link)
        for connection, interest in pairs
        if not (connection.leaf and is_explained(found, connection, interest))
    )


def is_explained(found: Roster, leaf: Connection, interest: Interest) -> bool:
    """True when a client on the other side of the leaf connection has the same interest."""
    far = {server.side for server in found.servers if server.name == leaf.name}
    for one, place in found.index.at(interest.pattern):
        other = found.connections[one]
        elsewhere = other.server.side in far if far else other.server.side != leaf.server.side
        if not other.leaf and elsewhere and other.interests[place].queue == interest.queue:
            return True
    return False


def expected_replies(listeners: tuple[Listener, ...]) -> int:
    """One from each subscription in no queue group, one from each group; none from taps."""
    answering = [listener for listener in listeners if not listener.tap and not listener.withheld]
    groups = {(listener.account, listener.queue) for listener in answering if listener.queue}
    return sum(not listener.queue for listener in answering) + len(groups)


def is_tap(name: str, pattern: str, queue: str) -> bool:
    """True for who hears everything, or is a natstap that watches."""
    tokens = pattern.split(".")
    everything = tokens[-1] == ">" and all(token == "*" for token in tokens[:-1])
    return (everything or name == WATCH_NAME) and not queue


def _listener(connection: Connection, interest: Interest, link: Link | None) -> Listener:
    here = (connection.server.id, connection.cid)
    return Listener(
        client=connection.name,
        cid=connection.cid,
        age=connection.age,
        server=connection.server.name,
        pattern=interest.pattern,
        queue=interest.queue,
        language=connection.language,
        version=connection.version,
        messages=interest.messages,
        own=link is not None and here == (link.server.info.get("server_id"), link.server.client_id),
        tap=connection.mqtt or is_tap(connection.name, interest.pattern, interest.queue),
        leaf=connection.leaf,
        sid=interest.sid,
        counters=Counters.of(connection),
    )
