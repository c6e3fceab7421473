"""The line under the composer's pages: what is wrong, or what is worth knowing."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from engine.drafts.draft import Draft
from engine.drafts.json_trouble import json_trouble
from engine.known_headers import KNOWN_HEADERS
from tui.safe import clean

from .compose_fields import WrittenFields

_NO_JSON = "! no JSON, so it goes as text"
_BREAKS = "the body breaks "
_TONES = {"": "", "error": "$text-error", "warning": "$text-warning", "quiet": "$foreground 60%"}


class Complaint(Static):
    def __init__(self) -> None:
        super().__init__(id="complaint", markup=False)
        self.display = False
        self._said = ("", "")
        self._about: WrittenFields | None = None
        """What was written when it was last called wrong."""

    @property
    def is_error(self) -> bool:
        return self._said[1] == "error"

    def complain(self, words: str, about: WrittenFields) -> None:
        """Say in one sentence what is wrong; "" takes it back."""
        self._about = about if words else None
        self._say(f"! {words}" if words else "", "error")

    def forgive(self, contents: WrittenFields) -> None:
        """Take it back once something else is written: word of what was typed before may come
        after the complaint.
        """
        if contents != self._about:
            self._say("", "")

    def advise(self, draft: Draft, rested: bool, header: str, breach: str = "") -> None:
        """Warn, or say what the header at the cursor does; what is wrong stays. `breach` says
        what in the body breaks the schema of the subject.

        What is half written is only called wrong when typing has `rested`, or it was before.
        """
        if self.is_error:
            return
        told = rested or self._said[0].startswith(_NO_JSON)
        if warnings := draft.warnings():
            self._say(f"! {warnings[0]}", "warning")
        elif told and (trouble := json_trouble(draft.sample_body())):
            self._say(f"{_NO_JSON}: {trouble}", "warning")
        elif breach and (rested or self._said[0].startswith(f"! {_BREAKS}")):
            self._say(f"! {_BREAKS}{breach}", "warning")
        elif meaning := KNOWN_HEADERS.get(header):
            self._say(f"· {header}: {meaning}", "quiet")
        else:
            self._say("", "")

    def _say(self, words: str, tone: str) -> None:
        if (words, tone) == self._said:
            return  # an update lays the screen out anew
        self._said = (words, tone)
        self.display = bool(words)
        self.update(Content.styled(clean(words), _TONES[tone]) if words else "")
