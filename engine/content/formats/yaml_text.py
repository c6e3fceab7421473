"""YAML, shown as it was written, comments too; what is in it can be filtered like JSON.

A short text of aliases can stand for billions of values: these are counted, and refused.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from engine.content.binary import is_binary
from engine.content.content import READS, ContentBase, Document, Envelope, Guess, register
from engine.content.tree import plain
from engine.content.work import MAX_DEPTH, TooMuch, Work
from engine.errors import ContentError
from engine.message import text

_MAX_SIZE = 64 << 10
"""Bytes: the library takes long for more."""
_PER_NODE = 12
"""Steps."""
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_MAX_NUMBER = 300
"""Characters."""
_KEY = re.compile(
    r"""---[ \t]*(?:\#.*)?$
      | [ \t]*(?:-[ ])?[\w"'.$/<-]+:(?:[ \t]+\S.*)?$
      | [ \t]*(?:\#|-[ ])""",
    re.VERBOSE,
)
"""How each line of a text begins that is likely YAML."""


@register
class Yaml(ContentBase):
    name = "yaml"
    title = "YAML"
    place = 6
    types = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")
    suffix = "yaml"
    extra = "yaml"

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        named = super().detect(body, envelope)
        if named or envelope.content_type or len(body) > _MAX_SIZE or body[:1] in b"{[<":
            return named
        if b":" not in body or b"\n" not in body.strip() or is_binary(body):
            return None
        lines = [line for line in text(body).splitlines() if line.strip()]
        keys = sum(": " in line or line.endswith(":") for line in lines)
        if keys < 2 or not all(map(_KEY.match, lines[:200])):
            return None
        try:
            made = self.read(body, envelope)
        except ContentError:
            return None
        return Guess(READS - 0.05, "it reads as YAML", made)

    def read(self, body: bytes, envelope: Envelope) -> Document:
        yaml = self.library("yaml")
        if len(body) > _MAX_SIZE:
            raise self.fail("it is larger than natstap reads as YAML")
        written = text(body)
        _check_depth(self, written)
        work = envelope.work
        loader = None
        try:
            values = []
            loader = _counting(yaml)(written, work)
            while loader.check_data():
                values.append(plain(loader.get_data(), work))
        except TooMuch as error:
            raise self.fail(str(error)) from None
        except yaml.YAMLError as error:
            raise self.fail(_why(error), _offset(error, written)) from None
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise self.fail(str(error)) from None
        finally:
            if loader is not None:
                loader.dispose()
        return Document("text", written, tree=values[0] if len(values) == 1 else values)


@cache
def _counting(yaml: Any) -> Any:
    """The library's loader, which spends for each node, and makes no number of a long text."""
    fast = hasattr(yaml, "CSafeLoader")

    class Loader(yaml.CSafeLoader if fast else yaml.SafeLoader):  # type: ignore[misc]
        def __init__(self, stream: str, work: Work) -> None:
            super().__init__(stream)
            self._work = work

        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            self._work.spend(_PER_NODE if fast else 10 * _PER_NODE)
            return super().resolve(kind, value, implicit)

        def construct_scalar(self, node: Any) -> Any:
            value = super().construct_scalar(node)
            if node.tag in _NUMBERS and len(value) > _MAX_NUMBER:
                raise ValueError("a number is longer than natstap reads")
            return value

        def flatten_mapping(self, node: Any) -> None:
            super().flatten_mapping(node)
            self._work.spend(len(node.value))

    return Loader


def _check_depth(content: ContentBase, written: str) -> None:
    """Raises `ContentError` before the library would nest too deeply."""
    depth = 0
    for found in re.finditer(r"[\[{\]}]|^ *(?:- ?){50,}", written, re.MULTILINE):
        depth += 1 if found[0] in "[{" else -1 if found[0] in "]}" else MAX_DEPTH + 1
        if depth > MAX_DEPTH:
            raise content.fail(f"it is nested more than {MAX_DEPTH} deep", found.start())


def _why(error: Any) -> str:
    return str(getattr(error, "problem", "") or error).split("\n")[0]


def _offset(error: Any, written: str) -> int | None:
    mark = getattr(error, "problem_mark", None)
    return None if mark is None else len(written[: mark.index].encode(errors="replace"))
