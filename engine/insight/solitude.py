"""Whether anybody but a watching natstap listens: what would have been "no responders".

A request that only natstap heard would have failed at once, had natstap not listened. That is
claimed only when nobody else was there before the request, nobody was there after it, and a
dry run shows that no stream, no import and no leaf node takes the subject either.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import islice

from engine.errors import CannotTrace
from engine.journal import Journal
from engine.message import text

from .caution import SERVERS_OWN
from .connections import Roster, rosters
from .inquiry import Inquiry
from .listeners import WATCH_NAME, find_listeners
from .path import Path, Step
from .permissions import NOBODY, User, whoami
from .trace import probe

DRY_RUNS = 32
"""Subjects proved by a dry run in one look; the others stay unknown."""
PROOF_AGE = 30.0
"""Seconds that such a proof is believed; streams and imports seldom change."""
LONGEST = 50_000
"""Requests between two looks that are remembered; the others stay unknown."""


@dataclass(slots=True)
class Solitude:
    """Kept by a watch: `add` each request, `look` now and then, then ask about numbers."""

    journal: Journal
    patterns: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    """Why nothing is known, when nothing is."""
    _before: Roster | None = None
    _now: Roster | None = None
    _user: User = NOBODY
    _heard: dict[bytes, list[int]] = field(default_factory=dict)
    _count: int = 0
    _proved: dict[str, tuple[float, bool]] = field(default_factory=dict)
    _settled: int = 0
    _yes: set[int] = field(default_factory=set)
    _unsure: set[int] = field(default_factory=set)

    def add(self, number: int, subject: bytes) -> None:
        """Remember a request that was heard, by its number in the journal."""
        self._count += 1
        if self._count <= LONGEST:
            self._heard.setdefault(subject, []).append(number)

    def only_us(self, subject: str) -> bool | None:
        """True when only natstap listens, as of the last look; None when it could not tell."""
        others = _others_hear(self._now, subject)
        if others is not False:
            return None if others is None else False
        proof = self._proved.get(subject)
        return None if proof is None else proof[1]

    def would_have_failed(self, number: int) -> bool | None:
        """True for a request that nobody but natstap heard; None while that is not known."""
        if number in self._yes:
            return True
        return None if number in self._unsure or number > self._settled else False

    async def look(self, inquiry: Inquiry) -> None:
        """Ask who listens, and settle what was heard before the asking."""
        heard, self._heard = self._heard, {}
        overflow, self._count = self._count > LONGEST, 0
        since, upto = self._settled + 1, self.journal.next - 1
        if self._user.unknown:
            self._user = await whoami(inquiry)
        self._before, self._now = self._now, await rosters(inquiry, self.patterns)
        self.unknown = self._now.unknown
        await self._prove(inquiry, [*self._literal(), *map(text, heard)])
        if overflow:
            self._unsure.update(range(max(since, self.journal.first), upto + 1))
        for subject, numbers in heard.items():
            self._settle(numbers, self._verdict(text(subject)))
        self._settled = upto
        self._forget()

    def _literal(self) -> list[str]:
        return [one for one in self.patterns if not {"*", ">"} & set(one.split("."))]

    async def _prove(self, inquiry: Inquiry, subjects: list[str]) -> None:
        """Look by dry run behind what the servers list, where they list nobody."""
        fresh = time.monotonic() - PROOF_AGE
        open_questions = (
            one
            for one in dict.fromkeys(subjects)
            if not one.startswith(SERVERS_OWN)
            and _others_hear(self._now, one) is False
            and self._proved.get(one, (fresh, False))[0] <= fresh
        )
        subjects = list(islice(open_questions, DRY_RUNS))
        proofs = await asyncio.gather(*(self._dry_run(inquiry, one) for one in subjects))
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

    def _settle(self, numbers: list[int], verdict: bool | None) -> None:
        held = {self.journal.head(one) for one in numbers if one in self.journal}
        self._unsure -= held
        if verdict is not False:
            (self._unsure if verdict is None else self._yes).update(held)

    def _forget(self) -> None:
        """Let go with the journal."""
        first = self.journal.first
        self._yes = {one for one in self._yes if one >= first}
        self._unsure = {one for one in self._unsure if one >= first}
        while len(self._proved) > LONGEST:
            del self._proved[next(iter(self._proved))]


def _others_hear(found: Roster | None, subject: str) -> bool | None:
    """Whether anybody listens who is no watching natstap; None when that is not known."""
    if found is None or not found.complete:
        return None
    return any(one.client != WATCH_NAME for one in find_listeners(found, subject))


def _nobody_else(path: Path) -> bool | None:
    if path.refused or not path.complete or any(hop.unreported for hop in path.hops):
        return None
    taken = any(hop.step in (Step.STORED, Step.IMPORTED, Step.MAPPED) for hop in path.hops)
    return not taken and all(hop.name == WATCH_NAME for hop in path.egress)
