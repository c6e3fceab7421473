"""How each state and kind of exchange looks: a glyph, a word and the role of its colour.

Every glyph takes one cell, is in the common terminal fonts and has no emoji form. A glyph
always stands beside its word, so neither colour nor shape is ever needed to read a row.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from engine.filter.state_terms import ALONE
from engine.journal import ExchangeKind, State

Role = Literal["good", "warn", "bad", "active", "muted", "name"]
"""A part that colour plays; `Viewport` gives each a theme colour."""


class Sign(NamedTuple):
    glyph: str
    word: str
    short: str
    """The word where there is room for seven cells only."""
    role: Role


STATES: dict[State, Sign] = {
    State.WAITING: Sign("○", "waiting", "waiting", "active"),
    State.ANSWERED: Sign("✓", "answered", "ok", "good"),
    State.PARTLY: Sign("◐", "partly", "partly", "warn"),
    State.NO_RESPONDERS: Sign("∅", "no responders", "nobody", "bad"),
    State.TIMED_OUT: Sign("✗", "timed out", "timeout", "bad"),
    State.LATE: Sign("↷", "late", "late", "warn"),
    State.REFUSED: Sign("⊘", "refused", "refused", "bad"),
    State.STORED: Sign("▤", "stored only", "stored", "warn"),
    State.SERVICE_ERROR: Sign("!", "service error", "error", "bad"),
    State.LINK_LOST: Sign("↯", "link lost", "lost", "bad"),
    State.CANCELLED: Sign("–", "cancelled", "cancel", "muted"),
    State.KEPT: Sign("▣", "stored", "kept", "good"),
    State.STATUS: Sign("▲", "error status", "status", "bad"),
    State.NO_ANSWER: Sign("…", "no answer", "silent", "bad"),
}

KINDS: dict[ExchangeKind, Sign] = {
    ExchangeKind.REQUEST: STATES[State.WAITING],
    ExchangeKind.PUBLISH: Sign("→", "published", "publish", "muted"),
    ExchangeKind.ORPHAN: Sign("←", "orphan reply", "orphan", "warn"),
    ExchangeKind.DELIVERY: Sign("↓", "delivery", "deliver", "muted"),
    ExchangeKind.SYSTEM: Sign("·", "system", "system", "muted"),
    ExchangeKind.NOTE: Sign("─", "note", "note", "muted"),
    ExchangeKind.WATCHED_SYSTEM: Sign("→", "published", "publish", "muted"),
}


ONLY_US = Sign("◌", "only natstap", "only us", "warn")
"""A request that would have been told "no responders", had natstap not listened."""
COUNTED: dict[int, Sign] = dict[int, Sign](STATES.items()) | {ALONE: ONLY_US}
"""What statistics count."""
TO_WATCHED = Sign("←", "reply heard", "reply", "muted")
"""An answer to a client whose inbox is watched, and not the subjects that it asks on."""
BROKEN = Sign("≠", "breaks schema", "schema", "warn")
"""An answer, or its request, that breaks the schema that it has to keep."""
UNHEARD = Sign("?", "reply unheard", "unheard", "muted")
"""A request whose answer may have gone where natstap did not listen."""


class Seen(Protocol):
    """An `Exchange`, or a `Glance` at one."""

    @property
    def kind(self) -> ExchangeKind: ...
    @property
    def state(self) -> State: ...


def sign(exchange: Seen) -> Sign:
    """How an exchange looks: by its state if it has one, by its kind if not.

    A stream's delivery asks nobody anything: whether it is acknowledged makes it no request.
    """
    if exchange.kind is ExchangeKind.DELIVERY:
        return KINDS[ExchangeKind.DELIVERY]
    return STATES.get(exchange.state) or KINDS[exchange.kind]
