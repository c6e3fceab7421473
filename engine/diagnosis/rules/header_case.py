"""A header of the server's own in other capitals, which the server ignores."""

from __future__ import annotations

from engine.diagnosis.case import Case
from engine.diagnosis.cause import Cause
from engine.diagnosis.headers import misspelt
from engine.diagnosis.result import Diagnosis, Tone
from engine.diagnosis.situation import Situation
from engine.words import short

from .rule import rule

SPELLING = "Write the header exactly as the server knows it."


@rule(Situation.ANSWERED, Situation.PUBLISHED)
def header_case(case: Case) -> Diagnosis | None:
    for message in (case.request, *case.replies):
        for name, official in misspelt(message.headers):
            whose = "request" if message is case.request else "reply"
            return Diagnosis(
                Cause.HEADER_CASE,
                f"The {whose}'s header {short(name)} does nothing: the server only knows "
                f"{short(official)}, and compares letter by letter.",
                SPELLING,
                Tone.WARN,
            )
    return None
