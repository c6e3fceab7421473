"""Several JSON values after each other, on lines or not: shown as one list."""

from __future__ import annotations

from engine.content.binary import is_binary
from engine.content.content import NAMED, READS, ContentBase, Document, Envelope, Guess, register
from engine.fields import json_spans
from engine.message import text
from engine.words import counted

_MAX_SIZE = 1 << 20
"""Bytes."""
_MAX_VALUES = 20_000


@register
class JsonLinesContent(ContentBase):
    name = "jsonl"
    title = "JSON lines"
    place = 2
    types = ("application/x-ndjson", "application/jsonl", "application/json-seq")

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        named = envelope.content_type in self.types
        start = body[:64].lstrip(b" \t\r\n\x1e")[:1]
        if not named and (start not in (b"{", b"[") or len(body) > _MAX_SIZE or is_binary(body)):
            return None
        if named:
            return Guess(NAMED, f"the content-type is {envelope.content_type}")
        try:
            spans = json_spans(text(body), _MAX_VALUES)
        except ValueError:
            return None
        if len(spans) < 2:
            return None
        said = f"it reads as {len(spans):,} JSON values"
        return Guess(READS + 0.1, said, _as_list(text(body), spans))

    def read(self, body: bytes, envelope: Envelope) -> Document:
        if len(body) > _MAX_SIZE:
            raise self.fail("it is larger than natstap reads as JSON lines")
        written = text(body).replace("\x1e", " ")
        try:
            spans = json_spans(written, _MAX_VALUES)
        except ValueError as error:
            place = getattr(error, "pos", None)
            offset = None if place is None else len(written[:place].encode(errors="replace"))
            raise self.fail("a value is not valid JSON", offset) from None
        return _as_list(written, spans)


def _as_list(written: str, spans: list[tuple[int, int]]) -> Document:
    values = ",\n".join(written[begin:end] for begin, end in spans)
    return Document("json", f"[{values}]", note=f"{counted(len(spans), 'value')} as one list")
