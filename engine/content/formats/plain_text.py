"""Text in UTF-8; bytes that are not are kept, and shown as such."""

from __future__ import annotations

from engine.content.binary import is_binary
from engine.content.content import (
    LAST,
    MAYBE,
    NAMED,
    READS,
    ContentBase,
    Document,
    Envelope,
    Guess,
    register,
)
from engine.content.formats.encoded_text import decode, is_utf8
from engine.errors import InvalidBody
from engine.message import text


@register
class PlainText(ContentBase):
    name = "text"
    title = "text"
    place = 3
    types = ("text/plain",)
    raw = True
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        named = envelope.content_type.startswith("text/")
        if named and is_binary(body):
            return Guess(MAYBE, f"the content-type is {envelope.content_type}")
        if named and is_utf8(body):
            return Guess(NAMED - 0.15, f"the content-type is {envelope.content_type}")
        if is_binary(body):
            return Guess(LAST / 2, "")
        said = "it reads as UTF-8" if is_utf8(body) else "it is mostly text"
        said = "" if envelope.recoded else said
        return Guess(READS - 0.1, said)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        if not envelope.argument:
            return Document("text", text(body))
        return Document("text", decode(self, body, envelope.argument))

    def write(self, written: str, envelope: Envelope) -> bytes:
        try:
            return written.encode()
        except UnicodeEncodeError as error:
            raise InvalidBody(str(error)) from None
