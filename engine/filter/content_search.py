"""Searching what bodies are read as: a text in it, or a value at a path.

Which messages have a body that is to be read is found out once for each part of a segment, and
kept there; all others are searched as they lie.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

from engine.content.by_subject import SubjectSettings
from engine.content.coded import (
    MAX_READ,
    is_bare_binary,
    is_utf8,
    lies_as_it_is,
    may_be_coded,
    may_hold_coded,
    read_small_map,
    reading_of,
)
from engine.content.content import Side
from engine.content.json_path import PathTest, parse_path
from engine.content.reading import Reading
from engine.errors import InvalidInput
from engine.journal.exchange import ExchangeKind
from engine.journal.segment import Segment
from engine.journal.walk import Walk
from engine.message import Message, raw_bytes, text

from .byte_search import Data, InFrame, Needle, anywhere, in_body, payload_of
from .state_terms import HIDDEN, Check, Hearsay, Probe, Unfit, no_breach, no_name

_BEGINS_JSON = (b'{"', b"[{", b"{\n", b"{}")
"""How most bodies begin, none of which is to be read."""
_NOTE = ord("+")
"""How the frame of a note begins, which has no body."""
_EFFORT = 64
"""Looks that reading a body counts as."""
_SMALL_EFFORT = 8
OfReading = Callable[[Reading], bool]


def coded_positions(segment: Segment, since: int, until: int) -> list[int]:
    """The messages of these positions whose bodies are to be read."""
    if segment.scanned < until:
        _scan(segment, until)
    coded = segment.coded
    return coded[bisect_left(coded, since) : bisect_left(coded, until)].tolist()


def _scan(segment: Segment, until: int) -> None:
    ends, data, since = segment.ends, segment.data, segment.scanned
    begin = ends[since - 1] if since else 0
    whole = begin == 0 and ends[until - 1] == len(data)
    part = data if whole else data[begin : ends[until - 1]]
    if may_hold_coded(part):
        all_utf8 = is_utf8(part)
        for at in range(since, until):
            end = ends[at]
            start = payload_of(data, begin)[1]
            plain = data[start : start + 2] in _BEGINS_JSON and (
                all_utf8 or data[start:end].isascii()
            )
            if not plain and may_be_coded(data[start:end]):
                segment.coded.append(at)
            begin = end
    segment.scanned = until


def words(said: str, _: str, *, fold: bool = False) -> Probe:
    """What is pasted: in every part of the messages, in what their bodies are read as, and in who
    answered, as far as known.
    """
    needle = Needle.of(said, fold=fold)
    wanted = said.lower() if fold else said

    def make(walk: Walk, known: Hearsay) -> Check:
        held = holding(said, walk, known, fold=fold)
        if known.names is no_name:
            return held

        def passes(segment: Segment, at: int) -> bool:
            if held(segment, at):
                return True
            if walk.by_needle:  # what is not read is not looked at for a name either
                return False
            names = known.names(segment.first + at) if segment.links[at] else ""
            return wanted in (names.lower() if fold else names)

        return passes

    reveals = HIDDEN if said.startswith("$") else frozenset[ExchangeKind]()
    return Probe(make, needle=needle, reveals=reveals, reads=True)


def holding(said: str, walk: Walk, known: Hearsay, *, fold: bool = False) -> Check:
    """Whether a text is in a message of an exchange, or in what its body is read as."""
    needle = Needle.of(said, fold=fold)
    settings = known.settings().without_commands()
    has = _has(said, fold=fold)
    return _ContentCheck(anywhere(needle), has, walk, settings, _never, said).passes


def words_folded(said: str, compare: str) -> Probe:
    return words(said, compare, fold=True)


def body(said: str, _: str, *, fold: bool = False) -> Probe:
    """A text in a body as it lies, or in what that is read as."""
    needle = Needle.of(said, fold=fold)
    return _probe(in_body(needle), _has(said, fold=fold), needle, word=said)


def _has(said: str, *, fold: bool) -> OfReading:
    wanted = raw_bytes(said.lower() if fold else said)

    def has(reading: Reading) -> bool:
        return wanted in raw_bytes(reading.text.lower() if fold else reading.text)

    return has


def body_folded(said: str, compare: str) -> Probe:
    return body(said, compare, fold=True)


def path(said: str, _: str) -> Probe:
    """A value at a path, in JSON or in whatever else a body is read as."""
    if not said.startswith("$"):
        raise Unfit("a path begins with $: ~j $.order.id=7")
    try:
        test = parse_path(said)
    except InvalidInput as error:
        raise Unfit(str(error)) from None
    name = max(test.names, key=len, default=b"")
    needle = Needle(name) if name else None
    return _probe(_in_json(test), test.passes_reading, needle, _may_have(test))


def invalid(*_: str) -> Probe:
    """What breaks the schema that it has to keep."""

    def make(walk: Walk, known: Hearsay) -> Check:
        def check(segment: Segment, at: int) -> bool:
            if known.breach is no_breach:
                return False
            walk.left -= _EFFORT
            return known.breach(segment.first + at) != ""

        return check

    return Probe(make)


def _in_json(test: PathTest) -> InFrame:
    """The quick way for JSON, which is what most bodies are."""

    def check(data: Data, begin: int, end: int) -> bool:
        start = payload_of(data, begin)[1]
        if data[start : start + 1] not in (b"{", b"["):
            return False
        if any(data.find(name, start, end) < 0 for name in test.names):
            return False
        try:
            return test.passes_json(text(bytes(data[start:end])))
        except ValueError:
            return False

    return check


def _may_have(test: PathTest) -> InFrame:
    """Whether a text that is not JSON may have such a path: YAML, XML, several JSON values."""

    def check(data: Data, start: int, end: int) -> bool:
        if any(data.find(name, start, end) < 0 for name in test.names):
            return False
        first = data[start : start + 1]
        if first in (b"{", b"["):
            return data.find(b"\n", start, end) >= 0 or data.find(b"}{", start, end) >= 0
        return first == b"<" or (data.find(b":", start, end) >= 0)

    return check


def _never(data: Data, start: int, end: int) -> bool:
    return False


def _probe(
    plain: InFrame,
    of_reading: OfReading,
    needle: Needle | None,
    text: InFrame = _never,
    word: str = "",
) -> Probe:
    """`plain` looks at a body as it lies, `of_reading` at what one is read as; `text` says of one
    that is text, from where it begins, whether that is to be read all the same. `word` is what is
    looked for where that is a text.
    """

    def make(walk: Walk, known: Hearsay) -> Check:
        return _ContentCheck(
            plain, of_reading, walk, known.settings().without_commands(), text, word
        ).passes

    return Probe(make, needle=needle, reads=True)


class _ContentCheck:
    """Whether a request or one of its replies passes."""

    def __init__(
        self,
        plain: InFrame,
        of_reading: OfReading,
        walk: Walk,
        settings: SubjectSettings,
        text: InFrame,
        word: str = "",
    ) -> None:
        self._guesses = settings.names_nothing
        """True where only headers and the bytes themselves say what a body is."""
        self._lies = self._guesses and lies_as_it_is(word)
        """True where what is looked for would lie in the bytes of MessagePack and the like."""
        self._plain = plain
        self._of_reading = of_reading
        self._walk = walk
        self._settings = settings
        self._text = text
        self._subject = ""
        """Of the request whose replies are looked at; "" until one is to be read."""
        self._asked: tuple[Segment, int] | None = None
        self._answered = walk.any(self._reply)

    def passes(self, segment: Segment, at: int) -> bool:
        ends = segment.ends
        begin, end = ends[at - 1] if at else 0, ends[at]
        if self._plain(segment.data, begin, end) or self._read(
            segment, at, begin, end, Side.REQUEST
        ):
            return True
        if not segment.links[at]:
            return False
        self._asked, self._subject = (segment, at), ""
        return self._answered(segment, at)

    def _reply(self, segment: Segment, at: int) -> bool:
        begin, end = segment.bounds(at)
        return self._plain(segment.data, begin, end) or self._read(
            segment, at, begin, end, Side.REPLY
        )

    def _read(self, segment: Segment, at: int, begin: int, end: int, side: Side) -> bool:
        """Whether what it is read as passes, where it is to be read."""
        if at < segment.scanned and not segment.coded and self._text is _never:
            return False
        data = segment.data
        if data[begin] == _NOTE:
            return False
        start = payload_of(data, begin)[1]
        if not self._is_coded(segment, at, start, end) and not self._text(data, start, end):
            return False
        if self._guesses and is_bare_binary(data[start : start + 1]):
            head = data[payload_of(data, begin)[0] : start].lower()
            if self._lies and b"encoding" not in head and b"charset" not in head:
                return False
            if b"content-" not in head and (small := read_small_map(bytes(data[start:end]))):
                self._walk.left -= _SMALL_EFFORT
                return self._of_reading(small)
        self._walk.left -= _EFFORT
        message = Message.from_frame(bytes(data[begin:end]))
        subject = self._subject_asked() if side is Side.REPLY else ""
        return self._of_reading(reading_of(message, self._settings, subject, side))

    def _is_coded(self, segment: Segment, at: int, start: int, end: int) -> bool:
        if at < segment.scanned:
            place = bisect_left(segment.coded, at)
            return place < len(segment.coded) and segment.coded[place] == at
        return end - start <= MAX_READ and may_be_coded(segment.data[start:end])

    def _subject_asked(self) -> str:
        if not self._subject and self._asked is not None:
            segment, at = self._asked
            self._subject = Message.from_frame(segment.frame(at)).subject
        return self._subject
