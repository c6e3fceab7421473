"""Headers of a pasted command that the composer's form has fields for, or that natstap would add.

What is moved sends the same headers as before, and only goes where the kind's form shows it;
whatever else was given stays a header, letter by letter.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from engine.drafts.draft import Draft, Pairs
from engine.drafts.kinds import FORM_HEADERS, shows
from engine.errors import InvalidInput
from engine.rpc.message import CONTENT_TYPE

MAX_DIGITS = 20
"""Digits of a sequence; Python reads no number of thousands."""
FRESH = "{{ID}}"
"""How a command says that each message gets a fresh id."""


def lifted(draft: Draft) -> Draft:
    """With the fields filled that stand for headers it has, each of them once."""
    for field, name in FORM_HEADERS.items():
        values = [value for given, value in draft.headers if given == name]
        if len(values) == 1 and shows(draft.kind, field):
            draft = _moved(draft, field, name, values[0])
    return draft


def _moved(draft: Draft, field: str, name: str, value: str) -> Draft:
    numeric = field.endswith("sequence")
    if not value or (
        numeric and not (len(value) < MAX_DIGITS and value.isdecimal() and str(int(value)) == value)
    ):
        return draft
    filled: dict[str, Any] = {field: int(value) if numeric else value}
    kept = tuple(pair for pair in draft.headers if pair[0] != name)
    moved = replace(draft, headers=kept, **filled)
    with suppress(InvalidInput):
        moved.check()
        return moved
    return draft


def added(draft: Draft) -> Draft:
    """With natstap's own headers switched on, where it has exactly those that natstap adds."""
    if draft.correlation_id != FRESH:
        return draft
    adding = replace(draft, correlation_id="", adds_headers=True)
    kept = tuple(pair for pair in draft.headers if pair[0] != CONTENT_TYPE)
    for tried in (replace(adding, headers=kept), adding):
        if _sent(tried) == _sent(draft):
            return tried
    return draft


def _sent(draft: Draft) -> Pairs:
    """Sorted: a command says nothing of the order between different names."""
    return tuple(sorted(draft.sent_headers(FRESH)))
