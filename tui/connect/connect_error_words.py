"""Why there is no connection, as a sentence, and what can be done about it."""

from __future__ import annotations

from engine.errors import (
    AuthRefused,
    AuthSilent,
    CannotConnect,
    CertificateExpired,
    CertificateRefused,
    CertificateWanted,
    InvalidProfile,
    NotTlsFirst,
    ServerFull,
    ServerUnavailable,
    TlsFailed,
    TlsFirst,
    WrongName,
)
from tui.safe import clean

# The first kind that fits counts, so the narrower ones come first.
_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (AuthSilent, "Check the service that the server asks about logins, then the credentials."),
    (ServerFull, "Close connections that nobody needs, or raise the limit."),
    (TlsFirst, "Give --tlsfirst, with --tlsca for a private authority."),
    (NotTlsFirst, "Leave out --tlsfirst."),
    (CertificateRefused, "Give a certificate that the server's authority signed, and its key."),
    (CertificateExpired, "Renew the server's certificate; check the clocks."),
    (CertificateWanted, "Give --tlscert and --tlskey."),
    (WrongName, "Connect by a name that is in the certificate."),
    (AuthRefused, "Give --user and --password, --creds, --nkey, --token or --context."),
    (TlsFailed, "Give --tlsca for a private authority, or nats:// where no TLS is meant."),
    (InvalidProfile, "Put the setting right, and try again."),
    (ServerUnavailable, "Name a server, and natstap needs none of its own."),
    (CannotConnect, "Start the server and try again, or connect to another one."),
)


def sentence(error: BaseException) -> str:
    words = clean(str(error))
    end = "" if words.endswith((".", "?", "!")) else "."
    is_path = "/" in words.partition(" ")[0]
    return f"{words if is_path else words[:1].upper() + words[1:]}{end}"


def advice(trouble: object) -> str:
    """What can be done about an error; "" for what is none."""
    return next((words for kind, words in _ADVICE if isinstance(trouble, kind)), "")
