"""What the parts of the streams screen may ask of it: what the user is at, and to go elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.streams.listing import Streams
from engine.streams.position import StreamPosition
from engine.streams.stored import StoredMessage
from engine.streams.stream_state import ConsumerState, StreamState
from tui.kit.pane_layout import PaneLayout

if TYPE_CHECKING:
    from textual.app import App

    from engine.session import Session


class StreamWorkspace(Protocol):
    session: Session
    folio: PaneLayout
    """The panes; the one in front is where the user is."""

    @property
    def app(self) -> App[Any]: ...

    @property
    def streams(self) -> Streams:
        """All that there are, as of the last look."""

    @property
    def stream(self) -> StreamState | None:
        """The chosen stream."""

    @property
    def stored(self) -> StoredMessage | None:
        """The chosen message."""

    @property
    def consumer(self) -> ConsumerState | None:
        """The chosen consumer."""

    def refresh_bindings(self) -> None: ...

    def refresh_now(self) -> None:
        """Ask the server again."""

    def ask_in_messages(self, what: str, likely: str) -> None:
        """Open the line in which one writes what to find in the chosen stream."""

    def go_to_message(self, stream: str, place: StreamPosition) -> bool:
        """Show a place in a stream; False if there is no such stream any more."""
