"""What the streams screen changes: streams are made, purged and deleted, and that is undone.

A base of the screen, which says what is chosen. Everything that takes away asks first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.screen import ModalScreen

from engine.drafts.draft import Draft
from engine.errors import NatstapError
from engine.streams.changes import changes_of
from engine.streams.removal import What, Wish
from engine.streams.stored import StoredMessage
from engine.streams.stream_state import ConsumerState, StreamState
from tui.kit.page import Page
from tui.safe import clean

if TYPE_CHECKING:
    from engine.session import Session


def key(keys: str, action: str, says: str, tooltip: str, display: str = "") -> Binding:
    return Binding(
        keys,
        action,
        says,
        id=f"streams.{action.replace('_', '-')}",
        tooltip=tooltip,
        key_display=display or keys.partition(",")[0],
        show=action not in ("refresh", "filter"),
    )


CHANGE_KEYS = (
    key("n", "new_stream", "New", "Create a stream"),
    key("p", "purge", "Purge", "Purge messages of the chosen stream"),
    key("d,delete", "delete", "Delete", "Delete the chosen stream, consumer or message"),
    key("u", "undo", "Undo", "Undo what was created or deleted here"),
)


class StreamChanges(Page[Draft | None]):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    # -- what the screen says ----------------------------------------------------------------

    @property
    def stream(self) -> StreamState | None:
        """The chosen stream."""
        raise NotImplementedError

    @property
    def stored(self) -> StoredMessage | None:
        """The chosen message."""
        raise NotImplementedError

    @property
    def consumer(self) -> ConsumerState | None:
        """The chosen consumer."""
        raise NotImplementedError

    @property
    def among(self) -> str:
        """The pane that the user is at."""
        raise NotImplementedError

    def action_refresh(self) -> None:
        raise NotImplementedError

    # -- making and taking away --------------------------------------------------------------

    @work(group="form", exclusive=True)
    async def action_new_stream(self) -> None:
        from .new_stream import NewStreamForm

        await self._ask_in(NewStreamForm(self._session.broker))

    @work(group="form", exclusive=True)
    async def action_purge(self) -> None:
        if self.stream is None:
            self.app.bell()
        else:
            await self._remove(Wish(What.MESSAGES, self.stream.name))

    @work(group="form", exclusive=True)
    async def action_delete(self) -> None:
        wish = self._wish()
        if wish is None:
            self.app.bell()
        else:
            await self._remove(wish)

    def _wish(self) -> Wish | None:
        """To delete what the user is at."""
        stream, stored, consumer = self.stream, self.stored, self.consumer
        if stream is None:
            return None
        if self.among == "streams":
            return Wish(What.STREAM, stream.name)
        if self.among == "consumers":
            name = consumer.name if consumer else ""
            return Wish(What.CONSUMER, stream.name, consumer=name) if name else None
        at = stored.sequence if stored else 0
        return Wish(What.MESSAGE, stream.name, sequence=at) if at else None

    async def _remove(self, wish: Wish) -> None:
        from .removing import Removing

        near = self.stored.sequence if self.stored else 0
        await self._ask_in(Removing(self._session.broker, wish, near))

    async def _ask_in(self, dialog: ModalScreen[str | None]) -> None:
        if self.app.screen is self and (said := await self.app.push_screen_wait(dialog)):
            self._done(said)

    @work(group="undo", exclusive=True)
    async def action_undo(self) -> None:
        broker = self._session.broker
        try:
            self._done(await changes_of(broker).undo(broker))
        except NatstapError as error:
            self.notify(clean(str(error)), severity="warning")

    def _done(self, said: str) -> None:
        """What was done is said, and looked at."""
        self.notify(clean(said))
        self.refresh_bindings()
        self.action_refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo is offered while there is something to undo."""
        return action != "undo" or bool(changes_of(self._session.broker).done)
