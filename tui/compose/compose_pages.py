"""The composer's pages: body, headers, options, and what it all looks like once rendered."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from tui.kit.tab_line import TabLine

from .body_page import BodyPage
from .header_page import HeaderPage
from .rendered import Rendered
from .send_options import SendOptions

_PAGES = ("body-page", "headers-page", "options", "rendered")
_PAGE_OF_FIELD = {"body": "body-page", "headers": "headers-page"}
_LABELS = ("Body", "Headers", "Options")


class ComposePages(Vertical):
    DEFAULT_CSS = "ComposePages { height: 1fr; }"

    class Turned(Message):
        """Another page is in front."""

    def __init__(self) -> None:
        super().__init__(id="compose-book")
        self.body = BodyPage()
        self.headers = HeaderPage()
        self.options = SendOptions()
        self.rendered = Rendered()
        self._tabs = TabLine(*_LABELS, id="compose-tabs")
        self._tabs.can_focus = False  # what is typed behind Tab is meant for the body
        pages = (self.body, self.headers, self.options, self.rendered)
        self._switcher = ContentSwitcher(*pages, initial=_PAGES[0], id="compose-pages")

    def compose(self) -> ComposeResult:
        yield self._tabs
        yield self._switcher

    @property
    def front(self) -> str:
        return self._switcher.current or _PAGES[0]

    def label(self, headers: int, more: int, templates: bool, sent_as: str = "") -> None:
        """Say on the tabs how many headers there are, and how many more go out with them, and
        what the body is sent as; the last page is there for templates.
        """
        count = (f"{headers}" if headers else "") + (f"+{more}" if more else "")
        body = f"{_LABELS[0]} as {sent_as}" if sent_as else _LABELS[0]
        labels = (body, f"{_LABELS[1]} {count}".strip(), _LABELS[2])
        if not templates and self.front == "rendered":
            self.bring(_PAGES[0])
        self._tabs.labels = (*labels, "Rendered") if templates else labels

    def bring(self, page: str) -> None:
        self._tabs.active = _PAGES.index(page)
        self._switcher.current = page
        self.post_message(self.Turned())

    def bring_field(self, field: str) -> Widget | None:
        """Bring the page that has a draft's field, and give what to go to there."""
        option = self.options.find(field) if field else None
        page = _PAGE_OF_FIELD.get(field, "options" if option is not None else "")
        if not page:
            return None
        self.bring(page)
        return option or self.first

    def turn(self) -> None:
        """Bring the next page to the front, and go there."""
        shown = _PAGES[: len(self._tabs.labels)]
        self.bring(shown[(shown.index(self.front) + 1) % len(shown)])
        self.screen.set_focus(self.first)

    @property
    def first(self) -> Widget:
        """What gets the focus on the page in front."""
        match self.front:
            case "headers-page":
                return self.headers.editor
            case "options":
                return self.options.first
            case "rendered":
                return self.rendered
            case _:
                return self.body.part

    @on(TabLine.Chosen)
    def _show(self, event: TabLine.Chosen) -> None:
        event.stop()
        self.bring(_PAGES[event.index])
