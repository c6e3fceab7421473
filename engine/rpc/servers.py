"""What a broker is given to connect to, and the event loop that it connects in."""

from __future__ import annotations

import asyncio
import os

from engine.errors import InvalidOption
from engine.profile.profile import Profile, resolve


def profile_of(servers: str | list[str] | Profile | None) -> Profile:
    if isinstance(servers, Profile):
        return servers
    if servers is None:
        return resolve({}, os.environ) or Profile.local()
    given = servers if isinstance(servers, str) else ",".join(servers)
    found = resolve({"server": given}, {})
    assert found is not None  # a server is named, which was checked
    return found


def check_servers(servers: object) -> None:
    if servers is None or isinstance(servers, Profile):
        return
    named = servers if isinstance(servers, list | tuple) else [servers]
    if not named or not all(isinstance(name, str) and name.strip() for name in named):
        raise InvalidOption("servers", f"{servers!r} is not a URL, a list of them, or a Profile")


def running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
