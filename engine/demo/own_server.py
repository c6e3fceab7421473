"""natstap's own server with its company: begun when it is first wanted, there until natstap ends.

So whoever goes elsewhere and comes back finds its streams, and the demo services, as they were.
"""

from __future__ import annotations

from engine.profile.profile import Profile
from engine.server.server import EmbeddedServer

from .demo import Demo


class OwnServer:
    """Made by `start`, ended by `stop`."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.profile: Profile = server.profile()
        self.demo: Demo | None = None

    @classmethod
    async def start(cls, *, company: bool) -> OwnServer:
        """With demo services on it where `company` is wanted; raises `ServerUnavailable`,
        `CannotConnect`.
        """
        own = cls(await EmbeddedServer.start())
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
