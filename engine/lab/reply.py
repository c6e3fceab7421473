"""A reply draft: a responder as the user wrote it, before somebody hosts it.

It is what `nats reply` takes, and what is saved in a collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.errors import InvalidInput
from engine.message import Headers
from engine.subject import check_queue, check_subscribe

from .draft import LONGEST, Pairs
from .record import read_record, write_record


class Recipe(StrEnum):
    """Where the answer's body comes from."""

    ECHO = "echo"
    CANNED = "canned"
    TEMPLATE = "template"
    FAILING = "failing"


class InvalidReply(InvalidInput):
    """`field` is the name of the `ReplyDraft` field that is wrong."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field.replace('_', ' ')}: {why}")
        self.field = field
        self.why = why


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """A subject and how requests to it are answered. Times are seconds."""

    subject: str
    recipe: Recipe = Recipe.ECHO
    body: bytes = b""
    headers: Pairs = ()
    queue: str = ""
    """"" means natstap's own group."""
    least_delay: float = 0.0
    most_delay: float = 0.0
    """Each answer waits a time between the two."""
    limit: int = 0
    """It stops after so many requests; 0 means never."""
    error: str = ""
    """For `FAILING`: the words and the code of the service error."""
    error_code: str = ""

    def check(self) -> None:
        """Raise the `InvalidInput` that hosting it would."""
        check_subscribe(self.subject)
        check_queue(self.queue)
        Headers.of(self.headers)
        if not 0 <= self.least_delay <= self.most_delay <= LONGEST:
            raise InvalidReply("delay", "it is from something to no less, and at most a day")
        if self.limit < 0:
            raise InvalidReply("limit", "0 means never; less than that means nothing")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for TOML or JSON; what is as usual is left out."""
        return write_record(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> ReplyDraft:
        """What `to_dict` wrote; raises `InvalidReply` that names the field."""
        return read_record(cls, fields, InvalidReply)
