"""Asks before something is done that takes much away.

A question that the user switched off in `[confirm]` of the settings is not asked.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from tui.kit.dialog_box import DialogBox, DialogVerb
from tui.kit.page import Dialog
from tui.safe import clean_block
from tui.settings import CONFIRM, UserSettings

QUESTIONS = {
    "burst": "before many messages are sent",
    "clear-history": "before the history is cleared",
    "connect": "before responders and watches end for another server",
    "host": "before example responders are hosted",
    "resend": "before a message is sent again",
}
"""The questions that can be switched off: when each is asked."""
_OFF: WeakKeyDictionary[App[Any], frozenset[str]] = WeakKeyDictionary()


def read_questions(settings: UserSettings) -> tuple[frozenset[str], list[str]]:
    """The questions that are switched off, and sentences about what cannot be used."""
    off: set[str] = set()
    problems: list[str] = []
    for name, asks in settings.table(CONFIRM):
        if name in QUESTIONS and isinstance(asks, bool):
            off |= set() if asks else {name}
            continue
        near = get_close_matches(name, QUESTIONS, 1) or sorted(QUESTIONS)
        words = f"{name} is not a question: try {', '.join(near)}"
        words = f"{name} needs true or false" if name in QUESTIONS else words
        problems.append(settings.problem(f"{CONFIRM}.{name}", words))
    return frozenset(off), problems


def switch_off(app: App[Any], questions: frozenset[str]) -> None:
    """Ask these no more."""
    _OFF[app] = questions


async def is_confirmed(app: App[Any], sure: Sure, question: str) -> bool:
    """True when the user says yes, or has switched the question off."""
    return question in _OFF.get(app, ()) or await app.push_screen_wait(sure) is True


class Sure(Dialog[bool]):
    AUTO_FOCUS = "#sure-no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer(False)", "No", id="sure.no", tooltip="Leave it as it is"),
        Binding("y", "answer(True)", "Yes", id="sure.yes", tooltip="Do it"),
    ]

    def __init__(self, title: str, words: str, does: str, stays: str = "Leave it") -> None:
        """`does` and `stays` are the words on the two buttons."""
        super().__init__()
        self._stays = stays
        self._title = title
        self._words = words
        self._does = does

    def compose(self) -> ComposeResult:
        yield DialogBox(
            self._title,
            Static(Content(clean_block(self._words)), markup=False),
            verbs=(
                DialogVerb(self._does, "y", "answer(True)", "sure-yes", "warning"),
                DialogVerb(self._stays, "Esc", "answer(False)", "sure-no"),
            ),
            id="sure",
        )

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)
