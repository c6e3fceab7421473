"""A body with its tools: what it is and where one is in it above, and a line to type in below."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from engine.errors import InvalidInput
from engine.words import counted, octets
from tui.safe import clean, shorten

from .body_bar import BodyBar, Purpose
from .body_commands import BODY
from .body_filter import BodyFilter
from .body_search import BodySearch
from .body_view import BodyView
from .command import Commanded, bindings

_SLICE, _PAUSE = 0.006, 0.01
"""Seconds of searching at once, and between two of these."""
_FORMS = {"json": "JSON", "text": "text", "hex": "hex"}
_ENDINGS = {"json": ".json", "text": ".txt", "hex": ".bin"}
_MAX_PATH = 60
"""Cells."""
_EDGES = 2
"""Cells of the frame beside its title."""
_KEYS = "/ . Y y w E z W"


class BodyPane(Vertical, Commanded):
    TABLE = BODY
    BINDINGS: ClassVar[list[BindingType]] = bindings(BODY)
    DEFAULT_CSS = """
    BodyPane {
        height: 1fr; min-height: 3;
        border-top: solid $border-blurred; border-title-color: $text-muted;
        &:focus-within { border-title-color: $text-primary; }
    }
    """

    class Edited(Message):
        """The user has written another body in an editor outside."""

        def __init__(self, body: bytes) -> None:
            self.body = body
            super().__init__()

    def __init__(self, view: BodyView, *, editable: bool = False) -> None:
        """`editable` where a body that was edited outside comes back."""
        super().__init__()
        self.view: BodyView = view
        self.editable = editable
        self.body = view.body
        """The whole, of which the view shows a part while it is filtered."""
        self.left_out = ""
        """What was copied last without the secrets in it; "" if it has none."""
        self._content_type = view.content_type
        self._bar = BodyBar()
        self._path = ""
        """What it is filtered by."""
        self._filter: BodyFilter | None = None
        self._search: BodySearch | None = None
        self._match = 0
        self._from = 0
        """The line from which a search began."""

    def compose(self) -> ComposeResult:
        yield self.view
        yield self._bar

    def on_mount(self) -> None:
        self._tell_where()

    @property
    def body_pane(self) -> BodyPane:
        return self

    def show(self, body: bytes, content_type: str = "", empty: str = "") -> None:
        """Show another body, from its start; `empty` is said where there is none.

        Where it is the same one, what is looked at stays.
        """
        if (body, content_type) == (self.body, self._content_type) and not empty:
            return
        self.body, self._content_type = body, content_type
        self._show_whole(empty)

    def _show_whole(self, empty: str = "") -> None:
        self._forget()
        self.view.show(self.body, self._content_type, empty)
        self._tell_where()

    @property
    def ending(self) -> str:
        """How the name of a file with this body ends."""
        form = self.view.form
        return ".bin" if form == "hex" and not self.view.hex else _ENDINGS[form]

    @property
    def busy(self) -> bool:
        """True while something was asked of it that Escape ends."""
        return self._bar.display or bool(self._path)

    def _forget(self) -> None:
        self._path, self._filter, self._search = "", None, None
        if self._bar.display:
            had_focus = self._bar.has_focus_within
            self._bar.close()
            if had_focus:
                self.view.focus()

    @on(BodyView.Moved)
    def _tell_where(self, event: BodyView.Moved | None = None) -> None:
        if event is not None:
            event.stop()
        view, lines = self.view, len(self.view.at.lines)
        if not lines:
            self.border_title = "no body" if not self.body else ""
            return
        more = "" if view.complete else "+"
        parts = [f"{_FORMS[view.form]}, {octets(len(self.body))}"]
        if self._path:
            parts.append(f"▸ {shorten(self._path, _MAX_PATH)}")
        keys = ""
        if self.has_focus_within:
            keys = _KEYS
            parts.append(f"line {view.at.line + 1:,} of {lines:,}{more}")
            parts.append(shorten(view.at.path, _MAX_PATH))
        else:
            parts.append(f"{counted(lines, 'line')}{more}")
        self.border_title = self._with_keys("  ".join(clean(part) for part in parts if part), keys)

    def _with_keys(self, said: str, keys: str) -> Content:
        """The keys at the right end of the frame, if there is room for them."""
        between = self.size.width - _EDGES - cell_len(said) - len(keys) - 2
        if not keys or between < 1:
            return Content(said)
        return Content.assemble(
            said, (f" {'─' * between} ", "$border-blurred"), (keys, "$foreground 60%")
        )

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    @on(events.Resize)
    def _look_again(self) -> None:
        self._tell_where()

    # -- the line below ----------------------------------------------------------------------

    def ask(self, purpose: Purpose, text: str = "") -> None:
        """Have a word, a line's number or a path typed."""
        self._from = self.view.at.line
        if purpose != "search":
            self._end_search()
        self._bar.open(purpose, text)
        if purpose == "filter":
            self._run_filter()

    @on(BodyBar.Typed)
    def _typed(self, event: BodyBar.Typed) -> None:
        event.stop()
        match self._bar.purpose:
            case "search":
                self._begin_search(self._bar.text)
            case "line":
                self._go_to_line(self._bar.text)
            case "filter":
                self._run_filter()

    @on(BodyBar.Taken)
    def _taken(self, event: BodyBar.Taken) -> None:
        event.stop()
        if self._bar.purpose == "line" or not self._bar.text:
            self._bar.close()
        self.view.focus()

    @on(BodyBar.Left)
    def _left(self, event: BodyBar.Left) -> None:
        event.stop()
        self.leave()

    def leave(self) -> None:
        """End the search; where there is none, show the whole body again."""
        if self._search is None and self._path:
            self._show_whole()
        self._end_search()
        self._bar.close()
        self.view.focus()

    def _end_search(self) -> None:
        self._search = None
        self.view.at.mark(None)

    def _go_to_line(self, written: str) -> None:
        number = written.strip().replace(",", "")
        if number.isdecimal():
            self.view.at.go(int(number) - 1)
        self._bar.say("" if number.isdecimal() or not number else "not a number", wrong=True)

    # -- searching ---------------------------------------------------------------------------

    def _begin_search(self, word: str) -> None:
        self._search = search = BodySearch(self.view.at.lines, word)
        self._match = -1
        self.view.at.mark(search.pattern if word else None)
        self._bar.say("")
        if word:
            self._go_on(search)

    def _go_on(self, search: BodySearch) -> None:
        """Search a slice; the first match from where it began is gone to as soon as it is known."""
        if search is not self._search or search.lines is not self.view.at.lines:
            return
        search.grow(_SLICE)
        if self._match < 0 and len(search):
            number = search.after(self._from)
            if search.done or search.line(number) >= self._from:
                self._show_match(number)
        if not search.done:
            self.set_timer(_PAUSE, lambda: self._go_on(search))
        self._count(search)

    def step(self, by: int) -> None:
        """Go to the next match, or the one before; after the last comes the first."""
        search = self._search
        if search is not None and search.lines is not self.view.at.lines:
            self._from = self.view.at.line
            self._begin_search(search.word)  # it is shown in another way since
            return
        if search is None or not len(search):
            self.app.bell()
            return
        self._show_match((self._match + by) % len(search))
        self._count(search)

    @property
    def searching(self) -> bool:
        return self._search is not None

    def _show_match(self, number: int) -> None:
        search = self._search
        assert search is not None
        self._match = number
        line = search.line(number)
        self.view.at.go(line, *search.span(number, self.view.at.shown(line)))

    def _count(self, search: BodySearch) -> None:
        more = "" if search.done and not search.full else "+"
        if not len(search):
            self._bar.say("not found" if search.done else "searching …", wrong=search.done)
        else:
            self._bar.say(f"{max(0, self._match) + 1:,} of {len(search):,}{more}")

    # -- a part of it ------------------------------------------------------------------------

    @work(group="filter", exclusive=True)
    async def _run_filter(self) -> None:
        """Show what is at the path so far; where that is not one, what was shown stays."""
        path, body = self._bar.text.strip(), self.body
        try:
            if (decoded := self._filter) is None:
                decoded = await asyncio.to_thread(BodyFilter, body)
            part = await asyncio.to_thread(decoded.part, path) if path else body
        except InvalidInput as error:
            self._bar.say(str(error), wrong=True)
            return
        if body is not self.body or self._bar.purpose != "filter" or not self._bar.display:
            return  # something else is wanted by now
        self._filter = decoded
        if path != self._path:
            self._path = path
            self.view.show(part, "application/json" if path else self._content_type)
        self._bar.say("nothing is there" if part == b"null" else "")
        self._tell_where()
