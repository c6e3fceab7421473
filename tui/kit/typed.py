"""What was typed into fields, as values, and values as they are written into fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.drafts.draft import Pairs
from engine.durations import MAX_WAIT, parse_duration
from engine.errors import InvalidInput
from engine.message import Headers


class Mistyped(InvalidInput):
    """What was typed cannot be read; `field` is the draft's that it was meant for."""

    def __init__(self, words: str, field: str) -> None:
        super().__init__(words)
        self.field = field


@contextmanager
def typed_in(field: str) -> Iterator[None]:
    """Say of what cannot be read in which field it was typed."""
    try:
        yield
    except InvalidInput as error:
        raise Mistyped(str(error), field) from None


def parse_headers(written: str) -> Pairs:
    """Pairs from `Name: value` lines; raises `InvalidInput` that names the bad line."""
    pairs = []
    for number, line in enumerate(written.split("\n"), 1):
        name, colon, value = line.partition(":")
        if not line.strip():
            continue
        if not colon:
            raise InvalidInput(f"header line {number} has no colon: write it as Name: value")
        pairs.append((name.strip(), value.strip()))
    return Headers.of(pairs).pairs


def write_headers(pairs: Pairs) -> str:
    return "\n".join(f"{name}: {value}" for name, value in pairs)


def parse_span(written: str, what: str = "timeout") -> float:
    """Seconds from "2 s", "500ms", "1.5" or "1 min"; raises `InvalidInput`."""
    try:
        seconds = parse_duration(written.lower())
    except InvalidInput as error:
        raise InvalidInput(f"the {what} {error}") from None
    if not 0 < seconds <= MAX_WAIT:
        raise InvalidInput(f"a {what} is longer than nothing and at most a day")
    return seconds


def parse_whole(written: str, what: str) -> int | None:
    """A whole number, None for an empty field; raises `InvalidInput`."""
    plain = written.strip().replace(",", "")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdigit() and len(plain) <= 18):
        raise InvalidInput(f"the {what} {written.strip()!r} is no whole number")
    return int(plain)
