"""Pasting a `nats` command: what it would do is shown while it is written, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static, TextArea

from engine.commands.paste import Pasted, paste
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from tui.collection.draft_facts import pasted_facts
from tui.kit.command import Command, Commanded
from tui.kit.editor import Editor
from tui.kit.facts import Facts
from tui.kit.page import Dialog
from tui.safe import clean

_EXAMPLES = (
    'nats req orders.create \'{"item": "tea"}\' -H x-who:ann --timeout 3s',
    "nats pub events.login ann --count 10",
    "nats reply svc.echo --echo",
)


def _key(
    name: str,
    keys: str,
    title: str,
    tooltip: str,
    run: Callable[[PasteCommand], object],
    **more: Any,
) -> Command[PasteCommand]:
    return Command(f"paste.{name}", keys, title, tooltip, run, footer=True, **more)


_SCROLL = "Scroll what the command means"
_COMMANDS: tuple[Command[PasteCommand], ...] = (
    _key(
        "take",
        "enter,ctrl+j,f5",
        "Take",
        "Take what it means into the composer, or host it",
        lambda screen: screen.take(),
        anywhere=True,
        after_typing=True,
    ),
    _key(
        "pageup",
        "pageup",
        "Page up",
        _SCROLL,
        lambda screen: screen.result.scroll_page_up(animate=False),
        anywhere=True,
    ),
    _key(
        "pagedown",
        "pagedown",
        "Page down",
        _SCROLL,
        lambda screen: screen.result.scroll_page_down(animate=False),
        anywhere=True,
    ),
    _key("cancel", "escape", "Cancel", "Take nothing", lambda screen: screen.dismiss(None)),
)


class PasteCommand(Dialog[Pasted | None], Commanded):
    """Dismisses with what the command means, None when it is not taken."""

    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#paste-command"
    TABLE = _COMMANDS

    def __init__(self) -> None:
        super().__init__()
        self._pasted: Pasted | None = None
        self._editor = Editor("Paste a nats req, nats pub or nats reply command", "paste-command")
        self._said = Static(id="paste-said", markup=False)
        self._take = Button("Take", variant="primary", compact=True, id="paste-take")
        self._notes = Static(id="paste-notes", markup=False)
        self._facts = Facts(id="paste-facts")
        self.result: VerticalScroll = VerticalScroll(
            self._notes, self._facts, id="paste-result", can_focus=False
        )

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide", id="paste") as dialog:
            dialog.border_title = "Paste a nats command"
            dialog.border_subtitle = "Enter takes it, Esc cancels"
            yield self._editor
            yield Horizontal(self._said, self._take, id="paste-line")
            yield self.result

    def on_mount(self) -> None:
        self._read()

    # -- reading -----------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _read(self) -> None:
        written = self._editor.text
        self._pasted = None
        if not written.strip():
            self._show((), _EXAMPLES)
            return
        try:
            self._pasted = paste(written)
        except InvalidInput as error:
            self._show((), (), f"! {_where(error, written)}{clean(str(error))}.")
        else:
            notes = (f"• {_sentence(note)}" for note in self._pasted.notes)
            self._show(tuple(pasted_facts(self._pasted)), notes)

    def _show(
        self, facts: tuple[tuple[str, str], ...], notes: Iterable[str], wrong: str = ""
    ) -> None:
        self._facts.show(facts)
        self._facts.display = bool(facts)
        lines = Content("\n").join(Content(clean(note)) for note in notes)
        ink = "$text-warning" if facts else "$foreground 60%"
        self._notes.update(lines.stylize(ink))
        self._notes.display = bool(lines)
        self._said.update(Content.styled(wrong, "$text-error") if wrong else self._offer())
        self._take.disabled = self._pasted is None

    def _offer(self) -> Content:
        if self._pasted is None:
            return Content.styled(
                "Nothing is run, and nothing is sent yet. Such as:", "$foreground 60%"
            )
        draft = isinstance(self._pasted.what, Draft)
        words = "Enter puts it into the composer." if draft else "Enter hosts this responder."
        return Content.styled(f"✓ {words}", "$text-success")

    # -- taking ------------------------------------------------------------------------------

    @on(Button.Pressed)
    def _pressed(self) -> None:
        self.action_command("paste.take")

    def take(self) -> None:
        self._read()
        if self._pasted is None:
            self.app.bell()
        else:
            self.dismiss(self._pasted)


def _where(error: InvalidInput, written: str) -> str:
    """Where in the text the trouble begins, when that is known."""
    position = getattr(error, "position", None)
    if position is None or str(error).startswith("template"):
        return ""
    before = written[:position]
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    return f"Line {line}, character {column}: " if "\n" in written else f"Character {column}: "


def _sentence(note: str) -> str:
    first = note[:1].upper() if note[:2].islower() else note[:1]
    return f"{first}{note[1:]}."
