"""Playing a recording back from the desk."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.watching.hearing import Hearing
    from tui.playback.playback import Playing, RecordedExchanges


class PlayingBack:
    def __init__(self, desk: Workspace) -> None:
        self._desk = desk
        self._playing: Playing | None = None

    async def open(self) -> None:
        from tui.playback.playback import PlaybackScreen, Playing

        session = self._desk.session
        if session is None:
            return
        if session.pages is not None:
            words = "A recording has no server: start natstap without open to play it back."
            self._desk.app.notify(words)
            return
        self._playing = self._playing or Playing()
        screen = PlaybackScreen(session, self._playing, partial(self._here, session.hearing))
        await self._desk.app.push_screen_wait(screen)

    def _here(self, hearing: Hearing) -> RecordedExchanges:
        from tui.playback.playback import RecordedExchanges

        view = self._desk.exchanges.list.view
        numbers = tuple(view[at] for at in range(len(view)))
        where = "what the list shows"
        return RecordedExchanges(
            self._desk.journal, numbers, where, hearing.is_excused, hearing.heard_alone
        )
