"""What is looked for in stored messages: a header, a text, or a field of a JSON body.

    x-request-id: abc       a header with that name (A for a) whose value has the words
    traceparent:            a header with that name
    $.order.id = 7          a field of the body; = != < <= > >=, or only whether it is there
    $.rows[*].sku = "a-1"   of any element; also [0], [-1], .*, ["a name"]
    5f1c2b9e                whole words anywhere: in subject, headers or body
    "5f1c"                  the same in quotes: parts of words too, and nothing means anything else

Small letters find large ones too. Words are whole, so that job-1 does not find job-10. Only bodies
that can pass are read; everything else is a search in raw bytes. A body that is compressed, or
MessagePack and the like, is searched in what `engine.content` reads in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.content.coded import may_be_coded, may_hold_coded, read_text
from engine.content.content import Envelope
from engine.content.json_path import PathTest, parse_path
from engine.content.reading import read
from engine.errors import InvalidInput
from engine.message import Message, raw_bytes, split_frame

MAX_LENGTH = 1000
"""Characters of what is looked for."""
EXAMPLES = "an id, a text, x-request-id: abc or $.order.id = 7"
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([ \t]*)(.*)", re.DOTALL)
_ALNUM = re.compile("[0-9A-Za-z]")
_VERSION = len(b"NATS/1.0")
_ESCAPE = b"\\u"

Matches = Callable[[Message], bool]
InBytes = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """Made by `parse_wanted`."""

    text: str
    """As it was written."""
    matches: Matches = field(compare=False, repr=False)
    _may: InBytes = field(compare=False, repr=False)
    """False when no message in these bytes matches by what it is as it lies."""
    _reads: bool = True
    """True when what a body is read as counts."""

    def candidates(self, frames: list[bytes]) -> list[bytes]:
        """Those of many frames that may match, in order: all others do not."""
        every = b"\n".join(frames)
        plain = self._may(every)
        coded = self._reads and may_hold_coded(every)
        if not plain and not coded:
            return []
        return [
            frame
            for frame in frames
            if (plain and self._may(frame)) or (coded and _may_be_coded(frame))
        ]


def parse_wanted(written: str, settings: SubjectSettings = NOTHING_SET) -> SearchTerms:
    """What is looked for; raises `InvalidInput`, which says what is wrong and what would do.

    `settings` say what bodies are.
    """
    said = written.strip()
    if not said:
        raise InvalidInput(f"nothing to look for: try {EXAMPLES}")
    if len(said) > MAX_LENGTH:
        raise InvalidInput(f"too long: at most {MAX_LENGTH:,} characters")
    if said.startswith(("$.", "$[")) or said == "$":
        test = parse_path(said)
        return SearchTerms(said, _field(test, settings), _field_in_bytes(test))
    text = _anywhere(said, settings), _text_in_bytes(said)
    if _is_quoted(said) or (header := _HEADER.fullmatch(said)) is None:
        return SearchTerms(said, *text)
    name, blank, value = header.groups()
    matches, may = _in_header(name, value)
    if blank or not value:
        return SearchTerms(said, matches, may, _reads=False)
    return SearchTerms(
        said,
        lambda message: matches(message) or text[0](message),
        lambda data: may(data) or text[1](data),
    )


def _may_be_coded(frame: bytes) -> bool:
    if not may_hold_coded(frame):
        return False
    _, _, start, head = split_frame(frame)
    return may_be_coded(frame[start + head :])


# -- texts -----------------------------------------------------------------------------------


def _is_quoted(text: str) -> bool:
    return len(text) > 2 and text[0] == text[-1] == '"'


def _finder(written: str) -> Callable[[bytes], bool]:
    """Whether bytes have these words; in quotes, whether they have this text."""
    quoted = _is_quoted(written)
    text = written[1:-1] if quoted else written
    fold = text == text.lower()
    raw = raw_bytes(text)
    if quoted:
        return lambda data: raw in (data.lower() if fold else data)
    before = rb"(?<![0-9A-Za-z])" if _ALNUM.match(text) else b""
    after = rb"(?![0-9A-Za-z])" if _ALNUM.match(text[-1]) else b""
    pattern = re.compile(before + re.escape(raw) + after).search

    def found(data: bytes) -> bool:
        small = data.lower() if fold else data
        return raw in small and pattern(small) is not None

    return found


def _anywhere(text: str, settings: SubjectSettings) -> Matches:
    found = _finder(text)

    def matches(message: Message) -> bool:
        return (
            found(message.head[_VERSION:])
            or found(message.body)
            or found(raw_bytes(message.subject))
            or (may_be_coded(message.body) and found(raw_bytes(read_text(message, settings))))
        )

    return matches


def _text_in_bytes(written: str) -> InBytes:
    """Whether bytes have this text, be it whole words or not."""
    text = written[1:-1] if _is_quoted(written) else written
    fold, raw = text == text.lower(), raw_bytes(text)
    if b"\n" in raw or b"\r" in raw:
        return lambda data: True
    return lambda data: raw in (data.lower() if fold else data)


def _in_header(name: str, value: str) -> tuple[Matches, InBytes]:
    lines = re.compile(rb"\n" + re.escape(raw_bytes(name)) + rb":([^\r\n]*)", re.IGNORECASE)
    found = _finder(value.strip()) if value.strip() else None

    def matches(message: Message) -> bool:
        values = lines.findall(message.head) if message.head else ()
        return bool(values) if found is None else any(map(found, values))

    has = _text_in_bytes(value.strip())
    return matches, lambda data: has(data) and lines.search(data) is not None


# -- fields of what a body is read as -----------------------------------------------------------


def _field_in_bytes(test: PathTest) -> InBytes:
    names = test.names
    return lambda data: all(name in data for name in names) or _ESCAPE in data


def _field(test: PathTest, settings: SubjectSettings) -> Matches:
    may_have = _field_in_bytes(test)

    def matches(message: Message) -> bool:
        body = message.body
        if not may_have(body) and not may_be_coded(body):
            return False
        envelope = Envelope(message.subject, message.headers, settings=settings)
        return test.passes_reading(read(body, envelope))

    return matches
