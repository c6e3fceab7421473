"""What is wrong with the connection, on every screen: one line at the top, or nothing."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.safe import clean


class LinkTrouble(Message):
    """Tells the app what is wrong with the connection, as a sentence; "" for nothing."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.words = words


class LinkLine(Static):
    """Shows the app's `link_trouble`; the desk keeps that true."""

    DEFAULT_CSS = """
    LinkLine { dock: top; height: 1; padding: 0 2; display: none; background: $error 30%; }
    LinkLine.-trouble { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(classes="link-line", markup=False)

    def on_mount(self) -> None:
        self.watch(self.app, "link_trouble", self._say)

    def _say(self, trouble: str) -> None:
        self.set_class(bool(trouble), "-trouble")
        if trouble:
            self.update(Content(f"◌ {clean(trouble)}."))
