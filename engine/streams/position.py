"""Where in a stream somebody wants to go: a sequence, a time, or the messages on a subject."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.durations import parse_age
from engine.errors import InvalidInput, InvalidSubject
from engine.subject import check_subscribe

from .stored import END

_SEQUENCE = re.compile(r"#?(\d[\d,]*)")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(\.\d{1,6})?)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """One of the three is set; all are not for the newest messages, on every subject."""

    sequence: int = 0
    at: float = 0.0
    """Seconds since the epoch."""
    subject: str = ""


def parse_place(written: str, now: float | None = None) -> StreamPosition:
    """Read "1200", "-5m", "12:30", "2026-01-31T12:30", "orders.*"; raises `InvalidInput`.

    Times of day are the last such time in the local zone; a date without one is local too.
    """
    plain = written.strip()
    moment = time.time() if now is None else now
    if not plain:
        return StreamPosition()
    if found := _SEQUENCE.fullmatch(plain):
        return StreamPosition(sequence=max(1, min(int(found[1].replace(",", "")[:20]), END)))
    if plain[0] == "-":
        return StreamPosition(at=moment - parse_age(plain[1:], "span"))
    if found := _CLOCK.fullmatch(plain):
        return StreamPosition(at=_time_of_day(found, plain, moment))
    if _DATE.fullmatch(plain):
        return StreamPosition(at=_date(plain))
    return StreamPosition(subject=_subject(plain))


def _time_of_day(found: re.Match[str], written: str, now: float) -> float:
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidInput(f"{written!r} is no time of day: write it as 12:30 or 12:30:05")
    micro = int(float(found[4] or 0) * 1e6)
    at = datetime.fromtimestamp(now).replace(
        hour=hour, minute=minute, second=second, microsecond=micro
    )
    if at.timestamp() > now:
        at -= timedelta(days=1)
    return at.timestamp()


def _date(written: str) -> float:
    try:
        return max(0.001, datetime.fromisoformat(written).timestamp())
    except (ValueError, OverflowError, OSError):
        example = "2026-01-31 or 2026-01-31T12:30"
        raise InvalidInput(f"{written!r} is no date: write it as {example}") from None


def _subject(written: str) -> str:
    try:
        check_subscribe(written)
    except InvalidSubject as error:
        raise InvalidInput(
            f"{written!r} is no sequence, no time (12:30, -5m) and no subject: {error.why}"
        ) from None
    return written
