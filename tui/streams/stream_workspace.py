"""What the parts of the streams screen may ask of it: what the user is at, and to go elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from engine.streams.position import StreamPosition
from engine.streams.stream_state import StreamState
from tui.kit.pane_layout import PaneLayout

if TYPE_CHECKING:
    from textual.app import App

    from engine.session import Session

    from .stored_messages import StoredMessages
    from .stream_panes import ConsumerPane


class StreamWorkspace(Protocol):
    session: Session
    folio: PaneLayout
    """The panes; the one in front is where the user is."""
    consumers: ConsumerPane
    messages: StoredMessages

    @property
    def app(self) -> App[Any]: ...

    @property
    def stream(self) -> StreamState | None:
        """The chosen stream."""

    def refresh_bindings(self) -> None: ...

    def refresh_now(self) -> None:
        """Ask the server again."""

    def show_message(self, stream: str, place: StreamPosition) -> bool:
        """Show a place in a stream; False if there is no such stream any more."""
