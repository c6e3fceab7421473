"""What is asked of a burst, read from what was typed, and what should be known before it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from engine.burst.burst import MOST_IN_FLIGHT
from engine.drafts.draft import Draft, InvalidDraft, Kind
from engine.errors import InvalidInput
from engine.latency_words import span
from tui.kit.typed import parse_span, parse_whole

MANY = 100_000
"""Messages from which on it says what so many do."""
_FASTEST = 1_000_000
_RATE = re.compile(r"\d{1,9}(\.\d{1,9})?|\.\d{1,9}")


@dataclass(frozen=True, slots=True)
class Plan:
    """`rate` is per second, None for as fast as it goes; `deadline` is seconds."""

    count: int
    rate: float | None
    in_flight: int
    deadline: float
    listed: bool = False
    """Whether each message is seen in the list of exchanges."""


def read_plan(count: str, rate: str, in_flight: str, deadline: str, listed: bool = False) -> Plan:
    """Raises `InvalidDraft` with the field of `Plan` and what to write there."""
    return Plan(
        _whole("count", count, "a whole number from 1 on, such as 1,000"),
        _rate(rate),
        _whole("in_flight", in_flight, f"1 to {MOST_IN_FLIGHT:,}, such as 16", MOST_IN_FLIGHT),
        _deadline(deadline),
        listed,
    )


def _whole(field: str, written: str, right: str, most: int | None = None) -> int:
    try:
        number = parse_whole(written, field) or 0
    except InvalidInput:
        number = 0
    if number < 1 or (most is not None and number > most):
        raise InvalidDraft(field, f"write {right}")
    return number


def _rate(written: str) -> float | None:
    plain = written.strip().replace(",", "").removesuffix("/s").rstrip()
    if not plain:
        return None
    rate = float(plain) if _RATE.fullmatch(plain) else 0.0
    if not 0 < rate <= _FASTEST:
        raise InvalidDraft("rate", "write messages a second, such as 100 or 0.5, or nothing")
    return rate


def _deadline(written: str) -> float:
    try:
        return parse_span(written, "deadline")
    except InvalidInput:
        raise InvalidDraft("deadline", "write a time up to a day: 30 s, 1 min, 2 h") from None


def cautions(plan: Plan, draft: Draft, kept: int, stream: str) -> Iterator[str]:
    """Sentences; `kept` is how many messages the journal holds, `stream` stores the subject."""
    where = draft.stream or stream
    if draft.kind.streamed or where:
        name = f"Stream {where}" if where else "A stream"
        yield f"{name} stores the subject: {plan.count:,} more messages in it"
    if plan.count > MANY:
        journal = f"; {_forgotten(plan, kept)}" if plan.listed else ""
        yield f"{plan.count:,} messages are many for whoever answers{journal}"
    if draft.kind is Kind.PUBLISH and plan.rate is None and plan.count > MANY:
        yield "Nothing slows a publish down: a slow subscriber may be cut off by the server"
    if plan.rate and (least := plan.count / plan.rate) > plan.deadline:
        sent = math.floor(plan.deadline * plan.rate)
        yield (
            f"At {plan.rate:g}/s it takes {span(least)}: the deadline ends it after about {sent:,}"
        )


def _forgotten(plan: Plan, kept: int) -> str:
    if plan.count <= kept // 2:
        return "the journal keeps them all"
    return f"the journal keeps the newest {kept:,}, so older ones go"
