"""What one NATS message is, and how it lies in bytes.

A *frame* is a message exactly as the protocol writes it, without the last CRLF:
`MSG subject sid [reply] size`, `HMSG subject sid [reply] head size` from the server,
`PUB subject [reply] size`, `HPUB subject [reply] head size` to it, then CRLF and the
payload (header block first). Frames are what the journal keeps, so nothing is lost:
text is decoded only when somebody looks, and with surrogates for bytes that are no UTF-8.
Source: https://docs.nats.io/reference/reference-protocols/nats-protocol and ADR-4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self, overload

from engine.errors import InvalidHeader

CRLF = b"\r\n"
_NAME = re.compile(r"[!-9;-~]+")
_UNWRITABLE = re.compile(r"[\ud800-\udbff]|[\udc00-\udc7f\udd00-\udfff]")
_STATUS = re.compile(rb"NATS/1\.0[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?")

HeadersInput = Mapping[str, "str | Iterable[str]"] | Iterable[tuple[str, str]]
"""What a caller may give as headers: a mapping (a value may be a list) or pairs."""


def text(raw: bytes) -> str:
    """Decode losslessly: what is no UTF-8 becomes surrogates, and `raw_bytes` undoes it."""
    return raw.decode("utf-8", "surrogateescape")


def raw_bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


class Headers:
    """Header pairs in wire order, repeats kept; names are case-sensitive, as on the server."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)

    @classmethod
    def parse(cls, block: bytes) -> Headers:
        """Read a header block leniently: a line without a colon becomes a name without value."""
        lines = text(block).replace("\r\n", "\n").split("\n")
        if lines[0].startswith("NATS/1.0"):
            del lines[0]
        cut = (line.partition(":") for line in lines if line)
        return cls((name, value.strip(" \t")) for name, _, value in cut)

    @classmethod
    def of(cls, given: HeadersInput | Headers | None) -> Self:
        """Take what a caller gave; raises `InvalidHeader` for what the protocol cannot carry."""
        if isinstance(given, Headers):
            return cls(_unbroken(given.pairs))
        return cls(_checked({} if given is None else given))

    def encode(self) -> bytes:
        """The header block, version line and closing blank line included; b"" when empty."""
        if not self.pairs:
            return b""
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.pairs)
        return b"NATS/1.0\r\n" + raw_bytes(lines) + CRLF

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...
    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value under exactly this name."""
        return next((value for key, value in self.pairs if key == name), default)

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def items(self) -> tuple[tuple[str, str], ...]:
        return self.pairs

    def as_dict(self) -> dict[str, str]:
        """First value of each name, in wire order; for callers that want no repeats."""
        first: dict[str, str] = {}
        for name, value in self.pairs:
            first.setdefault(name, value)
        return first

    def without(self, *names: str) -> Headers:
        return Headers(pair for pair in self.pairs if pair[0] not in names)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for name, _ in self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return self.pairs == other.pairs if isinstance(other, Headers) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"


def _checked(given: HeadersInput) -> Iterator[tuple[str, str]]:
    for name, value in _pairs(given):
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidHeader(str(name), "a name is printable ASCII without spaces or colons")
        for text in _values(value):
            if not isinstance(text, str):
                raise InvalidHeader(name, f"a value is a str, not {type(text).__name__}")
            if "\r" in text or "\n" in text:
                raise InvalidHeader(name, "a value cannot hold a line break")
            if _UNWRITABLE.search(text):
                raise InvalidHeader(name, "a value cannot hold half a surrogate pair")
            yield name, text.strip(" \t")


def _pairs(given: object) -> Iterator[tuple[object, object]]:
    if isinstance(given, Mapping):
        yield from given.items()
        return
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InvalidHeader(str(given), "headers are a mapping, or pairs of a name and a value")
    for pair in given:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InvalidHeader(str(pair), "this is not a pair of a name and a value")
        yield pair[0], pair[1]


def _values(value: object) -> Iterable[object]:
    """One, or those of a header that is repeated."""
    return value if isinstance(value, Iterable) and not isinstance(value, str) else (value,)


def _unbroken(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Headers that somebody received may be odd, and are sent again as odd as they came."""
    for name, value in pairs:
        if "\n" in name + value or _UNWRITABLE.search(name + value):
            raise InvalidHeader(name, "a line break would begin another header")
        yield name, value


@dataclass(frozen=True, slots=True)
class Message:
    """One frozen NATS message; `head` is the header block as it came, `body` the rest.

    `number`, `at` (seconds since the epoch) and `source` say where the journal keeps it;
    they are 0 for a message that no journal holds. `at` is when it was read, or sent: the
    latest that it can have come.
    """

    subject: str
    body: bytes = b""
    reply: str = ""
    head: bytes = b""
    number: int = 0
    at: float = 0.0
    source: int = 0
    sent: bool = False
    """True when natstap itself wrote it."""
    spread: float = 0.0
    """Seconds before `at` that it can have come at the earliest."""

    @property
    def headers(self) -> Headers:
        return Headers.parse(self.head)

    @property
    def earliest(self) -> float:
        """The earliest that it can have come, in seconds since the epoch."""
        return self.at - self.spread

    @property
    def status(self) -> int:
        """The status of the header line, 0 when it has none: 503 is "no responders"."""
        return status_of(self.head)[0]

    @property
    def description(self) -> str:
        return status_of(self.head)[1]

    @property
    def size(self) -> int:
        """Bytes that count against the server's limit: headers and body."""
        return len(self.head) + len(self.body)

    @property
    def no_responders(self) -> bool:
        return self.status == 503 and not self.body

    @classmethod
    def from_frame(
        cls,
        frame: bytes,
        number: int = 0,
        at: float = 0.0,
        source: int = 0,
        spread: float = 0.0,
    ) -> Message:
        subject, reply, start, head = split_frame(frame)
        return cls(
            subject=text(subject),
            body=frame[start + head :],
            reply=text(reply),
            head=frame[start : start + head],
            number=number,
            at=at,
            source=source,
            sent=frame[:1] in b"PH" and frame[1:2] != b"M",
            spread=spread,
        )


def status_of(head: bytes) -> tuple[int, str]:
    """Status and description of a header block; (0, "") when it has none."""
    found = _STATUS.match(head)
    return (int(found[1]), text(found[2] or b"").rstrip()) if found else (0, "")


def header_in(head: bytes, name: bytes) -> bytes | None:
    """The first value of a header, looked up in the raw block without parsing the others."""
    begin = head.find(b"\r\n" + name + b":")
    if begin < 0:
        return None
    begin += len(name) + 3
    end = head.find(CRLF, begin)
    return head[begin : end if end >= 0 else None].strip(b" \t")


def split_frame(frame: bytes) -> tuple[bytes, bytes, int, int]:
    """Subject, reply subject, offset of the payload, length of the header block."""
    end = frame.index(CRLF)
    subject, reply, head = split_line(frame[:end])
    return subject, reply, end + 2, head


def split_line(line: bytes) -> tuple[bytes, bytes, int]:
    """Subject, reply subject and length of the header block, of a frame's first line."""
    words = line.split(b" ")
    with_head = words[0][:1] == b"H"
    rest = 3 if words[0][-3:] == b"MSG" else 2  # the subscription's id stands before it
    reply = words[rest] if len(words) > rest + (2 if with_head else 1) else b""
    return words[1], reply, int(words[-2]) if with_head else 0


def publish_frame(subject: bytes, reply: bytes, head: bytes, body: bytes) -> bytes:
    """A PUB or HPUB frame, without its last CRLF; the subjects are trusted to be valid."""
    to = subject + b" " + reply if reply else subject
    if not head:
        return b"PUB %b %d\r\n%b" % (to, len(body), body)
    return b"HPUB %b %d %d\r\n%b%b" % (to, len(head), len(head) + len(body), head, body)
