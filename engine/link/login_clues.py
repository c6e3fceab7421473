"""Clues: what a server that let nobody in says to somebody who only listens.

Who writes to a server that has closed already may lose its last words, so one more connection is
made that sends nothing: it hears the greeting, and the error behind it. Where not even a greeting
comes, a TLS handshake is tried, without any credentials. All of it is bounded by a deadline.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from engine.fields import read_json
from engine.profile.profile import Profile
from engine.profile.server_info import HELLO

LISTEN_SECONDS = 1.0
"""Seconds that each look takes at most."""
_AFTERTHOUGHT = 0.2
"""Seconds in which an error follows a greeting."""
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Clues:
    """`info` is the greeting, {} where none was heard; `said` the error behind it, "" for none."""

    info: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    tls_first: bool = False
    """True for a server that says nothing, and takes a TLS handshake."""
    names: tuple[str, ...] = ()
    """Hosts that its certificate is for, where the certificate is trusted but for its name."""


async def find_clues(profile: Profile) -> Clues:
    """Listen to the first server of the profile; raises nothing."""
    where = urlsplit(profile.servers[0])
    host, port = where.hostname or "", where.port or 4222
    if where.scheme in ("ws", "wss") or not host or profile.proxy:  # nothing goes round a proxy
        return Clues()
    wait = min(profile.timeout, LISTEN_SECONDS)
    info, said = await _listen(host, port, wait)
    if info:
        secure = profile.wants_tls and not profile.tls_first
        names = await asyncio.to_thread(_names, profile, host, port, wait) if secure else ()
        return Clues(info, said, names=names)
    return Clues(tls_first=await _takes_tls(host, port, wait))


async def _listen(host: str, port: int, wait: float) -> tuple[dict[str, Any], str]:
    """The greeting and the error behind it."""
    info: dict[str, Any] = {}
    said = b""
    with suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(wait):
            reader, writer = await asyncio.open_connection(host, port, limit=_LONGEST_LINE)
        try:
            async with asyncio.timeout(wait):
                info = _greeting(await reader.readline())
            async with asyncio.timeout(_AFTERTHOUGHT):
                said = await reader.readline()
        finally:
            writer.transport.abort()
    return info, _error(said)


def _greeting(line: bytes) -> dict[str, Any]:
    given = read_json(line[len(HELLO) - 1 :]) if line.startswith(HELLO) else None
    return given if isinstance(given, dict) else {}


def _error(line: bytes) -> str:
    given = line.startswith(b"-ERR")
    return line[4:].decode("utf-8", "replace").strip(" '\r\n") if given else ""


async def _takes_tls(host: str, port: int, wait: float) -> bool:
    """Whether a handshake succeeds at once; whose certificate it is does not matter here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError, ValueError, TimeoutError):
        async with asyncio.timeout(wait):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.transport.abort()
        return True
    return False


def _names(profile: Profile, host: str, port: int, wait: float) -> tuple[str, ...]:
    """Who the certificate is for, if it is trusted; the connection is used for nothing else.

    It blocks for `wait` seconds at most at each step, so it belongs into a thread.
    """
    with suppress(OSError, ValueError):
        context = ssl.create_default_context(cafile=profile.ca or None)
        context.check_hostname = False
        with socket.create_connection((host, port), wait) as plain:
            while plain.recv(1) not in (b"\n", b""):
                pass
            with context.wrap_socket(plain) as secure:
                certificate = secure.getpeercert() or {}
        pairs = certificate.get("subjectAltName", ())
        return tuple(str(pair[-1]) for pair in pairs)
    return ()
