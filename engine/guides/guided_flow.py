"""The guided flow that runs, as far as it is on natstap's own server: its clients."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.errors import NotConnected
from engine.profile.profile import Profile

from .cast import Cast
from .guide import Guide


class GuidedFlow:
    """`logins` says how clients connect to natstap's own server, and how one that may publish no
    reply; None while natstap is elsewhere.
    """

    def __init__(self, logins: Callable[[], tuple[Profile, Profile] | None]) -> None:
        self.cast: Cast | None = None
        """The clients of the flow that runs."""
        self._logins = logins
        self._turn = asyncio.Lock()

    async def play(self, guide: Guide | None) -> None:
        """Start the clients of a flow, after those of the flow before have left; None only ends
        that one.

        Raises `LinkError`, also where natstap is not at its own server, `JetStreamError`.
        """
        async with self._turn:
            before, self.cast = self.cast, None
            if before is not None:
                await before.stop()
            if guide is None:
                return
            if (logins := self._logins()) is None:
                raise NotConnected("guided flows run on natstap's own server: press C to go there")
            self.cast = await Cast.start(guide, *logins)
