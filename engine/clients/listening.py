"""What is listened to on an account, by whom: the map of a system that nobody has asked yet.

Read from what the servers tell of their connections; no client hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .connections import Connection, Interest, Roster
from .listeners import WATCH_NAME, hears_answers, is_explained, is_tap

_SERVERS = ("$SRV.", "$SYS.", "$JS.", "$MQTT.")


@dataclass(frozen=True, slots=True)
class ListenedSubject:
    """One subject, or pattern, that is listened to, with all who do so in one queue group or none.

    `clients` are their names, each once, in order; `count` is how many subscriptions there are,
    `messages` how many messages they got so far. `tap` is true for who hears everything.
    """

    pattern: str
    queue: str
    clients: tuple[str, ...]
    count: int
    messages: int
    tap: bool = False


def listened_to(found: Roster, own: object = None) -> tuple[ListenedSubject, ...]:
    """By pattern; inboxes, natstap's own, and what only libraries listen to are left out.

    `own` is the server id and the cid of natstap's own connection.
    """
    groups: dict[tuple[str, str], list[tuple[Connection, Interest]]] = {}
    for connection, interest in _interests(found, own):
        groups.setdefault((interest.pattern, interest.queue), []).append((connection, interest))
    return tuple(_heard(*key, groups[key]) for key in sorted(groups))


def _interests(found: Roster, own: object) -> Iterable[tuple[Connection, Interest]]:
    for connection in found.connections:
        if connection.name == WATCH_NAME or (connection.server.id, connection.cid) == own:
            continue
        for interest in connection.interests:
            if interest.pattern.startswith(_SERVERS) or hears_answers(interest.pattern):
                continue
            if not (connection.leaf and is_explained(found, connection, interest)):
                yield connection, interest


def _heard(pattern: str, queue: str, group: list[tuple[Connection, Interest]]) -> ListenedSubject:
    names = {
        connection.name
        or (f"leaf node {connection.server.name}" if connection.leaf else "")
        or f"client {connection.cid}"
        for connection, _ in group
    }
    return ListenedSubject(
        pattern,
        queue,
        tuple(sorted(names)),
        len(group),
        sum(interest.messages for _, interest in group),
        all(is_tap(connection.name, pattern, queue) for connection, _ in group),
    )
