"""Several JSON values after each other, on lines or not: shown as one list."""

from __future__ import annotations

from engine.content.binary import is_binary
from engine.content.content import READS, ContentBase, Document, Envelope, Guess, register
from engine.fields import json_spans
from engine.message import text
from engine.words import counted

_SEQUENCE = "application/json-seq"
_SEPARATOR = b"\x1e"
"""Stands before each value of a sequence (RFC 7464)."""
_MAX_SIZE = 1 << 20
"""Bytes."""
_MAX_VALUES = 20_000


@register
class JsonLinesContent(ContentBase):
    name = "jsonl"
    title = "JSON lines"
    place = 2
    types = ("application/x-ndjson", "application/ndjson", "application/jsonl", _SEQUENCE)
    suffix = "json-seq"

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if named := super().detect(body, envelope):
            return named
        in_sequence = body[:1] == _SEPARATOR
        start = body[:64].lstrip(b" \t\r\n\x1e")[:1]
        if start not in (b"{", b"[") or len(body) > _MAX_SIZE:
            return None
        written = body.replace(_SEPARATOR, b" ") if in_sequence else body
        if is_binary(written):
            return None
        try:
            spans = json_spans(text(written), _MAX_VALUES)
        except ValueError:
            return None
        if len(spans) < 2 and not in_sequence:
            return None
        said = f"it reads as {counted(len(spans), 'JSON value')}"
        return Guess(READS + 0.1, said, _as_list(text(written), spans))

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
