"""Going through a body by a word: the matches are counted in slices, and gone to one by one."""

from __future__ import annotations

from tui.body.bar import BodyBar
from tui.body.cursor import BodyCursor
from tui.body.search import BodySearch

_SLICE, _PAUSE = 0.006, 0.01
"""Seconds of searching at once, and between two of these."""


class BodyFinder:
    """Moves the cursor of the body, and says in the bar which match of how many it is on."""

    def __init__(self, at: BodyCursor, bar: BodyBar) -> None:
        self._at = at
        self._bar = bar
        self._search: BodySearch | None = None
        self._match = -1
        """The number of the match that was gone to; -1 before the first."""
        self._from = 0
        """The line from which it is searched."""

    @property
    def active(self) -> bool:
        return self._search is not None

    def start(self) -> None:
        """What is typed from now on is searched from the line of the cursor."""
        self._from = self._at.line

    def begin(self, word: str) -> None:
        """Search for another word, the newest idea: the search before it ends."""
        self._search = search = BodySearch(self._at.lines, word)
        self._match = -1
        self._at.mark(search.pattern if word else None)
        self._bar.say("")
        if word:
            self._go_on(search)

    def end(self) -> None:
        if self._search is not None:
            self._search = None
            self._at.mark(None)

    def step(self, by: int) -> None:
        """Go to the next match, or the one before; after the last comes the first."""
        search = self._search
        if search is not None and search.lines is not self._at.lines:
            self.start()
            self.begin(search.word)  # the body is shown in another way since
        elif search is None or not len(search):
            self._bar.app.bell()
        else:
            self._show(search, (self._match + by) % len(search))
            self._count(search)

    def _go_on(self, search: BodySearch) -> None:
        """Search a slice; the first match from where it began is gone to as soon as it is known."""
        if search is not self._search or search.lines is not self._at.lines:
            return
        search.grow(_SLICE)
        if self._match < 0 and len(search):
            number = search.after(self._from)
            if search.done or search.line(number) >= self._from:
                self._show(search, number)
        if not search.done:
            self._bar.set_timer(_PAUSE, lambda: self._go_on(search))
        self._count(search)

    def _show(self, search: BodySearch, number: int) -> None:
        self._match = number
        line = search.line(number)
        self._at.go(line, *search.span(number, self._at.shown(line)))

    def _count(self, search: BodySearch) -> None:
        more = "" if search.done and not search.full else "+"
        if not len(search):
            self._bar.say("not found" if search.done else "searching …", wrong=search.done)
        else:
            self._bar.say(f"{max(0, self._match) + 1:,} of {len(search):,}{more}")
