"""The filter language on one page."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from engine.filter.completion import TermHelp, terms
from tui.kit.page import Dialog
from tui.safe import fit

_GAP = 2
_TITLE = "bold $text-primary"
_KEYS = (
    ("Tab, Right", "take the completion"),
    ("Up, Down", "choose another completion"),
    ("Enter", "keep the filter and go to the list; on an empty list, take the offer"),
    ("Esc", "show everything again"),
)
_OTHERS = (
    "Of watched requests, ~e and ~s failed find those too that got no answer for four times as "
    "long as usual, or 5 s where nothing is known (~s silent), and those that only natstap heard: "
    'the server would have said "no responders" (~s only). ~s unheard finds those whose answer '
    "may have gone where natstap did not listen."
)
_HIDDEN = (
    "Messages on $ subjects and deliveries of streams are hidden and counted in the list's frame. "
    "~k system, ~k delivery or ~k all shows them. A $ subject that is watched is always shown."
)
_BY = (
    "~by finds the name in an x-served-by header, in the path of a traced request, as the only "
    "client that listened when natstap asked, as a responder in natstap, or as a watch."
)


class LensHelp(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,f1,question_mark,q,enter",
            "dismiss",
            "Close",
            id="lens-help.close",
            tooltip="Close",
        ),
    ]

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", id="lens-help") as dialog:
            dialog.border_title = "The filter"
            dialog.border_subtitle = "Esc closes"
            yield Language()


class Language(Static):
    """The table of terms, and under it what no message tells, and the keys."""

    DEFAULT_CSS = "Language { padding: 0 1 0 0; }"

    def on_resize(self) -> None:
        width = self.size.width
        said = (*_said("Who answered", _BY, width), *_said("What others asked", _OTHERS, width))
        said += tuple(_said("What is hidden", _HIDDEN, width))
        lines = [*_language(width), Content(""), *said, *_keys()]
        self.update(Content("\n").join(lines))


def _language(width: int) -> list[Content]:
    """Term, example and meaning, which goes on under its own beginning."""
    table = terms()
    usage, example = (
        max(map(cell_len, column)) for column in zip(*map(_cells, table), strict=True)
    )
    indent = usage + example + 2 * _GAP
    return [
        Content.assemble(
            (fit(term.usage, usage + _GAP), "$text-accent"),
            (fit(term.example, example + _GAP), "$text-muted"),
            *_hanging(term.meaning, indent, width),
        )
        for term in table
    ]


def _hanging(words: str, indent: int, width: int) -> Iterator[str | tuple[str, str]]:
    for at, line in enumerate(wrap(words, max(10, width - indent))):
        if at:
            yield f"\n{' ' * indent}"
        yield line, "$foreground"


def _cells(term: TermHelp) -> tuple[str, str]:
    return term.usage, term.example


def _said(title: str, words: str, width: int) -> list[Content]:
    known = (Content.styled(line, "$foreground") for line in wrap(words, max(10, width)))
    return [Content.styled(title, _TITLE), *known, Content("")]


def _keys() -> list[Content]:
    lines = [Content.styled("Keys", _TITLE)]
    lines += [Content.assemble((f"{keys:<12}", "$text-accent"), says) for keys, says in _KEYS]
    return lines
