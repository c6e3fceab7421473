"""The composer's pages: body, headers, options, and what it all looks like once rendered."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from tui.kit.editor import HeaderEditor
from tui.kit.tab_line import TabLine

from .body_page import BodyPage
from .header_page import HeaderPage
from .rendered import Rendered
from .send_options import SendOptions

_PAGES = ("body-page", "headers-page", "options", "rendered")


class ComposePages(Vertical):
    DEFAULT_CSS = "ComposePages { height: 1fr; }"

    templates: bool = False
    """True while something is there to be rendered, and the page that shows it."""

    class Turned(Message):
        """Another page is in front."""

    def __init__(self) -> None:
        super().__init__(id="compose-book")

    def compose(self) -> ComposeResult:
        yield TabLine("Body", "Headers", "Options", id="compose-tabs")
        with ContentSwitcher(initial=_PAGES[0], id="compose-pages"):
            yield BodyPage()
            yield HeaderPage()
            yield SendOptions()
            yield Rendered()

    @property
    def front(self) -> str:
        return self.query_one(ContentSwitcher).current or _PAGES[0]

    def label(self, headers: int, more: int, templates: bool) -> None:
        """Say on the tabs how many headers there are, and how many more go out with them; the
        last page is there for templates.
        """
        self.templates = templates
        count = (f"{headers}" if headers else "") + (f"+{more}" if more else "")
        labels = ["Body", f"Headers {count}" if count else "Headers", "Options"]
        if not templates and self.front == "rendered":
            self.bring(_PAGES[0])
        self.query_one(TabLine).labels = tuple([*labels, "Rendered"] if templates else labels)

    def bring(self, page: str) -> None:
        self.query_one(TabLine).active = _PAGES.index(page)
        self.query_one(ContentSwitcher).current = page
        self.post_message(self.Turned())

    def turn(self) -> None:
        """Bring the next page to the front, and go there."""
        shown = list(self._shown())
        self.bring(shown[(shown.index(self.front) + 1) % len(shown)])
        if (first := self.first) is not None:
            self.screen.set_focus(first)

    @property
    def first(self) -> Widget | None:
        """What gets the focus on the page in front."""
        if self.front == _PAGES[0]:
            return self.query_one(BodyPage).part
        if self.front == "headers-page":
            return self.query_one(HeaderEditor)
        if self.front == "options":
            return self.query_one("#correlation-id")
        return self.query_one(f"#{self.front}")

    def _shown(self) -> Iterator[str]:
        yield from _PAGES if self.templates else _PAGES[:-1]

    @on(TabLine.Chosen)
    def _show(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.bring(list(self._shown())[event.index])
