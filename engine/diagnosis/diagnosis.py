"""The diagnosis: why an exchange went as it went, in one sentence, with evidence and advice.

The servers are asked what the journal cannot know, and the rules judge the case. The request is
never sent again, and no service gets anything.
"""

from __future__ import annotations

from engine.audience.audience import Audience
from engine.durations import DIAGNOSIS_TIMEOUT
from engine.errors import NatstapError, TooLarge
from engine.journal import Journal
from engine.rpc.broker import Broker

from .case import Heard
from .cause import Cause
from .gather import investigate
from .judge import judge
from .result import Diagnosis

SEND_LESS = "Send less, or raise max_payload on the server."
CORRECT = "Correct what the error names."


async def diagnose(
    broker: Broker,
    journal: Journal,
    number: int,
    *,
    timeout: float = DIAGNOSIS_TIMEOUT,
    before: Audience | None = None,
    heard: Heard | None = None,
    shared: bool = False,
) -> Diagnosis:
    """Why exchange `number` went as it went, found out within `timeout` seconds.

    `before` is who would have got it shortly before it was sent, if that was asked; `heard` is
    what a watch knows of it. With `shared`, what a forecast asked since it was over is not asked
    again. What could not be found out is in the evidence. Raises KeyError for an exchange that
    the journal no longer holds, and nothing else.
    """
    return judge(await investigate(broker, journal, number, timeout, before, heard, shared))


def explain(error: NatstapError) -> Diagnosis:
    """Why something was not sent at all, so that the journal knows nothing of it."""
    large = isinstance(error, TooLarge)
    cause, advice = (Cause.TOO_LARGE, SEND_LESS) if large else (Cause.NOT_SENT, CORRECT)
    return Diagnosis(cause, f"Not sent: {error}.", advice)
