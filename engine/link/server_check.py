"""A look at a server: whether it lets this profile in right now, and what it says of itself.

One connection, one PING, and gone again; nothing is subscribed and nothing is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.profile.profile import Profile

from .link import Link

CHECK_TIMEOUT = 3.0
"""Seconds for the whole of it, where the profile has no less."""


@dataclass(frozen=True, slots=True)
class SeenServer:
    """`rtt` is seconds from PING to PONG, `max_payload` bytes; "" for what it does not say."""

    server: str
    """host:port of the one that answered."""
    name: str
    version: str
    cluster: str
    rtt: float
    jetstream: bool
    secure: bool
    max_payload: int
    rtt_least: float = 0.0
    """Seconds; `rtt` is the most, where the answer was not read at once."""


async def look(profile: Profile) -> SeenServer:
    """Connect, ask for a PONG and close; raises `CannotConnect`, `LinkError`."""
    hurried = replace(profile, timeout=min(profile.timeout, CHECK_TIMEOUT))
    async with Link.opened(hurried) as link:
        rtt_least, rtt = await link.round_trip(CHECK_TIMEOUT)
        info = link.server.info
        return SeenServer(
            server=link.server.address,
            name=str(info.get("server_name") or ""),
            version=str(info.get("version") or ""),
            cluster=str(info.get("cluster") or ""),
            rtt=rtt,
            rtt_least=rtt_least,
            jetstream=link.server.jetstream,
            secure=link.secure,
            max_payload=link.server.max_payload,
        )
