"""Copying a draft as what other people run: a command, or a program for one of four clients.

Secrets are left out until the user asks for them: what is copied is soon in a chat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from engine.commands.copyas import COMMAND, HOLDS_SECRET, WAYS, Copied, copy_as
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.secrets.hiding import conceal
from engine.secrets.placeholders import Masked, mask, without_idle_templates
from engine.secrets.secrets import NOTHING, KnownSecrets
from tui.kit.code_view import CodeView
from tui.kit.page import Dialog
from tui.kit.tab_line import TabLine
from tui.safe import clean

_HINT = "Terminal does not take it? Select it with Shift + mouse."
_SHOWN = 20_000
"""Characters that are drawn; all are copied."""
_NAMES = {"natstap": "natstap's engine"}


def _key(keys: str, action: str, says: str, name: str, tooltip: str) -> Binding:
    return Binding(keys, action, says, id=f"copy-as.{name}", tooltip=tooltip, priority=True)


class CopyAs(Dialog[str | None]):
    """Dismisses with the text that was copied, None when nothing was."""

    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#copy-code"
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("up", "step(-1)", "Up", "up", "The way before"),
        _key("down", "step(1)", "Down", "down", "The next way"),
        *(
            _key(str(place), f"choose({place - 1})", way, f"way-{place}", f"Copy as {way}")
            for place, way in enumerate(WAYS, 1)
        ),
        _key("s", "secrets", "Secrets", "secrets", "With the secrets, or without"),
        _key("enter,ctrl+j", "copy", "Copy", "copy", "Copy it, and close"),
        Binding("escape,q", "dismiss", "Close", id="copy-as.close", tooltip="Copy nothing"),
    ]

    def __init__(
        self, draft: Draft, variables: Mapping[str, str], known: KnownSecrets = NOTHING
    ) -> None:
        super().__init__()
        self._draft = without_idle_templates(draft)
        self._variables = dict(variables)
        self._known = known
        self._masked = mask(self._draft, self._variables, known)
        self._open = False
        """True while secrets are shown."""
        self._copied: Copied | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide", id="copy-as") as dialog:
            dialog.border_title = "Copy as"
            secrets = "s secrets   " if self._masked.hidden else ""
            dialog.border_subtitle = f"1-{len(WAYS)} ↑↓ choose   {secrets}Enter copies   Esc closes"
            ways = (f"{place} {_NAMES.get(way, way)}" for place, way in enumerate(WAYS, 1))
            yield TabLine(*ways, id="copy-ways")
            yield CodeView("copy-code")
            yield Static(id="copy-notes", markup=False)
            with Horizontal(id="copy-line"):
                yield Static(Content.styled(_HINT, "$foreground 60%"), id="copy-hint")
                yield Button("Copy", variant="primary", compact=True, id="copy-now")

    def on_mount(self) -> None:
        self.query_one("#copy-ways").can_focus = False
        self._show()

    @property
    def _way(self) -> str:
        return WAYS[self.query_one("#copy-ways", TabLine).active]

    # -- drawing -----------------------------------------------------------------------------

    @on(TabLine.Chosen)
    def _show(self) -> None:
        masked = Masked(self._draft, self._variables) if self._open else self._masked
        try:
            self._copied = self._concealed(copy_as(self._way, masked.draft, masked.variables))
        except InvalidInput as error:
            self._copied = None
            self._fill("", [Content.styled(f"! {clean(str(error))}", "$text-error")])
        else:
            self._fill(self._copied.text, self._notes(self._copied, masked))

    def _concealed(self, copied: Copied) -> Copied:
        """Whatever a program made of it, no value that is known to be secret is in it."""
        if self._open or not self._known.holds(copied.text):
            return copied
        return replace(copied, text=conceal(copied.text, self._known).value)

    def _fill(self, written: str, notes: list[Content]) -> None:
        self.query_one(CodeView).show(written[:_SHOWN], self._way == COMMAND)
        if (more := len(written) - _SHOWN) > 0:
            notes = [*notes, Content(f"• {more:,} characters more are copied and not shown.")]
        said = self.query_one("#copy-notes", Static)
        said.update(Content("\n").join(notes))
        said.display = bool(notes)
        self.query_one("#copy-now", Button).disabled = self._copied is None

    def _notes(self, copied: Copied, masked: Masked) -> list[Content]:
        hidden = ", ".join(f"<{name}>" for name in masked.hidden)
        notes = [Content(f"• {_sentence(one)}") for one in copied.notes if one != HOLDS_SECRET]
        if hidden:
            words = (
                f"• Secrets are left out: write yours in place of {clean(hidden)}. s shows them."
            )
            notes.insert(0, Content.styled(words, "$text-warning"))
        elif HOLDS_SECRET in copied.notes or self._masked.hidden:
            words = f"! {_sentence(HOLDS_SECRET)} s leaves it out."
            notes.insert(0, Content.styled(words, "$text-warning"))
        return notes

    # -- keys --------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "secrets" or bool(self._masked.hidden)

    def action_step(self, by: int) -> None:
        self.query_one("#copy-ways", TabLine).action_step(by)

    def action_choose(self, place: int) -> None:
        self.query_one("#copy-ways", TabLine).choose(place)

    def action_secrets(self) -> None:
        self._open = not self._open
        self._show()

    def on_click(self, event: events.Click) -> None:
        """The note on secrets does what its key does."""
        if event.widget is self.query_one("#copy-notes") and self._masked.hidden:
            self.action_secrets()

    @on(Button.Pressed)
    def action_copy(self) -> None:
        if self._copied is None:
            self.app.bell()
            return
        self.app.copy_to_clipboard(self._copied.text)
        self.app.notify(f"Copied as {_NAMES.get(self._way, self._way)}.")
        self.dismiss(self._copied.text)


def _sentence(note: str) -> str:
    """A note as a sentence of its own; names keep their letters."""
    first = note[:1].upper() if note[:2].islower() else note[:1]
    return clean(f"{first}{note[1:]}.")
