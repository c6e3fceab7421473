"""What the listeners of a subject did between two looks: who was sent a message, who sent one.

Two answers of the servers are compared, one from before a request and one from after it. A
message more or less is evidence of one request only where nothing else went on: the numbers
are given as they are, and whoever draws conclusions has to look at them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf

from .listeners import Listener


class Presence(StrEnum):
    """Where a listener was at the two looks."""

    STAYED = "stayed"
    CAME = "came"
    LEFT = "left"
    RETURNED = "returned"
    """A client of the same name on the same subject, on another connection than before."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One connection between the looks; of who left, the counts are unknown (None)."""

    listener: Listener
    """As of the second look; of who left, as of the first."""
    presence: Presence
    received: int | None = None
    """Messages that it was sent on the subject meanwhile; None where nobody counts them."""
    published: int | None = None
    """Messages that it sent meanwhile, on whatever subject, refused ones included."""
    published_bytes: int = 0
    answers: int = 0
    """Messages that came to its inboxes meanwhile: it asked others, and they (or the server) said
    something."""
    opened_inbox: bool = False
    """True when it had no inbox before, and has one now: it has begun to ask others."""
    earlier: Listener | None = None
    """Of who returned, the connection before."""

    @property
    def asks_others(self) -> bool | None:
        """True when it asked somebody meanwhile; None when it may have, for it has an inbox."""
        if self.answers or self.opened_inbox:
            return True
        return False if self.listener.counters.inbox is None else None


def compare(
    before: Iterable[Listener], after: Iterable[Listener], elapsed: float = inf
) -> tuple[Activity, ...]:
    """What each connection did, in the order of the second look; who left comes last.

    Connections that nobody counts (in other accounts, found by a dry run) are left out.
    `elapsed` is seconds between the looks: who is connected for longer has not returned.
    """
    then, now = _by_connection(before), _by_connection(after)
    left = {key: group for key, group in then.items() if key not in now}
    made = []
    for key, group in now.items():
        if key in then:
            made.append(_stayed(then[key], group))
            continue
        earlier = _take_earlier(left, group[0], elapsed)
        presence = Presence.RETURNED if earlier is not None else Presence.CAME
        made.append(_new(group, presence, earlier))
    gone = (Activity(group[0], Presence.LEFT) for group in left.values())
    return (*made, *gone)


Key = tuple[str, int, str]


def _by_connection(listeners: Iterable[Listener]) -> dict[Key, list[Listener]]:
    found: dict[Key, list[Listener]] = {}
    for listener in listeners:
        if listener.counted:
            found.setdefault(listener.connection, []).append(listener)
    return found


def _take_earlier(
    left: dict[Key, list[Listener]], listener: Listener, elapsed: float
) -> Listener | None:
    """The connection that the same client seems to have had; each is taken once."""
    if listener.age is not None and listener.age > elapsed:
        return None
    for key, group in left.items():
        same = (group[0].client, group[0].queue) == (listener.client, listener.queue)
        if listener.client and same and group[0].leaf == listener.leaf:
            return left.pop(key)[0]
    return None


def _stayed(before: Sequence[Listener], after: Sequence[Listener]) -> Activity:
    counted = {listener.sid: listener.messages for listener in before}
    sent = (listener.messages - counted.get(listener.sid, 0) for listener in after)
    then, now = before[0].counters, after[0].counters
    return Activity(
        after[0],
        Presence.STAYED,
        received=max(0, *sent),
        published=None if after[0].leaf else max(0, now.published - then.published),
        published_bytes=max(0, now.published_bytes - then.published_bytes),
        answers=max(0, (now.inbox or 0) - (then.inbox or 0)),
        opened_inbox=then.inbox is None and now.inbox is not None,
    )


def _new(after: Sequence[Listener], presence: Presence, earlier: Listener | None) -> Activity:
    counters = after[0].counters
    return Activity(
        after[0],
        presence,
        received=max(0, *(listener.messages for listener in after)),
        published=None if after[0].leaf else max(0, counters.published),
        published_bytes=max(0, counters.published_bytes),
        answers=max(0, counters.inbox or 0),
        opened_inbox=counters.inbox is not None,
        earlier=earlier,
    )
