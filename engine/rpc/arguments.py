"""What callers give, checked before anything comes of it."""

from __future__ import annotations

import math

from engine.api_subjects import check_name
from engine.errors import InvalidOption

_KINDS = {bool: "True or False", str: "a str"}


def check_type(name: str, value: object, kind: type, what: str = "") -> None:
    """Raise `InvalidOption` for a value of another type; `what` names the type."""
    if not isinstance(value, kind):
        raise InvalidOption(name, f"{value!r} is not {what or _KINDS[kind]}")


def check_delay(name: str, seconds: object) -> None:
    """Raise `InvalidOption` for what is not a number of seconds, 0 or more; None is none."""
    if seconds is None:
        return
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not number or not 0 <= seconds < math.inf:  # type: ignore[operator]
        raise InvalidOption(name, f"{seconds!r} is not a number of seconds, 0 or more")


def check_stream(name: str | None) -> None:
    """Raise `InvalidInput` for what is not a stream's name; None is none, "" is any."""
    if name is not None and name != "":
        check_name("stream", name)
