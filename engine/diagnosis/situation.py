"""The situation of an exchange: what kind it is and how it stands, as the rules ask for it."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from engine.journal import Exchange, ExchangeKind, State


class Situation(StrEnum):
    """One for each way in which an exchange can stand."""

    PUBLISHED = "published"
    ORPHAN = "orphan reply"
    DELIVERY = "delivery"
    NOTE = "note"
    WAITING = "waiting"
    ANSWERED = "answered"
    PARTLY = "partly answered"
    NO_RESPONDERS = "no responders"
    TIMED_OUT = "timed out"
    LATE = "answered late"
    REFUSED = "refused"
    STORED_ONLY = "stored only"
    KEPT = "stored"
    SERVICE_ERROR = "service error"
    STATUS = "error status"
    OVERDUE = "no answer"
    LINK_LOST = "link lost"
    CANCELLED = "cancelled"


def situation_of(exchange: Exchange) -> Situation:
    """By its kind when nobody waits for an answer to it, else by its state."""
    match exchange.kind:
        case ExchangeKind.PUBLISH:
            return Situation.PUBLISHED
        case ExchangeKind.ORPHAN:
            return Situation.ORPHAN
        case ExchangeKind.DELIVERY:
            return Situation.DELIVERY
        case ExchangeKind.NOTE:
            return Situation.NOTE
        case ExchangeKind.REQUEST | ExchangeKind.SYSTEM | ExchangeKind.WATCHED_SYSTEM:
            return _of_request(exchange.state)
        case _:
            assert_never(exchange.kind)


def _of_request(state: State) -> Situation:
    match state:
        case State.NONE:
            return Situation.PUBLISHED
        case State.WAITING:
            return Situation.WAITING
        case State.ANSWERED:
            return Situation.ANSWERED
        case State.PARTLY:
            return Situation.PARTLY
        case State.NO_RESPONDERS:
            return Situation.NO_RESPONDERS
        case State.TIMED_OUT:
            return Situation.TIMED_OUT
        case State.LATE:
            return Situation.LATE
        case State.REFUSED:
            return Situation.REFUSED
        case State.STORED:
            return Situation.STORED_ONLY
        case State.KEPT:
            return Situation.KEPT
        case State.SERVICE_ERROR:
            return Situation.SERVICE_ERROR
        case State.STATUS:
            return Situation.STATUS
        case State.NO_ANSWER:
            return Situation.OVERDUE
        case State.LINK_LOST:
            return Situation.LINK_LOST
        case State.CANCELLED:
            return Situation.CANCELLED
        case _:
            assert_never(state)
