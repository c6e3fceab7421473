"""One stored message closely, or what is to be said of a gap."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.streams.stored import StoredMessage
from tui.inspect.message_view import MessageView
from tui.kit.rewriting import retitle, rewrite
from tui.safe import shorten

_NOTHING = "Choose a message to see its headers and body."


class StoredView(Vertical):
    def __init__(self) -> None:
        super().__init__(id="message", classes="pane")
        self._shown: tuple[str, StoredMessage | None, tuple[int, int] | None] | None = None

        self._said = Static(_NOTHING, id="stored-gap", markup=False)
        self._view = MessageView(id="stored-view")

    def compose(self) -> ComposeResult:
        yield self._said
        yield self._view

    def on_mount(self) -> None:
        self.border_title = "Message"
        self.show("", None, None)

    def show(self, stream: str, stored: StoredMessage | None, gap: tuple[int, int] | None) -> None:
        """A message of a stream, or the sequences of a gap, or nothing."""
        if (stream, stored, gap) == self._shown:
            return
        self._shown = stream, stored, gap
        self._said.display, self._view.display = stored is None, stored is not None
        if stored is not None:
            self._view.show(stored.message)
        else:
            rewrite(self._said, _words(gap) if gap else _NOTHING)
        of = f" of {shorten(stream, 40)}" if stream else ""
        number = f" {stored.sequence:,}" if stored else ""
        retitle(self, title=Content(f"Message{number}{of if stored else ''}"))


def _words(gap: tuple[int, int]) -> str:
    first, last = gap
    which = f"Sequence {first:,} is" if first == last else f"Sequences {first:,} to {last:,} are"
    return (
        f"{which} not in the stream any more: deleted or purged, acknowledged where "
        "that takes them away, or beyond the stream's limits."
    )
