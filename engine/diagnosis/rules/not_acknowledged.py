"""A stream was asked to have a message, and none has said that it has it.

The facts are what came back on the reply subject. What a look at the streams would show is no
proof: a mapping, an import or another domain stores what no stream here names.
"""

from __future__ import annotations

from engine.diagnosis.case import Case, Fact, known
from engine.diagnosis.cause import Cause
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.latency_words import span
from engine.streams.stream_state import StreamState
from engine.words import short

from .quorum import JETSTREAM_SERVERS
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
IS_IT_THERE = "Look in Streams whether the message is stored."
HAS_IT_A_LEADER = (
    "Look in Streams whether the stream has a leader, enough servers that respond, and the message."
)
LOOK = (
    "Look in Streams which subjects are stored, in this domain and account; "
    "and check how the subject is spelled."
)


@rule(Situation.NO_RESPONDERS, Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def jetstream_cannot_say(case: Case) -> Diagnosis | None:
    """JetStream itself does not work, so no stream had to refuse anything."""
    says = known(case.audience).jetstream_says
    if not case.exchange.to_store or not says or known(case.audience).stream:
        return None
    said = f"No stream acknowledged {case.subject}. JetStream says: {short(says).rstrip('.')}."
    return Diagnosis(Cause.JETSTREAM_UNAVAILABLE, said, JETSTREAM_SERVERS)


@rule(Situation.TIMED_OUT, needs=(Fact.AUDIENCE,))
def stream_did_not(case: Case) -> Diagnosis | None:
    """A stream stores the subject, and did not say that it has stored this."""
    name = known(case.audience).stream
    if not case.exchange.to_store or not name or case.replies:
        return None
    stores = f"Stream {short(name)} stores {case.subject}, but"
    if isinstance(case.stream, StreamState) and case.stream.config.get("no_ack") is True:
        said = f"{stores} it has no_ack, so it acknowledges nothing."
        return Diagnosis(Cause.NOT_ACKNOWLEDGED, said, IS_IT_THERE, Tone.WARN)
    said = f"{stores} it did not acknowledge the message within {span(case.exchange.timeout or 0)}."
    return Diagnosis(Cause.NOT_ACKNOWLEDGED, said, HAS_IT_A_LEADER)


@rule(Situation.NO_RESPONDERS)
def nobody_stores(case: Case) -> Diagnosis | None:
    return _unstored(case, NOBODY)


@rule(Situation.TIMED_OUT)
def no_acknowledgement(case: Case) -> Diagnosis | None:
    return _unstored(case, INSTEAD if case.replies else SILENT)


def _unstored(case: Case, words: str) -> Diagnosis | None:
    if not case.exchange.to_store:
        return None
    sentence = words.format(subject=case.subject, waited=span(case.exchange.timeout or 0))
    return Diagnosis(Cause.NOT_ACKNOWLEDGED, sentence, LOOK)
