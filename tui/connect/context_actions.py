"""What is done with contexts from the Connect screen: saved, copied, changed, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.app import App

from engine.errors import InvalidInput
from engine.profile.known_places import Place, Places
from tui.kit.confirm import Sure

from .connect_error_words import sentence
from .context_form import ContextForm

_GOES = "Its file goes, and what only that holds goes with it. The nats CLI no longer knows it."


class ContextActions:
    """`say` shows a complaint, `changed` is awaited with the place that is to be chosen."""

    def __init__(
        self,
        app: App[object],
        places: Places,
        say: Callable[[str], None],
        changed: Callable[[Place | None], Awaitable[None]],
    ) -> None:
        self._app = app
        self._places = places
        self._say = say
        self._changed = changed

    async def save(self, place: Place | None) -> None:
        """A new context of a place, or a copy of a context."""
        if place is None or place.private:
            self._app.bell()
        else:
            title = f"Copy context {place.context}" if place.context else "Save as a context"
            await self._write(place, title, "")

    async def edit(self, place: Place | None) -> None:
        if place is None or not place.context:
            self._app.bell()
        else:
            await self._write(place, f"Context {place.context}", place.context)

    async def remove(self, place: Place | None) -> None:
        if place is None or not place.context:
            self._app.bell()
            return
        asked = Sure(f"Remove context {place.context}?", _GOES, "Remove", "Keep it")
        if await self._app.push_screen_wait(asked) is not True:
            return
        try:
            await asyncio.to_thread(self._places.remove, place)
        except InvalidInput as error:
            self._say(f"! {sentence(error)}")
        else:
            await self._changed(None)

    async def _write(self, place: Place, title: str, name: str) -> None:
        try:
            line, told = await asyncio.to_thread(self._places.line_of, place)
        except InvalidInput as error:
            self._say(f"! {sentence(error)}")
            return
        form = ContextForm(
            self._places, title, name=name, line=line, description=told, like=place.context
        )
        if (saved := await self._app.push_screen_wait(form)) is not None:
            await self._changed(saved)
