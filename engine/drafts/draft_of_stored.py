"""Drafts of what a stream holds: a stored message, to be sent again as a new one."""

from __future__ import annotations

from engine.errors import InvalidSubject
from engine.message import Message
from engine.rpc.message import CORRELATION_ID, REPLY_TO
from engine.streams.stored import StoredMessage
from engine.streams.stream_state import StreamState
from engine.subject import check_publish

from .draft import Draft, Kind
from .draft_of_exchange import correlation_anew
from .renewed_headers import renewed

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
INBOX = "_INBOX"
"""How the subject begins that most clients wait on for one answer."""
_FAMILIES = ("Nats-Expected-", "Nats-Trace-", "Nats-Batch-")


def stored_draft(stored: StoredMessage, state: StreamState, inbox: str = INBOX) -> Draft:
    """The message to be sent again, through the stream if it came through one: as a request, or
    to be answered where the first one was, unless that was an `inbox` of its sender's. Braces
    mean themselves.
    """
    message = stored.message
    to = _return_address(message) if state.stores(message.subject) else ""
    kind = Kind.REQUEST
    if to:
        temporary = to.startswith((f"{inbox}.", f"{INBOX}."))
        kind = Kind.STREAM_REQUEST if temporary else Kind.STREAM_PUBLISH
    return Draft(
        subject=message.subject,
        body=message.body,
        kind=kind,
        headers=renewed(
            (name, value)
            for name, value in message.headers.pairs
            if name not in _OF_ONE_STORING and not name.startswith(_FAMILIES)
        ),
        reply_to=to if kind is Kind.STREAM_PUBLISH else "",
        stream=state.name if to else "",
        **correlation_anew(message),
    )


def _return_address(message: Message) -> str:
    """Where a stored message wanted to be answered; "" for nowhere that there is."""
    to = message.headers.get(REPLY_TO, "")
    try:
        check_publish(to)
    except InvalidSubject:
        return ""
    return to
