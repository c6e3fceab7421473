"""The line under a body in which a word, a line's number or a path is typed."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.kit.editor import Field
from tui.kit.late import Late
from tui.safe import clean

Purpose = Literal["search", "line", "filter"]
_PURPOSES: dict[Purpose, tuple[str, str]] = {
    "search": ("/", "a word in the body"),
    "line": (":", "number of a line"),
    "filter": ("▸", "a path in JMESPath, such as rows[?qty > `2`].sku"),
}


class BodyBar(Late, Horizontal):
    DEFAULT_CSS = """
    BodyBar {
        height: 1;
        & > #body-bar-for { width: 2; color: $text-primary; text-style: bold; }
        & > Field { width: 1fr; background: $panel; }
        & > #body-bar-said { width: auto; max-width: 60%; padding: 0 0 0 1; color: $text-muted; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="body-bar.leave", tooltip="Back to the whole body"),
        Binding("enter", "take", "Keep", id="body-bar.take", tooltip="Back to the lines"),
    ]

    class Typed(Message):
        """Something else is written now."""

    class Taken(Message):
        """Enter was pressed: the keys go back to the body."""

    class Left(Message):
        """Escape was pressed: nothing is wanted any more."""

    def __init__(self) -> None:
        self.purpose: Purpose = "search"
        self._for = Static(id="body-bar-for", markup=False)
        self._field = Field(compact=True, select_on_focus=False)
        self._said = Static(id="body-bar-said", markup=False)
        super().__init__(self._for, self._field, self._said)

    @property
    def text(self) -> str:
        return self._field.value

    def open(self, purpose: Purpose, text: str = "") -> None:
        """Have something typed; what was typed for the same before is still there, selected."""
        self.display = True
        if purpose != self.purpose or text:
            with self.prevent(Input.Changed):
                self._field.value = text
            self.say("")
        self.purpose = purpose
        sign, self._field.placeholder = _PURPOSES[purpose]
        self._for.update(sign)
        self.screen.set_focus(self._field)  # at once: what is typed next is for it
        self._field.action_select_all()

    def close(self) -> None:
        self.display = False
        with self.prevent(Input.Changed):
            self._field.value = ""
        self.say("")

    def say(self, words: str, wrong: bool = False) -> None:
        said = Content(clean(words))
        self._said.update(said.stylize("$text-error") if wrong else said)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed())

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Taken())

    def action_take(self) -> None:
        self.post_message(self.Taken())

    def action_leave(self) -> None:
        self.post_message(self.Left())
