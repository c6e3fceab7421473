"""Secrets in a text, found both ways: by the names and forms around them, and by their values."""

from __future__ import annotations

from engine.drafts.template import ACTION

from .known_secrets import KnownSecrets, Spot
from .places import Allowed, Found, find_secrets

NOTHING = KnownSecrets()
"""For whoever knows no values; nobody teaches it any."""
SCHEMES = ("", "bearer", "basic", "token", "apikey")
"""What may stand before a credential and is none."""


def find_all(
    written: str, allowed: Allowed, known: KnownSecrets = NOTHING, *, template: bool = False
) -> list[Found]:
    """All secrets, in order, none within another. `known` is where a value's variable is named.

    A value that a variable stands for goes before the name that stands beside it.
    """
    placed = find_secrets(written, allowed, template=template)
    spots = known.find(written)
    if not spots:
        return placed
    valued = _whole_actions(written, spots) if template else [_found(spot) for spot in spots]
    return _joined([*_not_explained(written, placed, valued), *valued])


def _found(spot: Spot) -> Found:
    return Found(spot.begin, spot.end, spot.name, known=True)


def _whole_actions(written: str, spots: list[Spot]) -> list[Found]:
    """A value inside of `{{...}}` takes that along: half of one is no template."""
    actions = [action.span() for action in ACTION.finditer(written)]
    found = []
    for spot in spots:
        around = [action for action in actions if action[0] < spot.end and spot.begin < action[1]]
        begin = min(spot.begin, *(span[0] for span in around)) if around else spot.begin
        end = max(spot.end, *(span[1] for span in around)) if around else spot.end
        found.append(Found(begin, end, spot.name, known=True))
    return found


def _not_explained(written: str, placed: list[Found], valued: list[Found]) -> list[Found]:
    """Those of which something secret is left when the values in them are gone."""
    return [place for place in placed if not _is_explained(written, place, valued)]


def _is_explained(written: str, found: Found, valued: list[Found]) -> bool:
    inside = [value for value in valued if value.begin < found.end and found.begin < value.end]
    rest, at = "", found.begin
    for value in inside:
        rest += written[at : max(at, value.begin)]
        at = max(at, value.end)
    rest += written[at : found.end]
    return bool(inside) and rest.strip().lower() in SCHEMES


def _joined(found: list[Found]) -> list[Found]:
    apart: list[Found] = []
    for secret in sorted(found, key=lambda each: (each.begin, -each.end, not each.known)):
        if not apart or secret.begin >= apart[-1].end:
            apart.append(secret)
        elif secret.end > apart[-1].end:
            apart[-1] = apart[-1]._replace(end=secret.end, known=False)
    return apart
