"""The subject: a field, and under it the known subjects that hold what was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList

from tui.kit.editor import Known, KnownField
from tui.safe import clean

MOST = 50
"""Subjects that are offered at once."""
_COMMAND = re.compile(
    r"(?:^|[\s/])nats(?:\.exe)?\s(?:.*\s)?(?:req|request|pub|publish|reply)\s", re.DOTALL
)


_LOOKED_AT = 4096
"""Characters of what is pasted that tell whether it is a command."""


class Offers(OptionList, can_focus=False):
    """Lies over what is below, so that nothing moves when it comes and goes."""

    DEFAULT_CSS = """
    Offers {
        overlay: screen; constrain: inside inside; display: none;
        height: auto; max-height: 8; width: 1fr; padding: 0 1; border: none;
        scrollbar-size: 1 1;
    }
    """

    def __init__(self) -> None:
        super().__init__(id="offers", compact=True, markup=False)
        self.subjects: Sequence[str] = ()

    def offer(self, subjects: Sequence[str], chosen: int | None = None) -> None:
        if subjects != self.subjects:
            self.subjects = subjects
            self.clear_options()
            self.add_options([Content(clean(one)) for one in subjects])
        self.highlighted = chosen
        self.display = bool(subjects)


class Subject(KnownField):
    """Where a whole `nats` command may be pasted as well."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="subject.close", show=False, tooltip="Offer nothing")
    ]

    class Command(Message):
        """A command of the `nats` CLI was pasted where a subject belongs."""

        def __init__(self, written: str) -> None:
            self.written = written
            super().__init__()

    def __init__(self, known: Known) -> None:
        super().__init__(known, "subject", id="subject")

    def on_paste(self, event: events.Paste) -> None:
        if _COMMAND.search(event.text[:_LOOKED_AT]):
            event.stop()
            event.prevent_default()
            self.post_message(self.Command(event.text))

    # -- offering ----------------------------------------------------------------------------

    def offer(self) -> None:
        """Show what could be meant, while that is not certain yet."""
        if not self.has_focus or not self.value:
            self.close()
        elif self.offered:
            found = self.matching()
            self._offers.offer(found[:MOST], found.index(self.value) if len(found) <= MOST else 0)
        else:
            known = self.value in self._known()
            self._offers.offer([] if known else self.matching()[:MOST])

    def accept(self, subject: str) -> None:
        """Take an offer."""
        self._offered = None
        self.value = subject
        self.cursor_position = len(subject)
        self.close()

    def close(self) -> None:
        self._offers.offer([])

    @property
    def _offers(self) -> Offers:
        return self.screen.query_one(Offers)

    def on_blur(self) -> None:
        self.close()

    def action_close(self) -> None:
        if not self._offers.display:
            raise SkipAction
        self.close()
