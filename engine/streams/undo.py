"""What was made and deleted on a connection, so that it can be undone as far as it can be.

Messages never come back. A deleted stream's settings do, with its durable consumers'; a deleted
durable consumer does, to begin where it stood; a stream that was made is taken away again, as
long as it holds nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.api_subjects import on_stream
from engine.errors import InvalidInput, JetStreamError, NatstapError, StreamNotFound
from engine.rpc.broker import Broker
from engine.rpc.pubacks import CONSUMER_EXISTS, STREAM_EXISTS

from .listing import list_consumers, look
from .new_stream import NewStream, create_stream
from .removal import Removal, What
from .removing import carry_out
from .stream_state import ConsumerState, StreamState


@dataclass(frozen=True, slots=True)
class StreamChange:
    """A stream that was made, one that was deleted with its consumers, or only one of those."""

    state: StreamState
    made: bool
    consumers: tuple[ConsumerState, ...] = ()
    consumer: ConsumerState | None = None
    """The one that alone was deleted."""

    @property
    def undo(self) -> str:
        """What undoing it does, in a few words."""
        name = self.state.name
        if self.consumer is not None:
            return f"bring back consumer {self.consumer.name} of {name}"
        return f"take stream {name} away again" if self.made else f"bring back settings of {name}"


class StreamChangeLog:
    """Of one broker, the last one last; see `changes_of`."""

    def __init__(self) -> None:
        self.done: list[StreamChange] = []

    async def create(self, broker: Broker, wanted: NewStream) -> StreamState:
        """As `create_stream`."""
        state = await create_stream(broker, wanted)
        self.done.append(StreamChange(state, made=True))
        return state

    async def remove(self, broker: Broker, said: Removal) -> int:
        """As `carry_out`."""
        count = await carry_out(broker, said)
        if said.wish.what is What.STREAM:
            self.done = [change for change in self.done if change.state.name != said.state.name]
            self.done.append(StreamChange(said.state, made=False, consumers=said.consumers))
        elif said.wish.what is What.CONSUMER and said.consumers[0].durable:
            self.done.append(StreamChange(said.state, made=False, consumer=said.consumers[0]))
        return count

    async def undo(self, broker: Broker) -> str:
        """Undo the last change that can be; a sentence that says what was done.

        Raises `InvalidInput` where there is nothing, or it would take messages along.
        """
        if not self.done:
            raise InvalidInput("there is nothing to undo here")
        change = self.done[-1]
        said = await _way_back(change)(broker, change)
        self.done.remove(change)
        return said


_changes: WeakKeyDictionary[Broker, StreamChangeLog] = WeakKeyDictionary()


def changes_of(broker: Broker) -> StreamChangeLog:
    """They outlive the screen that made them."""
    return _changes.setdefault(broker, StreamChangeLog())


def _way_back(change: StreamChange) -> Callable[[Broker, StreamChange], Awaitable[str]]:
    if change.consumer is not None:
        return _bring_back_consumer
    return _take_away if change.made else _bring_back


async def _take_away(broker: Broker, change: StreamChange) -> str:
    name = change.state.name
    try:
        now = await look(broker, name)
        consumers = await list_consumers(broker, name)
    except StreamNotFound:
        return f"Stream {name} is gone already."
    if now.created != change.state.created:
        return f"Stream {name} is gone already; the one that is there now was made by others."
    if now.last or consumers:
        raise InvalidInput(f"stream {name} is in use by now: delete it, if you mean to")
    await broker.jetstream.api(on_stream("DELETE", name), stream=name)
    return f"Stream {name} is taken away again."


async def _bring_back(broker: Broker, change: StreamChange) -> str:
    name = change.state.name
    config = {key: value for key, value in change.state.config.items() if key != "sealed"}
    try:
        await broker.jetstream.api(on_stream("CREATE", name), config, stream=name)
    except JetStreamError as error:
        if error.err_code == STREAM_EXISTS:
            raise InvalidInput(f"there is a stream {name} again, with other settings") from error
        raise
    durable = [consumer for consumer in change.consumers if consumer.durable]
    failed = [consumer.name for consumer in durable if not await _bring_consumer(broker, consumer)]
    told = f"Stream {name} is back, with its settings and no messages"
    if durable:
        told += f"; {len(durable) - len(failed)} of {len(durable)} durable consumers too"
    return f"{told}."


async def _bring_back_consumer(broker: Broker, change: StreamChange) -> str:
    """From the first message on that it had not done with everything before."""
    one = change.consumer
    assert one is not None
    config = {**one.config, "name": one.name}
    if one.ack_floor:
        config.pop("opt_start_time", None)
        config |= {"deliver_policy": "by_start_sequence", "opt_start_seq": one.ack_floor + 1}
    try:
        await broker.jetstream.create_consumer(one.stream, config)
    except JetStreamError as error:
        if error.err_code == CONSUMER_EXISTS:
            raise InvalidInput(f"there is a consumer {one.name} again") from error
        raise
    begins = f"from {one.ack_floor + 1:,} on" if one.ack_floor else "with its settings"
    return f"Consumer {one.name} of stream {one.stream} is back, {begins}."


async def _bring_consumer(broker: Broker, one: ConsumerState) -> bool:
    try:
        await broker.jetstream.create_consumer(one.stream, {**one.config, "name": one.name})
    except NatstapError:
        return False  # it is counted in what is said
    return True
