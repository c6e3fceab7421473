"""nats-py's client, healed: its connecting, TLS, signing and reconnecting are kept; what it
reads and writes goes another way.

Reading: after the handshake the socket's bytes go straight to a `Wire`; the stock stream
reader only hears of the end. Writing: commands queue in nats-py's own pending list, so a
reconnect replays them, and are written once per turn of the event loop, so that what was
subscribed first is on the wire first. The stock faults this heals are listed, with a test
each, in tests/link/test_link_faults.py. Everything private that is relied on is named in
`RELIED_ON`, and a test tells when a new nats-py no longer has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import ParseResult

from nats import errors as nats_errors
from nats.aio.client import Client, Srv

from engine.errors import LinkLost

from .arrival_bounds import TimedReads
from .connect_steps import ConnectStep, ConnectSteps
from .greeting import Greeting
from .server_line import MAX_SERVERS, ServerLine, read_info
from .transport import WEB, LinkTransport
from .wire import ProtocolBroken, Wire

RELIED_ON = (
    "_attempt_reconnect",
    "_close",
    "_connect_command",
    "_connect_to_server",
    "_current_server",
    "_flush_queue",
    "_max_payload",
    "_pending",
    "_pending_data_size",
    "_pings_outstanding",
    "_pongs",
    "_process_connect_init",
    "_process_info",
    "_process_op_err",
    "_ps",
    "_read_loop",
    "_reconnection_task",
    "_select_next_server",
    "_send_ping",
    "_server_info",
    "_server_pool",
    "_sid",
    "_status",
    "_transport",
)
READ_SIZE = 32768
MAX_UNREAD = 1 << 20
"""Bytes that the server may leave unread and still have its PINGs answered."""


class Reader:
    """Takes the parser's place in nats-py, for the reads before the shortcut is laid."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def reset(self) -> None:
        self._wire.reset()

    async def parse(self, data: bytes = b"") -> None:
        self._wire.feed(data)


class Shortcut(asyncio.Protocol):
    """Hands the socket's bytes straight on; everything else goes to the protocol before it."""

    def __init__(self, inner: Any, received: Callable[[bytes], None]) -> None:
        self._inner = inner
        self._received = received

    def data_received(self, data: bytes) -> None:
        self._received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def eof_received(self) -> bool | None:
        return bool(self._inner.eof_received())

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()


class HealedClient(Client):
    """`on_error` hears every fault of the connection, `on_refusal` the server's -ERR lines."""

    def __init__(
        self,
        on_error: Callable[[Exception], None],
        on_refusal: Callable[[str], None],
        proxy: str = "",
        steps: ConnectSteps | None = None,
    ) -> None:
        super().__init__()
        self._proxy = proxy
        self._steps = steps or ConnectSteps()
        self.wire = Wire(self._heard, on_error)
        self.interests: dict[int, bytes] = {}
        """The SUB command of each subscription, to be sent again after a reconnect."""
        self._ps = Reader(self.wire)  # type: ignore[assignment]
        self._on_error = on_error
        self._on_refusal = on_refusal
        self.on_members: Callable[[], None] = lambda: None
        """Called when the server says that others of its cluster came or went."""
        self._members: frozenset[str] = frozenset()
        self._flushing = False
        self._alone = True
        self._shortcut = False
        self.takes_headers = False
        """As the server said last."""
        self.reads = TimedReads(self.wire, lambda error: self._start(self._fail(error)))
        self._tasks: set[asyncio.Task[None]] = set()
        self._attempts: set[asyncio.Task[Any]] = set()
        """Those that make the connection anew: one, and any that are to end."""
        self._ended = False
        """True once it was closed; nats-py's own state forgets that."""

    # -- writing -------------------------------------------------------------------------

    def send(self, command: bytes) -> None:
        """Write a lone command at once, and those of a busy turn of the loop together after it.

        A turn is taken to be as busy as the last: so one request at a time waits for nothing,
        and many in flight cost one write.
        """
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._write)
            if self._alone and not self._pending and self.is_connected and self._transport:
                self._transport.write(command)
                return
        self._pending.append(command)
        self._pending_data_size += len(command)

    def _write(self) -> None:
        self._flushing = False
        self._alone = len(self._pending) <= 1
        if not self.is_connected or not self._pending or self._transport is None:
            return
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_data_size = 0
        self._transport.write(data)

    def ping(self) -> asyncio.Future[tuple[float, float]]:
        """A PING behind everything queued; the future gets the loop times that its PONG came
        between."""
        pong: asyncio.Future[tuple[float, float]] = asyncio.get_running_loop().create_future()
        self._pongs.append(pong)
        self.send(b"PING\r\n")
        return pong

    async def _send_ping(self, future: asyncio.Future[Any] | None = None) -> None:
        self._pongs.append(future or asyncio.get_running_loop().create_future())
        self.send(b"PING\r\n")

    # -- reading -------------------------------------------------------------------------

    async def _read_loop(self) -> None:
        """Read through nats-py until its buffer is empty, then lay the shortcut and watch."""
        self._shortcut = False
        while not (self.is_closed or self.is_reconnecting) and self._transport is not None:
            try:
                if self._transport.at_eof():
                    raise nats_errors.UnexpectedEOF
                data = await self._transport.read(READ_SIZE)
                if data:
                    self.reads.feed(data)
                if len(data) < READ_SIZE and not self._shortcut:
                    self._lay_shortcut()
            except (OSError, nats_errors.Error, ProtocolBroken) as error:
                await self._fail(error)
                break

    @property
    def socket(self) -> asyncio.WriteTransport | None:
        """What the bytes are written to; None without a connection."""
        held = self._transport
        writer = held._io_writer if isinstance(held, LinkTransport) else None
        return writer.transport if writer is not None else None

    @property
    def secure(self) -> bool:
        return isinstance(self._transport, LinkTransport) and self._transport.secure

    def _lay_shortcut(self) -> None:
        transport = self.socket
        if transport is None:
            return
        inner = transport.get_protocol()
        if isinstance(inner, asyncio.StreamReaderProtocol):
            transport.set_protocol(Shortcut(inner, self.reads.received))
            self._shortcut = True

    async def _fail(self, error: Exception) -> None:
        self._on_error(error)
        await self._process_op_err(error)

    def _heard(self, verb: bytes, rest: bytes) -> None:
        if verb == b"PING":
            if self._unread() < MAX_UNREAD:
                self.send(b"PONG\r\n")
        elif verb == b"PONG":
            self._pong()
        elif verb == b"-ERR":
            self._refused(rest.decode("utf-8", "replace").strip(" '"))
        elif verb == b"INFO":
            self._informed(rest)

    def _unread(self) -> int:
        """Bytes that wait here, for the server reads slower than they come."""
        return self._pending_data_size + (
            self.socket.get_write_buffer_size() if self.socket is not None else 0
        )

    def _pong(self) -> None:
        self._pings_outstanding = 0
        if self._pongs:
            pong = self._pongs.pop(0)
            if not pong.done():
                read = asyncio.get_running_loop().time()
                pong.set_result((read - self.reads.spread, read))

    def _refused(self, words: str) -> None:
        # Only a stale or denied connection ends here; after any other fatal -ERR the server
        # closes, and the end of the stream starts a reconnect instead of a silent death.
        self._on_refusal(words)

    def _informed(self, rest: bytes) -> None:
        try:
            said = read_info(rest)
        except ValueError as error:
            self._on_error(ProtocolBroken(f"an INFO line cannot be read: {error}"))
            return
        self._notice_members(said)
        info = self._bounded(said).fields
        self._server_info.update(info)
        self.takes_headers = bool(self._server_info.get("headers"))
        self._max_payload = info.get("max_payload", self._max_payload)
        self._start(self._process_info(info))

    def _notice_members(self, said: ServerLine) -> None:
        members = frozenset(said.fields.get("connect_urls", ()))
        if self._members != members:
            self._members = members
            self.on_members()

    def _bounded(self, said: ServerLine) -> ServerLine:
        """Say which values were left out, and leave out servers that there is no room for."""
        if said.wrong:
            names = ", ".join(said.wrong)
            self._on_error(ProtocolBroken(f"an INFO line has wrong values, left out: {names}"))
        known = {server.uri.netloc for server in self._server_pool}
        new = [url for url in said.fields.get("connect_urls", ()) if url not in known]
        room = max(0, MAX_SERVERS - len(known))
        return ServerLine({**said.fields, "connect_urls": new[:room]}, said.wrong)

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- connecting ----------------------------------------------------------------------

    async def _select_next_server(self) -> None:
        """Try each server once and raise the first failure, instead of hiding it for minutes."""
        if self.is_reconnecting:
            await asyncio.sleep(self.options["reconnect_time_wait"])
        first: Exception | None = None
        for server in list(self._server_pool):
            self._stop_if_over()
            self.abort()
            try:
                await self._connect_to_server(server)
            except (TimeoutError, OSError, ValueError, nats_errors.Error) as error:
                first = first or error
            else:
                self._server_pool.remove(server)
                self._server_pool.append(server)
                self._current_server = server
                return
        raise first or nats_errors.NoServersError

    def _stop_if_over(self) -> None:
        """End an attempt that outlived its end: `wait_for` loses a cancellation now and then."""
        if self._ended:
            self._status = Client.CLOSED  # the attempt took it for lost
            raise asyncio.CancelledError
        task = asyncio.current_task()
        if task in self._attempts and task is not self._reconnection_task:
            raise asyncio.CancelledError

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        self._ended = self._ended or status == Client.CLOSED
        await super()._close(status, do_cbs)

    async def _connect_to_server(self, s: Srv) -> None:
        transport = self._transport = LinkTransport(self._proxy, self._steps)
        if s.discovered:
            s.uri = self._like_the_given(s.uri)
        wait = self.options["connect_timeout"]
        if s.uri.scheme == "wss":
            await transport.connect_tls(s.uri, self.ssl_context, READ_SIZE, wait)
        else:
            await transport.connect(s.uri, READ_SIZE, wait)

    def _like_the_given(self, uri: ParseResult) -> ParseResult:
        """Servers tell of others by host and port; by WebSocket those are met as the given one."""
        given = next((server.uri for server in self._server_pool if not server.discovered), uri)
        if given.scheme not in WEB:
            return uri
        return uri._replace(scheme=given.scheme, path=given.path, query=given.query)

    async def _process_connect_init(self) -> None:
        """Greet, then subscribe anew before anything that was queued meanwhile is written.

        PINGs may be queued too: stock nats-py forgets who waits for them.
        """
        pongs = self._pongs
        self.reads.begin()
        try:
            with self._checked_greeting():
                await super()._process_connect_init()
        except OSError:  # an SSLCertVerificationError is a ValueError too
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise nats_errors.Error(f"the server's greeting cannot be read: {error}") from error
        self._steps.passed(ConnectStep.LOGIN)
        self._pongs = pongs
        self.takes_headers = bool(self._server_info.get("headers"))
        if self.interests and self._transport is not None:
            self._transport.write(b"".join(self.interests.values()))

    @contextmanager
    def _checked_greeting(self) -> Iterator[None]:
        """nats-py reads the first lines itself, from the transport."""
        transport: Any = self._transport
        transport.readline = Greeting(transport.readline, self._greeted).readline
        try:
            yield
        finally:
            del transport.readline

    def _greeted(self, said: ServerLine) -> ServerLine:
        self._steps.passed(ConnectStep.GREETING)
        return self._bounded(said)

    def _connect_command(self) -> bytes:
        """Credentials go over no weaker connection than the one asked for."""
        if "tls" in self.options and not self.secure:
            raise nats_errors.SecureConnWantedError
        return super()._connect_command()

    async def _attempt_reconnect(self) -> None:
        self.abort()
        task = asyncio.current_task()
        assert task is not None
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)
        try:
            await super()._attempt_reconnect()
        except (asyncio.InvalidStateError, LinkLost):
            # nats-py tells a second time that it gave up; or the new connection was lost too, and
            # that began another attempt. Where the link is closed, nobody waits for this one.
            if not self._ended and self._reconnection_task is asyncio.current_task():
                raise

    def abort(self) -> None:
        """Drop the socket at once, and wait for nothing.

        One that a dead peer does not read, or whose TLS handshake failed, never closes gently.
        """
        if self.socket is not None:
            self.socket.abort()
            self._transport = None
