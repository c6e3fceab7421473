"""What the keys do, on one page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

Rows = Iterable[tuple[str, str]]

_LEFT: tuple[tuple[str, Rows], ...] = (
    (
        "Anywhere",
        (
            ("^J or F5", "send what is composed"),
            ("^O, then 1 to 4", "go to a pane; Esc leaves a field"),
            ("F2", "all the room for one pane, and back"),
            ("^P", "every action by name, and themes"),
            ("^Q", "quit"),
        ),
    ),
    (
        "Compose",
        (
            ("Enter", "in the subject: send"),
            ("Up, Down", "in the subject: those known that hold it"),
            ("^T", "body, headers, options, rendered"),
            ("^G, F9", "lay out a body that fits, take a file's"),
            ("F4", "the body's JSON on lines"),
            ("^L", "who listens; there t is a dry run, traced"),
            ("^B", "send many times, and measure"),
            ("^S", "save it in the collection"),
            ("F6, F7", "copy as a command or code, paste a command"),
            ("^N, ^Z", "empty everything, bring it back"),
        ),
    ),
    (
        "Responders",
        (
            ("a", "add one: an echo, a template, a failing one"),
            ("Space", "switch on or off"),
            ("e, i", "edit, look at its figures"),
            ("x", "show its exchanges"),
            ("s, p", "save it in the collection, add the demo set"),
            ("Del, u", "remove, undo"),
        ),
    ),
)
_RIGHT: tuple[tuple[str, Rows], ...] = (
    (
        "Exchanges",
        (
            ("Up, Down, Enter", "choose, look closely"),
            ("/", "filter: F1 tells the language, Esc shows all"),
            ("^F, n and N", "search a text, next and previous"),
            ("p, f", "hold the list still, follow the newest or not"),
            ("r, e", "send again, edit and send"),
            ("y", "copy as a command or code"),
            ("h", "host a responder that answers like this"),
            ("m, =", "mark, compare the replies"),
        ),
    ),
    (
        "Inspect",
        (
            ("[ and ]", "request, replies, timeline, path, why, raw"),
            ("v, or F8 anywhere", "why it failed, with the evidence"),
            ("F", "the flow of what shares an id or any header"),
            ("x", "the body's bytes"),
            ("A", "tell a stream: acknowledge, give back, terminate"),
        ),
    ),
    (
        "Screens",
        (
            ("w", "watch others: a client, subjects, everything"),
            ("t", "statistics of every subject; / finds, Enter shows"),
            ("s, S", "services, streams"),
            ("^R, c", "history, collection"),
            ("C", "connect to another server"),
        ),
    ),
)
_KEYS = 17
_BROAD = 136


class Help(ModalScreen[None]):
    """Two columns beside each other where there is room, else one below the other."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_BROAD, "-broad")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,question_mark,q,enter", "dismiss", "Close", id="help.close", tooltip="Close"
        ),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", id="help") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "Esc closes"
            with Container(id="help-columns"):
                yield Static(Content("\n\n").join(_section(*page) for page in _LEFT))
                yield Static(Content("\n\n").join(_section(*page) for page in _RIGHT))


def _section(title: str, rows: Rows) -> Content:
    lines = [Content.styled(title, "bold $text-primary")]
    lines += [Content.assemble((f"  {keys:<{_KEYS}}", "$text-accent"), says) for keys, says in rows]
    return Content("\n").join(lines)
