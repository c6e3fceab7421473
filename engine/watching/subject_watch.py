"""Watching subjects: chosen ones, or for a while and when confirmed, everything.

To listen is to be there: a request that only natstap hears waits for its timeout instead of
failing at once. So natstap finds out who else listens, and tells such requests apart. Answers
go to the askers' inboxes: those of the clients that ask most are listened to before the subjects,
others from a client's first request on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from engine.clients.requesters import busiest_inboxes
from engine.errors import InvalidInput, InvalidSubject
from engine.journal import Journal
from engine.link.events import Happening, LinkEvent
from engine.link.link import Link
from engine.link.wire import Sink
from engine.profile.profile import Profile
from engine.rpc.inquiry import MARK, Inquiry
from engine.subject import check_subscribe, covers, matches

from .heard_subjects import HeardSubjects
from .inbox_tap import MAX_NEW_INBOXES, InboxTap
from .only_listener import OnlyListener
from .watch import Watch, now

WATCH_SECONDS = 60.0
"""Seconds that everything is watched, unless more are asked for."""
WARNING: Final = (
    "Watching everything changes the system while it lasts. Requests that nobody answers no "
    "longer fail at once: they wait for their timeout, for every client of this account. And "
    "streams deliver to pull requests of clients that are gone, so that their jobs come late "
    "and count as delivered once more."
)
"""What `EverythingWatch` does to the system; to be shown before it is confirmed."""
_OWN = f".{MARK}".encode()
_SAMPLES = ("x", "Xju7oDboxxQ8W2TMBQHi5X", "Xju7oDboxxQ8W2TMBQHi5X.1a2b")


def check_watched(pattern: str, *inbox_prefixes: str) -> None:
    """Raises `InvalidSubject` for what is no subject, or would hear everybody's inbox as well."""
    check_subscribe(pattern)
    stems = ("_INBOX", *inbox_prefixes)
    if any(matches(pattern, f"{stem}.{sample}") for stem in stems for sample in _SAMPLES):
        raise InvalidSubject(pattern, "it would hear everybody's inbox as well")


class SubjectWatch(Watch):
    """Hears the messages on chosen subjects, and says which requests only natstap heard.

    `elsewhere` tells whether a reply subject is listened to by another watch. Raises
    `InvalidSubject` for a pattern that would hear inboxes as well.
    """

    def __init__(
        self,
        profile: Profile,
        journal: Journal,
        patterns: Iterable[str],
        elsewhere: Callable[[bytes], bool] = lambda reply: False,
    ) -> None:
        wanted = _widest(patterns)
        super().__init__(profile, journal, ", ".join(wanted))
        for pattern in wanted:
            self._check(pattern)
        self.only_listener = OnlyListener(journal, wanted)
        self.tap = InboxTap(
            journal, self._source, lambda reply: self.hears(reply) or elsewhere(reply)
        )

    @property
    def answers(self) -> int:
        """Answers heard that went to the askers' inboxes."""
        return self.tap.heard

    def hears(self, subject: bytes) -> bool:
        return super().hears(subject) or self.tap.hears(subject)

    def listened_until(self, reply: bytes, now: float) -> float:
        running = super().listened_until(reply, now)
        return min(running, self.tap.let_go_at(reply) or running)

    def _check(self, pattern: str) -> None:
        check_watched(pattern, self._profile.inbox_prefix)

    async def _begin(self, link: Link) -> None:
        async with Inquiry(link) as inquiry:
            _, known = await asyncio.gather(
                self.only_listener.look(inquiry), busiest_inboxes(inquiry, MAX_NEW_INBOXES)
            )
        self.tap.begin(link, known)
        for pattern in self.only_listener.patterns:
            self.subjects.listen(link, pattern)

    @property
    def _is_due(self) -> bool:
        return self.only_listener.is_due

    def _tick(self) -> None:
        self.tap.look()

    async def _look(self, inquiry: Inquiry) -> None:
        await self.only_listener.look(inquiry)

    async def stop(self) -> None:
        self.tap.end()
        was_running = self.running
        await super().stop()
        if was_running:
            self.tap.miss_open()

    def _heard(self, number: int, subject: bytes, reply: bytes) -> None:
        if not reply:
            return
        if self.tap.follows(number, reply):
            self.only_listener.add(subject)
        elif not reply.startswith(b"$JS.ACK.") and _OWN not in reply:
            self.only_listener.add(subject)
            self.tap.add(number, subject, reply)

    def _on_link(self, event: LinkEvent) -> None:
        if event.what is Happening.LOST:
            self.tap.miss_open()
        refused = event.what is Happening.REFUSED and event.operation == "subscription"
        if not (refused and self.tap.refuse(event.subject)):
            super()._on_link(event)
        elif self.tap.refusals == 1:
            self._note(f"answers cannot be heard: {event.words}")


class EverythingWatch(SubjectWatch):
    """Hears everything for `seconds`, and then stops by itself. `WARNING` says what that does.

    Raises `InvalidInput` unless it is `confirmed` that this is known.
    """

    def __init__(
        self, profile: Profile, journal: Journal, *, confirmed: bool, seconds: float = WATCH_SECONDS
    ) -> None:
        if confirmed is not True:
            raise InvalidInput(WARNING)
        super().__init__(profile, journal, (">",))
        self.subjects = _OfOthers(journal, self._source, self._heard)
        self.seconds = seconds

    def _check(self, pattern: str) -> None:
        pass

    async def start(self) -> None:
        if not self.running:
            await super().start()
            self._until = now() + self.seconds

    def hears(self, subject: bytes) -> bool:
        return self.running

    def _why_over(self) -> str:
        return f"{self.seconds:g} s are over"


class _OfOthers(HeardSubjects):
    def _plain_sink(self, pattern: str) -> Sink:
        hear = super()._plain_sink(pattern)

        def hear_others(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
            if _OWN not in subject and _OWN not in reply:  # natstap's own questions are no news
                hear(subject, reply, frame, start, head)

        return hear_others


def _widest(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns without those that another one covers: each message is wanted once."""
    given = tuple(dict.fromkeys(patterns))
    return tuple(
        pattern
        for pattern in given
        if not any(covers(wide, pattern) for wide in given if wide != pattern)
    )
