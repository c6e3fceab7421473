"""Why there is no connection: whatever was raised on the way, as one error of ours."""

from __future__ import annotations

import re
import ssl

from nats import errors as nats_errors

from engine.errors import AuthRefused, CannotConnect, NatstapError, TlsFailed
from engine.profile.profile import Profile


def find_cause(where: str, profile: Profile, heard: str, error: BaseException) -> NatstapError:
    """The one error that says why there is no connection."""
    words = str(error) or heard or type(error).__name__
    lowered = words.lower()
    if isinstance(error, ImportError):
        return CannotConnect(where, "WebSockets need the package aiohttp beside natstap")
    if isinstance(error, nats_errors.SecureConnWantedError):
        return TlsFailed(where, "the server offers no TLS; use nats:// if that is meant")
    if "authorization" in lowered or "authentication" in lowered:
        given = "these credentials" if profile.has_credentials else "a connection without any"
        return AuthRefused(where, f"the server refuses {given} ({words})")
    if isinstance(error, ssl.SSLError) or re.search("certificate|ssl|secure", lowered):
        return TlsFailed(where, f"no secure connection: {words}")
    if isinstance(error, TimeoutError):
        tls = " (a TLS handshake that fails looks like this too)" if profile.wants_tls else ""
        return CannotConnect(
            where, f"no answer within {profile.timeout:g} s{tls}; {heard}".rstrip("; ")
        )
    if isinstance(error, ConnectionRefusedError) or "refused" in lowered:
        return CannotConnect(where, "nothing listens there; is the server running?")
    return CannotConnect(where, words)
