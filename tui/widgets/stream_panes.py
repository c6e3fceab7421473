"""The streams, and the consumers of one: a table each, and the chosen row more closely."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from engine.insight.streams.listing import ConsumerState, Streams, StreamState
from tui.safe import shorten

from .facts import Fact, Facts
from .listing import Listing
from .stream_rows import (
    CONSUMERS,
    STREAMS,
    consumer_facts,
    consumer_row,
    stream_facts,
    stream_row,
)


class _Pane(Vertical):
    """A `Listing` over `Facts`."""

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    def say(self, facts: Sequence[Fact]) -> None:
        said = self.query_one(Facts)
        said.display = bool(facts)
        said.show(facts)


class StreamPane(_Pane):
    def __init__(self) -> None:
        super().__init__(id="streams", classes="pane")
        self._streams = Streams()

    def compose(self) -> ComposeResult:
        yield Listing(STREAMS, 0, "stream-list", ("Asking the server…",))
        yield Facts(id="stream-facts")

    def on_mount(self) -> None:
        self.border_title = "Streams"
        self.say(())

    @property
    def chosen(self) -> StreamState | None:
        return self._streams.named(str(self.listing.chosen or ""))

    def show(self, streams: Streams, hint: tuple[str, ...]) -> None:
        self._streams = streams
        self.listing.hint = hint
        now = time.time()
        self.listing.show([stream_row(one, now) for one in streams.streams])
        self.border_subtitle = f"the first {len(streams.streams):,}" if streams.more else ""
        self.show_closely()

    @on(Listing.Chosen)
    def show_closely(self) -> None:
        one = self.chosen
        fed = self._streams.fed_by(one.name) if one else ()
        self.say(tuple(stream_facts(one, tuple(each.name for each in fed))) if one else ())


class ConsumerPane(_Pane):
    def __init__(self) -> None:
        super().__init__(id="consumers", classes="pane")
        self._consumers: tuple[ConsumerState, ...] = ()

    def compose(self) -> ComposeResult:
        yield Listing(CONSUMERS, 0, "consumer-list", ())
        yield Facts(id="consumer-facts")

    def on_mount(self) -> None:
        self.turn_to("")

    @property
    def chosen(self) -> ConsumerState | None:
        name = self.listing.chosen
        return next((one for one in self._consumers if one.name == name), None)

    def turn_to(self, stream: str) -> None:
        """What was known of another stream is shown no more."""
        self.border_title = Content(
            f"Consumers of {shorten(stream, 40)}" if stream else "Consumers"
        )
        self.show((), "Asking…" if stream else "")

    def show(self, consumers: tuple[ConsumerState, ...], hint: str) -> None:
        self._consumers = consumers
        self.listing.hint = (hint,)
        self.listing.show([consumer_row(one) for one in consumers])
        self.show_closely()

    @on(Listing.Chosen)
    def show_closely(self) -> None:
        one = self.chosen
        self.say(tuple(consumer_facts(one, time.time())) if one else ())
