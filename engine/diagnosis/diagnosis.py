"""The diagnosis: why an exchange went as it went, in one sentence, with evidence and advice.

It starts from the pure verdict, asks the servers what the journal cannot know, and names the
cause in the order of facts/nats.md, summary 7: a refusal, "no responders", only taps, who
listens, a stream, the dry run's way, and at last somebody who is there and says nothing.
The request is never sent again, and no service gets anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.audience.audience import Audience
from engine.errors import NatstapError, TooLarge
from engine.journal import Journal
from engine.rpc.broker import NatsBroker

from .case import from_journal, investigate
from .cause import ADVICE, Cause
from .evidence import Line, list_evidence
from .findings import find

TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`sentence` names the cause; `advice` is "" where there is nothing to do."""

    cause: Cause
    sentence: str
    evidence: tuple[Line, ...] = ()
    """Titles and texts, in the order in which it was looked."""
    advice: str = ""


async def diagnose(
    broker: NatsBroker,
    journal: Journal,
    number: int,
    *,
    timeout: float = TIMEOUT,
    before: Audience | None = None,
) -> Diagnosis:
    """Why exchange `number` went as it went, found out within `timeout` seconds.

    `before` is who would have got it shortly before it was sent, if that was asked. What could
    not be found out is in the evidence. Raises KeyError for an exchange that the journal no
    longer holds, and nothing else.
    """
    case = await investigate(broker, journal, number, timeout, before)
    found = find(case)
    return Diagnosis(found.cause, found.sentence, list_evidence(case), ADVICE.get(found.cause, ""))


def glance(journal: Journal, number: int) -> Cause:
    """The cause as far as the journal alone tells it; KeyError when it lost the exchange.

    What looks like a success may be none, and is worth asking the servers about.
    """
    return find(from_journal(journal, number)).cause


def explain(error: NatstapError) -> Diagnosis:
    """Why something was not sent at all, so that the journal knows nothing of it."""
    cause = Cause.TOO_LARGE if isinstance(error, TooLarge) else Cause.NOT_SENT
    return Diagnosis(cause, f"Not sent: {error}.", advice=ADVICE[cause])
