"""What JetStream says of the stream and the consumer that an exchange is about.

Asked on an inquiry of its own, so nothing is recorded; names are checked where the API's
subjects are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.errors import (
    ConsumerNotFound,
    NatstapError,
    RequestTimeout,
    StreamNotFound,
)
from engine.rpc.inquiry import Inquiry
from engine.streams.stream_state import ConsumerState, StreamState

MSG_NEXT = "CONSUMER.MSG.NEXT"
OF_A_STREAM = (
    "STREAM.INFO",
    "STREAM.UPDATE",
    "STREAM.DELETE",
    "STREAM.PURGE",
    "STREAM.SNAPSHOT",
    "STREAM.MSG.GET",
    "STREAM.MSG.DELETE",
    "STREAM.PEER.REMOVE",
    "STREAM.LEADER.STEPDOWN",
    "CONSUMER.CREATE",
    "CONSUMER.DURABLE.CREATE",
    "CONSUMER.INFO",
    "CONSUMER.NAMES",
    "CONSUMER.LIST",
    "CONSUMER.DELETE",
    "CONSUMER.PAUSE",
    "CONSUMER.RESET",
    "CONSUMER.UNPIN",
    "CONSUMER.LEADER.STEPDOWN",
    MSG_NEXT,
    "DIRECT.GET",
)
"""Requests whose next token is a stream's name."""
OF_NO_STREAM = (
    "INFO",
    "STREAM.NAMES",
    "STREAM.LIST",
    "STREAM.CREATE",
    "STREAM.RESTORE",
    "ACCOUNT.PURGE",
    "META.LEADER.STEPDOWN",
    "SERVER.REMOVE",
)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request to JetStream's API; `verb` is "" for one that it does not know."""

    prefix: str
    verb: str
    stream: str = ""
    consumer: str = ""


def read_request(subject: str) -> ApiRequest | None:
    """What a subject asks of JetStream's API; None when it is none of its subjects."""
    tokens = subject.split(".")
    if tokens[0] != "$JS" or "API" not in tokens[1:3]:
        return None
    at = tokens.index("API", 1) + 1
    prefix, rest = ".".join(tokens[:at]), ".".join(tokens[at:])
    for verb in sorted((*OF_A_STREAM, *OF_NO_STREAM), key=len, reverse=True):
        if rest == verb or rest.startswith(f"{verb}."):
            names = rest[len(verb) + 1 :].split(".") if verb in OF_A_STREAM else []
            stream, consumer, *_ = (*names, "", "")
            return ApiRequest(prefix, verb, stream, consumer)
    return ApiRequest(prefix, "")


async def ask_consumer(
    inquiry: Inquiry, request: ApiRequest, timeout: float
) -> ConsumerState | Literal[False] | None:
    """The consumer that is pulled from; False when there is none, None when not known."""
    if request.verb != MSG_NEXT or not request.consumer:
        return None
    api = inquiry.jetstream(timeout, request.prefix)
    try:
        found = await api.consumer(request.stream, request.consumer)
    except (ConsumerNotFound, StreamNotFound):
        return False
    except NatstapError:
        return None
    return ConsumerState.of(request.stream, found)


async def ask_stream(
    inquiry: Inquiry, name: str, timeout: float, prefix: str = ""
) -> StreamState | Literal[False] | None:
    """A stream; False when nobody says how it is, None when not known."""
    api = inquiry.jetstream(timeout, prefix)
    try:
        return StreamState.of(await api.stream(name))
    except RequestTimeout:
        return False
    except NatstapError:
        return None
