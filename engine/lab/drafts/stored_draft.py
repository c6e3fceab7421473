"""Drafts of what a stream holds: a stored message, to be sent again as a new one."""

from __future__ import annotations

from engine.insight.streams.stored import Stored
from engine.insight.streams.stream_state import StreamState
from engine.rpc.message import CORRELATION_ID, REPLY_TO

from .draft import Draft, Kind

_OF_ONE_STORING = (
    CORRELATION_ID,
    REPLY_TO,
    "Nats-Stream",
    "Nats-Subject",
    "Nats-Sequence",
    "Nats-Last-Sequence",
    "Nats-Time-Stamp",
    "Nats-Num-Pending",
    "Nats-Msg-Id",
    "Nats-Msg-Size",
    "Nats-Stream-Source",
    "Nats-Rollup",
    "Nats-Marker-Reason",
    "Nats-Scheduler",
    "Nats-Schedule-Next",
    "Nats-Counter-Sources",
)
"""Headers that say what became of one message, or that would do harm to do again."""
_FAMILIES = ("Nats-Expected-", "Nats-Trace-", "Nats-Batch-")


def stored_draft(stored: Stored, state: StreamState) -> Draft:
    """The message as a new request; through the stream if it came as one. Braces mean
    themselves.
    """
    message = stored.message
    answered = REPLY_TO in message.headers and state.stores(message.subject)
    return Draft(
        subject=message.subject,
        body=message.body,
        kind=Kind.STREAM_REQUEST if answered else Kind.REQUEST,
        headers=tuple(
            (name, value)
            for name, value in message.headers.pairs
            if name not in _OF_ONE_STORING and not name.startswith(_FAMILIES)
        ),
        stream=state.name if answered else "",
    )
