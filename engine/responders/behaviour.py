"""What a responder can be told to do: the words that reply drafts are written in."""

from __future__ import annotations

from enum import StrEnum

from engine.errors import InvalidInput


class Recipe(StrEnum):
    """Where the answer comes from."""

    ECHO = "echo"
    """The request's body back."""
    CANNED = "canned"
    """The same body every time."""
    TEMPLATE = "template"
    """Body and headers made of the request's."""
    REPLACED = "replaced"
    """The request's JSON with fields replaced; the body says which, one to a line."""
    FAILING = "failing"
    """A service error."""
    NO_RESPONDERS = "no_responders"
    """The status that the server sends when nobody listens."""
    OVERSIZE = "oversize"
    """So many bytes, or more than the server takes."""


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
