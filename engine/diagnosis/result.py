"""The diagnosis itself: what a rule says of an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .cause import Cause

Line = tuple[str, str]
"""One line of evidence: a title and a text."""


class Tone(StrEnum):
    """How the sentence is to sound; `OPEN` is not over, or never was a question."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`sentence` names the cause; `advice` is "" where there is nothing to do.

    `detail` is what else is known of it, in one or two sentences. `evidence` is what it rests
    on, in the order in which it was looked at.
    """

    cause: Cause
    sentence: str
    advice: str = ""
    tone: Tone = Tone.BAD
    evidence: tuple[Line, ...] = ()
    detail: str = ""
