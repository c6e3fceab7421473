"""A line of a screen that says one sentence: what is so, or what is wrong."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from tui.kit.rewriting import rewrite
from tui.safe import clean


class Sentence(Static):
    """Without words it is not there, unless it `keeps_room`."""

    def __init__(self, id: str, words: str = "", *, keeps_room: bool = False) -> None:  # noqa: A002
        super().__init__(words, id=id, markup=False)
        self._keeps_room = keeps_room
        self.display = keeps_room or bool(words)

    def say(self, words: str, ink: str = "") -> None:
        self.display = self._keeps_room or bool(words)
        rewrite(self, Content.styled(clean(words), ink))

    def complain(self, words: object) -> None:
        """Say what is wrong; "" takes it back."""
        self.say(f"! {words}" if words else "", "$text-error")
