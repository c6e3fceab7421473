"""The form for a new responder: a subject, and what it should do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from engine.errors import InvalidInput
from engine.lab.responder import Recipe, canned, check_harmless, delayed, echo, failing
from tui.draft import parse_span
from tui.safe import clean
from tui.widgets.editor import Field


class Wanted(NamedTuple):
    """What `Session.add_responder` needs."""

    subject: str
    recipe: Recipe
    name: str


class Kind(NamedTuple):
    title: str
    asks: str
    """What the third field is for; "" for nothing."""
    example: str
    make: Callable[[str], Recipe]


def _fixed(written: str) -> Recipe:
    """JSON is answered as JSON, anything else as text."""
    try:
        return canned(json.loads(written))
    except (ValueError, RecursionError):
        return canned(written)


KINDS = {
    "echo": Kind("Echo: the request back", "", "", lambda _: echo),
    "fixed": Kind("Fixed: the same answer", "Answer", '{"ok": true}', _fixed),
    "slow": Kind("Slow: an echo, later", "Delay", "3 s", lambda at: delayed(parse_span(at), echo)),
    "failing": Kind("Failing: a service error", "Error", "out of order", failing),
}


class NewResponder(ModalScreen[Wanted | None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="new.cancel", tooltip="Add nothing"),
        Binding("ctrl+j", "add", "Add", id="new.add", priority=True, tooltip="Add it"),
    ]

    def compose(self) -> ComposeResult:
        options = [(kind.title, name) for name, kind in KINDS.items()]
        with Vertical(classes="dialog", id="new-responder") as dialog:
            dialog.border_title = "New responder"
            dialog.border_subtitle = "Enter adds, Esc cancels"
            with Grid(id="new-fields"):
                yield Label("Subject")
                yield Field(placeholder="svc.echo", compact=True, id="new-subject")
                yield Label("Does")
                yield Select(options, value="echo", allow_blank=False, compact=True, id="new-kind")
                yield Label("", id="new-asks")
                yield Field(compact=True, id="new-argument")
            with Horizontal(id="new-line"):
                yield Static(id="new-trouble", markup=False)
                yield Button("Add", variant="primary", compact=True, id="new-add")

    @property
    def _kind(self) -> str:
        return str(self.query_one("#new-kind", Select).value)

    @on(Select.Changed)
    def _ask(self) -> None:
        kind = KINDS[self._kind]
        label, field = self.query_one("#new-asks", Label), self.query_one("#new-argument", Input)
        label.update(kind.asks)
        field.value = kind.example
        label.display = field.display = bool(kind.asks)

    @on(Input.Changed)
    def _edited(self) -> None:
        self.query_one("#new-trouble", Static).update("")

    @on(Input.Submitted)
    @on(Button.Pressed)
    def action_add(self) -> None:
        """Dismiss with what is wanted, or say in one sentence what is wrong with it."""
        subject = self.query_one("#new-subject", Input).value.strip()
        try:
            if not subject:
                raise InvalidInput("a subject is needed, such as svc.echo")
            check_harmless(subject)
            recipe = KINDS[self._kind].make(self.query_one("#new-argument", Input).value)
        except InvalidInput as error:
            self.query_one("#new-trouble", Static).update(Content(f"! {clean(str(error))}"))
        else:
            self.dismiss(Wanted(subject, recipe, self._kind))
