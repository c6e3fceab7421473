"""A reply draft: a responder as the user wrote it, before somebody hosts it.

It is what the form makes, what `nats reply` takes, and what is saved in a collection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from engine.drafts.draft import Pairs
from engine.drafts.plain_values import TYPE_NAMES, read_record, write_record

from .behaviour import Correlation, InvalidReply, Recipe, Then
from .delay_spread import Delay, Spread
from .recipes import RecipeField, recipe_class
from .recipes.recipe import Value
from .reply_rules import RULES

RATE = 20_000
"""Answers a second, unless told otherwise: more than a load test on one machine asks for, and no
storm without an end."""


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """A subject and how requests to it are answered. Times are seconds, chances 0 to 1."""

    subject: str
    recipe: str = Recipe.ECHO
    """The name of one in `engine.responders.recipes`."""
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
    """Of an oversize answer: bytes, headers included; 0 means one more than the server takes."""
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
    content: str = ""
    """What typed bodies are sent as: "msgpack", "protobuf:shop.Order"; "" for as they are typed."""
    echo_headers: bool = False
    """Of an echo: the request's headers come back too, with a NATS-Reply-Counter, as from
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
    own: tuple[tuple[str, Value], ...] = ()
    """Name and value of what only its recipe knows, where it is not as usual."""

    @property
    def delay(self) -> Delay:
        return Delay(
            self.spread, self.least_delay, self.most_delay, self.mean_delay, self.deviation
        )

    def value(self, field: RecipeField) -> Value:
        """What it has for a field of a recipe."""
        if field.name in _NAMES:
            value: Value = getattr(self, field.name)
            return value
        return dict(self.own).get(field.name, field.usual)

    def with_own(self, values: Mapping[str, Value]) -> ReplyDraft:
        """With the values of its recipe's fields that no other recipe has."""
        named = {field.name: field for field in recipe_class(self.recipe).fields}
        own = ((name, value) for name, value in values.items() if value != named[name].usual)
        return replace(self, own=tuple(sorted(own)))

    def check(self) -> None:
        """Raise the `InvalidInput` that hosting it would."""
        for rule in RULES:
            rule(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for TOML or JSON; what is as usual is left out."""
        return write_record(replace(self, own=())) | dict(self.own)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> ReplyDraft:
        """What `to_dict` wrote; raises `InvalidReply` that names the field."""
        recipe = recipe_class(str(given.get("recipe", Recipe.ECHO)))
        extra = {field.name: field for field in recipe.fields if field.name not in _NAMES}
        common = {name: value for name, value in given.items() if name not in extra}
        if "own" in common:
            raise InvalidReply("own", "natstap knows no such field")
        draft = read_record(cls, common, InvalidReply)
        own = {name: _typed(extra[name], value) for name, value in given.items() if name in extra}
        return draft.with_own(own)


_NAMES = frozenset(field.name for field in fields(ReplyDraft)) - {"own"}


def _typed(field: RecipeField, given: Any) -> Value:
    """A value from a file; raises `InvalidReply` for one of another type."""
    if type(field.usual) is float and type(given) is int:
        return float(given)
    if type(given) is not type(field.usual):
        raise InvalidReply(field.name, f"{given!r} is not {TYPE_NAMES[type(field.usual)]}")
    value: Value = given
    return value
