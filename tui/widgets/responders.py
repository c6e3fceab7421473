"""The stand-in services that are hosted here: on or off, and what each has served."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from engine.errors import NatstapError
from tui.safe import clean, fit

if TYPE_CHECKING:
    from engine.lab.responder import Recipe, Responder
    from engine.session import Session

_HINT = "No responders. Press a to add one: an echo, a fixed answer, a slow or a failing one."
_ROOM = 27
"""Cells of a row that are not the subject."""
_FIGURE = 8


class Responders(Vertical):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "screen.add_responder", "Add", id="responders.add", tooltip="Add one"),
        Binding("space", "switch", "On/off", id="responders.switch", tooltip="Switch on or off"),
        Binding(
            "delete,backspace,d",
            "remove",
            "Remove",
            id="responders.remove",
            key_display="del",
            tooltip="Remove the responder",
        ),
    ]

    def __init__(self) -> None:
        super().__init__(id="responders", classes="pane")
        self.border_title = "4 Responders"
        self.session: Session | None = None
        self._drawn: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static(_HINT, id="no-responders", markup=False)
        yield OptionList(id="responder-list", compact=True, markup=False)
        yield Static(id="responder-trouble", markup=False)

    def on_mount(self) -> None:
        self.complain("")

    # -- what the screen calls -------------------------------------------------------------

    def refresh_rows(self) -> None:
        """Take up what has changed; cheap when nothing has."""
        looks = tuple((one, one.on, one.served) for one in self.hosted)
        if looks != self._drawn:
            self._drawn = looks
            self._draw()

    @work(group="responders")
    async def add(self, subject: str, recipe: Recipe, name: str) -> None:
        """Host one more, switched on; what is wrong is said here."""
        if self.session is not None:
            await self._told(self.session.add_responder(subject, recipe, name=name))

    def complain(self, words: str) -> None:
        trouble = self.query_one("#responder-trouble", Static)
        trouble.update(Content(f"! {clean(words)}"))
        trouble.display = bool(words)

    # -- inside ----------------------------------------------------------------------------

    @property
    def hosted(self) -> Sequence[Responder]:
        return self.session.responders if self.session is not None else ()

    @property
    def chosen(self) -> Responder | None:
        place = self.query_one(OptionList).highlighted
        return self.hosted[place] if place is not None and self.hosted else None

    async def _told(self, work: Awaitable[object]) -> None:
        """Await, and say in one sentence what went wrong, if anything did."""
        try:
            await work
        except NatstapError as error:
            self.complain(str(error))
        else:
            self.complain("")
        self.refresh_rows()

    @on(OptionList.OptionSelected)
    @work(group="responders")
    async def action_switch(self) -> None:
        if (chosen := self.chosen) is not None:
            await self._told(chosen.stop() if chosen.on else chosen.start())

    @work(group="responders")
    async def action_remove(self) -> None:
        if self.session is not None and (chosen := self.chosen) is not None:
            await self._told(self.session.remove_responder(chosen))

    def _draw(self) -> None:
        rows = self.query_one(OptionList)
        place = rows.highlighted
        width = max(8, self.size.width - _ROOM)
        rows.set_options(Option(_row(one, width)) for one in self.hosted)
        if self.hosted:
            rows.highlighted = min(place or 0, len(self.hosted) - 1)
        self.query_one("#no-responders").display = not self.hosted

    def on_resize(self) -> None:
        self._draw()


def _row(responder: Responder, width: int) -> Content:
    """Blanks end a part and never begin one, so that a drawing keeps the columns."""
    state = ("● on   ", "$text-success") if responder.on else ("○ off  ", "")
    served = f"{responder.served:,}×"
    blank = " " * (_FIGURE - len(served))
    words = f"{fit(responder.name, 7)}  {fit(responder.subject, width)}  {blank}"
    return Content.assemble(state, words, (served, "$foreground 60%"))
