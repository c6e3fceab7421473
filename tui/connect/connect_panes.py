"""The panes beside the list of servers: where one writes an address, and the chosen place."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.profile.known_places import Place
from tui.kit.editor import Field
from tui.safe import clean

from .current_server import CurrentServer
from .looks import Looks
from .place_detail import PlaceDetail

_HOW = "nats://host:4222   or --creds FILE"


class AddressPane(Vertical):
    """The address of another server, and what is wrong with what one wants."""

    def __init__(self) -> None:
        self.field = Field(placeholder=_HOW, compact=True, id="connect-address")
        self._said = Static(id="connect-said", markup=False)
        self._said.display = False
        super().__init__(self.field, self._said, id="elsewhere", classes="pane")
        self.border_title = "Another address"

    def say(self, words: str) -> None:
        self._said.display = bool(words)
        self._said.update(Content.styled(clean(words), "$text-error"))

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
