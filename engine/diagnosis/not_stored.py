"""Not stored: a stream was asked to have a message, and none has said that it has it.

The facts are what came back on the reply subject. What a look at the streams would show is no
proof: a mapping, an import or another domain stores what no stream here names.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.journal import Exchange, State
from engine.message import Message
from engine.words import short, span

from .cause import Cause
from .finding import Finding

_NOBODY = "No stream stores {subject}, and nobody listens there: the server said so at once."
_INSTEAD = (
    "No stream acknowledged {subject} within {waited}. A service answered where a stream's "
    "acknowledgement goes, so the message was not stored as far as natstap can tell."
)
_SILENT = (
    "No stream acknowledged {subject} within {waited}. A stream with no_ack may have stored it, "
    "or somebody listens and no stream does."
)


def not_stored(exchange: Exchange, replies: Sequence[Message]) -> str:
    """The sentence for what no stream acknowledged; "" for every other exchange."""
    subject = short(exchange.subject)
    waited = span(exchange.timeout or 0)
    if not exchange.to_store:
        return ""
    if exchange.state is State.NO_RESPONDERS:
        return _NOBODY.format(subject=subject)
    if exchange.state is State.TIMED_OUT:
        words = _INSTEAD if replies else _SILENT
        return words.format(subject=subject, waited=waited)
    return ""


def judge_unstored(exchange: Exchange, replies: Sequence[Message]) -> Finding | None:
    sentence = not_stored(exchange, replies)
    return Finding(Cause.NOT_ACKNOWLEDGED, sentence) if sentence else None
