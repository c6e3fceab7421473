"""Why there is no connection: whatever was raised on the way, as one error of ours."""

from __future__ import annotations

import re
import socket
import ssl

from nats import errors as nats_errors

from engine.errors import (
    AuthRefused,
    AuthSilent,
    CannotConnect,
    CertificateExpired,
    CertificateRefused,
    CertificateWanted,
    NatstapError,
    NotTlsFirst,
    ServerFull,
    TlsFailed,
    TlsFirst,
    WrongName,
)
from engine.latency_words import span
from engine.profile.profile import Profile

from .login_clues import Clues
from .proxy import ProxyFailed
from .web_socket import WebSocketRefused

SLOW_REFUSAL = 0.9
"""Seconds after which a refusal looks like somebody else was asked, and did not answer."""
MAX_NAMED = 3
_FULL = re.compile("maximum (account active )?connections exceeded", re.IGNORECASE)
_NOT_NOW = {9: "is not valid yet", 10: "has expired"}
"""OpenSSL's verify codes."""
_CLEAR = (ConnectionRefusedError, ImportError, ProxyFailed, WebSocketRefused, socket.gaierror)
"""What needs no second look."""
_MISNAMED = re.compile("mismatch, certificate is not valid for", re.IGNORECASE)


def find_cause(
    where: str,
    profile: Profile,
    heard: str,
    error: BaseException,
    clues: Clues | None = None,
    took: float = 0.0,
) -> NatstapError:
    """The one error that says why there is no connection.

    `heard` is what the server said last on the connection that failed, `clues` what it says to
    somebody who only listens, `took` the seconds until it failed.
    """
    words = str(error) or heard or type(error).__name__
    lowered = words.lower()
    clues = clues or Clues()
    if isinstance(error, ImportError):
        return CannotConnect(where, _missing(error))
    if isinstance(error, socket.gaierror):
        return CannotConnect(where, f"no address is found for that name ({error.strerror})")
    if isinstance(error, ProxyFailed | WebSocketRefused):
        return CannotConnect(where, str(error))
    if isinstance(error, nats_errors.SecureConnWantedError):
        return TlsFailed(where, "the server offers no TLS; use nats:// if that is meant")
    if full := next(filter(_FULL.search, (words, heard, clues.said)), ""):
        return ServerFull(where, _whose(full))
    if clues.info and profile.tls_first and (_broke_off(error) or took >= SLOW_REFUSAL):
        return NotTlsFirst(where, "the server speaks before a TLS handshake, and --tlsfirst is set")
    if "authorization" in lowered or "authentication" in lowered:
        return _not_let_in(where, profile, words, took)
    if clues.tls_first and not profile.tls_first:
        return TlsFirst(where, "the server wants a TLS handshake before it says a word")
    if found := _certificate(where, profile, words, error, clues):
        return found
    if isinstance(error, ssl.SSLError) or re.search("certificate|ssl|secure", lowered):
        return TlsFailed(where, f"no secure connection: {words}")
    if isinstance(error, TimeoutError):
        return _too_slow(where, profile, heard, clues)
    if isinstance(error, ConnectionRefusedError) or "refused" in lowered:
        return CannotConnect(where, "nothing listens there; is the server running?")
    return CannotConnect(where, words)


def _missing(error: ImportError) -> str:
    """Which package is needed for what, and how to have it."""
    package = (error.name or "").partition(".")[0]
    needs = "a proxy needs" if package == "python_socks" else "a WebSocket needs"
    named = package.replace("_", "-")
    return f"{needs} the package {named} beside natstap: pip install {named}"


def _certificate(
    where: str, profile: Profile, words: str, error: BaseException, clues: Clues
) -> TlsFailed | None:
    """What is wrong with the server's certificate, or with the client's."""
    if _MISNAMED.search(words):
        return WrongName(where, _misnamed(words, clues))
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _NOT_NOW:
        when = _NOT_NOW[error.verify_code]
        return CertificateExpired(where, f"the server's certificate {when}")
    if not clues.info.get("tls_verify") or not _broke_off(error):
        return None
    if profile.cert:
        return CertificateRefused(where, "the server does not accept this client certificate")
    return CertificateWanted(where, "the server wants a certificate of the client")


def wants_clues(error: BaseException, *, tls_first: bool = False) -> bool:
    """True for an error that many causes have, and that a second look may tell apart.

    With `tls_first` a server that speaks first may break off in any words, also those for logins.
    """
    if isinstance(error, _CLEAR):
        return False
    if tls_first:
        return True
    return _broke_off(error) or _MISNAMED.search(str(error)) is not None


def _broke_off(error: BaseException) -> bool:
    """Without a reason: it took too long, or the other side went away."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return False
    gone = (OSError, TimeoutError, nats_errors.UnexpectedEOF, nats_errors.ConnectionClosedError)
    return isinstance(error, gone) or "empty response" in str(error)


def _whose(words: str) -> str:
    if "account" in words.lower():
        return "the account has as many connections as it may have"
    return "the server has as many connections as it may have (max_connections)"


def _not_let_in(where: str, profile: Profile, words: str, took: float) -> NatstapError:
    given = "these credentials" if profile.has_credentials else "a connection without any"
    if took >= SLOW_REFUSAL:
        return AuthSilent(
            where,
            f"the server refuses {given} after {span(took)}, and not at once ({words}); "
            "natstap cannot tell whether they are wrong, or whether what the server asks about "
            "logins (an auth callout) does not answer",
        )
    return AuthRefused(where, f"the server refuses {given} ({words})")


def _misnamed(words: str, clues: Clues) -> str:
    asked = words.partition("not valid for")[2].strip(" '.").partition("'")[0]
    shown = ", ".join(clues.names[:MAX_NAMED]) + (", …" if len(clues.names) > MAX_NAMED else "")
    valid = f"; it is for {shown}" if shown else ""
    return f"the server's certificate is not for {asked}{valid}"


def _too_slow(where: str, profile: Profile, heard: str, clues: Clues) -> NatstapError:
    waited = f"within {profile.timeout:g} s"
    if clues.info.get("auth_required") and not profile.wants_tls:
        return AuthSilent(
            where,
            f"the server greets, but says nothing of these credentials {waited}; "
            "what it asks about logins (an auth callout) may not answer",
        )
    tls = " (a TLS handshake that fails looks like this too)" if profile.wants_tls else ""
    return CannotConnect(where, f"no answer {waited}{tls}; {heard}".rstrip("; "))
