"""What servers said when they were asked: each place's last answer, and the steps of its test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.connect.connect_check import CheckedStep, check
from engine.errors import InvalidInput, NatstapError
from engine.link.server_check import look
from engine.profile.known_places import Place, Places
from engine.profile.profile import Profile

from .connect_error_words import sentence
from .place_rows import Looked


class Looks:
    """`drawn` is called whenever something new is known, `say` with what is wrong."""

    def __init__(
        self, places: Places, drawn: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self._places = places
        self._drawn = drawn
        self._say = say
        self.answers: dict[Place, Looked] = {}
        self.steps: dict[Place, list[CheckedStep]] = {}
        self.asking: Place | None = None

    def forget(self, place: Place | None = None) -> None:
        """Everything, or what one place said."""
        for known in (self.answers, self.steps):
            known.pop(place, None) if place is not None else known.clear()

    async def look(self, place: Place, profile: Profile) -> None:
        self.asking = place
        self._drawn()
        try:
            self.answers[place] = await look(profile)
        except NatstapError as error:
            self.answers[place] = error
        finally:
            self.asking = None
        self._drawn()

    async def test(self, place: Place, profile: Profile) -> None:
        """Step by step, each drawn as soon as it is known."""
        try:
            complete = await asyncio.to_thread(self._places.complete, place)
        except InvalidInput as error:  # a program that keeps the login cannot be asked
            self._say(f"! {sentence(error)}")
            return
        steps = self.steps[place] = []
        self._drawn()
        async for step in check(complete.profile or profile):
            steps.append(step)
            self._drawn()
