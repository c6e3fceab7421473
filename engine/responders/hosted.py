"""The responders that natstap hosts, and the requests that wait there to be answered by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import NamedTuple

from engine.content.by_subject import SubjectSettings
from engine.rpc.broker import Broker

from .lane import HeldRequest
from .reply import ReplyDraft
from .responder import Responder, Variables


class Removed(NamedTuple):
    """A responder that was taken away, and how to put it back."""

    responder: Responder
    place: int
    was_on: bool


class HostedResponders:
    """Their templates know the variables that `variables` gives when one is switched on."""

    def __init__(
        self, broker: Broker, variables: Variables, settings: Callable[[], SubjectSettings]
    ) -> None:
        self.broker = broker
        """Those that are added from now on answer there."""
        self.all: list[Responder] = []
        """In the order in which they are listed, whether on or off."""
        self._variables = variables
        self._settings = settings

    async def add(self, draft: ReplyDraft, *, name: str = "") -> Responder:
        """Host a responder, switched on; raises `InvalidInput` for a bad or harmful one, and
        for a stream that cannot be consumed `JetStreamError`.
        """
        responder = Responder(
            self.broker, draft, name=name, variables=self._variables, settings=self._settings
        )
        await responder.start()
        self.all.append(responder)
        return responder

    async def remove(self, responder: Responder) -> Removed:
        """Stop it; `restore` undoes that."""
        removed = Removed(responder, self.all.index(responder), responder.on)
        self.all.remove(responder)
        await responder.stop()
        return removed

    async def restore(self, removed: Removed) -> None:
        """Undo a removal: the same settings and figures, on or off as it was."""
        self.all.insert(removed.place, removed.responder)
        if removed.was_on:
            await removed.responder.start()

    @property
    def held(self) -> tuple[HeldRequest, ...]:
        """Requests that wait to be answered by hand, the oldest first."""
        found = (held for responder in self.all for held in responder.lane)
        return tuple(sorted(found, key=lambda held: held.since))

    async def leave(self) -> None:
        """Switch all off; those that are switched on again answer on `broker`."""
        try:
            await self.stop()
        finally:
            for responder in self.all:
                responder.move(self.broker)

    async def stop(self) -> None:
        """Whatever goes wrong with one of them, the others end as well."""
        async with AsyncExitStack() as ending:
            for responder in self.all:
                ending.push_async_callback(responder.stop)
