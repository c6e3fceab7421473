"""The cast of a guide: its streams, and its services as real clients on natstap's own server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

from engine.api_subjects import on_stream
from engine.errors import JetStreamError, NatstapError, ServiceError
from engine.profile.profile import Profile
from engine.responders.responder import Responder
from engine.rpc.broker import Broker
from engine.rpc.handling.response import Response
from engine.rpc.message import SERVICE_ERROR, SERVICE_ERROR_CODE, NatsMessage

from .guide import Deed, Guide, GuideService, ServiceChange, Stream

ASK_TIMEOUT = 1.5
"""Seconds that a service waits for the one that it asks."""
MAX_STORED = 1_000
"""Messages that a stream of a guide keeps."""


class Cast:
    """Made by `start`, ended by `stop`; everybody in it has a connection of their own."""

    def __init__(self, guide: Guide, profile: Profile, silenced: Profile) -> None:
        """`silenced` is how a client logs in that may publish no reply."""
        self._guide = guide
        self._host = Broker(replace(profile, name="stage"))
        self._players = {
            service.name: _Player(
                service,
                replace(silenced if service.silenced else profile, name=service.name),
            )
            for service in guide.services
        }

    @classmethod
    async def start(cls, guide: Guide, profile: Profile, silenced: Profile) -> Cast:
        """All of them, or none when one cannot; raises `LinkError`, `JetStreamError`."""
        cast = cls(guide, profile, silenced)
        try:
            await cast._begin()
        except BaseException:
            await cast.stop()
            raise
        return cast

    async def _begin(self) -> None:
        if self._guide.streams:
            await self._host.start()
            for stream in self._guide.streams:
                await self._make(stream)
        starting = (player.start() for player in self._players.values())
        for failure in filter(None, await asyncio.gather(*starting, return_exceptions=True)):
            raise failure

    async def _make(self, stream: Stream) -> None:
        """Empty: what a flow before left there is gone."""
        await self._remove(stream)
        config = {
            "name": stream.name,
            "subjects": list(stream.subjects),
            "storage": "memory",
            "max_msgs": MAX_STORED,
            "allow_direct": True,
        }
        await self._host.jetstream.api(on_stream("CREATE", stream.name), config)

    async def _remove(self, stream: Stream) -> None:
        with suppress(JetStreamError):  # there is none
            await self._host.jetstream.api(on_stream("DELETE", stream.name))

    async def change(self, change: ServiceChange) -> None:
        """Raises `LinkError`."""
        player = self._players[change.service]
        match change.deed:
            case Deed.STOP:
                await player.stop()
            case Deed.START:
                await player.start()
            case Deed.HANG:
                await player.hang()

    async def stop(self) -> None:
        """Services leave, streams go."""
        await asyncio.gather(*(player.stop() for player in self._players.values()))
        if self._guide.streams:
            with suppress(NatstapError):  # the server may have gone before
                for stream in self._guide.streams:
                    await self._remove(stream)
        await self._host.stop()


class _Player:
    """One service: on, off or hanging."""

    def __init__(self, service: GuideService, profile: Profile) -> None:
        self._service = service
        self._profile = profile
        self._broker: Broker | None = None
        self._responder: Responder | None = None

    async def start(self) -> None:
        await self._play(self._service)

    async def hang(self) -> None:
        silent = replace(self._service.draft, silent_chance=1.0, fail_chance=0.0)
        if self._responder is not None and self._responder.on:
            await self._responder.change(silent)
        else:
            await self._play(replace(self._service, draft=silent, asks=""))

    async def _play(self, service: GuideService) -> None:
        await self.stop()
        broker = self._broker = Broker(self._profile)
        try:
            if service.asks:
                _pass_on(broker, service)
                await broker.start()
            else:
                await broker.start()
                self._responder = Responder(broker, service.draft, name=service.name)
                await self._responder.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        responder, self._responder = self._responder, None
        broker, self._broker = self._broker, None
        if responder is not None:
            await responder.stop()
        if broker is not None:
            await broker.stop()


def _pass_on(broker: Broker, service: GuideService) -> None:
    """Ask the next one with the request's correlation id, and answer as that one answered."""

    @broker.subscriber(service.draft.subject, queue=service.draft.queue or service.name)
    async def ask(message: NatsMessage) -> Any:
        try:
            reply = await broker.request(
                message.body,
                service.asks,
                timeout=ASK_TIMEOUT,
                correlation_id=message.correlation_id,
            )
        except ServiceError as error:
            return _refusal(error.code, f"{service.asks}: {error.text}")
        except NatstapError as error:
            return _refusal("504", f"{service.asks}: {error}")
        return {"by": service.name, "got": await reply.decode()}


def _refusal(code: object, words: str) -> Response:
    return Response({"error": words}, headers={SERVICE_ERROR: words, SERVICE_ERROR_CODE: str(code)})
