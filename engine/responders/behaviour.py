"""What a responder can be told to do: the words that reply drafts are written in."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import InvalidInput


class Recipe(StrEnum):
    """The recipes that natstap itself writes, in examples, for pasted commands and recordings.

    `engine.responders.recipes` has all of them, and says what each does.
    """

    ECHO = "echo"
    CANNED = "canned"
    TEMPLATE = "template"
    REPLACED = "replaced"
    FAILING = "failing"
    NO_RESPONDERS = "no_responders"
    OVERSIZE = "oversize"
    BY_HAND = "by_hand"


class Correlation(StrEnum):
    """What the answer's correlation id is."""

    KEEP = "keep"
    """The request's."""
    CHANGE = "change"
    """Another one."""
    DROP = "drop"
    """It has none."""


class Then(StrEnum):
    """What a stream is told after its message was handled."""

    ACK = "ack"
    NAK = "nak"
    """Deliver it again."""
    TERM = "term"
    """Never deliver it again."""
    SILENCE = "silence"
    """Nothing, so that it comes again when the server has waited long enough."""


class InvalidReply(InvalidInput):
    """`field` is the name of the `ReplyDraft` field that is wrong."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field.replace('_', ' ')}: {why}")
        self.field = field
        self.why = why
