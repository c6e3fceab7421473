"""A content as it stands in the folder of contents: one file, and no other is touched."""

from __future__ import annotations

import codecs

from engine.content.content import ContentBase, Document, Envelope, Guess, register


@register
class Rot13(ContentBase):
    """Text whose letters are moved by half the alphabet."""

    name = "rot13"
    title = "ROT13"
    types = ("text/x-rot13",)
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if body.startswith(b"ebg13:"):
            return Guess(0.9, "it begins with ebg13:")
        return super().detect(body, envelope)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        if (bad := next((at for at, byte in enumerate(body) if byte > 127), None)) is not None:
            raise self.fail("only ASCII can be moved", bad)
        return Document("text", codecs.decode(body.decode("ascii"), "rot13"))

    def write(self, text: str, envelope: Envelope) -> bytes:
        return codecs.encode(text, "rot13").encode()
