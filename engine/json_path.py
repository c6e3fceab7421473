"""A part of a JSON value, by a path as natstap shows it, `$.rows[3]["a b"]`, or in JMESPath.

See https://jmespath.org for what a path can do.
"""

from __future__ import annotations

import re
from typing import Any

from engine.errors import InvalidInput

_KEY = re.compile(r'\[("(?:[^"\\]|\\.)*")\]')


class InvalidPath(InvalidInput):
    """What is no path."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not a path: {why}")
        self.why = why


def as_jmespath(path: str) -> str:
    """A path as natstap shows it, such as `$.rows[3]["a b"]`, as JMESPath has it."""
    path = path.strip()
    if not path.startswith("$"):
        return path or "@"
    return _KEY.sub(r".\1", path[1:]).removeprefix(".") or "@"


def find_path(value: Any, path: str) -> Any:
    """What is at a path, None where nothing is; raises `InvalidPath`."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(as_jmespath(path), value)
    except (JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise InvalidPath(_reason(error)) from None


def check_path(path: str) -> None:
    """Raises `InvalidPath` for what can be no path of any value."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(as_jmespath(path))
    except (JMESPathError, ValueError, RecursionError) as error:
        raise InvalidPath(_reason(error)) from None


def _reason(error: Exception) -> str:
    """What is wrong, on one line, without the picture that the library draws of it."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = str(error).split("\n")[0]
    said = re.sub(r"^(Invalid|Bad) jmespath expression:?\s*", "", said)
    return said.rstrip(": .") or "it is not complete"
