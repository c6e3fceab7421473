"""A reply draft: a responder as the user wrote it, before somebody hosts it.

It is what the form makes, what `nats reply` takes, and what is saved in a collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.drafts.draft import Pairs
from engine.drafts.record import read_record, write_record

from .behaviour import Correlation, InvalidReply, Recipe, Then
from .delay import Delay, Spread
from .reply_rules import RULES

__all__ = ["RATE", "Correlation", "InvalidReply", "Recipe", "ReplyDraft", "Then"]

RATE = 1000
"""Answers a second, unless told otherwise: more than a demo needs, and no storm."""


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """A subject and how requests to it are answered. Times are seconds, chances 0 to 1."""

    subject: str
    recipe: Recipe = Recipe.ECHO
    body: bytes = b""
    headers: Pairs = ()
    queue: str = ""
    """"" means natstap's own group."""
    spread: Spread = Spread.EVEN
    least_delay: float = 0.0
    most_delay: float = 0.0
    """No delay is outside of these two; see `Delay`."""
    mean_delay: float = 0.0
    deviation: float = 0.0
    limit: int = 0
    """It stops after so many requests; 0 means never."""
    error: str = ""
    error_code: str = ""
    """The words and the code of its service errors."""
    more: tuple[bytes, ...] = ()
    """Bodies of the second reply and the further ones; the last is for all that follow."""
    size: int = 0
    """For `OVERSIZE`: bytes, headers included; 0 means one more than the server takes."""
    fail_chance: float = 0.0
    silent_chance: float = 0.0
    duplicate_chance: float = 0.0
    replies: int = 1
    pause: float = 0.0
    """Between two of several replies."""
    end_mark: bool = False
    """True when a reply without a body follows the last."""
    no_reply: bool = False
    """True when it only listens."""
    adds_headers: bool = True
    """True when natstap adds a content-type, and the correlation id that `correlation` says."""
    echo_headers: bool = False
    """For `ECHO`: the request's headers come back too, with a NATS-Reply-Counter, as from
    `nats reply`; the own headers are templates then."""
    correlation: Correlation = Correlation.KEEP
    store_in: str = ""
    """The stream that stores the answers, where it holds their reply subject."""
    rate: int = RATE
    """Answers a second at most."""
    stream: str = ""
    """The stream that delivers the requests; "" to hear them as they are sent."""
    durable: str = ""
    then: Then = Then.ACK
    nak_delay: float = 1.0
    """How long the stream waits after a nak: without that, it is a storm."""
    ack_wait: float = 30.0
    """How long the stream waits for any word."""
    service: str = ""
    """The name that it goes by under `$SRV`; "" keeps it out of there."""
    version: str = "1.0.0"
    description: str = ""

    @property
    def delay(self) -> Delay:
        return Delay(
            self.spread, self.least_delay, self.most_delay, self.mean_delay, self.deviation
        )

    def check(self) -> None:
        """Raise the `InvalidInput` that hosting it would."""
        for rule in RULES:
            rule(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for TOML or JSON; what is as usual is left out."""
        return write_record(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> ReplyDraft:
        """What `to_dict` wrote; raises `InvalidReply` that names the field."""
        return read_record(cls, fields, InvalidReply)
