"""The streams, and the consumers of one: a table each, and the chosen row more closely."""

from __future__ import annotations

import time
from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from engine.streams.listing import Streams
from engine.streams.stream_state import ConsumerState, StreamState
from tui.kit.editor import Field
from tui.kit.facts import Fact, Facts
from tui.kit.rewriting import retitle
from tui.safe import shorten
from tui.table.table import Table

from .stream_look import StreamLook
from .stream_rows import (
    CONSUMERS,
    STREAM_COLUMNS,
    consumer_facts,
    consumer_row,
    stream_facts,
    stream_row,
)

_NO_MATCH = ("No stream has these words.", "", "Esc shows all again.")


class _Pane(Vertical):
    """A table over facts."""

    def __init__(self, listing: Table, facts: Facts, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="pane")
        self.listing = listing
        self._facts = facts

    def say(self, facts: Sequence[Fact]) -> None:
        self._facts.display = bool(facts)
        self._facts.show(facts)


class StreamPane(_Pane):
    """With a field for words, each of which a stream's name or one of its subjects holds."""

    class Filtered(Message):
        """Other streams are shown."""

    def __init__(self) -> None:
        listing = Table(STREAM_COLUMNS, "stream-list", ("Asking the server…",))
        super().__init__(listing, Facts(id="stream-facts"), "streams")
        self.border_title = "Streams"
        self.say(())
        self._streams = Streams()
        self._filter = Field(
            placeholder="parts of a name or subject", compact=True, id="stream-filter"
        )

    def compose(self) -> ComposeResult:
        yield Horizontal(Static("Filter", id="filter-label"), self._filter, id="filter-line")
        yield self.listing
        yield self._facts

    @property
    def chosen(self) -> StreamState | None:
        return self._streams.named(str(self.listing.cursor or ""))

    def show(self, streams: Streams, hint: tuple[str, ...]) -> None:
        self._streams = streams
        self.listing.hint = _NO_MATCH if streams.streams else hint
        self._show_rows()
        retitle(self, subtitle=f"the first {len(streams.streams):,}" if streams.more else "")

    def _show_rows(self) -> None:
        now, words = time.time(), self._filter.value.lower().split()
        shown = [stream for stream in self._streams.streams if _has(stream, words)]
        of = f"{len(shown):,} of {len(self._streams.streams):,}"
        retitle(self, title=f"Streams, {of}" if words else "Streams")
        self.listing.show([stream_row(stream, now) for stream in shown])
        self.show_closely()

    # -- only some of them -------------------------------------------------------------------

    def start_filter(self) -> None:
        self._filter.focus()

    def bring(self, name: str) -> None:
        """Put the cursor on a stream, out of a filter that hides it."""
        if not self.listing.choose(name):
            self.leave()
            self.listing.choose(name)

    def leave(self) -> bool:
        """Show all again; False where all are shown."""
        if not (self._filter.value or self._filter.has_focus):
            return False
        self._filter.value = ""
        self._show_rows()
        self.listing.focus()
        return True

    @on(Input.Changed, "#stream-filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._show_rows()
        self.post_message(self.Filtered())

    @on(Input.Submitted, "#stream-filter")
    def _settled(self, event: Input.Submitted) -> None:
        event.stop()
        self.listing.focus()

    # -- closely -----------------------------------------------------------------------------

    @on(Table.Chosen)
    def show_closely(self) -> None:
        stream = self.chosen
        fed = self._streams.fed_by(stream.name) if stream else ()
        names = tuple(other.name for other in fed)
        self.say(tuple(stream_facts(stream, names)) if stream else ())


def _has(stream: StreamState, words: Sequence[str]) -> bool:
    held = f"{stream.name} {' '.join(stream.subjects)}".lower()
    return all(word in held for word in words)


class ConsumerPane(_Pane):
    def __init__(self, server: StreamLook) -> None:
        listing = Table(CONSUMERS, "consumer-list")
        super().__init__(listing, Facts(id="consumer-facts"), "consumers")
        self._server = server
        self._stream = ""
        self._consumers: tuple[ConsumerState, ...] = ()
        self.turn_to("")

    def compose(self) -> ComposeResult:
        yield self.listing
        yield self._facts

    @property
    def chosen(self) -> ConsumerState | None:
        name = self.listing.cursor
        return next((consumer for consumer in self._consumers if consumer.name == name), None)

    def turn_to(self, stream: str) -> None:
        """What was known of another stream is shown no more."""
        self._stream = stream
        self.border_title = Content(
            f"Consumers of {shorten(stream, 40)}" if stream else "Consumers"
        )
        self._show((), "Asking…" if stream else "")

    async def look(self) -> None:
        """Ask for the consumers, and show them unless it is another stream by then."""
        if stream := self._stream:
            found = await self._server.consumers(stream)
            if found is not None and self._stream == stream:
                self._show(*found)

    def _show(self, consumers: tuple[ConsumerState, ...], hint: str) -> None:
        self._consumers = consumers
        self.listing.hint = (hint,)
        self.listing.show([consumer_row(consumer) for consumer in consumers])
        self.show_closely()

    @on(Table.Chosen)
    def show_closely(self) -> None:
        consumer = self.chosen
        self.say(tuple(consumer_facts(consumer, time.time())) if consumer else ())
