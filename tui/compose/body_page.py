"""The composer's body: written in an editor, or sealed: shown as it is, and sent byte for byte.

An editor makes all line ends alike and has no sign for half a character, so bytes that it would
change never get into it.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from engine.message import raw_bytes, text
from engine.words import octets
from tui.body.pane import BodyPane
from tui.body.view import BodyView
from tui.kit.editor import JsonEditor

MAX_EDITED = 2 << 20
"""Characters that are edited; more would make every key slow."""
_PLACEHOLDER = "The body: JSON or any text. ^g lays one out, F9 takes a file."


class BodyEditor(JsonEditor):
    class Large(Message):
        """More was pasted than is edited."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    def on_paste(self, event: events.Paste) -> None:
        if len(event.text) > MAX_EDITED and not self.text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Large(event.text))
        else:
            super().on_paste(event)


class SealedView(BodyView):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "delete,backspace",
            "unseal",
            "Write another",
            id="sealed.unseal",
            key_display="del",
            tooltip="Take these bytes away and write a body",
        )
    ]

    class Unsealed(Message):
        """The user wants to write a body instead."""

    def action_unseal(self) -> None:
        self.post_message(self.Unsealed())


class BodyPage(Vertical):
    DEFAULT_CSS = """
    BodyPage { height: 1fr; }
    #sealed { height: 1fr; }
    #sealed-said { height: auto; color: $text-muted; }
    """
    sealed: bool = False
    """True while the bytes are shown and not edited."""

    class Changed(Message):
        """Another body took the place of the one there was."""

    def __init__(self) -> None:
        super().__init__(id="body-page")
        self.rendered = True
        """Whether templates in it are meant; bytes that were never written have none."""
        self._loaded = ("", b"")
        self.editor = BodyEditor(_PLACEHOLDER, id="body")
        self._bytes = SealedView(id="sealed-bytes")
        self._said = Static(id="sealed-said", markup=False)
        self._pane = BodyPane(self._bytes, editable=True)
        self._sealed_part = Vertical(self._said, self._pane, id="sealed")
        self._sealed_part.display = False

    def compose(self) -> ComposeResult:
        yield self.editor
        yield self._sealed_part

    @property
    def part(self) -> Widget:
        """What gets the focus."""
        return self._bytes if self.sealed else self.editor

    @property
    def body(self) -> bytes:
        """Byte for byte what was loaded, until it is edited."""
        if self.sealed:
            return self._loaded[1]
        written = self.editor.text
        shown, original = self._loaded
        return original if written == shown else raw_bytes(written)

    @body.setter
    def body(self, body: bytes) -> None:
        self.load(body)

    @property
    def ending(self) -> str:
        """How the name of a file with this body ends."""
        if self.sealed:
            return self._pane.ending
        return ".json" if self.editor.text.lstrip()[:1] in ("", "{", "[") else ".txt"

    def load(self, body: bytes, rendered: bool = False) -> None:
        """Put another body here; `rendered` when it was written as a template."""
        written = text(body)
        self.editor.load_text(written if len(written) <= MAX_EDITED else "")
        self._loaded = (self.editor.text, body)
        self._seal(self.editor.text != written)
        self.rendered = rendered or not self.sealed

    def _seal(self, sealed: bool) -> None:
        had_focus = self.part.has_focus
        self.sealed = sealed
        self.editor.display = not sealed
        self._sealed_part.display = sealed
        self._pane.show(self._loaded[1] if sealed else b"")
        if sealed:
            size = octets(len(self._loaded[1]))
            self._said.update(f"{size}, sent as they are; del empties it")
        if had_focus:
            self.screen.set_focus(self.part)

    @on(BodyPane.Edited)
    def _edited(self, event: BodyPane.Edited) -> None:
        event.stop()
        self.body = event.body
        self.post_message(self.Changed())

    @on(BodyEditor.Large)
    def _keep(self, event: BodyEditor.Large) -> None:
        event.stop()
        self.body = raw_bytes(event.text)
        self.post_message(self.Changed())
