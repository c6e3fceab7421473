"""natstap's own server with its company: begun when it is first wanted, there until natstap ends.

So whoever goes elsewhere and comes back finds its streams, and the demo services, as they were.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from engine.profile.profile import Profile
from engine.server.server import LOGIN_TIMEOUT, EmbeddedServer

from .demo import Demo

_SILENCED = "silenced"
"""A user who may publish no reply: a guided flow shows what becomes of its answers."""
_USERS = """
authorization {{ timeout: {timeout}, users: [
  {{ user: $natstap_user, password: $natstap_password }}
  {{ user: {user}, password: "{password}", permissions: {{ publish: {{ deny: ["_INBOX.>"] }} }} }}
] }}
"""


class OwnServer:
    """Made by `start`, ended by `stop`."""

    def __init__(self, server: EmbeddedServer, password: str = "") -> None:
        """`password` is that of the user who may publish no reply."""
        self.server = server
        self.profile: Profile = server.profile()
        self.silenced: Profile = replace(self.profile, user=_SILENCED, password=password)
        self.demo: Demo | None = None

    @classmethod
    async def start(cls, *, company: bool) -> OwnServer:
        """With demo services on it where `company` is wanted; raises `ServerUnavailable`,
        `CannotConnect`.
        """
        password = secrets.token_urlsafe(24)
        users = _USERS.format(timeout=LOGIN_TIMEOUT, user=_SILENCED, password=password)
        own = cls(await EmbeddedServer.start(config=users), password)
        try:
            if company:
                own.demo = await Demo.start(own.profile)
        except BaseException:
            await own.stop()
            raise
        return own

    async def stop(self) -> None:
        if self.demo is not None:
            await self.demo.stop()
        await self.server.stop()
