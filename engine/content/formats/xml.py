"""XML, laid out with each element on its line; entities are never expanded.

A document that declares entities is refused, for a few lines of them can make gigabytes.
"""

from __future__ import annotations

import re
from typing import Any
from xml.parsers import expat

from engine.content.content import READS, ContentBase, Document, Envelope, Guess, register
from engine.content.work import TooMuch, Work
from engine.errors import ContentError

from .encoded_text import decode

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml\b|!DOCTYPE\b|!--|[A-Za-z_])")
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.-]{0,40})["']""")
_OF_THE_PARSER = ("", "utf-8", "utf-16", "iso-8859-1", "us-ascii")
_INDENT = "  "
_MAX_SIZE = 1 << 20
"""Bytes: the parser takes long for the attributes of one element."""
_PER_ELEMENT, _PER_ATTRIBUTE, _PER_TEXT, _PER_DECLARATION = 5, 2, 2, 60
"""Steps."""


@register
class Xml(ContentBase):
    name = "xml"
    title = "XML"
    place = 5
    types = ("application/xml", "text/xml")
    suffix = "xml"

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        if named := super().detect(body, envelope):
            return named
        if not _BEGINS.match(body) or not body.rstrip().endswith(b">"):
            return None
        made, surely = None, body.lstrip().startswith(b"<?xml")
        if not surely:
            try:
                made = self.read(body, envelope)
            except ContentError:
                return None
        return Guess(READS + 0.15 * surely, "it reads as XML", made)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        if len(body) > _MAX_SIZE:
            raise self.fail("it is larger than natstap lays out")
        layout = _Layout(envelope.work)
        if not envelope.recoded and (encoding := _other_encoding(body)):
            body, recoded = decode(self, body, encoding).encode("utf-8", "surrogatepass"), True
        else:
            recoded = envelope.recoded
        parser = expat.ParserCreate("utf-8" if recoded else None)
        parser.buffer_text = True
        layout.listen(parser)
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            raise self.fail(expat.errors.messages[error.code], parser.ErrorByteIndex) from None
        except TooMuch as error:
            raise self.fail(str(error), parser.CurrentByteIndex) from None
        except (ValueError, LookupError) as error:  # an encoding that nobody knows
            raise self.fail(str(error)) from None
        return Document("text", "\n".join(layout.lines), tree=layout.tree)


def _other_encoding(body: bytes) -> str:
    """The encoding that a document names, where it is one that the parser does not know."""
    found = _DECLARED.match(body)
    named = found[1].decode().lower() if found else ""
    return "" if named in _OF_THE_PARSER else named


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(value: str) -> str:
    return '"' + escape(value).replace('"', "&quot;").replace("\n", "&#10;") + '"'


class _Layout:
    """Lines, and the same as a tree: attributes are `@name`, text beside elements is `#text`."""

    def __init__(self, work: Work) -> None:
        self.lines: list[str] = []
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._started = ""
        """A start tag whose line is not written yet, for it may have no elements inside."""
        self._work = work
        self.tree: dict[str, Any] = {}

    def listen(self, parser: expat.XMLParserType) -> None:
        parser.XmlDeclHandler = self._declaration
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = lambda text: self._line(f"<!--{text}-->")
        parser.ProcessingInstructionHandler = lambda name, text: self._line(f"<?{name} {text}?>")
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity

        def skipped(name: str, is_parameter: bool) -> None:
            if not is_parameter:
                why = f"it has the entity {name}, which natstap does not look up"
                raise ContentError(Xml.title, why, parser.CurrentByteIndex)

        parser.SkippedEntityHandler = skipped
        parser.AttlistDeclHandler = lambda *_: self._work.spend(_PER_DECLARATION)

    def _entity(self, *_: object) -> None:
        raise TooMuch("it declares entities, which natstap does not expand")

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        said = f' encoding="{encoding}"' if encoding else ""
        self.lines.append(f'<?xml version="{version}"{said}?>')

    def _doctype(self, name: str, system: str | None, public: str | None, inside: int) -> None:
        said = f" PUBLIC {_quoted(public)}" if public else " SYSTEM" if system else ""
        where = f" {_quoted(system)}" if system else ""
        self.lines.append(f"<!DOCTYPE {name}{said}{where}{' […]' if inside else ''}>")

    def _line(self, written: str) -> None:
        self._work.spend(_PER_TEXT + len(self._open) // 10)
        self._flush()
        self.lines.append(_INDENT * len(self._open) + written)

    def _flush(self) -> None:
        if self._started:
            self.lines.append(_INDENT * (len(self._open) - 1) + self._started + ">")
            self._started = ""
            if text := self._said():
                self.lines.append(_INDENT * len(self._open) + escape(text))

    def _said(self) -> str:
        return "".join(self._open[-1][2]).strip() if self._open else ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._work.spend(_PER_ELEMENT + _PER_ATTRIBUTE * len(attributes), len(self._open))
        self._flush()
        given = "".join(f" {key}={_quoted(value)}" for key, value in attributes.items())
        self._started = f"<{name}{given}"
        self._open.append((name, {f"@{key}": value for key, value in attributes.items()}, []))

    def _text(self, text: str) -> None:
        self._work.spend(_PER_TEXT + len(self._open) // 10)
        if not self._open:
            return
        if self._started:
            self._open[-1][2].append(text)
        elif text.strip():
            self._open[-1][2].append(text)
            self.lines.append(_INDENT * len(self._open) + escape(text.strip()))

    def _end(self, name: str) -> None:
        _, fields, _ = self._open[-1]
        said, ahead = self._said(), _INDENT * (len(self._open) - 1)
        if self._started:
            inside = f">{escape(said)}</{name}>" if said else "/>"
            self.lines.append(ahead + self._started + inside)
            self._started = ""
        else:
            self.lines.append(f"{ahead}</{name}>")
        self._open.pop()
        value: Any = {**fields, "#text": said} if fields and said else fields or said or None
        self._put(name, value)

    def _put(self, name: str, value: Any) -> None:
        parent = self._open[-1][1] if self._open else self.tree
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]
