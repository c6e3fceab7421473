"""The form of a burst: how many, how fast, how many at once, how long."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Button, Checkbox, Input, Label, Static

from engine.drafts.draft import Draft, InvalidDraft
from engine.words import counted
from tui.kit.editor import Field
from tui.kit.tick import Tick
from tui.safe import clean

from .burst_plan import Plan, cautions, read_plan

_FIELDS = (
    ("count", "How many", ""),
    ("rate", "Per second", "as fast as it goes"),
    ("in_flight", "In flight", ""),
    ("deadline", "Deadline", ""),
)
USUAL = ("1,000", "", "16", "1 min")
"""What stands in the fields at first, in their order."""
FEW = ("100", *USUAL[1:])
"""On a server that is not natstap's own: the form names it, and that is question enough."""
_START = "Start ^J"


class BurstForm(Vertical):
    running: reactive[bool] = reactive(False, init=False)
    """True while a burst goes on: the button then cancels it."""

    class Start(Message):
        """The user wants it to begin."""

    class Cancel(Message):
        """The user wants it to end."""

    def __init__(
        self, draft: Draft, kept: int, written: Sequence[str] = USUAL, *, where: str = ""
    ) -> None:
        """`where` is the server that it goes to, "" for natstap's own."""
        super().__init__(id="burst-form", classes="pane")
        self.border_title = "Send many"
        self.stream = ""
        """The stream that stores the subject, once that is known."""
        self._draft = draft
        self._kept = kept
        self._where = where
        self._fields = {
            field: Field(value, placeholder=says, compact=True, id=f"burst-{field}")
            for (field, _, says), value in zip(_FIELDS, written, strict=True)
        }
        self._listed = Tick(
            "show in Exchanges", compact=True, id="burst-listed", classes="option-check"
        )
        self._said = Static(id="burst-said", markup=False)
        self._button = Button(_START, variant="primary", compact=True, id="burst-start")

    def compose(self) -> ComposeResult:
        with Grid(id="burst-fields"):
            for field, label, _ in _FIELDS:
                yield Label(label)
                yield self._fields[field]
        yield Horizontal(self._listed, self._said, self._button, id="burst-line")

    def on_mount(self) -> None:
        self.advise()

    def plan(self) -> Plan:
        """What is asked for; raises `InvalidDraft`."""
        count, rate, in_flight, deadline = (field.value for field in self._fields.values())
        return read_plan(count, rate, in_flight, deadline, self._listed.value)

    # -- saying what is wrong, or worth knowing ----------------------------------------------

    @on(Input.Changed)
    @on(Checkbox.Changed)
    def advise(self) -> None:
        """What should be known before it starts, or which field cannot be read."""
        try:
            plan = self.plan()
        except InvalidDraft as error:
            self.complain(error)
            return
        found = cautions(plan, self._draft, self._kept, self.stream)
        words = "\n".join(f"! {clean(caution)}." for caution in found)
        to = f"{counted(plan.count, 'message')} to {clean(self._where)}\n" if self._where else ""
        self._say(Content.assemble(to, (words, "$text-warning")))

    def complain(self, error: InvalidDraft) -> None:
        label = next((label for field, label, *_ in _FIELDS if field == error.field), "")
        words = f"{label}: {error.why}" if label else str(error)
        self.refuse(words)

    def refuse(self, words: str) -> None:
        self._say(Content.styled(f"! {clean(words)}.", "$text-error"))

    def _say(self, words: Content) -> None:
        self._said.update(words)

    # -- starting ----------------------------------------------------------------------------

    @on(Button.Pressed)
    def _pressed(self) -> None:
        if self.running:
            self.post_message(self.Cancel())
        else:
            self.start()

    def watch_running(self, running: bool) -> None:
        self._button.label = "Cancel" if running else _START
        self._button.variant = "warning" if running else "primary"

    @on(Input.Submitted)
    def _submitted(self) -> None:
        """Enter means nothing harmful anywhere else, so elsewhere it only goes to the button."""
        if self._where:
            self._button.focus()
        else:
            self.start()

    def start(self) -> None:
        """Ask for it, or go to the field that is wrong."""
        try:
            self.plan()
        except InvalidDraft as error:
            self.complain(error)
            self._fields[error.field].focus()
        else:
            self.post_message(self.Start())
