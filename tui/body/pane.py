"""A body with its tools: what it is and where one is in it above, and a line to type in below."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from rich.cells import cell_len
from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from engine.content.content import Envelope
from engine.errors import InvalidInput
from engine.message import raw_bytes
from engine.words import counted, octets
from tui.body.bar import BodyBar, Purpose
from tui.body.commands import BODY
from tui.body.filter import BodyFilter
from tui.body.finder import BodyFinder
from tui.body.view import BodyView, envelope_of, reader_of
from tui.kit.command import Commanded
from tui.kit.key_names import key_name
from tui.safe import clean, shorten

_ENDINGS = {"json": ".json", "text": ".txt", "hex": ".bin"}
_JSON = envelope_of("application/json")
_MAX_REASON = 100
_MAX_PATH = 60
"""Cells."""
_EDGES = 2
"""Cells of the frame beside its title."""


class BodyPane(Vertical, Commanded):
    TABLE = BODY
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
        self._envelope = view.envelope
        self._bar = BodyBar()
        self._path = ""
        """What it is filtered by."""
        self._filter: BodyFilter | None = None
        self.search: BodyFinder = BodyFinder(self.view.at, self._bar)

    def compose(self) -> ComposeResult:
        yield self.view
        yield self._bar

    def on_mount(self) -> None:
        self._tell_where()

    @property
    def body_pane(self) -> BodyPane:
        return self

    def show(self, body: bytes, envelope: Envelope | None = None, empty: str = "") -> None:
        """Show another body, from its start; `empty` is said where there is none.

        Where it is the same one, what is looked at stays.
        """
        envelope = envelope or Envelope()
        if (body, envelope) == (self.body, self._envelope) and not empty:
            return
        self.body, self._envelope = body, envelope
        self._show_whole(empty)

    def read_as(self, choice: str) -> None:
        """Read it as something else, or "" as it looks; the settings may say another thing now."""
        self._forget()
        self._envelope = replace(self._envelope, settings=reader_of(self).settings)
        self.view.body = self.body
        self.view.read_as(choice, self._envelope)
        self._tell_where()

    def _show_whole(self, empty: str = "") -> None:
        self._forget()
        self.view.show(self.body, self._envelope, empty)
        self._tell_where()

    @property
    def ending(self) -> str:
        """How the name of a file with these bytes ends."""
        if not self.view.reading.plain and not self._path:
            return ".bin"
        form = self.view.at.lines.form
        return ".bin" if form == "hex" and not self.view.hex else _ENDINGS[form]

    @property
    def readable(self) -> tuple[bytes, str]:
        """What is shown, and how the name of a file with it ends."""
        view = self.view
        if view.reading.plain or view.reading.form == "hex":
            return view.body, self.ending
        return raw_bytes(view.reading.text), _ENDINGS[view.reading.form]

    @property
    def busy(self) -> bool:
        """True while something was asked of it that Escape ends."""
        return self._bar.display or bool(self._path)

    def _forget(self) -> None:
        self._path, self._filter = "", None
        self.search.end()
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
        more = "" if view.at.lines.done else "+"
        parts = [f"{self._title}, {octets(len(self.body))}"]
        if self._path:
            parts.append(f"▸ {shorten(self._path, _MAX_PATH)}")
        else:
            parts.append(shorten(self._reason, _MAX_REASON))
        keys = ""
        if self.has_focus_within:
            keys = self._keys
            parts.append(f"line {view.at.line + 1:,} of {lines:,}{more}")
            parts.append(shorten(view.at.path, _MAX_PATH))
        else:
            parts.append(f"{counted(lines, 'line')}{more}")
        self.border_title = self._with_keys("  ".join(clean(part) for part in parts if part), keys)

    @property
    def _title(self) -> str:
        """What the body is read as."""
        if self.view.hex:
            return "hex"
        return "JSON" if self._path else self.view.reading.title

    @property
    def _reason(self) -> str:
        """What is wrong with it; else why it is read so, where that is not plain to see."""
        reading = self.view.reading
        if self.view.hex:
            return ""
        if self.view.waits:
            return "reading…"
        if reading.error is not None:
            return str(reading.error)
        said = reading.reason if reading.chosen or not reading.plain else ""
        return ", ".join(filter(None, (said, reading.note)))

    @property
    def _keys(self) -> str:
        """The keys of what can be done now, as the user has them."""
        keymap = getattr(self.app, "keymap", {})
        here = (command for command in BODY if command.footer and command.when(self))
        named = (keymap.get(command.id, command.keys).partition(",")[0] for command in here)
        return " ".join(map(key_name, named))

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
        if purpose == "search":
            self.search.start()
        else:
            self.search.end()
        self._bar.open(purpose, text)
        if purpose == "filter":
            self._run_filter()

    @on(BodyBar.Typed)
    def _typed(self, event: BodyBar.Typed) -> None:
        event.stop()
        match self._bar.purpose:
            case "search":
                self.search.begin(self._bar.text)
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
        if not self.search.active and self._path:
            self._show_whole()
        self.search.end()
        self._bar.close()
        self.view.focus()

    def _go_to_line(self, written: str) -> None:
        number = written.strip().replace(",", "")
        if number.isdecimal():
            self.view.at.go(int(number) - 1)
        self._bar.say("" if number.isdecimal() or not number else "not a number", wrong=True)

    # -- a part of it ------------------------------------------------------------------------

    @work(group="filter", exclusive=True)
    async def _run_filter(self) -> None:
        """Show what is at the path so far; where that is not one, what was shown stays."""
        path, body = self._bar.text.strip(), self.body
        try:
            if (decoded := self._filter) is None:
                decoded = await asyncio.to_thread(BodyFilter, body, self.view.reading)
            part = await asyncio.to_thread(decoded.part, path) if path else body
        except InvalidInput as error:
            self._bar.say(str(error), wrong=True)
            return
        if body is not self.body or self._bar.purpose != "filter" or not self._bar.display:
            return  # something else is wanted by now
        self._filter = decoded
        if path != self._path:
            self._path = path
            self.view.show(part, _JSON if path else self._envelope)
        self._bar.say("nothing is there" if part == b"null" else "")
        self._tell_where()
