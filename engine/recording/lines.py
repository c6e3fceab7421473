"""The lines of a recording: one JSON object each, described for people in `docs/recording.md`.

What a line is about is told by which of its keys it has: `n` is a message, `exchange` how one
stands since, `found` what was found out beyond the messages. A reader passes over what it does not
know.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import msgspec

from engine.journal import ExchangeKind
from engine.journal.segment import COPY, MARK, MEMBER
from engine.journal.states import STATES

FORMAT = 2
"""Grows when an older natstap would misread a newer recording."""
RECORDING = "recording"
"""What the first line calls the file."""
MAX_LINE = 96 << 20
"""Bytes of a line that is read: a server takes 64 MiB in a message, and escapes make it longer."""

_MEMBERS = {MEMBER: "reply", COPY: "copy", MARK: "mark"}
_KINDS = {kind: kind.name.lower() for kind in ExchangeKind}
_STATES = {state: state.name.lower() if state else "" for state in STATES}


EXACT = 0.0
"""The spread of what natstap sent itself; an encoder knows it by what it is."""


class Line(msgspec.Struct, gc=False, omit_defaults=True):
    """Every kind of line; a key that is absent has its usual value."""

    n: int = 0
    """Of a message: its number."""
    at: float = 0.0
    """Seconds since the epoch: the latest that it can have come."""
    spread: float = EXACT
    """Seconds before that: the earliest."""
    source: str = msgspec.field(default="", name="from")
    """The place that it was seen from."""
    what: str = msgspec.field(default="", name="is")
    """The kind of the exchange that it begins, or "reply", "copy", "mark"."""
    state: str = ""
    """How that exchange stands."""
    of: int = 0
    """The exchange that it belongs to, where it begins none."""
    frame: str | None = None
    """The message as the protocol has it, without its last CRLF."""
    frame_base64: str | None = None
    """The same, where it is no UTF-8."""
    block: int = 0
    """Of the first line of a block: see `BlockLine`."""
    exchange: int = 0
    """How an exchange stands now: `what` and `state`, and what only its asker knows."""
    own: bool = False
    wanted: int = 1
    timeout: float | None = None
    got: int = 0
    ended: float | None = None
    why: str = ""
    until_empty: bool = False
    to_store: bool = False
    joined: int = 0
    """A message that began an exchange until its request was heard, which is `of`."""
    left: int = 0
    """An exchange that natstap's own responder left unanswered, and `why`."""
    lost: int = 0
    """Messages that went by too fast to be recorded."""
    found: str = ""
    """What was found out: see `evidence`."""
    value: msgspec.Raw = msgspec.Raw(b"")
    inboxes: list[str] | None = None
    """Beginnings of reply subjects."""
    natstap: str = ""
    """Begins a file."""


class Alike(msgspec.Struct, omit_defaults=True):
    """What a line has of a message that most of those beside it have as well."""

    source: str = msgspec.field(name="from")
    what: str = msgspec.field(name="is")
    state: str = ""
    spread: float = EXACT


class Together(msgspec.Struct, omit_defaults=True):
    """The same of those that came in one read, with its time."""

    at: float
    source: str = msgspec.field(name="from")
    what: str = msgspec.field(name="is")
    state: str = ""
    spread: float = EXACT


class MessageLine(msgspec.Struct, gc=False, omit_defaults=True):
    """The line of a message, made a hundred thousand times a second."""

    n: int
    at: float
    alike: msgspec.Raw = msgspec.field(name="from")
    """From the value of `from` to that of the last key of `Alike`: see `as_value`."""
    of: int = 0
    frame: str | None = None
    frame_base64: str | None = None


class PlainLine(msgspec.Struct, gc=False):
    """The same line of a message that begins an exchange, and came in one read with others."""

    n: int
    together: msgspec.Raw = msgspec.field(name="at")
    """From the value of `at` to that of the last key of `Together`."""
    frame: str


class BlockLine(msgspec.Struct):
    """The first line of a block, by whose first key it is found."""

    block: int
    """The number of the first message in there, or of the next one."""
    at: float
    """When the block was begun, in seconds since the epoch."""


class About(msgspec.Struct, omit_defaults=True):
    """The first line."""

    natstap: str
    format: int
    version: str = ""
    started: float = 0.0
    """Seconds since the epoch."""
    part: int = 1
    """Of a recording in several files: which of them it is."""
    first: int = 1
    """The number of its first message."""
    left_out: int = 0
    """Older messages that natstap had seen, and that are not in here."""
    server: str = ""
    source: str = ""
    """What decided for the server."""
    secrets: str = ""
    """What was done with secrets, see `masked_frames`."""
    watched: tuple[str, ...] = ()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Line)
encode_lines = _ENCODER.encode_lines
decode_lines = _DECODER.decode_lines
decode_line = _DECODER.decode


def encode_line(line: BlockLine | About) -> bytes:
    return _ENCODER.encode(line) + b"\n"


def as_value(alike: Alike | Together) -> msgspec.Raw:
    """`"x","is":"publish"` of `{"from":"x","is":"publish"}`: encoded once for many lines."""
    encoded = _ENCODER.encode(alike)
    return msgspec.Raw(encoded[encoded.index(b":") + 1 : -1])


def raw(value: Any) -> msgspec.Raw:
    """A dataclass or plain value as JSON, for `Line.value`."""
    return msgspec.Raw(_ENCODER.encode(value))


def _words_of(code: int) -> tuple[str, str]:
    """What a code (`kind << 4 | state`) is called in a line."""
    if code < 1 << 4:
        return _MEMBERS.get(code, ""), ""
    kind, state = code >> 4, code & 15
    known = kind in _KINDS and state < len(STATES)
    return (_KINDS[ExchangeKind(kind)], _STATES[STATES[state]]) if known else ("", "")


WORDS = tuple(_words_of(code) for code in range(256))
"""By code: `what` and `state`."""
CODES = {words: code for code, words in reversed([*enumerate(WORDS)]) if words[0]}
"""By `what` and `state`: the code."""


def framed(frame: bytes) -> tuple[str | None, str | None]:
    """`Line.frame` and `Line.frame_base64`: one of them."""
    try:
        return frame.decode(), None
    except UnicodeDecodeError:
        return None, b64encode(frame).decode()


def micros(packed: int) -> float:
    """Seconds of a packed time span, as a number of few figures."""
    return ((packed & 2047) << (packed >> 11)) / 1e6 if packed else EXACT
