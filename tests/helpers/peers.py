"""FastStream as the other side: its broker on the test's server, and both kinds alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from faststream.nats import NatsBroker as FastStreamBroker
from faststream.nats import NatsMessage as FastStreamMessage
from nats.errors import NoRespondersError

from engine import Link, Message, NatsBroker, NatsMessage, Profile

AnyBroker = NatsBroker | FastStreamBroker
INBOXES = "_INBOX.>"


def faststream(profile: Profile, **settings: Any) -> FastStreamBroker:
    """A broker of theirs where `profile` points; silent, for its handlers fail on purpose."""
    address = profile.servers[0].partition("://")[2]
    user, password = quote(profile.user), quote(profile.password)
    return FastStreamBroker(f"nats://{user}:{password}@{address}", logger=None, **settings)


async def up(*brokers: AnyBroker) -> None:
    """Start, and wait until the server knows; theirs returns from `start` before that.

    Its flush would not do, for nats-py's PING overtakes what is queued; a request does not.
    """
    for broker in brokers:
        await broker.start()
        if isinstance(broker, FastStreamBroker):
            with suppress(NoRespondersError):
                await broker.connection.request("nobody.listens.here", timeout=30)


def whole(
    broker: AnyBroker, subject: str, answer: Callable[[Any], Any], **settings: Any
) -> list[Any]:
    """Answer with `answer(message)`, given the message itself; the list gets all of them."""
    seen: list[Any] = []

    async def handle(message: Any) -> Any:
        seen.append(message)
        given = answer(message)
        return await given if isinstance(given, Awaitable) else given

    handle.__annotations__ = {"message": NatsMessage if is_own(broker) else FastStreamMessage}
    broker.subscriber(subject, **settings)(handle)
    return seen


def is_own(broker: AnyBroker) -> bool:
    return isinstance(broker, NatsBroker)


def all_headers(message: Any) -> dict[str, str]:
    """Every header of a message of either kind; ours keeps the framework's apart."""
    if isinstance(message, NatsMessage):
        return message.raw_headers.as_dict()
    return dict(message.headers)


class Tap:
    """A third connection that only watches; `async with Tap(profile, "a.>") as tap:`."""

    def __init__(self, profile: Profile, *subjects: str) -> None:
        self._profile = profile
        self._subjects = subjects
        self.heard: list[Message] = []

    async def __aenter__(self) -> Tap:
        self._link = await Link.open(self._profile)
        for subject in self._subjects:
            self._link.subscribe(subject.encode(), self._hear)
        await self._link.barrier()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._link.close()

    def _hear(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self.heard.append(Message.from_frame(frame))

    def on(self, subject: str) -> list[Message]:
        """What went to subjects that begin so, oldest first."""
        return [one for one in self.heard if one.subject.startswith(subject)]

    async def settle(self, *senders: Link) -> None:
        """Return when all that these sent before, and what is at the server, was heard here."""
        for sender in senders:
            await sender.barrier()
        await self._link.barrier()
