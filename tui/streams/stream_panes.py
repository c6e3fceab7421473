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

from engine.streams.listing import ConsumerState, Streams, StreamState
from tui.kit.editor import Field
from tui.kit.facts import Fact, Facts
from tui.kit.table import Table
from tui.safe import shorten

from .stream_rows import CONSUMERS, STREAMS, consumer_facts, consumer_row, stream_facts, stream_row

_NO_MATCH = ("No stream has these words.", "", "Esc shows all again.")


class _Pane(Vertical):
    """A table over facts."""

    @property
    def listing(self) -> Table:
        return self.query_one(Table)

    def say(self, facts: Sequence[Fact]) -> None:
        said = self.query_one(Facts)
        said.display = bool(facts)
        said.show(facts)


class StreamPane(_Pane):
    """With a field for words, each of which a stream's name or one of its subjects holds."""

    class Filtered(Message):
        """Other streams are shown."""

    def __init__(self) -> None:
        super().__init__(id="streams", classes="pane")
        self._streams = Streams()

    def compose(self) -> ComposeResult:
        with Horizontal(id="filter-line"):
            yield Static("Filter", id="filter-label")
            yield Field(placeholder="parts of a name or subject", compact=True, id="stream-filter")
        yield Table(STREAMS, "stream-list", ("Asking the server…",))
        yield Facts(id="stream-facts")

    def on_mount(self) -> None:
        self.border_title = "Streams"
        self.say(())

    @property
    def chosen(self) -> StreamState | None:
        return self._streams.named(str(self.listing.cursor or ""))

    def show(self, streams: Streams, hint: tuple[str, ...]) -> None:
        self._streams = streams
        self.listing.hint = _NO_MATCH if streams.streams else hint
        self._show_rows()
        self.border_subtitle = f"the first {len(streams.streams):,}" if streams.more else ""

    def _show_rows(self) -> None:
        now, words = time.time(), self._filter.value.lower().split()
        shown = [one for one in self._streams.streams if _has(one, words)]
        of = f"{len(shown):,} of {len(self._streams.streams):,}"
        self.border_title = f"Streams, {of}" if words else "Streams"
        self.listing.show([stream_row(one, now) for one in shown])
        self.show_closely()

    # -- only some of them -------------------------------------------------------------------

    @property
    def _filter(self) -> Field:
        return self.query_one(Field)

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
        one = self.chosen
        fed = self._streams.fed_by(one.name) if one else ()
        self.say(tuple(stream_facts(one, tuple(each.name for each in fed))) if one else ())


def _has(one: StreamState, words: Sequence[str]) -> bool:
    held = f"{one.name} {' '.join(one.subjects)}".lower()
    return all(word in held for word in words)


class ConsumerPane(_Pane):
    def __init__(self) -> None:
        super().__init__(id="consumers", classes="pane")
        self._consumers: tuple[ConsumerState, ...] = ()

    def compose(self) -> ComposeResult:
        yield Table(CONSUMERS, "consumer-list", ())
        yield Facts(id="consumer-facts")

    def on_mount(self) -> None:
        self.turn_to("")

    @property
    def chosen(self) -> ConsumerState | None:
        name = self.listing.cursor
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

    @on(Table.Chosen)
    def show_closely(self) -> None:
        one = self.chosen
        self.say(tuple(consumer_facts(one, time.time())) if one else ())
