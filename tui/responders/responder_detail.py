"""One responder closely: what it does, its counters, how long it takes, the last requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from engine.responders.reply_words import describe
from engine.responders.responder import Responder
from engine.responders.responder_stats import HandledRequest, Outcome, Served
from engine.words import octets
from tui.kit.latency_chart import latency_lines
from tui.kit.page import Dialog
from tui.kit.rows import clock, duration
from tui.kit.table import Cell, Column, Row, Table
from tui.safe import clean

_LOOK = 0.25
"""Seconds between two looks."""
_COLUMNS = (
    Column("Heard", 12),
    Column("What became of it", 19),
    Column("Subject", 10, grow=True),
    Column("Body", 9, right=True, rank=2),
    Column("Took", 8, right=True, rank=1),
)
_MUTED = "$foreground 60%"
_SIGNS = {
    Outcome.ANSWERED: ("✓", "good"),
    Outcome.FAILED: ("!", "warn"),
    Outcome.SILENT: ("–", "muted"),
    Outcome.ERROR: ("✗", "bad"),
    Outcome.HELD_BACK: ("◐", "warn"),
    Outcome.LOOP: ("⊘", "bad"),
    Outcome.NOBODY: ("→", "muted"),
}


class ResponderDetail(Dialog[int | None]):
    """Dismissed with the number of the exchange that the user wants to see."""

    CSS_PATH = "../responders.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", id="detail.back", tooltip="Back to the desk"),
        Binding("enter", "open", "Exchange", id="detail.open", tooltip="Show the chosen exchange"),
    ]

    def __init__(self, responder: Responder) -> None:
        super().__init__()
        self._responder = responder
        self._heard: tuple[HandledRequest, ...] = ()
        self._newest = 0
        """The number of the request heard last: those before it count down."""
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="responder-closely") as dialog:
            dialog.border_title = Content(f"Responder {clean(self._responder.name)}")
            dialog.border_subtitle = "Enter shows the exchange, Esc goes back"
            yield Static(id="closely-says", markup=False)
            yield Static(id="closely-figures", markup=False)
            yield Static(id="closely-latency", markup=False)
            yield Table(_COLUMNS, "closely-last", ("No request was heard yet.",))
            with Horizontal(id="closely-line"):
                yield Static(id="closely-words", markup=False)
                yield Button("Exchange", compact=True, id="closely-open")
                yield Button("Back", compact=True, id="closely-back")

    def on_mount(self) -> None:
        self.query_one(Table).focus()
        self.set_interval(_LOOK, self.look)
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
        self.query_one("#closely-figures", Static).update(_figures(figures))
        self._draw_latency(figures)
        rows = [_row(self._newest - place, one) for place, one in enumerate(self._heard)]
        self.query_one(Table).show(rows)
        self._say_why()

    def _say_what(self) -> None:
        responder = self._responder
        state = ("● on   ", "$text-success") if responder.on else ("○ off   ", _MUTED)
        words = describe(responder.draft, responder.queue)
        self.query_one("#closely-says", Static).update(
            Content.assemble(state, clean(f"It {words}."))
        )

    def _draw_latency(self, figures: Served) -> None:
        chart = self.query_one("#closely-latency", Static)
        if not figures.latency.count:
            chart.update(Content.styled("Nothing was answered yet.", _MUTED))
            return
        width, height = chart.size.width, chart.size.height
        chart.update(Content("\n").join(latency_lines(figures.latency, width, height)))

    @property
    def _chosen(self) -> HandledRequest | None:
        key = self.query_one(Table).cursor
        return self._heard[self._newest - key] if isinstance(key, int) else None

    @on(Table.Chosen)
    def _say_why(self) -> None:
        chosen = self._chosen
        words = (chosen.words if chosen else "") or self._responder.complaint
        self.query_one("#closely-words", Static).update(
            Content.styled(clean(words), "$text-warning")
        )

    @on(Button.Pressed, "#closely-back")
    def _back(self) -> None:
        self.dismiss(None)

    @on(Table.Opened)
    @on(Button.Pressed, "#closely-open")
    def action_open(self) -> None:
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
