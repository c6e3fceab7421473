"""Watching one client: every answer that it gets, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterable

from engine.clients.connections import roster
from engine.clients.requesters import Requester, find_requesters
from engine.journal import Journal
from engine.link.link import Link
from engine.message import raw_bytes
from engine.profile.profile import Profile
from engine.rpc.inquiry import Inquiry

from .watch import Watch

MAX_MISSES = 3
"""Looks in a row without an answer of a client's server, after which the client is gone."""


class InboxWatch(Watch):
    """Hears every answer to one client, and disturbs nobody: its requests still fail at once.

    When the client is gone its inbox is let go; when it is back, under its name or on the
    same inbox, it is heard again. What happens is noted in the journal.
    """

    def __init__(self, profile: Profile, journal: Journal, requester: Requester) -> None:
        super().__init__(profile, journal, requester.title)
        self.requester = requester
        """The client as it is connected now."""
        self.present = True
        """False while the client is gone."""
        self._misses = 0

    @property
    def target(self) -> object:
        """The inboxes: a name and a number may be another client's on another server."""
        return frozenset(self.requester.inboxes)

    async def _begin(self, link: Link) -> None:
        self._follow(self.requester)

    async def _look(self, inquiry: Inquiry) -> None:
        found = await roster(inquiry, self.requester.inboxes[0])
        here = self._find(find_requesters(found))
        if here is None:  # then it is gone, or has another inbox
            found = await roster(inquiry)
            here = self._find(find_requesters(found))
        if here is not None:
            self._misses = 0
            self._follow(here)
        elif found.complete:
            asked = any(server.id == self.requester.server_id for server in found.servers)
            self._misses += MAX_MISSES if asked else 1
            if self.present and self._misses >= MAX_MISSES:
                self._let_go()

    def _find(self, candidates: Iterable[Requester]) -> Requester | None:
        """The client itself, or the only one of its name, or who took over its inbox."""
        who = self.requester
        known = list(candidates)
        for client in known:
            if (client.server_id, client.cid) == (who.server_id, who.cid) or _shared(client, who):
                return client
        namesakes = [client for client in known if who.name and client.name == who.name]
        return namesakes[0] if len(namesakes) == 1 else None

    def _follow(self, requester: Requester) -> None:
        if (requester.cid, requester.server_id) != (self.requester.cid, self.requester.server_id):
            self._note(f"the client is connected as {requester.title} on {requester.server}")
        elif not self.present:
            self._note("the client is back")
        self.requester, self.present = requester, True
        self.label = requester.title
        for pattern in set(self.subjects.patterns) - set(requester.inboxes):
            self.subjects.let_go(pattern)
        for pattern in requester.inboxes:
            stem = pattern.removesuffix("*")
            self._journal.inboxes.add(raw_bytes(stem))
            if self._link is not None:
                self.subjects.listen(self._link, pattern)

    def _let_go(self) -> None:
        self.present = False
        for pattern in self.subjects.patterns:
            self.subjects.let_go(pattern)
        self._note("the client is gone; its inbox is watched no more")


def _shared(one: Requester, other: Requester) -> bool:
    return bool(set(one.inboxes) & set(other.inboxes))
