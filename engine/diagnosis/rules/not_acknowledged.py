"""A stream was asked to have a message, and none has said that it has it.

The facts are what came back on the reply subject. What a look at the streams would show is no
proof: a mapping, an import or another domain stores what no stream here names.
"""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis
from engine.diagnosis.situation import Situation
from engine.words import span

from .rule import rule

NOBODY = "No stream stores {subject}, and nobody listens there: the server said so at once."
INSTEAD = (
    "No stream acknowledged {subject} within {waited}. A service answered where a stream's "
    "acknowledgement goes, so the message was not stored as far as natstap can tell."
)
SILENT = (
    "No stream acknowledged {subject} within {waited}. A stream with no_ack may have stored it, "
    "or somebody listens and no stream does."
)
LOOK = (
    "Look in Streams which subjects are stored, in this domain and account; "
    "and check how the subject is spelled."
)


@rule(Situation.NO_RESPONDERS)
def nobody_stores(case: Case) -> Diagnosis | None:
    return _unstored(case, NOBODY)


@rule(Situation.TIMED_OUT)
def no_stream_acknowledged(case: Case) -> Diagnosis | None:
    return _unstored(case, INSTEAD if case.replies else SILENT)


def _unstored(case: Case, words: str) -> Diagnosis | None:
    if not case.exchange.to_store or _is_stored_somewhere(case):
        return None
    sentence = words.format(subject=case.subject, waited=span(case.exchange.timeout or 0))
    return Diagnosis(Cause.NOT_ACKNOWLEDGED, sentence, LOOK)


def _is_stored_somewhere(case: Case) -> bool:
    """True where a stream is known that stores the subject, or JetStream could not say."""
    audience = case.audience
    return audience is not None and bool(audience.streams or audience.jetstream_says)
