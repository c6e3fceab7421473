"""Watching subjects: chosen ones, or for a while and when confirmed, everything.

To listen is to be there: a request that only natstap hears waits for its timeout instead of
failing at once. So natstap finds out who else listens, and tells such requests apart. Answers
go to the askers' inboxes, which natstap listens to from a client's first request on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from engine.errors import InvalidInput, InvalidSubject
from engine.journal import Journal
from engine.link.link import Happening, Link, LinkEvent
from engine.profile.profile import Profile
from engine.rpc.inquiry import MARK, Inquiry
from engine.rpc.jetstream import covers
from engine.subject import check_subscribe, matches

from .inbox_tap import Earshot
from .only_listener import Solitude
from .watch import Watch

LIMIT = 60.0
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
        self._solitude = Solitude(journal, wanted)
        self._earshot = Earshot(
            journal, self._source, lambda reply: self.hears(reply) or elsewhere(reply)
        )

    def only_us(self, subject: str) -> bool | None:
        """True when only natstap listens there, as of the last look; None when not known."""
        return self._solitude.only_us(subject)

    def would_have_been_no_responders(self, number: int) -> bool | None:
        """True for an exchange that only natstap heard; None while that is not known."""
        return self._solitude.would_have_failed(number)

    def missed_the_answer(self, number: int) -> bool:
        """True for a request whose answer may have gone where natstap did not listen."""
        return self._earshot.missed(number)

    @property
    def settled(self) -> int:
        """The number up to which it is known which requests only natstap heard."""
        return self._solitude.settled

    @property
    def answers(self) -> int:
        """Answers heard that went to the askers' inboxes."""
        return self._earshot.heard

    def hears(self, subject: bytes) -> bool:
        return super().hears(subject) or self._earshot.hears(subject)

    def listened_until(self, reply: bytes, now: float) -> float:
        running = super().listened_until(reply, now)
        return min(running, self._earshot.let_go_at(reply) or running)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Why it cannot be told who else listens; empty when it can."""
        return self._solitude.unknown

    def _check(self, pattern: str) -> None:
        check_subscribe(pattern)
        stems = ("_INBOX", self._profile.inbox_prefix)
        if any(matches(pattern, f"{stem}.{one}") for stem in stems for one in _SAMPLES):
            raise InvalidSubject(pattern, "it would hear everybody's inbox as well")

    async def _begin(self, link: Link) -> None:
        async with Inquiry(link) as inquiry:
            await self._solitude.look(inquiry)
        self._earshot.begin(link)
        for pattern in self._solitude.patterns:
            self._listen(pattern)

    async def _look(self, inquiry: Inquiry) -> None:
        self._earshot.look()
        await self._solitude.look(inquiry)

    async def stop(self) -> None:
        self._earshot.end()
        was_running = self.running
        await super().stop()
        if was_running:
            self._earshot.miss_open()

    def _heard(self, number: int, subject: bytes, reply: bytes) -> None:
        if reply and not reply.startswith(b"$JS.ACK."):
            self._solitude.add(subject)
            self._earshot.add(number, subject, reply)

    def _on_link(self, event: LinkEvent) -> None:
        if event.what is Happening.LOST:
            self._earshot.miss_open()
        refused = event.what is Happening.REFUSED and event.operation == "subscription"
        if not (refused and self._earshot.refuse(event.subject)):
            super()._on_link(event)
        elif self._earshot.refusals == 1:
            self._note(f"answers cannot be heard: {event.words}")


class EverythingWatch(SubjectWatch):
    """Hears everything for `seconds`, and then stops by itself. `WARNING` says what that does.

    Raises `InvalidInput` unless it is `confirmed` that this is known.
    """

    def __init__(
        self, profile: Profile, journal: Journal, *, confirmed: bool, seconds: float = LIMIT
    ) -> None:
        if confirmed is not True:
            raise InvalidInput(WARNING)
        super().__init__(profile, journal, (">",))
        self.seconds = seconds
        self._until = 0.0
        self._end: asyncio.Task[None] | None = None

    def _check(self, pattern: str) -> None:
        pass

    def _wants(self, subject: bytes, reply: bytes) -> bool:
        return _OWN not in subject and _OWN not in reply  # natstap's own questions are no news

    async def start(self) -> None:
        await super().start()
        if self._end is None:
            self._until = asyncio.get_running_loop().time() + self.seconds
            self._end = asyncio.get_running_loop().create_task(self._expire())

    def hears(self, subject: bytes) -> bool:
        return self.running

    @property
    def left(self) -> float | None:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    async def stop(self) -> None:
        end, self._end = self._end, None
        if end is not None and end is not asyncio.current_task():
            end.cancel()
        await super().stop()

    async def _expire(self) -> None:
        await asyncio.sleep(self.seconds)
        self._note(f"{self.seconds:g} s are over")
        await self.stop()


def _widest(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns without those that another one covers: each message is wanted once."""
    given = tuple(dict.fromkeys(patterns))
    return tuple(
        one for one in given if not any(covers(wide, one) for wide in given if wide != one)
    )
