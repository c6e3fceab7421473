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
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

from engine.durations import check_wait
from engine.errors import InvalidHandler, InvalidInput, InvalidOption, LinkError, ServiceError
from engine.rpc.arguments import check_type
from engine.rpc.handling.binding import Binder, bind, named, returned
from engine.rpc.handling.consumer import StreamConsumer
from engine.rpc.handling.failure import failure_response
from engine.rpc.handling.listening import Listening
from engine.rpc.handling.publisher import Publisher, publishers_of
from engine.rpc.handling.response import Response
from engine.rpc.handling.signals import HandlerSignal, StopConsume
from engine.rpc.handling.stream_options import StreamOptions
from engine.rpc.handling.validation import Validate, ValidationError
from engine.rpc.handling.workers import MOST_WAITING, Arrival, Workers
from engine.rpc.message import NatsMessage
from engine.rpc.servers import running_loop
from engine.subject import SubjectPattern, check_queue

if TYPE_CHECKING:
    from engine.rpc.broker import Broker

logger = logging.getLogger("natstap")
Handler = TypeVar("Handler", bound=Callable[..., Any])
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
        options: StreamOptions | None = None,
    ) -> None:
        if type(max_workers) is not int or max_workers < 1:
            raise InvalidOption("max_workers", f"{max_workers!r} is not a number of at least 1")
        check_type("no_reply", no_reply, bool)
        check_type("silent_errors", silent_errors, bool)
        self.template = SubjectPattern.parse(subject)
        self.subject = self.template.pattern
        self.queue = queue
        queue_raw = check_queue(queue)
        self.no_reply = no_reply
        self.silent_errors = silent_errors
        self.served = 0
        """Messages handled, whatever came of it."""
        self.failed = 0
        """Messages whose handler raised."""
        self._broker = broker
        self._answer: Answerer | None = None
        self._publishers: list[Publisher] = []
        self._kept: asyncio.Queue[NatsMessage | None] | None = None
        """What came and waits for `get_one`, where there is no handler; None wakes who waits."""
        self._stopping: asyncio.Task[None] | None = None
        self.consumer: StreamConsumer | None = None
        """Of the stream that the messages come from; None where they come as they are sent."""
        self._source: Listening | StreamConsumer
        if options is None:
            self.workers = Workers(self.subject, max_workers, self._handle, broker.note)
            self._source = Listening(broker, self.subject, queue_raw, self.workers)
        else:
            self._source = self.consumer = StreamConsumer(
                broker, self.template, queue, options, self._respond, max_workers
            )
            self.workers = self.consumer.workers

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
        return self._source.running

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
        "no responders" into timeouts, so this waits until somebody reads; a consumer disturbs
        nobody, and what comes before somebody reads is not lost."""
        if self.consumer is not None:
            self._keep()

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
            await self._source.listen()
            self.workers.hire()

    def _begin(self) -> None:
        """What waits belongs to one event loop, and a broker may be started in another."""
        self.workers.begin()
        if (before := self._kept) is not None:
            self._kept = self._answer = None
            kept = self._keep()
            while not before.empty():
                if (message := before.get_nowait()) is not None:
                    kept.put_nowait(message)

    async def stop(self, timeout: float = 15.0) -> None:
        """Stop listening, answer what has come, then end; at most `timeout` seconds."""
        if not self.running:
            return
        try:
            await self._drain(timeout)
        finally:
            await self._dismiss()
        if self.consumer is not None:
            await self.consumer.end()

    async def abandon(self) -> None:
        """End at once: what has come is not answered, and nothing more is said to the server."""
        if self.running:
            subscription = await self._source.let_go()
            if subscription is not None:
                subscription.end()
            await self._dismiss()

    async def _drain(self, timeout: float) -> None:
        subscription, workers = await self._source.let_go(), self.workers
        if subscription is None:
            return
        workers.leave_out(asyncio.current_task())
        try:
            async with asyncio.timeout(timeout):
                await subscription.drain(timeout)
                await workers.idle.wait()
        except TimeoutError:
            self._broker.note(
                f"{len(workers.waiting) + workers.busy} messages on {self.subject} were given "
                "up: their handler took too long"
            )

    async def _dismiss(self) -> None:
        await self.workers.dismiss()
        if self._kept is not None and self._kept.empty():
            self._kept.put_nowait(None)

    def restored(self) -> None:
        """The connection is back; the link has subscribed again already."""
        if self.consumer is not None:
            self.consumer.restored()

    # -- handling ------------------------------------------------------------------------

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
            if message.reply_to and not self.no_reply and not self._given_back(message):
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
            if self.consumer is not None and self.consumer.deliveries.attempts_left(message):
                return False
            await self._report(message, error)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise  # it ends the program, as anywhere else
            return False
        return True

    def _given_back(self, message: NatsMessage) -> bool:
        """True when another attempt will answer it."""
        return self.consumer is not None and self.consumer.deliveries.given_back(message)

    def _ends(self, error: BaseException) -> bool:
        """True when it is the worker that comes to its end, not something its handler did."""
        if isinstance(error, GeneratorExit):  # of a handler, or of an event loop that is gone
            return running_loop() is None or asyncio.current_task() not in self.workers
        if not isinstance(error, asyncio.CancelledError):
            return False
        worker = asyncio.current_task()
        return worker is None or worker not in self.workers or worker.cancelling() > 0

    async def _report(self, message: NatsMessage, error: BaseException) -> None:
        """Tell whoever waits that the handler failed; the words are the error's own."""
        if not message.reply_to or self.no_reply or self.silent_errors:
            return
        attempt = self.consumer.deliveries.attempt(message) if self.consumer is not None else 1
        try:
            try:
                await self._broker.answer(message, failure_response(error, attempt))
            except LinkError:
                raise
            except Exception as unfit:  # what the handler chose cannot be sent: say that
                await self._broker.answer(message, failure_response(unfit, attempt))
        except (LinkError, InvalidInput) as gone:
            self._broker.note(f"an error on {self.subject} could not be answered: {gone}")


def _answerer(handler: Callable[..., Any], binder: Binder, validate: Validate | None) -> Answerer:
    call = named(handler)
    if inspect.iscoroutinefunction(handler):

        async def answer(message: NatsMessage) -> Any:
            return await call(**binder(message))

    else:

        async def answer(message: NatsMessage) -> Any:
            result = await _in_thread(functools.partial(call, **binder(message)))
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
