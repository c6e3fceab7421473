"""How nats-py is told to connect: one try, no hidden retries, everything said back to the link."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

from nats.aio.client import RawCredentials

from engine.profile.profile import Profile

RECONNECT_WAIT = 0.25
"""Seconds between two tries to come back."""


def connect_options(profile: Profile) -> dict[str, Any]:
    """nats-py's options for a profile; raises `ssl.SSLError` and OSError for bad TLS files."""
    return {
        "servers": list(profile.servers),
        "name": profile.name,
        "allow_reconnect": False,
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": RECONNECT_WAIT,
        "connect_timeout": profile.timeout,
        "ping_interval": 3600,
        "dont_randomize": True,
        "pending_size": 0,
        "user": profile.user or None,
        "password": profile.password if profile.user else None,
        "token": profile.token or None,
        "user_credentials": _credentials(profile),
        "user_jwt_cb": _bearer(profile),
        "signature_cb": (lambda _: b"") if profile.user_jwt else None,
        "nkeys_seed_str": profile.nkey_seed or None,
        "inbox_prefix": profile.inbox_prefix,
        "tls": _tls(profile),
        "tls_handshake_first": profile.tls_first,
    }


def _credentials(profile: Profile) -> RawCredentials | None:
    return RawCredentials(profile.credentials) if profile.credentials else None


def _bearer(profile: Profile) -> Callable[[], bytes] | None:
    """A JWT without a seed: shown, and nothing signed."""
    jwt = profile.user_jwt.encode()
    return (lambda: jwt) if jwt else None


def _tls(profile: Profile) -> ssl.SSLContext | None:
    if not profile.wants_tls:
        return None
    context = ssl.create_default_context(cafile=profile.ca or None)
    if profile.cert:
        context.load_cert_chain(profile.cert, profile.key or None)
    return context
