"""What the streams screen says where there are no streams to show."""

from __future__ import annotations

from engine.errors import JetStreamOff, NatstapError, Refused

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
_REFUSED = (
    "This user may not list streams.",
    "",
    "It needs permission to publish to $JS.API.STREAM.LIST.",
)


def hint_of(error: NatstapError) -> tuple[str, ...]:
    """What to say where nothing can be listed."""
    if isinstance(error, JetStreamOff):
        return _OFF
    return _REFUSED if isinstance(error, Refused) else _FAILED
