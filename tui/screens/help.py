"""What the keys do, on one page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

Rows = Iterable[tuple[str, str]]

_PAGES: tuple[tuple[str, Rows], ...] = (
    (
        "Anywhere",
        (
            ("^J or F5", "send what is composed"),
            ("^O, then 1 to 4", "go to a pane; Esc leaves a field"),
            ("^P", "every action by name, and themes"),
            ("w", "watch others: a client, subjects, everything"),
            ("t", "statistics of every subject"),
            ("^Q", "quit"),
        ),
    ),
    (
        "Compose",
        (
            ("Enter", "in the subject: send"),
            ("Up, Down", "in the subject: those known already"),
            ("^T", "body, headers, options"),
            ("^N", "empty everything"),
            ("^L", "who listens; there t is a dry run, traced"),
        ),
    ),
    (
        "Exchanges",
        (
            ("Up, Down, Enter", "choose, look closely"),
            ("/", "filter: F1 tells the language, Esc shows all again"),
            ("^F, n and N", "search a text, next and previous"),
            ("p", "hold the list still, and let it go on"),
            ("f", "follow the newest"),
            ("r, e", "send again, edit and send"),
        ),
    ),
    (
        "Inspect",
        (
            ("[ and ]", "request, replies, timeline, path, evidence, raw"),
            ("v", "why it failed: ask the servers, show the evidence"),
            ("F", "the flow: all that share a correlation id; h another header"),
            ("x", "the body's bytes"),
        ),
    ),
    (
        "Responders",
        (("a", "add one"), ("Space", "switch on or off"), ("Del", "remove")),
    ),
)
_KEYS = 17


class Help(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,q,enter", "dismiss", "Close", id="help.close", tooltip="Close"
        ),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", id="help") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "Esc closes"
            yield Static(Content("\n\n").join(_section(*page) for page in _PAGES))


def _section(title: str, rows: Rows) -> Content:
    lines = [Content.styled(title, "bold $text-primary")]
    lines += [Content.assemble((f"  {keys:<{_KEYS}}", "$text-accent"), says) for keys, says in rows]
    return Content("\n").join(lines)
