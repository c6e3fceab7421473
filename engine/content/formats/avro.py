"""Avro: a file with its own schema inside, or a bare value by the schema that the settings name.

Before a value there may be what some senders write: five bytes with the number of a schema, as
Confluent's do, or the ten bytes of Avro's single objects.
"""

from __future__ import annotations

import io
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.content.avro_binary import AvroReader, BadAvro
from engine.content.avro_logical import typed
from engine.content.content import (
    MAGIC,
    MAYBE,
    NAMED,
    ContentBase,
    Document,
    Envelope,
    Guess,
    register,
)
from engine.content.snappy_block import BadBlock, read_block
from engine.content.tree import from_json, to_json
from engine.content.work import TooMuch, Work
from engine.errors import ContentError, InvalidBody
from engine.fields import read_json

from .compressed import Zstandard

_FILE = b"Obj\x01"
_SINGLE = b"\xc3\x01"
_MAX_SCHEMA = 1 << 20
_SYNC = 16
_CHECKSUM = 4


@register
class Avro(ContentBase):
    name = "avro"
    title = "Avro"
    place = 13
    types = ("application/avro", "avro/binary", "application/vnd.apache.avro")
    extra = "avro"
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if named := super().detect(body, envelope):
            return named
        if body.startswith(_FILE):
            return Guess(MAGIC, "it begins like an Avro file")
        if _schema_file(envelope):
            return Guess(NAMED, "the settings name its schema")
        if body.startswith(_SINGLE) and envelope.says_nothing:
            return Guess(MAYBE, "it begins like a single Avro object")
        return None

    def read(self, body: bytes, envelope: Envelope) -> Document:
        try:
            envelope.work.spend_bytes(len(body))
            if body.startswith(_FILE):
                tree, note = self._file(body, envelope.work), "an Avro file with its own schema"
            else:
                tree, note = self._value(body, envelope)
        except BadAvro as error:
            raise self.fail(str(error), error.offset) from None
        except TooMuch as error:
            raise self.fail(str(error)) from None
        except (KeyError, TypeError, AttributeError, RecursionError):
            raise self.fail("the schema is not one of Avro") from None
        return Document("json", to_json(tree), tree, note)

    def _value(self, body: bytes, envelope: Envelope) -> tuple[Any, str]:
        """What it is, and what stands before it."""
        file = self._schema_path(envelope)
        schema = _read_schema(file)
        starts = [10] if body.startswith(_SINGLE) else [0, 5] if body[:1] == b"\0" else [0]
        for start in starts:
            reader = AvroReader(body, envelope.work, start)
            try:
                tree = reader.value(schema)
                if reader.at < len(body):
                    raise BadAvro(f"{len(body) - reader.at:,} bytes follow the value", reader.at)
                return tree, _said_before(body[:start], file)
            except BadAvro:
                if start == starts[-1]:
                    raise
        raise AssertionError("the last start raises or returns")

    def _file(self, body: bytes, work: Work) -> Any:
        reader = AvroReader(body, work, len(_FILE))
        facts = reader.value({"type": "map", "values": "bytes"})
        schema = _text_of(facts.get("avro.schema"))
        codec = _text_of(facts.get("avro.codec")) or "null"
        mark = reader.take(_SYNC)
        try:
            parsed = read_json(schema)
        except ValueError:
            raise BadAvro("its schema is not JSON", None) from None
        values: list[Any] = []
        while reader.at < len(body):
            work.spend(4)
            count, start = reader.long(), reader.at
            block = AvroReader(_opened(reader.take(reader.long()), codec, start, work), work)
            values.extend(block.value(parsed) for _ in range(count))
            if reader.take(_SYNC) != mark:
                raise BadAvro("a block does not end with the mark of the file", reader.at)
        return values

    def _schema_path(self, envelope: Envelope) -> str:
        file = envelope.argument or _schema_file(envelope)
        if not file:
            raise self.fail("it needs a schema: name its file in [avro] of settings.toml")
        return str(Path(file).expanduser())

    def write(self, written: str, envelope: Envelope) -> bytes:
        fastavro = self.library("fastavro")
        out, value = io.BytesIO(), from_json(written)
        named: dict[str, Any] = {}
        try:
            schema = fastavro.parse_schema(
                _read_schema(self._schema_path(envelope)), named_schemas=named
            )
            fastavro.schemaless_writer(out, schema, typed(value, schema, named))
        except ContentError as error:
            raise InvalidBody(str(error)) from None
        except Exception as error:  # the library lets KeyError and the like out
            raise InvalidBody(f"the schema cannot carry it: {error}") from None
        return out.getvalue()


def _schema_file(envelope: Envelope) -> str:
    found = envelope.settings.avro.find(envelope.subject)
    return found.of(envelope.side) if found else ""


@lru_cache(maxsize=64)
def _read_schema(path: str) -> Any:
    try:
        with open(path, "rb") as file:
            return read_json(file.read(_MAX_SCHEMA))
    except OSError as error:
        raise ContentError("Avro", f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ContentError("Avro", f"{path} is not JSON: {error}") from None


def _said_before(start: bytes, path: str) -> str:
    """What the bytes before a value say of its schema, where that is not the one of the file."""
    if not start.startswith(_SINGLE):
        number = int.from_bytes(start[1:], "big")
        return f"its schema is number {number:,} in a registry" if start else ""
    known = _fingerprint(path)
    if known in (b"", start[len(_SINGLE) :]):
        return ""
    return f"it was written by another schema than the one in {Path(path).name}"


@lru_cache(maxsize=64)
def _fingerprint(path: str) -> bytes:
    """What single objects call a schema; b"" where the library is missing or refuses it."""
    try:
        from fastavro.schema import SchemaParseException, fingerprint, to_parsing_canonical_form
    except ImportError:
        return b""
    try:
        canonical = to_parsing_canonical_form(_read_schema(path))
    except (SchemaParseException, ValueError, TypeError, KeyError):
        return b""
    return bytes.fromhex(fingerprint(canonical, "CRC-64-AVRO"))


def _text_of(value: Any) -> str:
    """A text that was read as bytes."""
    raw = from_json(to_json(value)) if value else b""
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _opened(block: bytes, codec: str, start: int, work: Work) -> bytes:
    match codec:
        case "null":
            return block
        case "deflate":
            return _inflated(block, start, work)
        case "snappy":
            return _unsnapped(block, start, work)
        case "zstandard":
            return Zstandard().read(block, Envelope(work=work)).body
    raise BadAvro(f"natstap does not open blocks in {codec}", start)


def _inflated(block: bytes, start: int, work: Work) -> bytes:
    work.spend(20)
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        made = stream.decompress(block, work.room + 1)
    except zlib.error as error:
        raise BadAvro(str(error), start) from None
    work.unpack(len(made))
    return made


def _unsnapped(block: bytes, start: int, work: Work) -> bytes:
    """Behind each block is its checksum."""
    try:
        return read_block(block[:-_CHECKSUM], work, start)
    except BadBlock as error:
        raise BadAvro(str(error), error.offset) from None
