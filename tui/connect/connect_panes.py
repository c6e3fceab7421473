"""The panes of the Connect screen: the servers, another address, and the chosen place."""

from __future__ import annotations

import asyncio

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.profile.known_places import Place, Places
from tui.kit.editor import Field
from tui.kit.sentence import Sentence
from tui.safe import clean
from tui.table.table import Row, Table

from .current_server import CurrentServer
from .looks import Looks
from .place_detail import PlaceDetail
from .place_rows import PLACES, place_row

_HOW = "nats://host:4222   or --creds FILE"


class PlacesPane(Vertical):
    """The servers that one can go to, one of which is chosen."""

    def __init__(self, places: Places, current: CurrentServer, looks: Looks) -> None:
        self._places = places
        self._current = current
        self._looks = looks
        self.table: Table = Table(PLACES, "place-list", ("Looking…",))
        super().__init__(self.table, id="places", classes="pane")
        self.border_title = "Servers"
        self.shown: tuple[Place, ...] = ()

    async def read(self) -> None:
        """In a thread, for contexts are files."""
        self.shown = await asyncio.to_thread(self._places.list)

    @property
    def chosen(self) -> Place | None:
        chosen = self.table.cursor
        return next((place for place in self.shown if place == chosen), None)

    def draw(self, choose: Place | None = None) -> None:
        self.table.show([self._row(place) for place in self.shown])
        if choose is not None:
            self.table.choose(choose)

    def _row(self, place: Place) -> Row:
        profile, looked = self._current.profile_of(place), self._looks.answers.get(place)
        here, asking = self._current.is_at(place), place == self._looks.asking
        return place_row(place, profile, looked, here=here, asking=asking)


class AddressPane(Vertical):
    """The address of another server, and what is wrong with what one wants."""

    def __init__(self) -> None:
        self.field = Field(placeholder=_HOW, compact=True, id="connect-address")
        self._said = Sentence("connect-said")
        super().__init__(self.field, self._said, id="elsewhere", classes="pane")
        self.border_title = "Another address"

    def say(self, words: str) -> None:
        self._said.say(words, "$text-error")

    def clear(self) -> None:
        self.field.value = ""
        self.say("")


class PlacePane(Vertical):
    """The chosen place closely, and what it means to leave for it."""

    def __init__(self, current: CurrentServer, looks: Looks) -> None:
        self._current = current
        self._looks = looks
        self._detail = PlaceDetail()
        self._leaving = Static(id="connect-leaving", markup=False)
        super().__init__(self._detail, self._leaving, id="place", classes="pane")

    def show(self, place: Place) -> None:
        self.border_title = Content(clean(place.name))
        here, looked = self._current.is_at(place), self._looks.answers.get(place)
        self._detail.show(place, self._current.profile_of(place), looked, here=here)
        self._detail.show_steps(self._looks.steps.get(place, ()))
        self._leaving.update(Content(self._current.leaving_for(place)))
