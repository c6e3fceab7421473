"""What a lens has to look for: in the bytes of messages, in times and sizes, in who answered."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable

from engine.errors import InvalidSubject
from engine.journal.classify import pub_ack
from engine.journal.segment import Segment
from engine.journal.states import State
from engine.journal.walk import Walk
from engine.known_headers import CORRELATION
from engine.latency_words import settled
from engine.message import raw_bytes
from engine.subject import check_subscribe

from .byte_search import InFrame, Needle, in_exchange, payload_of
from .state_terms import HIDDEN, Check, Hearsay, Probe, Unfit

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
_NO_ANSWER = (State.NO_RESPONDERS, State.STORED, State.KEPT)
_FRAME = rb"H?(?:MSG|PUB) "
_CORRELATION = CORRELATION.encode()
_SERVED_BY = rb"(?:x-)?(?:served-by|responder|server|instance)"


# -- what the bytes tell ---------------------------------------------------------------------


def _text(needle: Needle, check: InFrame) -> Probe:
    return Probe(lambda walk, _: in_exchange(check, walk), needle=needle)


def _in_head(line: bytes) -> InFrame:
    """True when a header line begins as the pattern says."""
    search = re.compile(rb"\n" + line).search

    def check(data: bytes | bytearray, begin: int, _: int) -> bool:
        head, end = payload_of(data, begin)
        return end > head and search(data, head, end) is not None

    return check


def header(written: str, _: str) -> Probe:
    name, _, value = written.partition(":")
    if not name:
        raise Unfit("a header has a name: ~h x-token, or ~h x-token:abc for a value")
    line = rb"(?i:%b):[^\r\n]*?%b" % (re.escape(raw_bytes(name)), re.escape(raw_bytes(value)))
    return _text(Needle.of(value) if value else Needle.of(name, fold=True), _in_head(line))


def correlation(start: str, _: str) -> Probe:
    line = rb"(?i:%b):[ \t]*%b" % (_CORRELATION, re.escape(raw_bytes(start)))
    return _text(Needle.of(start), _in_head(line))


def subject(pattern: str, _: str) -> Probe:
    try:
        tokens = check_subscribe(pattern).split(b".")
    except InvalidSubject as error:
        raise Unfit(f"not a subject: {error.why}") from None
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
        raise Unfit(f"{written} is not a number: {example}")
    unit = units.get(found[2].lower())
    if unit is None:
        known = ", ".join(unit for unit in units if unit.isascii() and unit)
        said = f"{found[2]} is not a unit" if found[2] else "the unit is missing"
        raise Unfit(f"{said}, there are {known}: {example}")
    return float(found[1]) * unit


def _comparison(compare: str, example: str) -> Compare:
    if not compare:
        raise Unfit(f"say how to compare: {example}")
    return _COMPARE[compare]


def latency(written: str, compare: str) -> Probe:
    """Passes what surely took so long: where bounds are known, both have to compare."""
    compared = _comparison(compare, "~l > 200ms")
    limit = _measure(written, _SECONDS, "~l > 200ms")

    def make(walk: Walk, _: Hearsay) -> Check:
        def check(segment: Segment, at: int) -> bool:
            number = segment.first + at
            bounds = walk.journal.answer_times.bounds(number)
            if bounds is None:
                return False
            low, high = settled(*bounds, own=number in segment.asked)
            inside = compare == "!=" and low <= limit <= high
            return compared(low, limit) and compared(high, limit) and not inside

        return check

    return Probe(make)


def _size_of(segment: Segment, at: int) -> int:
    begin, end = segment.bounds(at)
    return end - payload_of(segment.data, begin)[0]


def size(written: str, compare: str) -> Probe:
    compared = _comparison(compare, "~z > 1k")
    limit = _measure(written, _BYTES, "~z > 1k")

    def make(walk: Walk, _: Hearsay) -> Check:
        largest = walk.largest(_size_of)

        def check(segment: Segment, at: int) -> bool:
            return compared(max(_size_of(segment, at), largest(segment, at)), limit)

        return check

    return Probe(make)


def count(written: str, compare: str) -> Probe:
    compared = _COMPARE[compare or "="]
    limit = _measure(written, {"": 1.0}, "~n > 1")

    def make(walk: Walk, _: Hearsay) -> Check:
        def check(segment: Segment, at: int) -> bool:
            more = len(segment.more.get(segment.first + at, ()))
            came = (segment.links[at] != 0) + more
            return compared(came - (came > 0 and _no_answer_first(walk, segment, at, more)), limit)

        return check

    return Probe(make)


def _no_answer_first(walk: Walk, segment: Segment, at: int, more: int) -> bool:
    """True when the first reply is a stream's acknowledgement, or the server's "no responders"."""
    if segment.codes[at] & 15 in _NO_ANSWER:
        return True
    if not more:
        return False
    first = walk.journal.message(segment.links[at])
    return first.no_responders or pub_ack(first.body) is not None


# -- who -------------------------------------------------------------------------------------


def by(word: str, _: str) -> Probe:
    wanted = word.casefold()
    served = _in_head(rb"(?i:%b):[^\r\n]*?(?i:%b)" % (_SERVED_BY, re.escape(raw_bytes(word))))

    def make(walk: Walk, known: Hearsay) -> Check:
        sources = walk.journal.sources.names

        def seen(one: Segment, at: int) -> bool:
            return any(wanted in name.casefold() for name in sources[one.sources[at] :][:1])

        answered = walk.any(lambda one, at: seen(one, at) or served(one.data, *one.bounds(at)))

        def check(segment: Segment, at: int) -> bool:
            if seen(segment, at):
                return True
            if not segment.links[at]:
                return False
            return wanted in known.names(segment.first + at).casefold() or answered(segment, at)

        return check

    return Probe(make)


def own(*_: str) -> Probe:
    return Probe(lambda *_: lambda segment, at: segment.first + at in segment.asked)
