"""CBOR (RFC 8949): natstap reads it by itself, and a library writes it."""

from __future__ import annotations

from typing import Any

from engine.content.cbor_binary import BadCbor, CborReader
from engine.content.content import (
    MAGIC,
    MAYBE,
    READS,
    ContentBase,
    Document,
    Envelope,
    Guess,
    register,
)
from engine.content.tree import MAP, FineTime, from_json, to_json, written_time
from engine.content.work import TooMuch
from engine.errors import ContentError, InvalidBody
from engine.words import counted

_SELF_DESCRIBED = b"\xd9\xd9\xf7"
_REFERRING = (b"\xd8\x1c", b"\xd9\x01\x00")
"""Tags of what may stand in several places: they come before the whole."""
_SEQUENCES = ("application/cbor-seq",)
"""Content-types of several values one after the other (RFC 8742)."""


@register
class Cbor(ContentBase):
    name = "cbor"
    title = "CBOR"
    place = 11
    types = ("application/cbor", "application/cose", "application/cwt", *_SEQUENCES)
    suffix = "cbor"
    extra = "cbor"
    most_sure = READS
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if named := super().detect(body, envelope):
            return named
        if not envelope.says_nothing or not body:
            return None
        if body.startswith(_SELF_DESCRIBED):
            return Guess(MAGIC, "it begins like CBOR")
        is_map = 0xA0 <= body[0] <= 0xBB or body[0] == 0xBF
        is_list = 0x80 <= body[0] <= 0x9B or body[0] == 0x9F
        if not is_map and not is_list and not body.startswith(_REFERRING):
            return None
        try:
            made = self.read(body, envelope)
        except ContentError:
            return None
        good = isinstance(made.tree, dict) and MAP not in made.tree and made.tree
        return Guess(READS if good else MAYBE - 0.05, "it reads as CBOR", made)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        reader = CborReader(body, envelope.work)
        try:
            envelope.work.spend_bytes(len(body))
            value = reader.value()
            if envelope.content_type in _SEQUENCES:
                return _as_list(value, reader, len(body))
        except TooMuch as error:
            raise self.fail(str(error), reader.at) from None
        except BadCbor as error:
            raise self.fail(str(error), error.offset) from None
        if (end := reader.at) < len(body):
            raise self.fail(f"{len(body) - end:,} bytes follow the value", end)
        return Document("json", to_json(value), tree=value)

    def write(self, written: str, envelope: Envelope) -> bytes:
        cbor2 = self.library("cbor2")
        try:
            return bytes(cbor2.dumps(_tagged(from_json(written), cbor2)))
        except UnicodeEncodeError:
            raise InvalidBody("it holds half of a surrogate pair") from None
        except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
            said = str(error).split("\n")[0]
            raise InvalidBody(f"{self.title} cannot carry it: {said}") from None


def _as_list(first: Any, reader: CborReader, end: int) -> Document:
    values = [first]
    while reader.at < end:
        values.append(reader.value())
    note = f"{counted(len(values), 'value')} as one list"
    return Document("json", to_json(values), values, note)


def _tagged(value: Any, cbor2: Any) -> Any:
    """With tags made of the objects that stand for them."""
    match value:
        case {"$tag": int(tag), "value": inner, **rest} if not rest:
            return cbor2.CBORTag(tag, _tagged(inner, cbor2))
        case {"$simple": int(number), **rest} if not rest:
            return cbor2.CBORSimpleValue(number)
        case FineTime():
            return cbor2.CBORTag(0, written_time(value))
        case dict():
            return {key: _tagged(item, cbor2) for key, item in value.items()}
        case list():
            return [_tagged(item, cbor2) for item in value]
    return value
