"""Subscribers: handlers on a subject, and how their answers get back.

Messages wait in a queue of their own and are handled one at a time, or `max_workers` at a
time, in order of arrival. A handler that raises answers with a service error, unless asked
for silence, so that nobody waits for a timeout to learn of it.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from engine.durations import check_wait
from engine.errors import InvalidHandler, InvalidInput, InvalidOption, LinkError, ServiceError
from engine.link.link import Subscription
from engine.message import raw_bytes, status_of
from engine.rpc.arguments import check_type
from engine.rpc.handling.binding import Binder, bind, returned
from engine.rpc.handling.failure import failure_response
from engine.rpc.handling.publisher import Publisher, publishers_of
from engine.rpc.handling.response import Response
from engine.rpc.handling.signals import HandlerSignal, StopConsume
from engine.rpc.handling.validation import Validate, ValidationError
from engine.rpc.message import NatsMessage
from engine.rpc.servers import running_loop
from engine.subject import SubjectPattern, check_queue

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

logger = logging.getLogger("natstap")
Handler = TypeVar("Handler", bound=Callable[..., Any])
Arrival = tuple[bytes, int, int, bytes]
"""A frame, the offset of its payload, the length of its header block, its reply subject."""
MOST_WAITING = 1 << 17
"""Messages that wait for a handler at most, as many as half a minute of a busy subject,"""
MOST_BYTES = 128 << 20
"""and their bytes; what comes then is dropped, counted and told."""
AT_ONCE = 64
"""Workers that are there from the start; the others are hired when all are busy."""
Answerer = Callable[[NatsMessage], Awaitable[Any]]


class Subscriber:
    """A handler and its subject; made by `Broker.subscriber`, used as a decorator."""

    def __init__(
        self,
        broker: Broker,
        subject: str,
        *,
        queue: str = "",
        no_reply: bool = False,
        silent_errors: bool = False,
        max_workers: int = 1,
    ) -> None:
        if type(max_workers) is not int or max_workers < 1:
            raise InvalidOption("max_workers", f"{max_workers!r} is not a number of at least 1")
        check_type("no_reply", no_reply, bool)
        check_type("silent_errors", silent_errors, bool)
        self.template = SubjectPattern.parse(subject)
        self.subject = self.template.pattern
        self.queue = queue
        self.no_reply = no_reply
        self.silent_errors = silent_errors
        self.max_workers = max_workers
        self.served = 0
        """Messages handled, whatever came of it."""
        self.failed = 0
        """Messages whose handler raised."""
        self.dropped = 0
        """Messages that were not handled because too many waited."""
        self._broker = broker
        self._queue_raw = check_queue(queue)
        self._answer: Answerer | None = None
        self._publishers: list[Publisher] = []
        self._kept: asyncio.Queue[NatsMessage | None] | None = None
        """What came and waits for `get_one`, where there is no handler; None wakes who waits."""
        self._stopping: asyncio.Task[None] | None = None
        self._subscription: Subscription | None = None
        self._waiting: deque[Arrival] = deque()
        self._held = 0
        """Bytes that wait."""
        self._wake: deque[asyncio.Future[None]] = deque()
        self._roused = False
        """True from when a worker was called until it comes."""
        self._workers: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def __call__(self, handler: Handler) -> Handler:
        """Give the subscriber its handler; returns the handler unchanged."""
        if self._answer is not None:
            raise InvalidHandler(f"the subscriber on {self.subject!r} has a handler already")
        self._answer = _answerer(handler, bind(handler), returned(handler))
        self._publishers = publishers_of(handler)
        return handler

    def give_messages(self, to: Answerer) -> None:
        """Have a handler that takes each message as it is, and sees to the answer itself."""
        self._answer = to

    @property
    def running(self) -> bool:
        return self._subscription is not None

    @property
    def has_handler(self) -> bool:
        return self._answer is not None

    # -- read without a handler ----------------------------------------------------------

    async def get_one(self, *, timeout: float = 5.0) -> NatsMessage | None:
        """The next message, where there is no handler; None when none comes in `timeout` seconds.

        It listens from the first call on (to a stream from the broker's start), and keeps what
        comes until it is asked for. Nothing is answered; a stream is told of each message as if a
        handler had returned.
        """
        seconds = check_wait("timeout", timeout)
        kept = await self._kept_messages()
        try:
            async with asyncio.timeout(seconds):
                return await self._next(kept)
        except TimeoutError:
            return None

    async def __aiter__(self) -> AsyncIterator[NatsMessage]:
        """Messages as they come, where there is no handler, until the subscriber is stopped."""
        kept = await self._kept_messages()
        while (message := await self._next(kept)) is not None:
            yield message

    def keep_messages(self) -> None:
        """Called at the start, where there is no handler. Who listens without need turns others'
        "no responders" into timeouts, so this waits until somebody reads."""

    async def _next(self, kept: asyncio.Queue[NatsMessage | None]) -> NatsMessage | None:
        """None where it is stopped, and nothing is left."""
        while self.running or not kept.empty():
            if (message := await kept.get()) is not None:
                return message
        kept.put_nowait(None)  # somebody else may wait too
        return None

    def _keep(self) -> asyncio.Queue[NatsMessage | None]:
        if self._kept is None:
            if self._answer is not None:
                raise InvalidHandler(f"the subscriber on {self.subject!r} has a handler already")
            self._kept = asyncio.Queue(MOST_WAITING)
            self._answer = self._kept.put
            self.no_reply = True
        return self._kept

    async def _kept_messages(self) -> asyncio.Queue[NatsMessage | None]:
        self._keep()
        if not self.running:
            await self.start()
        return self._keep()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; returns when the server knows. Without a handler, what comes waits to be read."""
        if self._answer is None:
            self._keep()
        async with self._broker.turn:
            await self.listen()
        await self._broker.link.barrier()

    async def listen(self) -> None:
        """As `start`, without waiting for the server."""
        if self._answer is None:
            raise InvalidHandler(f"the subscriber on {self.subject!r} has no handler")
        if not self.running:
            self._begin()
            self._subscription = self._broker.link.subscribe(
                raw_bytes(self.subject), self._heard, self._queue_raw, serves=True
            )
            self._hire()

    def _begin(self) -> None:
        """What waits belongs to one event loop, and a broker may be started in another."""
        self._idle = asyncio.Event()
        self._idle.set()
        if (before := self._kept) is not None:
            self._kept = self._answer = None
            kept = self._keep()
            while not before.empty():
                if (message := before.get_nowait()) is not None:
                    kept.put_nowait(message)

    def _hire(self) -> None:
        for _ in range(min(self.max_workers, AT_ONCE)):
            self._hire_one()

    def _hire_one(self) -> None:
        self._workers.add(asyncio.get_running_loop().create_task(self._work()))

    async def stop(self, timeout: float = 15.0) -> None:
        """Stop listening, answer what has come, then end; at most `timeout` seconds."""
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        if asyncio.current_task() in self._workers:  # nobody waits for the handler that stops it
            self._busy -= 1
            if not self._busy and not self._waiting:
                self._idle.set()
        try:
            async with asyncio.timeout(timeout):
                await subscription.drain(timeout)
                await self._idle.wait()
        except TimeoutError:
            self._broker.note(
                f"{len(self._waiting) + self._busy} messages on {self.subject} were given up: "
                f"their handler took longer than {timeout:g} s"
            )
        await self._dismiss()

    async def _dismiss(self) -> None:
        workers, self._workers = self._workers, set()
        self._waiting.clear()
        own = {asyncio.current_task()} & workers
        for worker in workers - own:
            worker.cancel()
        await asyncio.gather(*workers - own, return_exceptions=True)
        self._held = 0
        self._wake.clear()
        self._roused = False
        self._busy = len(own)
        self._idle.set()
        if self._kept is not None and self._kept.empty():
            self._kept.put_nowait(None)

    def restored(self) -> None:
        """The connection is back; the link has subscribed again already."""

    # -- hearing -------------------------------------------------------------------------

    def _heard(self, subject: bytes, reply: bytes, frame: bytes, start: int, head: int) -> None:
        self._broker.record(subject, reply, frame, start, head)
        if head and len(frame) == start + head and status_of(frame[start:])[0]:
            return  # a status, such as "no responders" to a reply_to: no message to handle
        self._enqueue((frame, start, head, reply))

    def _enqueue(self, arrival: Arrival) -> None:
        if len(self._waiting) >= MOST_WAITING or self._held >= MOST_BYTES:
            self._drop()
            return
        self._waiting.append(arrival)
        self._held += len(arrival[0])
        self._idle.clear()
        if not self._roused:
            self._rouse()

    def _rouse(self) -> None:
        """Call one worker. It calls the next where more waits: a handler that waits for nothing is
        done with all of it before another would have come.
        """
        while self._wake:
            waiter = self._wake.popleft()
            if not waiter.done():
                waiter.set_result(None)
                self._roused = True
                return
        if 0 < len(self._workers) < self.max_workers:
            self._hire_one()
            self._roused = True

    def _drop(self) -> None:
        self.dropped += 1
        if self.dropped == 1:
            self._broker.note(f"too many messages on {self.subject} wait: some are not handled")

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        while True:
            self._roused = False
            while self._waiting:
                arrival = self._waiting.popleft()
                self._held -= len(arrival[0])
                self._busy += 1
                if self._waiting and not self._roused:
                    self._rouse()
                try:
                    await self._handle(arrival)
                except LinkError as error:
                    self._broker.note(f"a message on {self.subject} was not acknowledged: {error}")
                finally:
                    self._busy -= 1
                while task.cancelling():  # left by a task group that failed, before Python 3.13
                    task.uncancel()
            if task not in self._workers:  # its handler stopped all, or did not let it end
                return
            if not self._busy:
                self._idle.set()
            waiter = loop.create_future()
            self._wake.append(waiter)
            await waiter

    async def _handle(self, arrival: Arrival) -> None:
        message = NatsMessage(*arrival)
        if self.template.names:
            message.path = self.template.captures(message.subject)
        await self._respond(message)

    async def _respond(self, message: NatsMessage) -> bool | None:
        """Run the handler and send what it returns; False when it failed, None when a stream
        is to be told nothing."""
        assert self._answer is not None
        self.served += 1
        try:
            result = await self._answer(message)
            if message.reply_to and not self.no_reply and not message.refused:
                await self._broker.answer(message, Response.of(result))
            for publisher in self._publishers:
                await publisher.pass_on(result, message.correlation_id)
        except HandlerSignal as signal:
            if isinstance(signal, StopConsume):
                self._stopping = asyncio.get_running_loop().create_task(self.stop())
            return True if await signal.settle(message) else None
        except BaseException as error:  # pytest.fail and its like are no Exception
            if self._ends(error):
                raise
            self.failed += 1
            if not isinstance(error, ServiceError):
                logger.warning("the handler on %s failed", self.subject, exc_info=error)
            if self._attempts_left(message):
                return False
            await self._report(message, error)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise  # it ends the program, as anywhere else
            return False
        return True

    def _ends(self, error: BaseException) -> bool:
        """True when it is the worker that comes to its end, not something its handler did."""
        if isinstance(error, GeneratorExit):  # of a handler, or of an event loop that is gone
            return running_loop() is None or asyncio.current_task() not in self._workers
        if not isinstance(error, asyncio.CancelledError):
            return False
        worker = asyncio.current_task()
        return worker not in self._workers or worker.cancelling() > 0

    def _attempts_left(self, message: NatsMessage) -> bool:
        """True when the message comes again, so that its asker is not to be told yet."""
        return False

    def _attempt(self, message: NatsMessage) -> int:
        return 1

    async def _report(self, message: NatsMessage, error: BaseException) -> None:
        """Tell whoever waits that the handler failed; the words are the error's own."""
        if not message.reply_to or self.no_reply or self.silent_errors:
            return
        attempt = self._attempt(message)
        try:
            try:
                await self._broker.answer(message, failure_response(error, attempt))
            except InvalidInput as unfit:  # what the handler chose cannot be sent: say that
                await self._broker.answer(message, failure_response(unfit, attempt))
        except (LinkError, InvalidInput) as gone:
            self._broker.note(f"an error on {self.subject} could not be answered: {gone}")


def _answerer(handler: Callable[..., Any], binder: Binder, validate: Validate | None) -> Answerer:
    if inspect.iscoroutinefunction(handler):

        async def answer(message: NatsMessage) -> Any:
            return await handler(**binder(message))

    else:

        async def answer(message: NatsMessage) -> Any:
            result = await _in_thread(functools.partial(handler, **binder(message)))
            return await result if inspect.isawaitable(result) else result

    if validate is None:
        return answer
    return _validating(answer, validate)


def _validating(answer: Answerer, validate: Validate) -> Answerer:
    async def valid(message: NatsMessage) -> Any:
        result = await answer(message)
        try:
            return validate(result)
        except (TypeError, ValueError) as error:
            raise ValidationError(f"the handler's answer: {error}") from error

    return valid


async def _in_thread(call: Callable[[], Any]) -> Any:
    """As `asyncio.to_thread`, which waits for ever where `call` raises StopIteration."""

    def run() -> tuple[Any, BaseException | None]:
        try:
            return call(), None
        except BaseException as error:
            return None, error

    result, error = await asyncio.to_thread(run)
    if error is not None:
        raise error
    return result
