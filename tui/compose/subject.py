"""The subject: a field, and under it the known subjects that hold what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.input import Selection

from tui.kit.editor import KnownField
from tui.safe import clean

_MAX_OFFERED = 50
"""Subjects that are offered at once."""
_MAX_KNOWN = 500
_COMMAND = re.compile(
    r"(?:^|[\s/])nats(?:\.exe)?\s(?:.*\s)?(?:req|request|pub|publish|reply)\s", re.DOTALL
)
_MAX_LOOKED_AT = 4096
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
            self.add_options([Content(clean(subject)) for subject in subjects])
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

    def __init__(self, offers: Offers) -> None:
        self.known: dict[str, None] = {}
        """Subjects to complete from, the last one learned last."""
        super().__init__(lambda: self.known, "subject", id="subject")
        self.select_on_focus = False  # a digit goes here: the next one is not to erase it all
        self._offers = offers

    def learn(self, subjects: Iterable[str]) -> None:
        """Offer subjects for completion; the oldest make way when there are very many.

        The beginning of one, such as `math.`, is offered while no subject is known that has it.
        """
        for subject in sorted(subjects, key=_is_beginning):
            whole = (known for known in self.known if known.startswith(subject))
            if not (_is_beginning(subject) and any(whole)):
                self.known[subject] = None
        while len(self.known) > _MAX_KNOWN:
            del self.known[next(iter(self.known))]

    def put(self, subject: str) -> None:
        """What was selected here says nothing of this one."""
        self.value = subject
        self.cursor_position = len(subject)

    def select_wildcard(self) -> bool:
        """Select the first one, for one types a name in its place; False where there is none."""
        place = 0
        for token in self.value.split("."):
            if token in ("*", ">"):
                self.selection = Selection(place, place + len(token))
                return True
            place += len(token) + 1
        return False

    def on_paste(self, event: events.Paste) -> None:
        if is_command(event.text):
            event.stop()
            event.prevent_default()
            self.post_message(self.Command(event.text))

    # -- offering ----------------------------------------------------------------------------

    def offer(self) -> None:
        """Show what could be meant, while that is not certain yet."""
        if not self.has_focus or not self.value:
            self.close()
        elif self.offered:
            found = self.matching()[:_MAX_OFFERED]
            self._offers.offer(found, found.index(self.value) if self.value in found else 0)
        else:
            self._offers.offer([] if self.value in self.known else self.matching()[:_MAX_OFFERED])

    def accept(self, subject: str) -> None:
        """Take an offer."""
        self._offered = None
        self.put(subject)
        self.close()

    def close(self) -> None:
        self._offers.offer([])

    def on_blur(self) -> None:
        self.close()

    def action_close(self) -> None:
        if not self._offers.display:
            raise SkipAction
        self.close()


def is_command(pasted: str) -> bool:
    """True for a command of the `nats` CLI that sends or answers."""
    return _COMMAND.search(pasted[:_MAX_LOOKED_AT]) is not None


def _is_beginning(subject: str) -> bool:
    return subject.endswith(".")
