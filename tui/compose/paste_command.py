"""Pasting a `nats` command: what it would do is shown while it is written, and nothing is run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static, TextArea

from engine.commands.paste import Pasted, paste
from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from tui.collection.draft_facts import pasted_facts
from tui.kit.editor import Editor
from tui.kit.facts import Facts
from tui.kit.key_order import after_typing
from tui.kit.page import Dialog
from tui.safe import clean

_EXAMPLES = (
    'nats req orders.create \'{"item": "tea"}\' -H x-who:ann --timeout 3s',
    "nats pub events.login ann --count 10",
    "nats reply svc.echo --echo",
)


class PasteCommand(Dialog[Pasted | None]):
    """Dismisses with what the command means, None when it is not taken."""

    CSS_PATH = "../workbench.tcss"
    AUTO_FOCUS = "#paste-command"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,ctrl+j,f5",
            "take",
            "Take",
            id="paste.take",
            priority=True,
            tooltip="Take what it means into the composer, or host it",
        ),
        *(
            Binding(
                key,
                f"scroll_result({by})",
                says,
                id=f"paste.{key}",
                priority=True,
                tooltip="Scroll what the command means",
            )
            for key, by, says in (("pageup", -1, "Page up"), ("pagedown", 1, "Page down"))
        ),
        Binding("escape", "dismiss", "Cancel", id="paste.cancel", tooltip="Take nothing"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._pasted: Pasted | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide", id="paste") as dialog:
            dialog.border_title = "Paste a nats command"
            dialog.border_subtitle = "Enter takes it, Esc cancels"
            yield Editor("Paste a nats req, nats pub or nats reply command", "paste-command")
            with Horizontal(id="paste-line"):
                yield Static(id="paste-said", markup=False)
                yield Button("Take", variant="primary", compact=True, id="paste-take")
            with VerticalScroll(id="paste-result", can_focus=False):
                yield Static(id="paste-notes", markup=False)
                yield Facts(id="paste-facts")

    def on_mount(self) -> None:
        self._read()

    # -- reading -----------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _read(self) -> None:
        written = self.query_one(Editor).text
        self._pasted = None
        if not written.strip():
            self._show((), _EXAMPLES)
            return
        try:
            self._pasted = paste(written)
        except InvalidInput as error:
            self._show((), (), f"! {_where(error, written)}{clean(str(error))}.")
        else:
            notes = (f"• {_sentence(one)}" for one in self._pasted.notes)
            self._show(tuple(pasted_facts(self._pasted)), notes)

    def _show(
        self, facts: tuple[tuple[str, str], ...], notes: Iterable[str], wrong: str = ""
    ) -> None:
        self.query_one(Facts).show(facts)
        self.query_one(Facts).display = bool(facts)
        lines = Content("\n").join(Content(clean(one)) for one in notes)
        ink = "$text-warning" if facts else "$foreground 60%"
        self.query_one("#paste-notes", Static).update(lines.stylize(ink))
        self.query_one("#paste-notes").display = bool(lines)
        said = Content.styled(wrong, "$text-error") if wrong else self._offer()
        self.query_one("#paste-said", Static).update(said)
        self.query_one("#paste-take", Button).disabled = self._pasted is None

    def _offer(self) -> Content:
        if self._pasted is None:
            return Content.styled(
                "Nothing is run, and nothing is sent yet. Such as:", "$foreground 60%"
            )
        draft = isinstance(self._pasted.what, Draft)
        words = "Enter puts it into the composer." if draft else "Enter hosts this responder."
        return Content.styled(f"✓ {words}", "$text-success")

    # -- taking ------------------------------------------------------------------------------

    def action_scroll_result(self, by: int) -> None:
        result = self.query_one("#paste-result")
        (result.scroll_page_down if by > 0 else result.scroll_page_up)(animate=False)

    @on(Button.Pressed)
    @after_typing
    def action_take(self) -> None:
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
