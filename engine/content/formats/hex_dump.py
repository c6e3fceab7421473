"""Bytes with their offsets: what everything can be read as."""

from __future__ import annotations

from engine.content.content import LAST, ContentBase, Document, Envelope, Guess, register


@register
class HexDump(ContentBase):
    name = "hex"
    title = "hex"
    place = 90
    types = ("application/octet-stream",)
    raw = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if envelope.encodings:
            named = envelope.encodings[0]
            return Guess(LAST, f"the content-encoding is {named}, which natstap does not open")
        return Guess(LAST, "nothing else fits" if body else "")

    def read(self, body: bytes, envelope: Envelope) -> Document:
        return Document("hex", "")
