"""What the streams screen changes: streams are made, purged and deleted, and that is undone.

Everything that takes away asks first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.errors import NatstapError
from engine.streams.removal import What, Wish
from engine.streams.undo import changes_of
from tui.safe import clean

from .stream_workspace import StreamWorkspace

if TYPE_CHECKING:
    from textual.screen import ModalScreen


class StreamChanges:
    def __init__(self, screen: StreamWorkspace) -> None:
        self._screen = screen

    async def create(self) -> None:
        from .new_stream import NewStreamForm

        await self._ask_in(NewStreamForm(self._screen.session.broker))

    async def purge(self) -> None:
        stream = self._screen.stream
        await self._remove(Wish(What.MESSAGES, stream.name) if stream else None)

    async def delete(self) -> None:
        await self._remove(self._wish())

    def _wish(self) -> Wish | None:
        """To delete what the user is at."""
        at = self._screen
        stream, stored, consumer = at.stream, at.messages.chosen, at.consumers.chosen
        if stream is None:
            return None
        if at.folio.front == "streams":
            return Wish(What.STREAM, stream.name)
        if at.folio.front == "consumers":
            name = consumer.name if consumer else ""
            return Wish(What.CONSUMER, stream.name, consumer=name) if name else None
        sequence = stored.sequence if stored else 0
        return Wish(What.MESSAGE, stream.name, sequence=sequence) if sequence else None

    async def _remove(self, wish: Wish | None) -> None:
        from .removing import Removing

        if wish is None:
            self._screen.app.bell()
            return
        stored = self._screen.messages.chosen
        near = stored.sequence if stored else 0
        await self._ask_in(Removing(self._screen.session.broker, wish, near))

    async def _ask_in(self, dialog: ModalScreen[str | None]) -> None:
        if told := await self._screen.app.push_screen_wait(dialog):
            self._done(told)

    @property
    def can_undo(self) -> bool:
        return bool(changes_of(self._screen.session.broker).done)

    async def undo(self) -> None:
        broker = self._screen.session.broker
        try:
            self._done(await changes_of(broker).undo(broker))
        except NatstapError as error:
            self._screen.app.notify(clean(str(error)), severity="warning")

    def _done(self, told: str) -> None:
        """What was done is said, and looked at."""
        self._screen.app.notify(clean(told))
        self._screen.refresh_bindings()
        self._screen.refresh_now()
