"""The terms of a lens: one table that the parser, the help and the completion share.

A term is told by what it asks of an exchange, a `Probe`. What the code (`kind << 4 | state`)
of an exchange answers is a table of 256 verdicts, so that most exchanges need no look at
their bytes; what only some text can make pass names that text, so that whole segments are
searched for it at once.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from engine.errors import InvalidSubject
from engine.message import raw_bytes
from engine.subject import check_subscribe

from .exchange import Kind, State
from .journal import Journal
from .lens_bytes import (
    InFrame,
    Needle,
    in_body,
    in_exchange,
    in_subject_or_body,
    payload_of,
    replies,
)
from .segment import Segment

NO, LOOK, YES = 0, 1, 2
"""Verdicts: `and` is the least of them, `or` the greatest, `not` is 2 minus."""

Check = Callable[[Segment, int], bool]
"""Takes a segment and the position of a head in it."""
Names = Callable[[int], str]
"""Tells who answered an exchange, as far as anybody knows."""
Codes = Callable[[int], bool]

OPEN = (State.WAITING, State.PARTLY)
_ANSWERED = (State.ANSWERED, State.PARTLY, State.LATE, State.SERVICE_ERROR)
_GROUPS = {"failed": tuple(state for state in State if state.failed), "open": OPEN}
_ALIASES = {
    "timeout": State.TIMED_OUT,
    "nobody": State.NO_RESPONDERS,
    "late": State.LATE,
    "partial": State.PARTLY,
    "error": State.SERVICE_ERROR,
    "lost": State.LINK_LOST,
}
STATE_WORDS: dict[str, tuple[State, ...]] = {
    **{state.label: (state,) for state in State if state},
    **_GROUPS,
    **{word: (state,) for word, state in _ALIASES.items()},
}
KIND_WORDS: dict[str, tuple[Kind, ...]] = {kind.name.lower(): (kind,) for kind in Kind} | {
    "all": tuple(Kind)
}
HIDDEN = frozenset({Kind.DELIVERY, Kind.SYSTEM})
"""Kinds that nobody sees who does not name them."""

Compare = Callable[[float, float], bool]
_COMPARE: dict[str, Compare] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    "!=": operator.ne,
}
_NUMBER = re.compile(r"(\d+(?:\.\d*)?|\.\d+)([a-zµμ]*)", re.IGNORECASE)
_SECONDS = {"us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_BYTES = {"": 1, "b": 1} | {
    unit + end: 1024**power for power, unit in enumerate("kmg", 1) for end in ("", "b", "ib")
}
_FRAME = rb"H?(?:MSG|PUB) "
_CORRELATION = rb"(?:[\w-]+[-_])?correlation[-_]?id"
_SERVED_BY = rb"(?:x-)?(?:served-by|responder|server|instance)"


class Unfit(ValueError):
    """What was given to a term does not suit it; the message says what would."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a term asks of an exchange."""

    make: Callable[[Journal, Names], Check] | None = None
    """Makes the test for what the code does not tell; None when it tells all."""
    codes: bytes = bytes([LOOK]) * 256
    """The verdict on each code."""
    needle: Needle | None = None
    """What must be somewhere in the frames of an exchange that passes."""
    reveals: frozenset[Kind] = frozenset()
    """Hidden kinds that are named."""


# -- what the code tells ---------------------------------------------------------------------


def _by_code(passes: Codes, reveals: frozenset[Kind] = frozenset()) -> Probe:
    return Probe(codes=bytes(YES if passes(code) else NO for code in range(256)), reveals=reveals)


def _named(word: str, words: dict[str, tuple[int, ...]], what: str) -> frozenset[int]:
    """What a name means, or all that begin with it, or have a word that does."""
    wanted = re.sub(r"[\s_-]+", " ", word.casefold()).strip()
    if exact := words.get(wanted):
        return frozenset(exact)
    starting = [one for one in words if wanted and one.startswith(wanted)] or [
        one for one in words if wanted and any(part.startswith(wanted) for part in one.split())
    ]
    if not starting:
        near = get_close_matches(wanted, words, 1)
        known = f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"
        raise Unfit(f"{word} is no {what}: {known}")
    return frozenset(value for one in starting for value in words[one])


def _state(word: str, _: str) -> Probe:
    states = _named(word, {name: tuple(values) for name, values in STATE_WORDS.items()}, "state")
    return _by_code(lambda code: code & 15 in states)


def _kind(word: str, _: str) -> Probe:
    kinds = _named(word, {name: tuple(values) for name, values in KIND_WORDS.items()}, "kind")
    return _by_code(lambda code: code >> 4 in kinds, HIDDEN & {Kind(kind) for kind in kinds})


def _failed(*_: str) -> Probe:
    return _by_code(lambda code: code & 15 in _GROUPS["failed"])


def _unanswered(*_: str) -> Probe:
    return _by_code(lambda code: code & 15 not in (State.NONE, *_ANSWERED))


# -- what the bytes tell ---------------------------------------------------------------------


def _text(needle: Needle, check: InFrame, *, reveals: bool = False) -> Probe:
    return Probe(
        lambda journal, _: in_exchange(check, journal),
        needle=needle,
        reveals=HIDDEN if reveals else frozenset(),
    )


def _words(words: str, _: str, *, fold: bool = False) -> Probe:
    needle = Needle.of(words, fold=fold)
    return _text(needle, in_subject_or_body(needle), reveals=words.startswith("$"))


def _words_folded(words: str, _: str) -> Probe:
    return _words(words, _, fold=True)


def _body(words: str, _: str) -> Probe:
    needle = Needle.of(words)
    return _text(needle, in_body(needle))


def _body_folded(words: str, _: str) -> Probe:
    needle = Needle.of(words, fold=True)
    return _text(needle, in_body(needle))


def _in_head(line: bytes) -> InFrame:
    """True when a header line begins as the pattern says."""
    search = re.compile(rb"\n" + line).search

    def check(data: bytes | bytearray, begin: int, _: int) -> bool:
        start, body = payload_of(data, begin)
        return body > start and search(data, start, body) is not None

    return check


def _header(written: str, _: str) -> Probe:
    name, _, value = written.partition(":")
    if not name:
        raise Unfit("a header has a name: ~h x-token, or ~h x-token:abc for a value")
    line = rb"(?i:%b):[^\r\n]*?%b" % (re.escape(raw_bytes(name)), re.escape(raw_bytes(value)))
    return _text(Needle.of(value) if value else Needle.of(name, fold=True), _in_head(line))


def _correlation(start: str, _: str) -> Probe:
    line = rb"(?i:%b):[ \t]*%b" % (_CORRELATION, re.escape(raw_bytes(start)))
    return _text(Needle.of(start), _in_head(line))


def _subject(pattern: str, _: str) -> Probe:
    try:
        tokens = check_subscribe(pattern).split(b".")
    except InvalidSubject as error:
        raise Unfit(f"this is no subject: {error.why}") from None
    if any(len(token) > 1 and b"*" in token for token in tokens):
        raise Unfit("* stands for one whole token, between two dots: orders.*.created")
    wild = {b"*": rb"[^. ]+", b">": rb"[^ ]+"}
    line = rb"\.".join(wild.get(token) or re.escape(token) for token in tokens)
    match = re.compile(_FRAME + line + b" ").match

    def check(segment: Segment, at: int) -> bool:
        return match(segment.data, segment.ends[at - 1] if at else 0) is not None

    return Probe(lambda *_: check, reveals=HIDDEN if pattern[0] == "$" else frozenset())


# -- what is measured ------------------------------------------------------------------------


def _measure(written: str, units: dict[str, float], example: str) -> float:
    found = _NUMBER.fullmatch(written)
    if not found:
        raise Unfit(f"{written} is no number: {example}")
    unit = units.get(found[2].lower())
    if unit is None:
        words = ", ".join(one for one in units if one)
        said = f"{found[2]} is no unit" if found[2] else "the unit is missing"
        raise Unfit(f"{said}, there are {words}: {example}")
    return float(found[1]) * unit


def _comparison(compare: str, example: str) -> Compare:
    if not compare:
        raise Unfit(f"say how to compare: {example}")
    return _COMPARE[compare]


def _latency(written: str, compare: str) -> Probe:
    compared = _comparison(compare, "~l > 200ms")
    limit = _measure(written, _SECONDS, "~l > 200ms")

    def make(journal: Journal, _: Names) -> Check:
        def check(segment: Segment, at: int) -> bool:
            taken = journal.latency(segment.first + at)
            return taken is not None and compared(taken, limit)

        return check

    return Probe(make)


def _size_of(segment: Segment, at: int) -> int:
    begin, end = segment.bounds(at)
    return end - payload_of(segment.data, begin)[0]


def _size(written: str, compare: str) -> Probe:
    compared = _comparison(compare, "~z > 1k")
    limit = _measure(written, _BYTES, "~z > 1k")

    def make(journal: Journal, _: Names) -> Check:
        def check(segment: Segment, at: int) -> bool:
            largest = _size_of(segment, at)
            if segment.links[at]:
                largest = max(largest, *(_size_of(*one) for one in replies(journal, segment, at)))
            return compared(largest, limit)

        return check

    return Probe(make)


def _count(written: str, compare: str) -> Probe:
    compared = _COMPARE[compare or "="]
    limit = _measure(written, {"": 1.0}, "~n > 1")

    def make(journal: Journal, _: Names) -> Check:
        def check(segment: Segment, at: int) -> bool:
            if segment.first + at not in segment.more:
                return compared(segment.links[at] != 0, limit)
            return compared(sum(1 for _ in replies(journal, segment, at)), limit)

        return check

    return Probe(make)


# -- who -------------------------------------------------------------------------------------


def _by(word: str, _: str) -> Probe:
    wanted = word.casefold()
    served = _in_head(rb"(?i:%b):[^\r\n]*?(?i:%b)" % (_SERVED_BY, re.escape(raw_bytes(word))))

    def make(journal: Journal, names: Names) -> Check:
        def check(segment: Segment, at: int) -> bool:
            if wanted in names(segment.first + at).casefold():
                return True
            answers = list(replies(journal, segment, at))
            seen = {one.sources[place] for one, place in [(segment, at), *answers]}
            return any(
                wanted in name.casefold() for one in seen for name in journal.sources[one : one + 1]
            ) or any(served(one.data, *one.bounds(place)) for one, place in answers)

        return check

    return Probe(make)


def _own(*_: str) -> Probe:
    return Probe(lambda *_: lambda segment, at: segment.first + at in segment.asked)


# -- the table -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spec:
    """One term: how it is written and what it means."""

    name: str
    """With its ~; empty for bare words."""
    long: str
    """Another way to write it."""
    takes: str
    """What stands after it, "" when nothing does."""
    meaning: str
    example: str
    build: Callable[[str, str], Probe]
    """Takes what stands after it and how that is compared; raises `Unfit`."""
    compares: bool = False

    @property
    def usage(self) -> str:
        return " ".join(filter(None, (self.name, self.takes)))


SPECS = (
    Spec("", "", "word", "the subject or the body has it", "tea", _words),
    Spec("~i", "~any-case", "word", "as above, A for a", "~i tea", _words_folded),
    Spec(
        "~u", "~subject", "subject", "its subject; * and > are wildcards", "~u orders.>", _subject
    ),
    Spec("~s", "~state", "state", "its state, or the start of one", "~s timed", _state),
    Spec("~q", "~unanswered", "", "asked, and no answer came", "~q", _unanswered),
    Spec("~e", "~failed", "", "did not get its answer in time", "~e", _failed),
    Spec("~b", "~body", "text", "a body has it", '~b "no tea"', _body),
    Spec("~bi", "~body-any-case", "text", "a body has it, A for a", "~bi tea", _body_folded),
    Spec("~h", "~header", "name[:value]", "has the header", "~h x-token:abc", _header),
    Spec("~c", "~correlation", "start", "a correlation id begins so", "~c 5f1c", _correlation),
    Spec("~l", "~latency", "> time", "time to the first answer", "~l > 200ms", _latency, True),
    Spec(
        "~z",
        "~size",
        "> bytes",
        "headers and body of its largest message; 1k is 1,024",
        "~z > 1k",
        _size,
        True,
    ),
    Spec("~n", "~replies", "> count", "how many replies came", "~n > 1", _count, True),
    Spec(
        "~by",
        "~responder",
        "name",
        "who answered, or where it was seen: source, x-served-by",
        "~by orders-1",
        _by,
    ),
    Spec(
        "~k",
        "~kind",
        "kind",
        "request, publish, orphan, note; delivery and system are hidden",
        "~k request",
        _kind,
    ),
    Spec("~own", "~mine", "", "natstap itself asked", "!~own", _own),
)
TERMS = {name: spec for spec in SPECS for name in (spec.name, spec.long)}
