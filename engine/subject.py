"""Subjects: what may be sent and subscribed, wildcard matching, `{name}` captures.

Source: https://docs.nats.io/nats-concepts/subjects
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from engine.errors import InvalidSubject

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f]")
NOT_TEXT = "it is not a str"
_CAPTURE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


REWRITTEN = {"_R_.": "in another account", "_GR_.": "behind a gateway"}
"""How reply subjects begin that servers made, and where the client is that asked."""


def check_publish(subject: str) -> bytes:
    """The bytes of a subject to send to; raises `InvalidSubject` when it has a hole or wildcard."""
    try:
        return _to_publish(subject)
    except TypeError:  # a list cannot even be looked up
        raise InvalidSubject(repr(subject), NOT_TEXT) from None


@lru_cache(maxsize=4096)
def _to_publish(subject: str) -> bytes:
    raw = _check(subject)
    if any(token in ("*", ">") for token in subject.split(".")):
        raise InvalidSubject(subject, "a message goes to one subject, so no wildcards")
    return raw


def check_subscribe(subject: str) -> bytes:
    """The bytes of a subject to listen on; `*` and a last `>` are wildcards."""
    try:
        return _to_subscribe(subject)
    except TypeError:  # as in `check_publish`
        raise InvalidSubject(repr(subject), NOT_TEXT) from None


@lru_cache(maxsize=4096)
def _to_subscribe(subject: str) -> bytes:
    raw = _check(subject)
    if ">" in subject.split(".")[:-1]:
        raise InvalidSubject(subject, "> can only be the last token")
    return raw


def check_queue(queue: str) -> bytes:
    if not isinstance(queue, str):
        raise InvalidSubject(repr(queue), NOT_TEXT)
    if _FORBIDDEN.search(queue):
        raise InvalidSubject(queue, "a queue group has no spaces or control characters")
    return _encoded(queue)


def _check(subject: str) -> bytes:
    if not isinstance(subject, str):
        raise InvalidSubject(repr(subject), NOT_TEXT)
    if not subject:
        raise InvalidSubject(subject, "it is empty")
    if _FORBIDDEN.search(subject):
        raise InvalidSubject(subject, "it has a space or a control character")
    if "" in subject.split("."):
        raise InvalidSubject(subject, "two dots touch, or it starts or ends with one")
    return _encoded(subject)


def _encoded(subject: str) -> bytes:
    try:
        return subject.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise InvalidSubject(subject, "it has half a surrogate pair") from None


def matches(pattern: str, subject: str) -> bool:
    """True when a subscription to `pattern` would get what goes to `subject`."""
    if pattern == subject:
        return True
    if "*" not in pattern and ">" not in pattern:
        return False
    wanted, tokens = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(tokens) <= len(wanted):
            return False
    elif len(tokens) != len(wanted):
        return False
    for want, token in zip(wanted, tokens, strict=False):
        if want != token and (want != "*" or not token):
            return False
    return True


def overlaps(one: str, other: str) -> bool:
    """True when some subject would match both patterns."""
    left, right = one.split("."), other.split(".")
    for a, b in zip(left, right, strict=False):
        if ">" in (a, b):
            return True
        if a != b and "*" not in (a, b):
            return False
    return len(left) == len(right)


def covers(wide: str, narrow: str) -> bool:
    """True when every subject that matches `narrow` matches `wide` too."""
    if wide == narrow:
        return True
    if ">" in narrow.split(".") and not wide.endswith(">"):
        return False
    return overlaps(wide, narrow) and all(
        a in ("*", ">") or a == b for a, b in zip(wide.split("."), narrow.split("."), strict=False)
    )


@dataclass(frozen=True, slots=True)
class SubjectPattern:
    """A subscriber's subject as written, e.g. `in.{name}.{id}`, and what it captures."""

    pattern: str
    """What is subscribed: every `{name}` a `*`."""
    names: tuple[str, ...] = ()
    _regex: re.Pattern[str] | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, written: str) -> SubjectPattern:
        if not isinstance(written, str):
            raise InvalidSubject(repr(written), NOT_TEXT)
        names: list[str] = []

        def wildcard(found: re.Match[str]) -> str:
            if not found[1]:
                return found[0][0]
            if not found[1].isidentifier():
                raise InvalidSubject(written, f"{{{found[1]}}} is no name for a parameter")
            if found[1] in names:
                raise InvalidSubject(written, f"{{{found[1]}}} is there twice")
            names.append(found[1])
            return "*"

        pattern = _CAPTURE.sub(wildcard, written)
        check_subscribe(pattern)
        if any(_is_partial(token) for token in written.split(".")):
            raise InvalidSubject(written, "a {name} stands for a whole token, between two dots")
        return cls(pattern, tuple(names), _capturing(written) if names else None)

    def captures(self, subject: str) -> dict[str, str]:
        found = self._regex.fullmatch(subject) if self._regex else None
        return found.groupdict() if found else {}


def _is_partial(token: str) -> bool:
    """True when a {name} is only a part of it; to the server that would be no wildcard."""
    named = any(found[1] for found in _CAPTURE.finditer(token))
    return named and not _CAPTURE.fullmatch(token)


def _capturing(written: str) -> re.Pattern[str]:
    def token(part: str) -> str:
        if part == "*":
            return "[^.]+"
        if part == ">":
            return ".+"
        if (found := _CAPTURE.fullmatch(part)) and found[1]:
            return f"(?P<{found[1]}>[^.]+)"
        return re.escape(_CAPTURE.sub(lambda braces: braces[0][0], part))

    return re.compile(r"\.".join(token(part) for part in written.split(".")), re.DOTALL)


def beyond(reply: str) -> str:
    """Where the asker is, when a server made its reply subject; "" for any other."""
    return next((place for stem, place in REWRITTEN.items() if reply.startswith(stem)), "")
