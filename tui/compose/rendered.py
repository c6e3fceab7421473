"""What will be sent, with its templates rendered: to be looked at before it goes."""

from __future__ import annotations

from engine.drafts.draft import Draft
from engine.message import text
from tui.kit.editor import Editor
from tui.kit.typed import write_headers

from .header_page import FRESH

_MAX_SHOWN = 100_000
"""Characters of a body that are shown."""


class Rendered(Editor):
    def __init__(self) -> None:
        super().__init__("Nothing to render yet.", id="rendered")
        self.read_only = True

    def show(self, draft: Draft) -> None:
        """The draft as it is on the wire; it is rendered anew when it is sent."""
        head = "\n".join(filter(None, (draft.subject, write_headers(draft.sent_headers(FRESH)))))
        self._put(f"{head}\n\n{text(draft.body[:_MAX_SHOWN])}")

    def complain(self, words: str) -> None:
        self._put(f"! {words}")

    def _put(self, written: str) -> None:
        if written != self.text:
            self.load_text(written)
