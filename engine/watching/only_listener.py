"""Whether anybody but a watching natstap listens: what would have been "no responders".

A request that only natstap heard would have failed at once, had natstap not listened. That is
claimed only when nobody else was there before the request, nobody was there after it, and a
dry run shows that no stream, no import and no leaf node takes the subject either.
"""

from __future__ import annotations

import asyncio
import math
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import islice

from engine.clients.ask_again import good_for
from engine.clients.connections import Roster, rosters
from engine.clients.listeners import WATCH_NAME, find_listeners
from engine.clients.permissions import NOBODY, User, whoami
from engine.errors import CannotTrace
from engine.journal import Journal
from engine.message import raw_bytes, text
from engine.rpc.inquiry import Inquiry
from engine.tracing.dry_run_safety import SERVERS_OWN
from engine.tracing.path import Path, TraceStep
from engine.tracing.trace import probe

MAX_DRY_RUNS = 32
"""Subjects proved by a dry run in one look; the others stay unknown."""
MAX_PROOF_AGE = 30.0
"""Seconds that such a proof is believed; streams and imports seldom change."""
MAX_SUBJECTS = 1024
"""Subjects with requests between two looks that are judged; the others stay unknown."""
MAX_QUIET_PAUSE = 15.0
"""Seconds between two looks while no request is heard, at the most."""
_TURN = 32
"""Subjects judged before others get their turn."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What was found of the requests with numbers from `since` to `upto`, by their subject."""

    since: int
    upto: int
    verdicts: dict[bytes, bool | None]
    whole: bool
    """False when there were more subjects than were judged."""


@dataclass(slots=True)
class OnlyListener:
    """Kept by a watch: `add` each request, `look` now and then, then ask about numbers."""

    journal: Journal
    patterns: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    """Why nothing is known, when nothing is."""
    _before: Roster | None = None
    _now: Roster | None = None
    _user: User = NOBODY
    _heard: set[bytes] = field(default_factory=set)
    _whole: bool = True
    _proved: dict[str, tuple[float, bool]] = field(default_factory=dict)
    _settled: int = 0
    _asking: bool = False
    _looked_at: float = -math.inf
    """When it was last asked who listens, on the monotonic clock."""
    _quiet_pause: float = 0.0
    _stretches: list[_Stretch] = field(default_factory=list)

    def add(self, subject: bytes) -> None:
        """Remember that a request was heard there."""
        heard = self._heard
        if subject not in heard:
            if len(heard) < MAX_SUBJECTS:
                heard.add(subject)
            else:
                self._whole = False

    def only_us(self, subject: str) -> bool | None:
        """True when only natstap listens, as of the last look; None when it could not tell."""
        others = _others_hear(self._now, subject)
        if others is not False:
            return None if others is None else False
        proof = self._proved.get(subject)
        return None if proof is None else proof[1]

    def would_have_failed(self, number: int) -> bool | None:
        """True for a request that nobody but natstap heard; None while that is not known."""
        if number > self.settled:
            return None
        if number not in self.journal:
            return False
        subject = raw_bytes(self.journal.message(number).subject)
        at = bisect_left(self._stretches, number, key=lambda stretch: stretch.upto)
        for stretch in self._stretches[at : at + 2]:  # what was sent before may be heard after
            if subject in stretch.verdicts:
                return stretch.verdicts[subject]
            if not stretch.whole:
                return None
        return False

    @property
    def settled(self) -> int:
        """The number up to which all is found out that will be."""
        if self._heard or self._asking:
            return self._settled
        return max(self._settled, self.journal.next - 1)

    @property
    def is_due(self) -> bool:
        """True when it is time to ask again.

        The servers of a large account are asked less often, and seldom while nobody asks.
        """
        size = len(self._now.connections) if self._now is not None else 0
        pause = good_for(size) + (0.0 if self._heard else self._quiet_pause)
        return time.monotonic() >= self._looked_at + pause

    async def look(self, inquiry: Inquiry) -> None:
        """Ask who listens, and settle what was heard before the asking."""
        heard, self._heard = self._heard, set()
        whole, self._whole = self._whole, True
        since, upto = self._settled + 1, self.journal.next - 1
        self._asking = True
        try:
            await self._ask(inquiry, heard)
        finally:
            self._asking = False
        self._stretches.append(_Stretch(since, upto, await self._verdicts(heard), whole))
        self._settled = upto
        self._forget()
        self._looked_at = time.monotonic()
        self._quiet_pause = 0.0 if heard else min(2 * self._quiet_pause + 1, MAX_QUIET_PAUSE)

    async def _ask(self, inquiry: Inquiry, heard: set[bytes]) -> None:
        if self._user.unknown:
            self._user = await whoami(inquiry)
        self._before, self._now = (
            self._now,
            await rosters(inquiry, self.patterns, self._now or Roster()),
        )
        self.unknown = self._now.unknown
        await self._prove(inquiry, [*self._literal(), *map(text, heard)])

    async def _verdicts(self, heard: set[bytes]) -> dict[bytes, bool | None]:
        found: dict[bytes, bool | None] = {}
        for count, subject in enumerate(heard, 1):
            if (verdict := self._verdict(text(subject))) is not False:
                found[subject] = verdict
            if not count % _TURN:
                await asyncio.sleep(0)
        return found

    def _literal(self) -> list[str]:
        return [pattern for pattern in self.patterns if not {"*", ">"} & set(pattern.split("."))]

    async def _prove(self, inquiry: Inquiry, subjects: list[str]) -> None:
        """Look by dry run behind what the servers list, where they list nobody."""
        fresh = time.monotonic() - MAX_PROOF_AGE
        open_questions = (
            subject
            for subject in dict.fromkeys(subjects)
            if not subject.startswith(SERVERS_OWN)
            and _others_hear(self._now, subject) is False
            and self._proved.get(subject, (fresh, False))[0] <= fresh
        )
        subjects = list(islice(open_questions, MAX_DRY_RUNS))
        proofs = await asyncio.gather(*(self._dry_run(inquiry, subject) for subject in subjects))
        for subject, proof in zip(subjects, proofs, strict=True):
            self._proved.pop(subject, None)
            if proof is not None:
                self._proved[subject] = (time.monotonic(), proof)

    async def _dry_run(self, inquiry: Inquiry, subject: str) -> bool | None:
        if not self._user.may_publish(subject) or not self._user.may_publish(inquiry.sample):
            self.unknown = ("whether a stream or an import takes it: this user may not ask",)
            return None
        try:
            return _nobody_else(await probe(inquiry, subject))
        except CannotTrace as error:
            self.unknown = (f"whether a stream or an import takes it: {error.why}",)
            return None

    def _verdict(self, subject: str) -> bool | None:
        was, now = _others_hear(self._before, subject), _others_hear(self._now, subject)
        return self.only_us(subject) if was == now else None

    def _forget(self) -> None:
        """Let go with the journal, and keep stretches of which the same is known as one."""
        *_, last = self._stretches
        if len(self._stretches) > 1 and _same(before := self._stretches[-2], last):
            joined = _Stretch(before.since, last.upto, last.verdicts, last.whole)
            self._stretches[-2:] = [joined]
        gone = bisect_left(self._stretches, self.journal.first, key=lambda stretch: stretch.upto)
        del self._stretches[:gone]
        while len(self._proved) > MAX_SUBJECTS:
            del self._proved[next(iter(self._proved))]


def _same(one: _Stretch, other: _Stretch) -> bool:
    return (one.verdicts, one.whole) == (other.verdicts, other.whole)


def _others_hear(found: Roster | None, subject: str) -> bool | None:
    """Whether anybody listens who is no watching natstap; None when that is not known."""
    if found is None or not found.complete:
        return None
    return any(listener.client != WATCH_NAME for listener in find_listeners(found, subject))


def _nobody_else(path: Path) -> bool | None:
    if path.refused or not path.complete or any(hop.unreported for hop in path.hops):
        return None
    taken = any(
        hop.step in (TraceStep.STORED, TraceStep.IMPORTED, TraceStep.MAPPED) for hop in path.hops
    )
    return not taken and all(hop.name == WATCH_NAME for hop in path.egress)
