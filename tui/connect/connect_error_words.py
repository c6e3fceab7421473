"""Why there is no connection, as a sentence, and what can be done about it."""

from __future__ import annotations

from engine.errors import AuthRefused, CannotConnect, InvalidProfile, ServerUnavailable, TlsFailed
from tui.safe import clean

_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (AuthRefused, "Give --user and --password, --creds, --nkey, --token or --context."),
    (TlsFailed, "Give --tlsca for a private authority, or nats:// where no TLS is meant."),
    (InvalidProfile, "Put the setting right, and try again."),
    (ServerUnavailable, "Name a server, and natstap needs none of its own."),
    (CannotConnect, "Start the server and try again, or connect to another one."),
)


def sentence(error: BaseException) -> str:
    words = clean(str(error))
    end = "" if words.endswith((".", "?", "!")) else "."
    return f"{words[:1].upper()}{words[1:]}{end}"


def advice(trouble: object) -> str:
    """What can be done about an error; "" for what is none."""
    return next((words for kind, words in _ADVICE if isinstance(trouble, kind)), "")
