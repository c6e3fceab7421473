"""What goes when a stream is deleted or purged, a consumer or one message deleted: said before it
is done.

A `Removal` is made from what is true right now, by `engine.streams.removing`, and says in
sentences exactly what goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from engine.words import counted

from .sizes import write_size
from .stored import ALL, StoredMessage
from .stream_state import ConsumerState, StreamState

_NAMED = 6
"""Names that a sentence lists."""


class What(StrEnum):
    STREAM = "delete the stream"
    MESSAGES = "purge"
    MESSAGE = "delete one message"
    CONSUMER = "delete a consumer"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user wants to go."""

    what: What
    stream: str
    subject: str = ALL
    """Only messages on this subject, for a purge."""
    below: int = 0
    """Only messages before this sequence, for a purge; 0 means all."""
    sequence: int = 0
    """The one message to delete."""
    consumer: str = ""
    """The one to delete."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What would go now."""

    wish: Wish
    state: StreamState
    messages: int
    bytes: int | None = None
    """None where it is not known how many of the stream's bytes go."""
    at_most: bool = False
    """True when the server does not tell exactly, and `messages` is the bound."""
    consumers: tuple[ConsumerState, ...] = ()
    """The stream's, with what each has still to do; or the one that goes."""
    fed: tuple[str, ...] = ()
    """Streams that mirror this one or have it as a source."""
    message: StoredMessage | None = None
    growing: bool = False
    """True when it is being written to, and so cannot be said exactly."""
    unknown: str = ""
    """What could not be found out, and why."""

    @property
    def refusal(self) -> str:
        """Why the server would not do it, "" when it would."""
        name, what = self.state.name, self.wish.what
        if what is What.CONSUMER:
            return ""
        if what is not What.STREAM and self.state.sealed:
            return f"Stream {name} is sealed: its messages cannot go, only all of it."
        if what is What.MESSAGES and self.state.deny_purge:
            return f"Stream {name} is set to deny purges."
        if what is What.MESSAGE and self.state.deny_delete:
            return f"Stream {name} is set to deny deleting messages."
        if what is What.MESSAGE and self.message is None:
            return f"Message {self.wish.sequence:,} is not in stream {name} any more."
        if what is What.MESSAGES and not self.messages:
            return "No message would go."
        return ""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What goes, what it takes with it, and whether it comes back."""
        if self.refusal:
            return (self.refusal,)
        return tuple(_SAID[self.wish.what](self))

    def more_than(self, said: Removal) -> str:
        """What would go beyond what was said; "" when nothing. A purge takes only what was said."""
        if self.state.created != said.state.created:
            return f"Stream {self.state.name} was deleted and made again: this is another one."
        if self.refusal != said.refusal:
            return self.refusal or "It can be done now."
        if self.wish.what is What.CONSUMER:
            return self._other_consumer(said)
        if self.wish.what is not What.STREAM:
            return ""
        if new := {consumer.name for consumer in self.consumers} - {
            consumer.name for consumer in said.consumers
        }:
            return f"It has more consumers than a moment ago: {_names(sorted(new))}."
        if others := set(self.fed) - set(said.fed):
            return f"Another stream takes from it now: {_names(sorted(others))}."
        if (grown := self.state.last - said.state.last) > 0 and not said.growing:
            return f"It has {counted(grown, 'message')} more than a moment ago."
        return ""

    def _other_consumer(self, said: Removal) -> str:
        (now,), (then,) = self.consumers, said.consumers
        if now.created != then.created:
            return f"Consumer {now.name} was deleted and made again: this is another one."
        if now.used and not then.used:
            return f"Consumer {now.name} is used by somebody now."
        return ""


# -- saying it -------------------------------------------------------------------------------


def _of_stream(it: Removal) -> Iterator[str]:
    state = it.state
    inside = f", the inside of {state.bucket}," if state.bucket else ""
    yield f"Stream {state.name}{inside} goes, with its settings and all that it holds."
    if it.messages:
        span = f"{state.first:,}" if state.messages == 1 else f"{state.first:,} to {state.last:,}"
        size = write_size(it.bytes or 0)
        yield f"{counted(it.messages, 'message')} ({size}), sequence {span}, {_go(it.messages)}."
    else:
        yield "It holds no messages."
    if it.growing:
        yield "It is being written to right now: messages that still arrive are deleted too."
    if state.subjects and not state.mirror:
        yield f"Nobody will store messages to {_names(state.subjects)}."
    yield from _consumers_lost(it)
    if it.fed:
        yield (
            f"{_names(it.fed)} {_takes(len(it.fed))} its messages from here: what is there stays, "
            "nothing more comes."
        )
    if it.unknown:
        yield it.unknown
    durable = any(consumer.durable for consumer in it.consumers)
    back = "the settings and the durable consumers" if durable else "the settings"
    yield f"The messages cannot be brought back. u brings back {back}, without them."


def _consumers_lost(it: Removal) -> Iterator[str]:
    if not it.consumers:
        return
    told = [f"{consumer.name} ({_open(consumer)})" for consumer in it.consumers]
    yield f"{counted(len(told), 'consumer')} {_go(len(told))}: {_names(told)}."


def _open(one: ConsumerState) -> str:
    parts = [f"{one.pending:,} not delivered"] if one.pending else []
    parts += [f"{one.unacknowledged:,} not acknowledged"] if one.unacknowledged else []
    return ", ".join(parts) or "nothing open"


def _of_purge(it: Removal) -> Iterator[str]:
    state, wish = it.state, it.wish
    which = f" on {wish.subject}" if wish.subject != ALL else ""
    which = f" before sequence {wish.below:,}" if wish.below else which
    most = "At most " if it.at_most else ""
    if it.messages == state.messages and not it.at_most:
        size = f" ({write_size(it.bytes)})" if it.bytes is not None else ""
        whole = f"All {counted(it.messages, 'message')}" if it.messages > 1 else "The only message"
        yield f"{whole}{which} of stream {state.name}{size} {_go(it.messages)}."
    else:
        yield (
            f"{most}{it.messages:,} of {counted(state.messages, 'message')} of stream {state.name} "
            f"{_go(it.messages)}: those{which}."
        )
    if waiting := [consumer for consumer in it.consumers if consumer.open]:
        told = [f"{consumer.name} ({_open(consumer)})" for consumer in waiting]
        yield f"Consumers that are not done with what is there: {_names(told)}."
    if it.unknown:
        yield it.unknown
    yield "The stream, its settings and its consumers stay; so does what is stored from now on."
    yield "It cannot be undone."


def _of_message(it: Removal) -> Iterator[str]:
    assert it.message is not None
    message = it.message.message
    yield (
        f"Message {it.wish.sequence:,} of stream {it.state.name} goes: on {message.subject}, "
        f"{write_size(message.size)}."
    )
    yield "Its sequence stays empty. Consumers that have not had it will not get it."
    yield "It cannot be undone; e composes it as a new message, so do that first if in doubt."


def _of_consumer(it: Removal) -> Iterator[str]:
    (one,) = it.consumers
    place = f"all up to {one.ack_floor:,} is acknowledged" if one.ack_floor else "nothing is done"
    yield f"Consumer {one.name} of stream {one.stream} goes, and with it its place: {place}."
    if one.open:
        yield f"By it nobody is given what is open: {_open(one)}."
    if one.used:
        yield "Somebody is using it right now."
    if it.state.retention == "interest":
        yield "The stream keeps what consumers want: what only this one wants goes with it."
    else:
        yield "The messages stay."
    if one.durable:
        yield "u makes it again, to begin after what was acknowledged up to there."
    else:
        yield "It is ephemeral: it cannot be brought back."


_SAID: dict[What, Callable[[Removal], Iterator[str]]] = {
    What.STREAM: _of_stream,
    What.MESSAGES: _of_purge,
    What.MESSAGE: _of_message,
    What.CONSUMER: _of_consumer,
}


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"


def _takes(count: int) -> str:
    return "takes" if count == 1 else "take"


def _names(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED:,} more" if len(names) > _NAMED else shown
