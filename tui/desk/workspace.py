"""What the parts of the desk may ask of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from textual.app import App

    from engine.drafts.draft import Draft
    from engine.journal import Exchange, Journal
    from engine.session import Session
    from tui.compose.compose import Compose
    from tui.exchanges.exchanges import Exchanges
    from tui.inspect.annotations import Known
    from tui.inspect.inspect import Inspect
    from tui.responders.responders import Responders


class Workspace(Protocol):
    """The desk as its parts see it: what it shows, and where to go on it."""

    journal: Journal
    session: Session | None
    """None until natstap is connected."""
    known: Known
    composer: Compose
    exchanges: Exchanges
    inspect: Inspect
    responders: Responders

    @property
    def app(self) -> App[Any]: ...

    @property
    def is_active(self) -> bool:
        """True while no screen lies over the desk."""

    def go_to(self, pane: str) -> None:
        """Bring a pane to the front, and the focus into it."""

    def bring(self, pane: str) -> None:
        """Bring a pane to the front, and leave the focus where it is."""

    def unfold(self, pane: str) -> None:
        """Go to a pane where only one is shown; where all are, it is seen already."""

    def load(self, draft: Draft | None) -> None:
        """Put a message into the composer, if there is one, and go there: to its body, where it
        has a subject.
        """

    def composed(self) -> Draft | None:
        """What is composed; when it cannot be sent, the composer says why."""

    def reveal(self, number: int) -> None:
        """Show an exchange in the list and in Inspect."""

    def choose_exchange(self) -> Exchange | None:
        """What a key acts on: in Inspect what it shows, elsewhere the row under the cursor."""

    def start(self, work: Callable[[], Awaitable[object]], group: str, alone: bool = False) -> None:
        """Run this beside the desk, until it closes; `alone` ends what else runs in the group."""
