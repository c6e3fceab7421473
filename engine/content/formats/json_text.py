"""JSON, shown by its own tokens: repeated keys, their order and all digits stay as they came."""

from __future__ import annotations

from engine.content.binary import is_binary
from engine.content.content import (
    NAMED,
    READS,
    ContentBase,
    Document,
    Envelope,
    Guess,
    register,
)
from engine.content.formats.encoded_text import is_utf8
from engine.errors import InvalidBody
from engine.fields import check_json
from engine.message import text

_CHECKED = 2 << 20
"""JSON longer than this many characters is laid out without having been proved valid."""


@register
class Json(ContentBase):
    name = "json"
    title = "JSON"
    place = 1
    types = ("application/json",)
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        named = "json" in envelope.content_type
        start = body[:64].lstrip()[:1]
        if not start or (not named and start not in (b"{", b"[")) or is_binary(body):
            return None
        written = text(body)
        if not is_json(written, named):
            return None
        made = Document("json", written)
        if not is_utf8(body):
            said = "it reads as JSON, but for bytes that are not UTF-8"
            return Guess(READS - 0.09, said, made)
        if named:
            return Guess(NAMED, f"the content-type is {envelope.content_type}", made)
        return Guess(READS + 0.15, "it reads as JSON", made)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        written = text(body)
        try:
            if len(written) <= _CHECKED:
                check_json(written)
        except ValueError as error:
            place = getattr(error, "pos", None)
            offset = None if place is None else len(written[:place].encode(errors="replace"))
            raise self.fail(_why(error), offset) from None
        return Document("json", written)

    def write(self, written: str, envelope: Envelope) -> bytes:
        """As it was typed: whatever is typed may be sent."""
        try:
            return written.encode()
        except UnicodeEncodeError as error:
            raise InvalidBody(str(error)) from None


def _why(error: ValueError) -> str:
    said = getattr(error, "msg", None) or str(error)
    return said[:1].lower() + said[1:]


def is_json(written: str, named: bool = False) -> bool:
    """Whether it reads as JSON: an object or a list, and where it is `named` any value.

    Of a very long text only the ends are looked at.
    """
    start = written[:64].lstrip()[:1]
    if not start or (start not in "{[" and not named):
        return False
    if len(written) > _CHECKED:
        return written[-64:].rstrip()[-1:] == {"{": "}", "[": "]"}.get(start)
    try:
        check_json(written)
    except ValueError:
        return False
    return True
