"""A part of a JSON body, by a path in JMESPath (https://jmespath.org).

What is found is decoded and encoded again: repeated keys are lost on the way.
"""

from __future__ import annotations

import json
import re
from typing import Any

from engine.content.reading import Reading
from engine.errors import ContentError, InvalidInput
from engine.fields import read_json
from engine.message import text
from engine.words import octets

MAX_FILTERED = 8 << 20
"""Bytes; decoding more would hold up the keys."""
_KEY = re.compile(r'\[("(?:[^"\\]|\\.)*")\]')


class BodyFilter:
    """Built in a thread, as it decodes the body; raises `InvalidInput` where it cannot."""

    def __init__(self, body: bytes, reading: Reading | None = None) -> None:
        """`reading` says what the body is, where it is not JSON itself."""
        if reading is not None and not reading.plain:
            self._value: Any = _value(reading)
            return
        if len(body) > MAX_FILTERED:
            raise InvalidInput(f"the body is too large to filter: at most {octets(MAX_FILTERED)}")
        try:
            self._value = read_json(text(body))
        except ValueError:
            raise InvalidInput("the body is not JSON: there is no path in it") from None

    def part(self, path: str) -> bytes:
        """What is at a path, as JSON; raises `InvalidInput` for what is not a path."""
        import jmespath
        from jmespath.exceptions import JMESPathError

        try:
            found = jmespath.search(as_jmespath(path), self._value)
            return json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")
        except (JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            raise InvalidInput(f"not a path: {_reason(error)}") from None


def _value(reading: Reading) -> Any:
    try:
        return reading.value()
    except ContentError:
        raise InvalidInput("the body is not read as values: there is no path in it") from None


def as_jmespath(path: str) -> str:
    """A path as natstap shows it, such as `$.rows[3]["a b"]`, as JMESPath has it."""
    path = path.strip()
    if not path.startswith("$"):
        return path or "@"
    return _KEY.sub(r".\1", path[1:]).removeprefix(".") or "@"


def _reason(error: Exception) -> str:
    """What is wrong, on one line, without the picture that the library draws of it."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = str(error).split("\n")[0]
    said = re.sub(r"^(Invalid|Bad) jmespath expression:?\s*", "", said)
    return said.rstrip(": .") or "it is not complete"
