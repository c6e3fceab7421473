"""When a step is done: a small language, whose words are facts of the journal and the screen.

| condition             | holds when                                                    |
|-----------------------|---------------------------------------------------------------|
| exchange FILTER       | an exchange since the flow began passes the filter            |
| new exchange FILTER   | one since the step began does                                 |
| N new exchanges FILTER| so many since the step began do                               |
| chosen FILTER         | the exchange in Inspect passes the filter                     |
| composed SUBJECT      | Compose holds a message for the subject                       |
| watching SUBJECT      | natstap watches the subject                                   |
| hosting SUBJECT       | a responder of natstap answers there                          |
| screen NAME           | that screen or pane is in use: one of `SCREENS`               |

FILTER is what the filter of Exchanges takes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from engine.errors import InvalidInput
from engine.filter.lens import Lens, ReadyLens
from engine.journal import Journal
from engine.journal.walk import Unfinished
from engine.subject import check_subscribe

MAX_LOOKED_AT = 5_000
"""Exchanges since the flow began that one look goes through; of more, the newest."""
SCREENS = (
    "desk",
    "list",
    "inspect",
    "why",
    "watch",
    "flow",
    "streams",
    "found",
    "home",
    "statistics",
    "presenter",
)
_EXCHANGES = re.compile(r"(?:(?:(\d{1,3}) )?(new) )?exchanges?(?: (.*))?", re.DOTALL)
_HINT = "try exchange, new exchange, chosen, composed, watching, hosting or screen"


class GuideFact(StrEnum):
    EXCHANGE = "exchange"
    CHOSEN = "chosen"
    COMPOSED = "composed"
    WATCHING = "watching"
    HOSTING = "hosting"
    SCREEN = "screen"


_FACTS = frozenset(GuideFact)


@dataclass(frozen=True, slots=True)
class Observed:
    """What a user has done and sees, at one moment."""

    journal: Journal
    flow_began: int = 0
    """The journal's next number at that moment."""
    step_began: int = 0
    chosen: int = 0
    """The exchange in Inspect; 0 for none."""
    composed: str = ""
    """The subject in Compose."""
    watching: frozenset[str] = frozenset()
    hosting: frozenset[str] = frozenset()
    screens: frozenset[str] = frozenset()
    """Those of `SCREENS` that are shown."""


@dataclass(frozen=True, slots=True)
class Condition:
    written: str
    """As it stands in the file."""
    fact: GuideFact
    wanted: str = ""
    """A subject or the name of a screen."""
    lens: Lens | None = None
    new: bool = False
    """True where only what began with the step counts."""
    count: int = 1

    @classmethod
    def parse(cls, written: str) -> Condition:
        """Raises `InvalidInput` that says what would be one."""
        words = " ".join(written.split())
        if found := _EXCHANGES.fullmatch(words):
            count, new, lens = found.groups()
            parsed = Lens.parse(lens or "")
            return cls(
                written,
                GuideFact.EXCHANGE,
                lens=parsed,
                new=bool(new),
                count=max(1, int(count or 1)),
            )
        name, _, wanted = words.partition(" ")
        if name not in _FACTS or not wanted:
            raise InvalidInput(f"{written!r} is not a condition: {_HINT}")
        return cls._parse_other(written, GuideFact(name), wanted)

    @classmethod
    def _parse_other(cls, written: str, fact: GuideFact, wanted: str) -> Condition:
        if fact is GuideFact.CHOSEN:
            return cls(written, fact, lens=Lens.parse(wanted))
        if fact is GuideFact.SCREEN and wanted not in SCREENS:
            raise InvalidInput(f"{wanted!r} is not a screen: try {', '.join(SCREENS)}")
        if fact is not GuideFact.SCREEN:
            check_subscribe(wanted)
        return cls(written, fact, wanted)

    def holds(self, observed: Observed) -> bool:
        match self.fact:
            case GuideFact.EXCHANGE:
                return self._happened(observed)
            case GuideFact.CHOSEN:
                return self._is_chosen(observed)
            case GuideFact.COMPOSED:
                return observed.composed == self.wanted
            case GuideFact.WATCHING:
                return self.wanted in observed.watching
            case GuideFact.HOSTING:
                return self.wanted in observed.hosting
            case GuideFact.SCREEN:
                return self.wanted in observed.screens

    def _happened(self, observed: Observed) -> bool:
        journal = observed.journal
        since = observed.step_began if self.new else observed.flow_began
        since = max(since, journal.next - MAX_LOOKED_AT)
        ready = (self.lens or Lens.parse("")).on(journal)
        passing = (number for number, code in journal.heads(since) if _passes(ready, number, code))
        return sum(1 for _ in islice(passing, self.count)) >= self.count

    def _is_chosen(self, observed: Observed) -> bool:
        journal, number = observed.journal, observed.chosen
        if self.lens is None or number not in journal:
            return False
        code = next((code for found, code in journal.heads(number) if found == number), None)
        return code is not None and self.lens.accepts(journal, number, code)


def _passes(ready: ReadyLens, number: int, code: int) -> bool:
    """Asked again, a lens goes on where it left off."""
    while True:
        with suppress(Unfinished):
            return bool(ready(number, code))
