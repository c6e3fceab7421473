"""The link: one NATS connection that tells the truth about itself. Alone it touches nats-py.

What goes out and what comes in are frames (see `engine.message`). Publishing and subscribing
are plain calls that queue bytes; `barrier` waits until the server has taken them all.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

from nats import errors as nats_errors

from engine.arrival import Arrival
from engine.errors import (
    HeadersUnsupported,
    LinkLost,
    LinkSilent,
    NotConnected,
    OutboxFull,
    TooLarge,
)
from engine.message import publish_frame, text
from engine.profile.profile import Profile

from .client import HealedClient
from .connect_error import find_cause, wants_clues
from .connect_steps import ConnectSteps
from .events import Happening, LinkEvent, LinkEvents
from .heartbeat import Heartbeat
from .linked_server import LinkedServer
from .login_clues import find_clues
from .options import connect_options
from .protocol_guard import check_block, check_words
from .read_only import ReadOnlyGate
from .refusal import read_refusal
from .refused_subscriptions import Denied
from .wire import Sink

OUTBOX_BYTES = 8 << 20
"""Bytes that may wait while the server is away."""
CONTROL_LINE = 4096
"""Bytes a server takes as one command line, by default."""
_LINE = 32
"""Bytes of a command line beside its words: the verb, a number or two, spaces, its end."""
MAX_WORDS = CONTROL_LINE - _LINE
CLOSE_TIMEOUT = 2.0
"""Seconds that a server may take to read what is left when the link closes."""


class LinkState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    SILENT = "not answering"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class Subscription:
    """One interest; `end` withdraws it. Its sink is called once per message, at once."""

    __slots__ = ("_barrier", "_client", "queue", "sid", "subject")

    def __init__(
        self,
        client: HealedClient,
        barrier: Callable[[float], Awaitable[object]],
        sid: int,
        subject: str,
        queue: str,
    ) -> None:
        self._client = client
        self._barrier = barrier
        self.sid = sid
        self.subject = subject
        self.queue = queue

    def end(self) -> None:
        """Stop listening; messages already on their way are dropped unseen."""
        self._withdraw()
        self._client.wire.sinks.pop(b"%d" % self.sid, None)

    async def drain(self, timeout: float = 5.0) -> None:
        """Stop listening, but hear everything that the server had already sent this way."""
        try:
            if self._withdraw():
                await self._barrier(timeout)
        except (LinkLost, LinkSilent):
            pass  # nothing more can come from a server that is gone
        finally:
            self._client.wire.sinks.pop(b"%d" % self.sid, None)

    def _withdraw(self) -> bool:
        """True when the server is to be heard out."""
        client = self._client
        told = client.interests.pop(self.sid, None) is not None and client.is_connected
        if told:
            client.send(b"UNSUB %d\r\n" % self.sid)
        return told


class Link:
    """Made by `Link.open`; every wait in it has a deadline."""

    def __init__(self, profile: Profile, steps: ConnectSteps | None = None) -> None:
        self.profile = profile
        self.events = LinkEvents()
        self._gate = ReadOnlyGate(profile) if profile.read_only else None
        self._client = HealedClient(self._failed, self._refused, profile.proxy, steps)
        self._client.on_members = self._on_members
        self.server = LinkedServer(self._client)
        self.heartbeat = Heartbeat(self._client, self.events)
        self._denied = Denied(self._client, self.events, self.barrier)
        self._opened = False
        self._closing = False
        self._end: asyncio.Task[None] | None = None
        """Closes it."""
        self._last_words = ""

    # -- opening and closing -------------------------------------------------------------

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, profile: Profile, steps: ConnectSteps | None = None
    ) -> AsyncIterator[Link]:
        link = await cls.open(profile, steps)
        try:
            yield link
        finally:
            await link.close()

    @classmethod
    async def open(cls, profile: Profile, steps: ConnectSteps | None = None) -> Link:
        """Connect once to the first server that works; raises `CannotConnect` with the cause.

        `steps` is told how far it got.
        """
        link = cls(profile, steps)
        where = profile.display
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(profile.timeout):
                await link._client.connect(**connect_options(profile), **link._callbacks)
        except Exception as error:  # nats-py, ssl, nkeys and asyncio share no base
            took = asyncio.get_running_loop().time() - began
            await asyncio.shield(link._give_up())
            unclear = wants_clues(error, tls_first=profile.tls_first)
            clues = await find_clues(profile) if unclear else None
            raise find_cause(where, profile, link._last_words, error, clues, took) from error
        except BaseException:  # whoever cancels twice leaves no socket open either
            await asyncio.shield(link._give_up())
            raise
        link._client.options["allow_reconnect"] = True
        link._opened = True
        link.heartbeat.begin()
        return link

    @property
    def _callbacks(self) -> dict[str, Any]:
        return {
            "error_cb": self._on_error,
            "disconnected_cb": self._on_lost,
            "reconnected_cb": self._on_restored,
            "lame_duck_mode_cb": self._on_leaving,
        }

    def _on_members(self) -> None:
        self.events.tell(LinkEvent(Happening.MEMBERS, quiet=True))

    async def _give_up(self) -> None:
        self._closing = True
        self._client.abort()
        if self._client._flush_queue is not None:
            await self._client._close(HealedClient.CLOSED, do_cbs=False)

    async def close(self) -> None:
        """Write what is queued and close; safe to call twice. Whoever gives up waiting for it, it
        comes to its end.
        """
        if self._end is None:
            if self._closing:
                return
            self._closing = True
            self._end = asyncio.get_running_loop().create_task(self._close())
        await asyncio.shield(self._end)

    async def _close(self) -> None:
        self._denied.end()
        await self.heartbeat.end()
        self._forget_pings()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._client.close()
        except TimeoutError:
            self._client.abort()
        self._client.interests.clear()
        self.events.tell(LinkEvent(Happening.CLOSED))

    # -- what is true now ----------------------------------------------------------------

    @property
    def state(self) -> LinkState:
        if self._closing or self._client.is_closed:
            return LinkState.CLOSED
        if not self._opened:
            return LinkState.CONNECTING
        if not self._client.is_connected:
            return LinkState.RECONNECTING
        return LinkState.SILENT if self.heartbeat.silent else LinkState.CONNECTED

    @property
    def arrival(self) -> Arrival:
        """When what a sink is given came; filled in while sinks are called."""
        return self._client.reads.arrival

    @property
    def writing(self) -> bool:
        """True while what is sent goes out at once; else it waits for the server to return."""
        return self._client.is_connected

    @property
    def secure(self) -> bool:
        return self._client.secure

    @property
    def subscription_count(self) -> int:
        return len(self._client.interests)

    # -- sending -------------------------------------------------------------------------

    def publish(
        self, subject: bytes, body: bytes = b"", reply: bytes = b"", head: bytes = b""
    ) -> bytes:
        """Queue one message and return its frame.

        Raises `TooLarge` with both figures, and `HeadersUnsupported`, where the server would
        cut the connection; `InvalidSubject` or `InvalidHeader` for what would be another
        command to it; `ReadOnly` where the connection is, for all but questions.
        """
        client = self._client
        check_words(subject, reply)
        if self._gate is not None:
            self._gate.check_publish(subject, reply, head)
        if head:
            if not client.takes_headers:
                raise HeadersUnsupported
            check_block(head)
        size = len(head) + len(body)
        if size > client._max_payload:
            raise TooLarge(size, client._max_payload)
        if len(subject) + len(reply) > MAX_WORDS:
            _refuse_line(subject, reply, "both subjects")
        frame = publish_frame(subject, reply, head, body)
        if not client.is_connected:
            self._check_outbox(len(frame))
        client.send(frame + b"\r\n")
        return frame

    def _check_outbox(self, size: int) -> None:
        if self._closing or self._client.is_closed:
            raise NotConnected("the connection is closed")
        if self._client._pending_data_size + size > OUTBOX_BYTES:
            raise OutboxFull(self._client._pending_data_size, OUTBOX_BYTES)

    def unsend(self, frame: bytes) -> bool:
        """Take back a frame that waits for a server that is away; False when it is gone."""
        client, command = self._client, frame + b"\r\n"
        if client.is_connected or command not in client._pending:
            return False
        client._pending.remove(command)
        client._pending_data_size -= len(command)
        return True

    async def flow(self) -> None:
        """Wait while the socket is full; call it now and then when sending very much."""
        transport = self._client._transport
        if transport is not None and self._client.is_connected:
            self._client._write()
            try:
                await transport.drain()  # type: ignore[no-untyped-call]
            except OSError as error:
                raise LinkLost("") from error

    # -- listening -----------------------------------------------------------------------

    def subscribe(
        self, subject: bytes, sink: Sink, queue: bytes = b"", *, serves: bool = False
    ) -> Subscription:
        """Register interest; effective after the next `barrier`. `serves` says that messages
        are answered or worked off, and not only looked at.

        Raises `InvalidSubject`, and `TooLarge` where the server would cut the connection, and cut
        it again after each reconnect; `ReadOnly` where the connection is, for who serves.
        """
        client = self._client
        check_words(subject, queue)
        if self._gate is not None:
            self._gate.check_subscribe(subject, queue, serves)
        if len(subject) + len(queue) > MAX_WORDS:
            _refuse_line(subject, queue, "subject and queue group")
        if self._closing or client.is_closed:
            raise NotConnected("the connection is closed")
        client._sid += 1
        sid = client._sid
        client.wire.sinks[b"%d" % sid] = sink
        command = client.interests[sid] = b"SUB %b %b %d\r\n" % (subject, queue, sid)
        if client.is_connected:
            client.send(command)
        return Subscription(client, self.barrier, sid, text(subject), text(queue))

    # -- waiting -------------------------------------------------------------------------

    async def barrier(self, timeout: float = 5.0) -> float:
        """Return when the server has taken everything queued before; seconds that it took.

        Raises as `round_trip`.
        """
        return (await self.round_trip(timeout))[1]

    async def round_trip(self, timeout: float = 5.0) -> tuple[float, float]:
        """The least and the most seconds that a PING behind everything queued took.

        Raises `LinkSilent` after `timeout` seconds, `LinkLost` if the connection goes.
        """
        if self._closing or self._client.is_closed:
            raise NotConnected("the connection is closed")
        began = asyncio.get_running_loop().time()
        pong = self._client.ping()
        done, _ = await asyncio.wait({pong}, timeout=timeout)
        if not done:
            raise LinkSilent(timeout)
        earliest, latest = pong.result()
        return max(0.0, earliest - began), latest - began

    # -- hearing of trouble --------------------------------------------------------------

    def _failed(self, error: Exception) -> None:
        """Tell of an error, unless the server is just gone: then the loss is all there is."""
        gone = isinstance(error, nats_errors.UnexpectedEOF)
        words = "the server closed it" if gone else str(error) or type(error).__name__
        gone = gone or (isinstance(error, OSError) and not isinstance(error, ssl.SSLError))
        news = words != self._last_words and not gone
        if self._opened and news and not self._closing:
            self.events.tell(LinkEvent(Happening.ERROR, words))
        self._last_words = words

    def _refused(self, words: str) -> None:
        refusal = read_refusal(words)
        if refusal is None:
            self._failed(nats_errors.Error(words))
        elif refusal.operation != "subscription" or self._denied.refuse(refusal.subject):
            self.events.refused(words, refusal)

    async def _on_error(self, error: Exception) -> None:
        self._failed(error)

    async def _on_lost(self) -> None:
        self._forget_pings()
        stood_still = self.heartbeat.lost()
        if self._opened and not self._closing:
            self.events.tell(LinkEvent(Happening.LOST, stood_still or self._last_words))

    async def _on_leaving(self) -> None:
        """A lame duck: it takes nobody in, and closes its connections one by one."""
        self.events.tell(LinkEvent(Happening.LEAVING, self.server.address))

    async def _on_restored(self) -> None:
        self._denied.forget()
        self.heartbeat.silent = False
        self._last_words = ""
        self.events.tell(LinkEvent(Happening.RESTORED, self.server.address))

    def _forget_pings(self) -> None:
        client = self._client
        client._pending[:] = [line for line in client._pending if line != b"PING\r\n"]
        client._pending_data_size = sum(map(len, client._pending))
        for pong in client._pongs:
            if not pong.done():
                pong.set_exception(LinkLost(""))
                pong.exception()
        client._pongs = []


def _refuse_line(subject: bytes, other: bytes, what: str) -> None:
    line = len(subject) + len(other) + _LINE
    raise TooLarge(line, CONTROL_LINE, f"command line ({what})")
