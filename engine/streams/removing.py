"""Finding out what would go, and making it go: never more than was said.

`carry_out` looks again first, and does nothing when more would go than was said. A purge names
the last sequence that goes, so what is stored in the meantime stays. What is done is asked
through the broker, so the journal has it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.api_subjects import Verb, on_consumer, on_stream
from engine.errors import InvalidInput, JetStreamError, NatstapError
from engine.fields import Fields, number, part
from engine.rpc.broker import Broker
from engine.subject import check_subscribe

from .browse import read_one
from .listing import ask_stream, list_consumers, list_streams, look_at_consumer
from .removal import Removal, What, Wish
from .stored import ALL
from .stream_state import StreamState

_DETAILS = 100_000
"""Deleted sequences that a server is asked to list, to count exactly."""


class MoreThanSaid(NatstapError):
    """Nothing was done; `removal` is what would go now."""

    def __init__(self, why: str, removal: Removal) -> None:
        super().__init__(why)
        self.removal = removal


async def plan(broker: Broker, wish: Wish) -> Removal:
    """What would go now; raises `StreamNotFound`, `ConsumerNotFound`, `InvalidInput`, and as
    `list_streams`.
    """
    if wish.what is What.MESSAGES:
        return await _plan_purge(broker, wish)
    state = StreamState.of(await ask_stream(broker, wish.stream))
    if wish.what is What.MESSAGE:
        stored = await read_one(broker, state, wish.sequence)
        size = stored.message.size if stored else 0
        return Removal(wish, state, 1 if stored else 0, size, message=stored)
    if wish.what is What.CONSUMER:
        one = await look_at_consumer(broker, wish.stream, wish.consumer)
        return Removal(wish, state, 0, consumers=(one,))
    removal = Removal(wish, state, state.messages, state.bytes)
    return await _with_dependents(broker, removal)


async def carry_out(broker: Broker, said: Removal) -> int:
    """Do it; how many messages went. Raises `MoreThanSaid` with what is true now, instead,
    when more would go than `said` tells.
    """
    now = await plan(broker, said.wish)
    if grown := now.more_than(said):
        raise MoreThanSaid(grown, replace(now, growing=now.state.last > said.state.last))
    if now.refusal:
        raise JetStreamError(now.refusal)
    answer = await broker.jetstream.api(*_request(now, said), stream=said.state.name)
    return number(answer, "purged") if said.wish.what is What.MESSAGES else now.messages


def _request(now: Removal, said: Removal) -> tuple[Verb, dict[str, Any] | None]:
    wish = said.wish
    if wish.what is What.STREAM:
        return on_stream("DELETE", wish.stream), None
    if wish.what is What.CONSUMER:
        return on_consumer("DELETE", wish.stream, wish.consumer), None
    if wish.what is What.MESSAGE:
        return on_stream("MSG.DELETE", wish.stream), {"seq": wish.sequence}
    fields: dict[str, Any] = {"seq": min(wish.below or said.state.next, said.state.next)}
    if wish.subject != ALL:
        fields["filter"] = wish.subject
    return on_stream("PURGE", wish.stream), fields


# -- finding out -----------------------------------------------------------------------------


async def _with_dependents(broker: Broker, removal: Removal) -> Removal:
    """What a user may not ask is said, not guessed."""
    name = removal.state.name
    try:
        consumers = await list_consumers(broker, name)
        fed = tuple(stream.name for stream in (await list_streams(broker)).fed_by(name))
    except NatstapError as error:
        return replace(removal, unknown=f"Could not check what else depends on it: {error}.")
    return replace(removal, consumers=consumers, fed=fed)


async def _plan_purge(broker: Broker, wish: Wish) -> Removal:
    if wish.subject != ALL and wish.below:
        raise InvalidInput("purge on a subject, or before a sequence: not both at once")
    check_subscribe(wish.subject)
    ask = {"subjects_filter": wish.subject} if wish.subject != ALL else None
    answer = await ask_stream(broker, wish.stream, ask)
    state = StreamState.of(answer)
    if wish.subject != ALL:
        removal = _purge_of_subject(wish, state, answer)
    elif wish.below:
        removal = await _purge_below(broker, wish, state)
    else:
        removal = Removal(wish, state, state.messages, state.bytes)
    try:
        return replace(removal, consumers=await list_consumers(broker, wish.stream))
    except NatstapError as error:
        return replace(removal, unknown=f"Which consumers still need them is not known: {error}.")


def _purge_of_subject(wish: Wish, state: StreamState, answer: Fields) -> Removal:
    counts = part(part(answer, "state"), "subjects")
    known = sum(number(counts, name) for name in counts)
    if number(answer, "total") > len(counts):
        return Removal(wish, state, state.messages, at_most=True)
    return Removal(wish, state, known)


async def _purge_below(broker: Broker, wish: Wish, state: StreamState) -> Removal:
    below = min(wish.below, state.next)
    span = max(0, below - state.first) if state.messages else 0
    if below == state.next:
        return Removal(wish, state, state.messages, state.bytes)
    if not state.deleted:
        return Removal(wish, state, span)
    if state.deleted > _DETAILS:
        return Removal(wish, state, min(span, state.messages), at_most=True)
    answer = await ask_stream(broker, wish.stream, {"deleted_details": True})
    state = StreamState.of(answer)
    given = part(answer, "state").get("deleted")
    gone = (
        [number for number in given if isinstance(number, int)] if isinstance(given, list) else []
    )
    missing = sum(state.first <= number < below for number in gone)
    return Removal(wish, state, max(0, below - state.first) - missing)
