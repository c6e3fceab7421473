"""Two messages compared: their bodies line by line and value by value, and their headers.

Pure, and bounded for any input: what is not looked at is counted. Nothing here is made safe
to show; whoever shows it does that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from engine.content.binary import is_binary, printable
from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.content.coded import reading_of
from engine.content.content import Side
from engine.message import Headers, Message, raw_bytes, text
from engine.words import counted

from .changed_words import common
from .json_difference import NotComparable, Value, differing, lay_out, read_json
from .line_difference import Change, DiffLine, align

MAX_LINES = 2_000
"""Of each side that are compared; they begin shortly before the first difference."""
_BEFORE = 5
_READ = 100_000
"""Lines of each side in which the first difference is looked for."""
_VALUES = 200
_CHECKED = 2 << 20
"""Bytes of JSON that are read as values; more is laid out without."""
HEX_WIDTH = 8
"""Bytes on a line of a body that is no text."""
_FRESH = re.compile(
    r"(.*[-_])?(correlation|request|message|msg|trace|span|transaction)[-_]?id|traceparent|tracestate"
    r"|reply_to|date|(.*[-_])?(time|timestamp|time-stamp|duration|elapsed|latency)"
    r"|nats-(last-)?sequence",
    re.IGNORECASE,
)
"""Names of headers that are expected to differ from message to message."""

Form = Literal["json", "text", "hex"]


@dataclass(frozen=True, slots=True)
class Body:
    """Two bodies; `same` is byte for byte, `equal` is as JSON values."""

    form: Form
    same: bool
    equal: bool
    lines: tuple[DiffLine, ...] = ()
    skipped: int = 0
    """Lines before these, the same on both sides."""
    more: tuple[int, int] = (0, 0)
    """Lines after these on each side, not compared; at least so many."""
    values: tuple[Value, ...] = ()
    more_values: bool = False

    @property
    def differences(self) -> int:
        return sum(line.change is not Change.SAME for line in self.lines)


@dataclass(frozen=True, slots=True)
class Header:
    """All values of one name on each side."""

    name: str
    change: Change
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    expected: bool = False
    """True for ids and times, which differ from message to message."""


@dataclass(frozen=True, slots=True)
class Comparison:
    sentence: str
    same: bool
    """Byte for byte, headers and body."""
    body: Body
    headers: tuple[Header, ...]
    """In the order of the left side, then what only the right side has."""


def compare(
    left: Message,
    right: Message,
    settings: SubjectSettings = NOTHING_SET,
    asked: tuple[str, str] = ("", ""),
) -> Comparison:
    """Compare what was sent; subjects, times and sizes are the caller's to tell.

    Bodies are compared as they are read; `asked` are the subjects of the requests that they
    answer, "" for requests.
    """
    sides = zip((left, right), asked, strict=True)
    written = [_readable(message, settings, subject) for message, subject in sides]
    body = compare_bodies(*written)
    if left.body != right.body and body.same:
        body = replace(body, same=False, equal=True)
    headers = compare_headers(left, right)
    same = body.same and left.head == right.head
    sentence = "The same, byte for byte." if same else _sentence(body, headers)
    return Comparison(sentence, same, body, headers)


def _readable(message: Message, settings: SubjectSettings, asked: str) -> bytes:
    """The body as JSON or text, where it is read as that; as it is else."""
    side = Side.REPLY if asked else Side.REQUEST
    reading = reading_of(message, settings, asked, side)
    return message.body if reading.plain or reading.form == "hex" else raw_bytes(reading.text)


# -- bodies ----------------------------------------------------------------------------------


def compare_bodies(left: bytes, right: bytes) -> Body:
    same = left == right
    if is_binary(left) or is_binary(right):
        return _hex(left, right, same)
    written = text(left), text(right)
    if not (_json_like(written[0]) and _json_like(written[1])):
        return _lines(written, "text", same)
    try:
        if max(len(left), len(right)) > _CHECKED:
            raise NotComparable
        found = list(islice(differing(*map(read_json, written)), _VALUES + 1))
    except NotComparable:
        return _lines(written, "json" if _bracketed(written) else "text", same)
    values, more = tuple(found[:_VALUES]), len(found) > _VALUES
    return _lines(written, "json", same, not values, values, more)


def _json_like(written: str) -> bool:
    return written[:64].lstrip()[:1] in tuple('{["-0123456789tfn')


def _bracketed(written: tuple[str, str]) -> bool:
    """True where lines are more to the point than the text: it is in brackets at both ends."""
    ends = ((body[:64].lstrip()[:1] + body[-64:].rstrip()[-1:]) for body in written)
    return all(end in ("{}", "[]") for end in ends)


def _read(written: str, form: Form) -> list[str]:
    if form == "text":
        return written.split("\n", _READ)
    return list(islice(lay_out(written), _READ + 1))


def _lines(
    written: tuple[str, str],
    form: Form,
    same: bool,
    equal: bool = False,
    values: tuple[Value, ...] = (),
    more_values: bool = False,
) -> Body:
    left, right = (_read(body, form) for body in written)
    skipped = 0
    if max(len(left), len(right)) > MAX_LINES:
        skipped = max(0, 0 if same else _shared(left, right) - _BEFORE)
    window = slice(skipped, skipped + MAX_LINES)
    lines = align(left[window], right[window], _without_comma if form == "json" else str)
    more = max(0, len(left) - window.stop), max(0, len(right) - window.stop)
    return Body(form, same, same or equal, lines, skipped, more, values, more_values)


def _without_comma(line: str) -> str:
    """A value is the same whether or not another follows it."""
    return line.removesuffix(",")


def _shared(left: Sequence[str], right: Sequence[str]) -> int:
    """How many lines the same beginning has."""
    pairs = enumerate(zip(left, right, strict=False))
    least = min(len(left), len(right))
    return next((at for at, (line, other) in pairs if line != other), least)


def _hex(left: bytes, right: bytes, same: bool) -> Body:
    """Only the lines that are compared are made."""
    each = HEX_WIDTH
    skipped = 0
    if max(len(left), len(right)) > MAX_LINES * each:
        skipped = max(0, 0 if same else common(left, right) // each - _BEFORE)
    begin, end = skipped * each, (skipped + MAX_LINES) * each
    lines = align(_dump(left[begin:end]), _dump(right[begin:end]))
    more = tuple(max(0, -(-(len(body) - end) // each)) for body in (left, right))
    return Body("hex", same, same, lines, skipped, (more[0], more[1]))


def _dump(raw: bytes) -> list[str]:
    parts = (raw[at : at + HEX_WIDTH] for at in range(0, len(raw), HEX_WIDTH))
    width = 3 * HEX_WIDTH - 1
    return [f"{part.hex(' '):{width}}  {printable(part)}" for part in parts]


# -- headers ---------------------------------------------------------------------------------


def compare_headers(left: Message, right: Message) -> tuple[Header, ...]:
    """By name, repeats in their order; the status of the header line comes first, if any."""
    here, there = _by_name(left.headers), _by_name(right.headers)
    names = dict.fromkeys([*here, *there])
    found = [_header(name, here.get(name, ()), there.get(name, ())) for name in names]
    if left.status or right.status:
        found.insert(0, _header("(status)", _status(left), _status(right)))
    return tuple(found)


def _by_name(headers: Headers) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, value in headers.pairs:
        found.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def _status(message: Message) -> tuple[str, ...]:
    return (f"{message.status} {message.description}".strip(),) if message.status else ()


def _header(name: str, left: tuple[str, ...], right: tuple[str, ...]) -> Header:
    if left == right:
        change = Change.SAME
    else:
        change = Change.CHANGED if left and right else Change.REMOVED if left else Change.ADDED
    return Header(name, change, left, right, bool(_FRESH.fullmatch(name)))


# -- words -----------------------------------------------------------------------------------


def _sentence(body: Body, headers: Iterable[Header]) -> str:
    return f"{_body_words(body)}; {_header_words(headers)}."


def _body_words(body: Body) -> str:
    if body.same:
        return "The same body"
    if body.equal:
        return "Same JSON, written differently"
    if body.values:
        least = "more than " if body.more_values else ""
        return f"{least}{_differ(len(body.values), 'value')}".capitalize()
    if not body.differences:
        return "The bodies differ, further on than natstap compares"
    least = "at least " if any(body.more) else ""
    return f"{least}{_differ(body.differences, 'line')}".capitalize()


def _header_words(headers: Iterable[Header]) -> str:
    differ = [header for header in headers if header.change is not Change.SAME]
    news = [header for header in differ if not header.expected]
    if news:
        return _differ(len(news), "header")
    if differ:
        return "of the headers only ids and times differ"
    return "the same headers"


def _differ(count: int, what: str) -> str:
    return f"{counted(count, what)} differ{'s' if count == 1 else ''}"
