"""What the code of an exchange (`kind << 4 | state`) tells a lens: states, kinds, their words.

A term is told by what it asks of an exchange, a `Probe`. What the code answers is a table of
256 verdicts, so that most exchanges need no look at their bytes; what only some text can make
pass names that text, so that whole segments are searched for it at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.journal.exchange import ExchangeKind
from engine.journal.segment import Segment
from engine.journal.states import State
from engine.journal.walk import Walk

from .byte_search import Needle

NO, LOOK, YES = 0, 1, 2
"""Verdicts: `and` is the least of them, `or` the greatest, `not` is 2 minus."""

Check = Callable[[Segment, int], bool]
"""Takes a segment and the position of a head in it."""
Names = Callable[[int], str]
"""Tells who answered an exchange, as far as anybody knows, one name on each line."""
Look = Callable[[int], int]
"""Tells of another's open request whether it is `ALONE` or `UNHEARD`; 0 for neither."""

ALONE, UNHEARD = 16, 17
"""States that no message tells of: only natstap listened, so that the server would have said
"no responders"; the answer may have gone where natstap did not listen."""
LOOK_WORDS = {ALONE: "only natstap", UNHEARD: "reply unheard"}

STORED_FOR_OTHERS = frozenset({State.STORED})
"""A failure where natstap asked; a client that published to a stream has all that it wanted, and
nobody else knows whether it wanted an answer."""
_ANSWERED = (State.ANSWERED, State.PARTLY, State.LATE, State.SERVICE_ERROR, State.STATUS)
_GROUPS = {
    "failed": (*(state for state in State if state.failed), ALONE),
    "open": (State.WAITING, State.PARTLY),
    "stored": (State.STORED, State.KEPT),
}
_ALIASES = {
    "timeout": State.TIMED_OUT,
    "nobody": State.NO_RESPONDERS,
    "late": State.LATE,
    "partial": State.PARTLY,
    "error": State.SERVICE_ERROR,
    "lost": State.LINK_LOST,
    "silent": State.NO_ANSWER,
}
STATE_WORDS: dict[str, tuple[int, ...]] = {
    **{state.label: (state,) for state in State if state},
    **{words: (look,) for look, words in LOOK_WORDS.items()},
    **_GROUPS,
    **{word: (state,) for word, state in _ALIASES.items()},
}
KIND_WORDS: dict[str, tuple[ExchangeKind, ...]] = {
    **{
        kind.name.lower(): (kind,)
        for kind in ExchangeKind
        if kind is not ExchangeKind.WATCHED_SYSTEM
    },
    "system": (ExchangeKind.SYSTEM, ExchangeKind.WATCHED_SYSTEM),
    "all": tuple(ExchangeKind),
}
HIDDEN = frozenset({ExchangeKind.DELIVERY, ExchangeKind.SYSTEM})
"""Kinds that nobody sees who does not name them."""


class Unfit(ValueError):
    """What was given to a term does not suit it; the message says what would."""


def no_name(_: int) -> str:
    return ""


def no_look(_: int) -> int:
    return 0


def no_breach(_: int) -> str:
    return ""


class Hearsay(NamedTuple):
    """What is known of exchanges beyond the journal."""

    names: Names = no_name
    look: Look = no_look
    breach: Names = no_breach
    """Tells what in an exchange breaks its schema, "" for nothing."""
    settings: Callable[[], SubjectSettings] = lambda: NOTHING_SET
    """What the user set of bodies."""


NOTHING_KNOWN = Hearsay()


@dataclass(frozen=True, slots=True)
class Probe:
    """What a term asks of an exchange."""

    make: Callable[[Walk, Hearsay], Check] | None = None
    """Makes the test for what the code does not tell; None when it tells all."""
    codes: bytes = bytes([LOOK]) * 256
    """The verdict on each code."""
    needle: Needle | None = None
    """What must be somewhere in the frames of an exchange that passes."""
    reveals: frozenset[ExchangeKind] = frozenset()
    """Hidden kinds that are named."""
    reads: bool = False
    """True when it asks for what a body is read as, in which the needle need not be."""
    looks: bool = False
    """True when it asks for the look of open requests, which changes without a message."""


def _by_code(
    passes: Callable[[int], bool], reveals: frozenset[ExchangeKind] = frozenset()
) -> Probe:
    return Probe(codes=bytes(YES if passes(code) else NO for code in range(256)), reveals=reveals)


def _named(word: str, words: Mapping[str, tuple[int, ...]], what: str) -> frozenset[int]:
    """What a name means, or all that begin with it, or have a word that does."""
    wanted = re.sub(r"[\s_-]+", " ", word.casefold()).strip()
    if exact := words.get(wanted):
        return frozenset(exact)
    starting = [word for word in words if wanted and word.startswith(wanted)] or [
        word for word in words if wanted and any(part.startswith(wanted) for part in word.split())
    ]
    if not starting:
        near = get_close_matches(wanted, words, 1)
        known = f"did you mean {near[0]}?" if near else f"there are {', '.join(_plain(words))}"
        raise Unfit(f"{word} is not a {what}: {known}")
    return frozenset(value for word in starting for value in words[word])


def _plain(words: Mapping[str, tuple[int, ...]]) -> list[str]:
    """One word for each meaning, the first."""
    meant = {values: word for word, values in reversed(list(words.items()))}
    return [word for word, values in words.items() if meant[values] == word]


def state(word: str, _: str) -> Probe:
    states = _named(word, STATE_WORDS, "state")
    return failed() if states == frozenset(_GROUPS["failed"]) else _by_state(states)


def kind(word: str, _: str) -> Probe:
    kinds = _named(word, KIND_WORDS, "kind")
    return _by_code(lambda code: code >> 4 in kinds, HIDDEN & set(map(ExchangeKind, kinds)))


def failed(*_: str) -> Probe:
    return _by_state(frozenset(_GROUPS["failed"]), own_only=STORED_FOR_OTHERS)


def _by_state(states: frozenset[int], own_only: frozenset[int] = frozenset()) -> Probe:
    """`own_only` are states that count where natstap itself asked."""
    plain = _by_code(lambda code: code & 15 in states)
    looks = states & {ALONE, UNHEARD}
    if not looks or State.WAITING in states:
        return plain

    doubtful = own_only | {State.WAITING}
    codes = bytes(
        LOOK if code & 15 in doubtful else verdict for code, verdict in enumerate(plain.codes)
    )

    def make(_: Walk, known: Hearsay) -> Check:
        def check(segment: Segment, at: int) -> bool:
            verdict, number = codes[segment.codes[at]], segment.first + at
            if verdict != LOOK:
                return verdict == YES
            if segment.codes[at] & 15 in own_only:
                return number in segment.asked
            return number not in segment.asked and known.look(number) in looks

        return check

    return replace(plain, make=make, codes=codes, looks=True)


def unanswered(*_: str) -> Probe:
    return _by_code(lambda code: code & 15 not in (State.NONE, *_ANSWERED))
