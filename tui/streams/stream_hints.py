"""What the streams screen says where there are no streams to show."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import JetStreamOff, NatstapError, NoQuorum, Refused, RequestTimeout
from tui.safe import clean, shorten

_MAX_NAMED = 3
_NAMED = 24
"""Letters of a stream's name in a hint."""
NONE = (
    "There are no streams here.",
    "",
    "A stream stores what is sent on its subjects.",
    "n makes one to try things with.",
)
_OFF = (
    "JetStream is off for this account on this server.",
    "",
    "Start the server with -js, or with jetstream { } in its",
    "configuration, or log in to an account that has it.",
)
_FAILED = ("The streams cannot be listed: above is why.", "", "It is tried again all the time.")
_NO_QUORUM = (
    "JetStream has no quorum: nothing is stored or listed now.",
    "",
    "More than half of the cluster's servers must run.",
)
_SILENT = (
    "JetStream does not answer.",
    "",
    "In a cluster, more than half of the servers must run.",
)
_REFUSED = (
    "This user may not list streams.",
    "",
    "It needs permission to publish to $JS.API.STREAM.LIST.",
)


def hint_of(error: NatstapError) -> tuple[str, ...]:
    """What to say where nothing can be listed."""
    if isinstance(error, JetStreamOff):
        return _OFF
    if isinstance(error, NoQuorum):
        return _NO_QUORUM
    if isinstance(error, RequestTimeout):
        return _SILENT
    return _REFUSED if isinstance(error, Refused) else _FAILED


def hint_without(silent: Sequence[str]) -> tuple[str, ...]:
    """What to say where no stream is listed; `silent` are those that do not answer."""
    if not silent:
        return NONE
    names = ", ".join(shorten(clean(name), _NAMED) for name in silent[:_MAX_NAMED])
    more = f" and {len(silent) - _MAX_NAMED:,} more" if len(silent) > _MAX_NAMED else ""
    return (
        f"No stream answers: {names}{more}.",
        "",
        "It has no leader now: more than half of",
        "the servers that keep it must run.",
    )
