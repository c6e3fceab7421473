"""What keeps a body that begins like JSON from being JSON, in words for whoever writes it."""

from __future__ import annotations

import json
from typing import NamedTuple

from engine.fields import read_json

_MAX_BYTES = 4 << 20
"""Bytes that are looked at; reading more takes longer than a look may."""
_WORDS = (
    ("Expecting property name", "a name in double quotes belongs here"),
    ("Expecting ',' delimiter", "a comma or a closing bracket is missing"),
    ("Expecting ':' delimiter", "a colon is missing after the name"),
    ("Illegal trailing comma", "nothing follows this comma"),
    ("Unterminated string", "this text has no closing quote"),
    ("Invalid control character", "this text goes over a line's end, or has a control character"),
    ("Invalid \\", "no such escape: write \\\\ for a backslash"),
    ("Extra data", "it had ended before this"),
)
"""How Python's messages begin, and what is said instead."""


class JsonTrouble(NamedTuple):
    """`line` and `column` count from 1."""

    line: int
    column: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}, character {self.column}: {self.why}"


def json_trouble(body: bytes) -> JsonTrouble | None:
    """None for JSON, and for what was never meant to be: it begins with no bracket."""
    if body.lstrip()[:1] not in (b"{", b"[") or len(body) > _MAX_BYTES:
        return None
    try:
        read_json(body)
    except json.JSONDecodeError as error:
        return JsonTrouble(error.lineno, error.colno, _why(error))
    except UnicodeDecodeError:
        return JsonTrouble(1, 1, "it holds bytes that are no UTF-8")
    except (ValueError, RecursionError):
        return JsonTrouble(1, 1, "it is nested too deeply, or has a number that is too long")
    return None


def _why(error: json.JSONDecodeError) -> str:
    if not error.doc[error.pos :].strip() and not error.msg.startswith("Unterminated"):
        return "it ends too early"
    found = (words for begins, words in _WORDS if error.msg.startswith(begins))
    return next(found, "a value belongs here")
