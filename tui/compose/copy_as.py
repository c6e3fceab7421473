"""Copying a draft as what other people run: a command, or a program for one of four clients.

Secrets are left out until the user asks for them: what is copied is soon in a chat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from engine.commands.copyas import COMMAND, HOLDS_SECRET, WAYS, Copied, copy_as
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.secrets.conceal import conceal
from engine.secrets.finding import NOTHING
from engine.secrets.known_secrets import KnownSecrets
from engine.secrets.masked_draft import Masked, mask, without_idle_templates
from tui.body.view import reader_of
from tui.kit.clipboard import copy
from tui.kit.code_view import CodeView
from tui.kit.command import Command, Commanded
from tui.kit.page import Dialog
from tui.kit.tab_line import TabLine
from tui.safe import clean

_HINT = "Terminal does not take it? Select it with Shift + mouse."
_MAX_SHOWN = 20_000
"""Characters that are drawn; all are copied."""
_NAMES = {"natstap": "natstap's engine"}


def _key(
    name: str, keys: str, title: str, tooltip: str, run: Callable[[CopyAs], object], **more: Any
) -> Command[CopyAs]:
    """Keys that are typed while it opens wait for it."""
    shown: dict[str, Any] = {"footer": True, "anywhere": True, "after_typing": True} | more
    return Command(f"copy-as.{name}", keys, title, tooltip, run, **shown)


def _choose(number: int, way: str) -> Command[CopyAs]:
    return _key(
        f"way-{number}",
        str(number),
        way,
        f"Copy as {way}",
        lambda screen: screen.ways.choose(number - 1),
    )


_COMMANDS: tuple[Command[CopyAs], ...] = (
    _key("up", "left,up", "Left", "The way before", lambda screen: screen.ways.action_step(-1)),
    _key("down", "right,down", "Right", "The next way", lambda screen: screen.ways.action_step(1)),
    *(_choose(number, way) for number, way in enumerate(WAYS, 1)),
    _key(
        "secrets",
        "s",
        "Secrets",
        "With the secrets, or without",
        lambda screen: screen.turn_secrets(),
        when=lambda screen: screen.holds_secrets,
    ),
    _key("copy", "enter,ctrl+j", "Copy", "Copy it, and close", lambda screen: screen.copy()),
    _key(
        "close",
        "escape,q",
        "Close",
        "Copy nothing",
        lambda screen: screen.dismiss(None),
        anywhere=False,
        after_typing=False,
    ),
)


class CopyAs(Dialog[str | None], Commanded):
    """Dismisses with the text that was copied, None when nothing was."""

    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#copy-code"
    TABLE = _COMMANDS

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
        names = (f"{number} {_NAMES.get(way, way)}" for number, way in enumerate(WAYS, 1))
        self.ways: TabLine = TabLine(*names, id="copy-ways")
        self.ways.can_focus = False
        self._code = CodeView("copy-code")
        self._notes = Static(id="copy-notes", markup=False)
        self._now = Button("Copy", variant="primary", compact=True, id="copy-now")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide", id="copy-as") as dialog:
            dialog.border_title = "Copy as"
            secrets = "s secrets   " if self._masked.hidden else ""
            dialog.border_subtitle = f"1-{len(WAYS)} ←→ choose   {secrets}Enter copies   Esc closes"
            yield self.ways
            yield self._code
            yield self._notes
            with Horizontal(id="copy-line"):
                yield Static(Content.styled(_HINT, "$foreground 60%"), id="copy-hint")
                yield self._now

    def on_mount(self) -> None:
        self._show()

    @property
    def holds_secrets(self) -> bool:
        return bool(self._masked.hidden)

    @property
    def _way(self) -> str:
        return WAYS[self.ways.active]

    # -- drawing -----------------------------------------------------------------------------

    @on(TabLine.Chosen)
    def _show(self) -> None:
        masked = Masked(self._draft, self._variables) if self._open else self._masked
        try:
            self._copied = self._concealed(
                copy_as(self._way, masked.draft, masked.variables, reader_of(self).settings)
            )
        except InvalidInput as error:
            self._copied = None
            self._fill("", [Content.styled(f"! {clean(str(error))}", "$text-error")])
        else:
            self._fill(self._copied.text, self._note(self._copied, masked))

    def _concealed(self, copied: Copied) -> Copied:
        """Whatever a program made of it, no value that is known to be secret is in it."""
        if self._open or not self._known.holds(copied.text):
            return copied
        return replace(copied, text=conceal(copied.text, self._known).value)

    def _fill(self, written: str, notes: list[Content]) -> None:
        self._code.show(written[:_MAX_SHOWN], self._way == COMMAND)
        if (more := len(written) - _MAX_SHOWN) > 0:
            notes = [*notes, Content(f"• {more:,} characters more are copied and not shown.")]
        self._notes.update(Content("\n").join(notes))
        self._notes.display = bool(notes)
        self._now.disabled = self._copied is None

    def _note(self, copied: Copied, masked: Masked) -> list[Content]:
        hidden = ", ".join(f"<{name}>" for name in masked.hidden)
        notes = [Content(f"• {_sentence(note)}") for note in copied.notes if note != HOLDS_SECRET]
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

    def turn_secrets(self) -> None:
        self._open = not self._open
        self._show()

    def on_click(self, event: events.Click) -> None:
        """The note on secrets does what its key does."""
        if event.widget is self._notes and self.holds_secrets:
            self.turn_secrets()

    @on(Button.Pressed)
    def _pressed(self) -> None:
        self.copy()

    def copy(self) -> None:
        if self._copied is None:
            self.app.bell()
            return
        copy(self.app, self._copied.text, f"the message as {_NAMES.get(self._way, self._way)}")
        self.dismiss(self._copied.text)


def _sentence(note: str) -> str:
    """A note as a sentence of its own; names keep their letters."""
    first = note[:1].upper() if note[:2].islower() else note[:1]
    return clean(f"{first}{note[1:]}.")
