"""One responder closely: what it does, its counters, how long it takes, the last requests."""

from __future__ import annotations

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from engine.responders.reply_words import describe
from engine.responders.responder import Responder
from engine.responders.responder_stats import AnswerOutcome, HandledRequest, Served
from engine.words import octets
from tui.kit.command import Command, Commanded
from tui.kit.latency_chart import latency_lines
from tui.kit.page import Dialog
from tui.kit.rows import clock, duration
from tui.safe import clean
from tui.table.table import Cell, Column, Row, Table

_LOOK_EVERY = 0.25
"""Seconds between two looks."""
_COLUMNS = (
    Column("heard", 12),
    Column("outcome", 19),
    Column("subject", 10, grow=True),
    Column("body", 9, right=True, rank=2),
    Column("took", 8, right=True, rank=1),
)
_MUTED = "$foreground 60%"
_SIGNS = {
    AnswerOutcome.ANSWERED: ("✓", "good"),
    AnswerOutcome.FAILED: ("!", "warn"),
    AnswerOutcome.SILENT: ("–", "muted"),
    AnswerOutcome.PASSED_ON: ("→", "good"),
    AnswerOutcome.ERROR: ("✗", "bad"),
    AnswerOutcome.HELD_BACK: ("◐", "warn"),
    AnswerOutcome.LOOP: ("⊘", "bad"),
    AnswerOutcome.NOBODY: ("→", "muted"),
}


_COMMANDS: tuple[Command[ResponderDetail], ...] = (
    Command(
        "detail.back",
        "escape,q",
        "Back",
        "Back to the desk",
        lambda detail: detail.dismiss(None),
        footer=True,
    ),
    Command(
        "detail.open",
        "enter",
        "Exchange",
        "Show the chosen exchange",
        lambda detail: detail.open_chosen(),
        footer=True,
    ),
)


class ResponderDetail(Dialog[int | None], Commanded):
    """Dismissed with the number of the exchange that the user wants to see."""

    CSS_PATH = "../responders.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    TABLE = _COMMANDS

    def __init__(self, responder: Responder) -> None:
        super().__init__()
        self._responder = responder
        self._heard: tuple[HandledRequest, ...] = ()
        self._newest = 0
        """The number of the request heard last: those before it count down."""
        self._drawn: object = None
        self._says = Static(id="closely-says", markup=False)
        self._figures = Static(id="closely-figures", markup=False)
        self._chart = Static(id="closely-latency", markup=False)
        self._table = Table(_COLUMNS, "closely-last", ("No request was heard yet.",))
        self._words = Static(id="closely-words", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="responder-closely") as dialog:
            dialog.border_title = Content(f"Responder {clean(self._responder.name)}")
            dialog.border_subtitle = "Enter shows the exchange, Esc closes"
            yield self._says
            yield self._figures
            yield self._chart
            yield self._table
            with Horizontal(id="closely-line"):
                yield self._words
                yield Button("Exchange", compact=True, id="closely-open")
                yield Button("Back", compact=True, id="closely-back")

    def on_mount(self) -> None:
        self._table.focus()
        self.set_interval(_LOOK_EVERY, self.look)
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """Take up what has changed; cheap when nothing has."""
        responder = self._responder
        looks = (responder.on, responder.record.requests, responder.complaint, self.size)
        if looks == self._drawn:
            return
        self._drawn = looks
        figures = responder.figures
        self._heard = responder.last
        self._newest = responder.record.requests
        self._say_what()
        self._figures.update(_figures(figures))
        self._draw_latency(figures)
        rows = [_row(self._newest - place, heard) for place, heard in enumerate(self._heard)]
        self._table.show(rows)
        self._say_why()

    def _say_what(self) -> None:
        responder = self._responder
        state = ("● on   ", "$text-success") if responder.on else ("○ off   ", _MUTED)
        words = describe(responder.draft, responder.queue)
        self._says.update(Content.assemble(state, clean(f"It {words}.")))

    def _draw_latency(self, figures: Served) -> None:
        chart = self._chart
        if not figures.latency.count:
            chart.update(Content.styled("Nothing was answered yet.", _MUTED))
            return
        width, height = chart.size.width, chart.size.height
        chart.update(Content("\n").join(latency_lines(figures.latency, width, height)))

    @property
    def _chosen(self) -> HandledRequest | None:
        key = self._table.cursor
        return self._heard[self._newest - key] if isinstance(key, int) else None

    @on(Table.Chosen)
    def _say_why(self) -> None:
        chosen = self._chosen
        words = (chosen.words if chosen else "") or self._responder.complaint
        self._words.update(Content.styled(clean(words), "$text-warning"))

    @on(Button.Pressed, "#closely-back")
    def _back(self) -> None:
        self.dismiss(None)

    @on(Table.Opened)
    @on(Button.Pressed, "#closely-open")
    def _opened(self) -> None:
        self.open_chosen()

    def open_chosen(self) -> None:
        chosen = self._chosen
        if chosen is None or not chosen.number:
            self.app.bell()
        else:
            self.dismiss(chosen.number)


def _row(key: int, heard: HandledRequest) -> Row:
    glyph, role = _SIGNS[heard.outcome]
    return Row(
        key,
        (
            Cell(clock(heard.at)),
            Cell(f"{glyph} {heard.outcome}", role),
            Cell(heard.subject),
            Cell(octets(heard.size), "muted"),
            Cell(duration(heard.latency), "muted"),
        ),
    )


def _figures(figures: Served) -> Content:
    """Those that are nothing are left out, but for the first two."""
    parts: list[str | tuple[str, str]] = []
    for number, words, colour in _counted(figures):
        parts += [(f"{number:,} ", colour), (f"{words}   ", _MUTED)]
    return Content.assemble(*parts)


def _counted(figures: Served) -> Iterator[tuple[int, str, str]]:
    yield figures.requests, "request" if figures.requests == 1 else "requests", "bold"
    yield figures.answered, "answered", "bold $text-success"
    for number, words, colour in (
        (figures.failed, "failed on purpose", "bold $text-warning"),
        (figures.silent, "silent", "bold"),
        (figures.nobody, "wanted no answer", "bold"),
        (figures.held_back, "held back", "bold $text-warning"),
        (figures.refused, "refused", "bold $text-error"),
        (figures.errors, "errors", "bold $text-error"),
        (figures.duplicates, "answered twice", "bold"),
        (figures.stored, "stored", "bold"),
    ):
        if number:
            yield number, words, colour
