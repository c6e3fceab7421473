"""Consumers: who gets what a stream stores of a subject, and may answer it later."""

from __future__ import annotations

from dataclasses import dataclass

from engine.api_subjects import consumers_of
from engine.errors import NatstapError
from engine.fields import number, parts
from engine.rpc.jetstream import JetStream
from engine.streams.stream_state import ConsumerState
from engine.subject import matches


@dataclass(frozen=True, slots=True)
class Consumers:
    """One page of a stream's consumers; `complete` is False when there are more."""

    states: tuple[ConsumerState, ...]
    complete: bool


async def list_consumers(api: JetStream, stream: str) -> Consumers | None:
    """The first page, which has up to 256; None when they are not known."""
    try:
        found = await api.api(consumers_of(stream), stream=stream)
    except NatstapError:
        return None
    given = parts(found, "consumers")
    states = tuple(ConsumerState.of(stream, fields) for fields in given)
    return Consumers(states, number(found, "total") <= len(given))


def names_of_readers(consumers: Consumers, subject: str) -> tuple[str, ...] | None:
    """Those that get messages on the subject; None where those beyond the page may.

    One page of consumers is looked at: where none of these reads it, those beyond may.
    """
    readers = tuple(state.name for state in consumers.states if reads(state, subject))
    return readers if readers or consumers.complete else None


def reads(consumer: ConsumerState, subject: str) -> bool:
    """True when its filter, if it has one, lets the subject through."""
    return not consumer.filters or any(matches(pattern, subject) for pattern in consumer.filters)
