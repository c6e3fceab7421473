"""A stream to be made: checked before it is, so that each field can say what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

from engine.api_subjects import MAX_NAME, is_name, on_stream
from engine.durations import MAX_AGE
from engine.errors import InvalidInput, InvalidSubject, StreamNotFound
from engine.rpc.broker import Broker
from engine.subject import check_subscribe, overlaps

from .listing import look, quiet_api
from .stream_state import StreamState

_SERVERS = ("$JS.API.>", "$JSC.>", "$NRG.>", "$SYS.>")
"""The server stores none of these."""
_LEAST_AGE = 0.1


class InvalidStream(InvalidInput):
    """`field` is the `NewStream` field that is wrong."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class NewStream:
    """As it suits a demo: in memory, and never much. Limits of 0 are none."""

    name: str
    subjects: tuple[str, ...]
    storage: str = "memory"
    max_messages: int = 10_000
    max_age: float = 3600.0
    """Seconds."""
    max_bytes: int = 0
    discard: str = "old"
    """What goes when it is full: "old" messages, or the "new" one is refused."""

    def check(self) -> None:
        """Raise the `InvalidStream` that the server's refusal would be."""
        if not is_name(self.name):
            raise InvalidStream("name", _name_fault(self.name))
        _check_subjects(self.subjects)
        if self.max_age and not _LEAST_AGE <= self.max_age <= MAX_AGE:
            raise InvalidStream("max_age", "the age is at least 100 ms; leave it empty for any")

    @property
    def config(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "subjects": list(self.subjects),
            "storage": self.storage,
            "retention": "limits",
            "max_msgs": self.max_messages or -1,
            "max_bytes": self.max_bytes or -1,
            "max_age": int(self.max_age * 1e9),
            "discard": self.discard,
            "allow_direct": True,
        }


async def create_stream(broker: Broker, wanted: NewStream) -> StreamState:
    """Make it; raises `InvalidStream`, and what the server says for what is nobody's field."""
    wanted.check()
    await _check_free(broker, wanted)
    answer = await broker.jetstream.api(
        on_stream("CREATE", wanted.name), wanted.config, stream=wanted.name
    )
    return StreamState.of(answer)


async def _check_free(broker: Broker, wanted: NewStream) -> None:
    try:
        await look(broker, wanted.name)
    except StreamNotFound:
        pass
    else:
        raise InvalidStream("name", f"there is a stream {wanted.name} already")
    for subject in wanted.subjects:
        if holders := await _holders(broker, subject):
            raise InvalidStream(
                "subjects", f"{subject} overlaps with what stream {holders[0]} stores"
            )


async def _holders(broker: Broker, subject: str) -> tuple[str, ...]:
    async with quiet_api(broker) as api:
        return await api.streams_of(subject)


def _name_fault(name: str) -> str:
    if not name:
        return "a name is needed, such as ORDERS"
    if len(name) > MAX_NAME:
        return f"a name has at most {MAX_NAME} characters"
    return "a name is one word, without dots, wildcards and slashes"


def _check_subjects(subjects: tuple[str, ...]) -> None:
    if not subjects:
        raise InvalidStream("subjects", "a subject is needed, such as orders.>")
    for subject in subjects:
        try:
            check_subscribe(subject)
        except InvalidSubject as error:
            raise InvalidStream("subjects", f"{subject!r} is no subject: {error.why}") from None
        if taken := next(
            (taken_subject for taken_subject in _SERVERS if overlaps(taken_subject, subject)), None
        ):
            raise InvalidStream("subjects", f"{subject} overlaps with the server's own {taken}")
    for first, other in combinations(subjects, 2):
        if overlaps(first, other):
            raise InvalidStream("subjects", f"{first} and {other} overlap: one of them is enough")
