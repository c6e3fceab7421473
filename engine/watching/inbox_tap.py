"""Following the askers: where somebody asks on a watched subject, the answers are heard too.

A tap on the inbox that all of a client's requests share disturbs nobody, and what it hears of
other requests is let go. Of the clients that ask most it begins with the watch. Of others it begins
with the first request, so the answer to that one may have passed already: such requests are
remembered as missed, as are those that want their answers where natstap does not listen.
Source: measured on nats-server 2.15.
"""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.clients.requesters import is_inbox
from engine.errors import NatstapError
from engine.journal import Journal, State
from engine.journal.walk import open_requests
from engine.link.link import Link, Subscription
from engine.link.wire import Sink
from engine.message import raw_bytes, text

MAX_INBOXES = 256
"""Inboxes that are listened to at a time."""
MAX_NEW_INBOXES = 64
"""Inboxes that are begun with between two looks."""
MAX_IDLE_LOOKS = 30
"""Looks without a request of a client, after which its inbox is let go."""
TRIAL_LOOKS = 3
"""Looks in which a client whose inbox is known from the start has to ask."""
MAX_IDLE_LOOKS_OPEN = 600
"""The same while its last request still waits for an answer that may be expected."""
MAX_REMEMBERED = 1024
"""Inboxes of which it is remembered when they were let go."""
_STEM = re.compile(rb"_INBOX\.(?:(?![.*>])[!-~]){1,64}|[!-~]{1,99}\.[0-9A-Za-z]{22}")
"""What may be followed: so long and so plain that no name of somebody's subjects is like it."""


@dataclass(slots=True)
class InboxTap:
    """Kept by a watch: `add` each request, `look` now and then, then ask about numbers."""

    journal: Journal
    source: int
    elsewhere: Callable[[bytes], bool]
    """Whether answers to a reply subject are heard already, by whatever else listens."""
    heard: int = 0
    """Answers that were heard."""
    refusals: int = 0
    """How often the server did not let natstap listen; after the first no more is tried."""
    _link: Link | None = None
    _taps: dict[bytes, Subscription] = field(default_factory=dict)
    """By the beginning of the inbox, without its last dot."""
    _quiet: dict[bytes, int] = field(default_factory=dict)
    """Looks since the last request, for the taps that the server knows of; less than 0: the number
    of a request since the last look.
    """
    _last: dict[bytes, int] = field(default_factory=dict)
    """The last request of each of these before the last look."""
    _begun: int = 0
    _missed: array[int] = field(default_factory=lambda: array("q"))
    """Numbers of requests, in order."""
    _confirming: asyncio.Task[None] | None = None
    _let_go_at: dict[bytes, float] = field(default_factory=dict)
    """When inboxes were let go, in seconds since the epoch: of the newest."""

    def begin(self, link: Link, known: Iterable[str] = ()) -> None:
        """Follow the inboxes that are `known` before anything is heard: what is listened to after
        them on the same link misses none of their answers.
        """
        self._link = link
        for pattern in known:
            stem = raw_bytes(pattern.removesuffix(".*"))
            if _is_shared_inbox(stem) and not self.elsewhere(stem + b".x"):
                self._taps[stem] = link.subscribe(stem + b".*", self._sink())
                self._quiet[stem] = max(0, MAX_IDLE_LOOKS - TRIAL_LOOKS)

    def end(self) -> None:
        """Listen no more; what was missed stays known."""
        if self._confirming is not None:
            self._confirming.cancel()
        self._link = self._confirming = None
        for stem in tuple(self._taps):
            self._let_go(stem)

    def hears(self, reply: bytes) -> bool:
        return reply.rpartition(b".")[0] in self._quiet

    def missed(self, number: int) -> bool:
        """True for a request whose answer may have passed unheard."""
        at = bisect_left(self._missed, number)
        return at < len(self._missed) and self._missed[at] == number

    def miss_open(self) -> None:
        """Take it that the answers to what is open now pass unheard: natstap hears nothing."""
        journal = self.journal
        found = open_requests(journal, journal.first, journal.next)
        mine = (
            n for n in found if (held := journal.segment(n)).sources[n - held.first] == self.source
        )
        self._missed = array("q", sorted({*self._missed, *mine}))

    def let_go_at(self, reply: bytes) -> float:
        """When natstap stopped to listen for a reply; 0 while it listens, or never did."""
        return self._let_go_at.get(reply.rpartition(b".")[0], 0.0)

    def follows(self, number: int, reply: bytes) -> bool:
        """Take up a request whose answers are heard anyhow; False for any other."""
        stem = reply[: reply.rfind(b".")]
        if stem not in self._quiet:
            return False
        self._quiet[stem] = -number
        return True

    def add(self, number: int, subject: bytes, reply: bytes) -> None:
        """Take up a request that was heard, by its number in the journal."""
        stem = reply.rpartition(b".")[0]
        if stem in self._quiet:
            self._quiet[stem] = -number
        elif self.journal.head(number) == number and not self.elsewhere(reply):
            self._missed.append(number)
            if stem not in self._taps and not subject.startswith(b"$"):
                self._follow(stem)

    def look(self) -> None:
        """Let go of the inboxes that nobody asks from any more, and of what the journal lost."""
        self._begun = 0
        for stem, quiet in tuple(self._quiet.items()):
            if quiet < 0:
                self._last[stem] = -quiet
            self._quiet[stem] = max(0, quiet) + 1
            if self._quiet[stem] > (MAX_IDLE_LOOKS_OPEN if self._waits(stem) else MAX_IDLE_LOOKS):
                self._let_go(stem)
        del self._missed[: bisect_left(self._missed, self.journal.first)]

    def _waits(self, stem: bytes) -> bool:
        number = self._last.get(stem, 0)
        return number in self.journal and self.journal.state(number) is State.WAITING

    def refuse(self, pattern: str) -> bool:
        """Take it that the server does not let natstap listen; False for no inbox of these."""
        stem = raw_bytes(pattern.removesuffix(".*"))
        if stem not in self._taps:
            return False
        self.refusals += 1
        self._let_go(stem)
        return True

    def _follow(self, stem: bytes) -> None:
        full = self._begun >= MAX_NEW_INBOXES or len(self._taps) >= MAX_INBOXES
        if full or self.refusals or self._link is None or not _is_shared_inbox(stem):
            return
        self._begun += 1
        self._let_go_at.pop(stem, None)
        self._taps[stem] = self._link.subscribe(stem + b".*", self._sink())
        if self._confirming is None:
            self._confirming = asyncio.get_running_loop().create_task(self._confirm(self._link))

    async def _confirm(self, link: Link) -> None:
        """Count a tap only when the server knows of it: until then an answer may pass."""
        try:
            while new := self._taps.keys() - self._quiet.keys():
                await link.barrier()
                self._quiet |= {stem: 0 for stem in new if stem in self._taps}
        except NatstapError:
            pass  # the link tells what is wrong with it, and the next new inbox tries again
        finally:
            if self._link is link:
                self._confirming = None

    def _let_go(self, stem: bytes) -> None:
        self._quiet.pop(stem, None)
        self._last.pop(stem, None)
        self._taps.pop(stem).end()
        self._let_go_at[stem] = time.time()
        while len(self._let_go_at) > MAX_REMEMBERED:
            del self._let_go_at[next(iter(self._let_go_at))]

    def _sink(self) -> Sink:
        """Keeps what answers a request that was seen; the rest is nobody's business."""
        journal, record, source = self.journal, self.journal.record, self.source

        def hear(subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
            if journal.asked_by(subject):
                self.heard += 1
                record(source, subject, reply, frame, start, head)

        return hear


def _is_shared_inbox(stem: bytes) -> bool:
    """True for the beginning of an inbox that all requests of one client share."""
    wild = {b"*", b">", b""} & set(stem.split(b"."))
    return not wild and _STEM.fullmatch(stem) is not None and is_inbox(f"{text(stem)}.*")
