"""Looks: what was found of a subject a moment ago, to compare with what is found now."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from engine.link.link import Link

if TYPE_CHECKING:
    from .audience import Audience

MAX_LOOK_AGE = 60.0
"""Seconds for which a look counts as one from shortly before."""
MAX_REMEMBERED = 32
"""Subjects of which the last looks are remembered."""

_looks: WeakKeyDictionary[Link, dict[str, tuple[Audience, ...]]] = WeakKeyDictionary()


def last_look(link: Link, subject: str, until: float) -> Audience | None:
    """The newest look at a subject that was begun before `until`, if one is remembered.

    `until` is seconds since the epoch; what is older by more than `MAX_LOOK_AGE` is forgotten.
    """
    looks = _looks.get(link, {}).get(subject, ())
    return next((look for look in looks if until - MAX_LOOK_AGE <= look.at < until), None)


def remember(link: Link, found: Audience) -> None:
    """Two looks at each subject: the newest may be from after what somebody asks about."""
    looks = _looks.setdefault(link, {})
    looks[found.subject] = (found, *looks.pop(found.subject, ())[:1])
    while len(looks) > MAX_REMEMBERED:
        del looks[next(iter(looks))]
