"""What a new responder starts from: an empty form, an example, or an answer that was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from textual.content import Content
from textual.widgets import Select

from engine.responders.examples import PREMADE
from engine.responders.reply import ReplyDraft
from tui.safe import shorten

Written = tuple[ReplyDraft, str]
"""What a form says, and the name that it gives."""
_OWN, _SEEN = "own", "seen"
_MAX_SUBJECT = 24
"""Cells that a subject may take among the choices."""


class StartFrom(Select[str]):
    def __init__(self, seen: ReplyDraft | None) -> None:
        """`seen` answers as an exchange was answered; None where there is none."""
        super().__init__(
            list(_choices(seen)), value=_OWN, allow_blank=False, compact=True, id="reply-start"
        )
        self._seen = seen
        self._filled: Written = (ReplyDraft(""), "")
        """What was filled in last, to tell what the user wrote since."""
        self._own: Written | None = None
        """What the user had written before something to start from was chosen."""

    def fill(self, written: Written) -> Written | None:
        """What to fill in for what is chosen, round the subject and the name that the user wrote;
        None to leave it as it is.
        """
        if self.value == _OWN:
            self._filled = self._own or self._filled
            return self._own
        if self._own is None or self._filled == self._own:
            self._own = written
        (before, named), (draft, name) = self._filled, self._start
        self._filled = self._start
        subject, called = written[0].subject, written[1]
        kept = subject if subject not in ("", before.subject) else draft.subject
        return replace(draft, subject=kept), called if called not in ("", named) else name

    @property
    def _start(self) -> Written:
        if self.value == _SEEN and self._seen is not None:
            return self._seen, "recorded"
        return next((sample.draft, sample.name) for sample in PREMADE if sample.name == self.value)


def _choices(seen: ReplyDraft | None) -> Iterator[tuple[Content, str]]:
    yield Content("an empty form"), _OWN
    if seen is not None:
        yield Content(f"as {shorten(seen.subject, _MAX_SUBJECT)} was answered"), _SEEN
    yield from ((Content(sample.name), sample.name) for sample in PREMADE)
