"""What the streams screen asks of the server, and how that went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.errors import JetStreamOff, NatstapError, Refused, StreamNotFound
from engine.streams.listing import Streams, list_consumers, list_streams, look
from engine.streams.sizes import write_size
from engine.streams.stream_state import ConsumerState
from engine.streams.undo import changes_of
from engine.words import counted
from tui.safe import clean, shorten

from .stream_hints import hint_of, hint_without

if TYPE_CHECKING:
    from engine.rpc.broker import Broker


STREAMS_A_SECOND = 200
"""Of many streams, each of which the servers describe at every look."""


class StreamLook:
    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self.streams = Streams()
        """All that there are, as of the last look."""
        self.trouble = ""
        """Why they cannot be listed now."""
        self.hint: tuple[str, ...] = ("Asking the server…",)
        """What to say while there are none."""

    async def look(self) -> None:
        """What was known stays when that fails, unless it is clear that there is nothing."""
        try:
            self.streams = await list_streams(self._broker)
        except NatstapError as error:
            self.trouble, self.hint = str(error), hint_of(error)
            if isinstance(error, JetStreamOff | Refused):
                self.streams = Streams()
        else:
            self.trouble, self.hint = "", hint_without(self.streams.silent)

    async def look_at(self, name: str) -> None:
        """One stream alone, for there are many; what is wrong, the next look at all says."""
        with suppress(NatstapError):
            self.streams = self.streams.with_news_of(await look(self._broker, name))

    @property
    def pause(self) -> float:
        """Seconds that are left between two looks at all of them."""
        return len(self.streams.streams) / STREAMS_A_SECOND

    async def consumers(self, stream: str) -> tuple[tuple[ConsumerState, ...], str] | None:
        """With what to say where there are none; None for a stream that is gone."""
        try:
            return await list_consumers(self._broker, stream), "No consumers."
        except StreamNotFound:
            return None
        except NatstapError as error:
            return (), clean(str(error))

    def figures(self, width: int) -> Iterator[str]:
        """All of them in figures, or what is wrong in at most `width` cells."""
        if self.trouble:
            yield shorten(f"! {self.trouble}", width)
            return
        streams = self.streams.streams
        yield counted(len(streams), "stream")
        yield counted(sum(stream.messages for stream in streams), "message")
        yield write_size(sum(stream.bytes for stream in streams))
        yield counted(sum(stream.consumers for stream in streams), "consumer")
        if domain := self._broker.link.profile.jetstream_domain:
            yield f"domain {shorten(domain, 30)}"
        if self.streams.silent:
            yield f"! {len(self.streams.silent):,} did not answer"
        if alone := sum(stream.replicas > 1 and not stream.leader for stream in streams):
            yield f"! {alone:,} without a leader"
        if done := changes_of(self._broker).done:
            yield f"u: {shorten(done[-1].undo, 60)}"
