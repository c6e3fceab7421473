"""The link: one NATS connection that tells the truth about itself. Alone it touches nats-py.

What goes out and what comes in are frames (see `engine.message`). Publishing and subscribing
are plain calls that queue bytes; `barrier` waits until the server has taken them all.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from engine.message import publish_frame, raw_bytes, text
from engine.profile.profile import Profile

from .client import HealedClient
from .connect_error import find_cause, wants_clues
from .connect_steps import ConnectSteps
from .login_clues import find_clues
from .options import connect_options
from .protocol_guard import check_block, check_words
from .read_only import ReadOnlyGate
from .refusal import Refusal, read_refusal
from .refused_subscriptions import Denied
from .standstill import Standstill
from .wire import Sink

HEARTBEAT = 0.8
"""Seconds between two looks at whether the server still answers."""
SILENT_AFTER = 1.0
"""Seconds after which a server that does not answer a PING is called silent, at the least."""
_SLOW = 3.0
"""A server is silent when it takes so many times as long as it took before."""
GIVEN_UP_AFTER = 4.0
"""Seconds without an answer after which the connection is made again."""
OUTBOX_BYTES = 8 << 20
"""Bytes that may wait while the server is away."""
CONTROL_LINE = 4096
"""Bytes a server takes as one command line, by default."""
_LINE = 32
"""Bytes of a command line beside its words: the verb, a number or two, spaces, its end."""
MAX_WORDS = CONTROL_LINE - _LINE
_TURNS = 3
"""Turns of the loop in which what the socket holds is read."""
CLOSE_TIMEOUT = 2.0
"""Seconds that a server may take to read what is left when the link closes."""
logger = logging.getLogger("natstap")


class LinkState(StrEnum):
    CONNECTING = "connecting"
    CONNECTED = "connected"
    SILENT = "not answering"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class Happening(StrEnum):
    """What a link tells those who listen to it."""

    CONNECTED = "connected"
    LOST = "connection lost"
    RESTORED = "connected again"
    LEAVING = "the server is about to close"
    MEMBERS = "the servers of the cluster changed"
    REFUSED = "refused"
    PERMITTED = "permitted again"
    ERROR = "error"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """`operation` ("publish" or "subscription"), `subject` and `quiet` belong to REFUSED;
    a `subject` that may be heard again is told of with PERMITTED.

    `quiet` is for what nobody but natstap itself asked for; who asked it says so. MEMBERS is quiet
    too: it is a reason to look, and no news.
    """

    what: Happening
    words: str = ""
    operation: str = ""
    subject: str = ""
    quiet: bool = False


class Subscription:
    """One interest; `end` withdraws it. Its sink is called once per message, at once."""

    __slots__ = ("_link", "queue", "sid", "subject")

    def __init__(self, link: Link, sid: int, subject: str, queue: str) -> None:
        self._link = link
        self.sid = sid
        self.subject = subject
        self.queue = queue

    def end(self) -> None:
        """Stop listening; messages already on their way are dropped unseen."""
        self._link._unsubscribe(self.sid)

    async def drain(self, timeout: float = 5.0) -> None:
        """Stop listening, but hear everything that the server had already sent this way."""
        await self._link._drain(self.sid, timeout)


class Link:
    """Made by `Link.open`; every wait in it has a deadline."""

    def __init__(self, profile: Profile, steps: ConnectSteps | None = None) -> None:
        self.profile = profile
        self.rtt_bounds: tuple[float, float] | None = None
        """The least and the most seconds of the last PING to PONG; None before the first, and
        while silent."""
        self.listeners: list[Callable[[LinkEvent], None]] = []
        self._gate = ReadOnlyGate(profile) if profile.read_only else None
        self._hushed: Counter[str] = Counter()
        self._client = HealedClient(self._failed, self._refused, profile.proxy, steps)
        self._client.on_members = self._on_members
        self._denied = Denied(self._ask_again, self._settle, self._let_in)
        self._opened = False
        self._closing = False
        self._silent = False
        self._last_words = ""
        self._standstill = Standstill()
        self._watcher: asyncio.Task[None] | None = None

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
        link._watcher = asyncio.get_running_loop().create_task(link._watch())
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
        self._tell(LinkEvent(Happening.MEMBERS, quiet=True))

    async def _give_up(self) -> None:
        self._closing = True
        self._client.abort()
        if self._client._flush_queue is not None:
            await self._client._close(HealedClient.CLOSED, do_cbs=False)

    async def close(self) -> None:
        """Write what is queued and close; safe to call twice."""
        if self._closing:
            return
        self._closing = True
        self._denied.end()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        self._forget_pings()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._client.close()
        except TimeoutError:
            self._client.abort()
        self._client.interests.clear()
        self._tell(LinkEvent(Happening.CLOSED))

    # -- what is true now ----------------------------------------------------------------

    @property
    def state(self) -> LinkState:
        if self._closing or self._client.is_closed:
            return LinkState.CLOSED
        if not self._opened:
            return LinkState.CONNECTING
        if not self._client.is_connected:
            return LinkState.RECONNECTING
        return LinkState.SILENT if self._silent else LinkState.CONNECTED

    @property
    def rtt(self) -> float | None:
        """Seconds of the last PING to PONG at the most; None as `rtt_bounds`."""
        return self.rtt_bounds[1] if self.rtt_bounds is not None else None

    @property
    def arrival(self) -> Arrival:
        """When what a sink is given came; filled in while sinks are called."""
        return self._client.arrival

    @property
    def writing(self) -> bool:
        """True while what is sent goes out at once; else it waits for the server to return."""
        return self._client.is_connected

    @property
    def info(self) -> dict[str, Any]:
        """The server's INFO, newest values."""
        return dict(self._client._server_info)

    @property
    def client_id(self) -> int:
        """The connection's number on its server, 0 while unknown."""
        return self._client.client_id or 0

    @property
    def max_payload(self) -> int:
        """Bytes of headers and body that the server takes in one message."""
        return self._client._max_payload

    @property
    def takes_headers(self) -> bool:
        """False where the server closes the connection at the first header."""
        return self._client.takes_headers

    @property
    def server_version(self) -> tuple[int, ...]:
        numbers = re.findall(r"\d{1,9}", str(self._client._server_info.get("version", "")))
        return tuple(int(part) for part in numbers[:3])

    @property
    def server(self) -> str:
        """host:port of the server connected to; "" when there is none."""
        url = self._client.connected_url
        return f"{url.hostname}:{url.port}" if url is not None else ""

    @property
    def jetstream(self) -> bool:
        return bool(self._client._server_info.get("jetstream"))

    @property
    def clustered(self) -> bool:
        """True where the server is one of several."""
        return bool(self._client._server_info.get("cluster"))

    @property
    def leaving(self) -> bool:
        """True once the server has said that it is about to close (a lame duck)."""
        return bool(self._client._server_info.get("ldm")) and self._client.is_connected

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
        return Subscription(self, sid, text(subject), text(queue))

    def _unsubscribe(self, sid: int) -> None:
        client = self._client
        client.wire.sinks.pop(b"%d" % sid, None)
        if client.interests.pop(sid, None) is not None and client.is_connected:
            client.send(b"UNSUB %d\r\n" % sid)

    async def _drain(self, sid: int, timeout: float) -> None:
        client = self._client
        if client.interests.pop(sid, None) is not None and client.is_connected:
            client.send(b"UNSUB %d\r\n" % sid)
            try:
                await self.barrier(timeout)
            except (LinkLost, LinkSilent):
                pass  # nothing more can come from a server that is gone
        client.wire.sinks.pop(b"%d" % sid, None)

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

    async def _watch(self) -> None:
        """Look every few seconds whether the server answers; a dead socket tells nobody."""
        self._standstill.begin()
        while not self._closing:
            self._standstill.tick()
            if self._client.is_connected:
                try:
                    await self._look()
                except LinkLost:
                    pass  # told by the client's own callbacks
            await asyncio.sleep(HEARTBEAT)

    async def _look(self) -> None:
        """One PING; a server that does not answer it is silent, and then given up."""
        began = asyncio.get_running_loop().time()
        pong = self._client.ping()
        patience = max(SILENT_AFTER, _SLOW * (self.rtt or 0.0))
        if not await self._comes(pong, patience):
            self._silent, self.rtt_bounds = True, None
            self._tell(LinkEvent(Happening.ERROR, str(LinkSilent(patience))))
            if not await self._comes(pong, max(GIVEN_UP_AFTER - patience, patience)):
                await self._client.force_reconnect()
                return
        earliest, latest = pong.result()
        self.rtt_bounds = max(0.0, earliest - began), latest - began
        self._silent = False

    async def _comes(self, pong: asyncio.Future[tuple[float, float]], timeout: float) -> bool:
        """What came while natstap itself was busy counts: it is read before this is decided."""
        await asyncio.wait({pong}, timeout=timeout)
        self._standstill.tick()
        for _ in range(_TURNS):
            if not pong.done():
                await asyncio.sleep(0)
        return pong.done()

    # -- hearing of trouble --------------------------------------------------------------

    def hush(self, beginning: str) -> None:
        """Natstap asks something of its own on subjects that begin so; see `LinkEvent.quiet`."""
        self._hushed[beginning] += 1

    def unhush(self, beginnings: Iterable[str]) -> None:
        self._hushed.subtract(beginnings)
        self._hushed = +self._hushed  # without those that came to nothing

    def _tell(self, event: LinkEvent) -> None:
        for listener in list(self.listeners):
            try:
                listener(event)
            except Exception:  # it may not take the connection with it
                logger.exception("a listener failed at %s", event)

    def _failed(self, error: Exception) -> None:
        """Tell of an error, unless the server is just gone: then the loss is all there is."""
        gone = isinstance(error, nats_errors.UnexpectedEOF)
        words = "the server closed it" if gone else str(error) or type(error).__name__
        gone = gone or (isinstance(error, OSError) and not isinstance(error, ssl.SSLError))
        news = words != self._last_words and not gone
        if self._opened and news and not self._closing:
            self._tell(LinkEvent(Happening.ERROR, words))
        self._last_words = words

    def _refused(self, words: str) -> None:
        refusal = read_refusal(words)
        if refusal is None:
            self._failed(nats_errors.Error(words))
        elif refusal.operation != "subscription" or self._denied.refuse(self._sids_of(refusal)):
            quiet = refusal.subject.startswith(tuple(self._hushed))
            self._tell(LinkEvent(Happening.REFUSED, words, *refusal, quiet))

    # -- what is refused, and may be permitted later -------------------------------------------

    def _sids_of(self, refusal: Refusal) -> set[int]:
        begin = b"SUB %b " % raw_bytes(refusal.subject)
        interests = self._client.interests.items()
        return {sid for sid, command in interests if command.startswith(begin)}

    def _ask_again(self, sid: int) -> bool:
        command = self._client.interests.get(sid)
        if command is not None and self._client.is_connected:
            self._client.send(command)
        return command is not None

    async def _settle(self) -> None:
        try:
            await self.barrier()
        except (LinkLost, LinkSilent):
            pass  # another connection will say what it refuses

    def _let_in(self, sids: list[int]) -> None:
        commands = (self._client.interests.get(sid, b"").split(b" ") for sid in sids)
        for subject in sorted({text(words[1]) for words in commands if len(words) > 1}):
            self._tell(LinkEvent(Happening.PERMITTED, subject, "subscription", subject))

    async def _on_error(self, error: Exception) -> None:
        self._failed(error)

    async def _on_lost(self) -> None:
        self.rtt_bounds = None
        self._forget_pings()
        self._standstill.tick()
        if self._opened and not self._closing:
            self._tell(LinkEvent(Happening.LOST, self._standstill.words or self._last_words))

    async def _on_leaving(self) -> None:
        """A lame duck: it takes nobody in, and closes its connections one by one."""
        self._tell(LinkEvent(Happening.LEAVING, self.server))

    async def _on_restored(self) -> None:
        self._denied.forget()
        self._silent = False
        self._last_words = ""
        self._tell(LinkEvent(Happening.RESTORED, self.server))

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
