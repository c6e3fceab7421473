"""The presenter: one slide at a time in large type, with nothing else on the screen."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from engine.diagnosis.result import Tone
from tui.kit.command import Command, Commanded
from tui.kit.page import Page
from tui.safe import clean, shorten

from .big_type import FONTS, draw_big
from .slides import SIGNS, Slide, SlideSource, exchange_slides, flow_slides

_INKS = {
    Tone.GOOD: "$text-success",
    Tone.WARN: "$text-warning",
    Tone.BAD: "$text-error",
    Tone.OPEN: "$text-accent",
    None: "$text-primary",
}
_SECOND = 2
"""The place of the second size of letters in `FONTS`."""
_EDGE = 4
"""Cells on each side."""

PRESENTER: tuple[Command[Presenter], ...] = (
    Command(
        "presenter.next",
        "right,space,enter,pagedown,down",
        "Next",
        "The next slide",
        lambda screen: screen.turn(1),
    ),
    Command(
        "presenter.before",
        "left,backspace,pageup,up",
        "Before",
        "The slide before",
        lambda screen: screen.turn(-1),
    ),
    Command(
        "presenter.flow",
        "F",
        "Flow",
        "Present the whole flow, or the one exchange again",
        lambda screen: screen.switch(),
    ),
    Command(
        "presenter.close",
        "escape,q,P",
        "Close",
        "Back to where one was",
        lambda screen: screen.dismiss(None),
    ),
)


class Presenter(Page[None], Commanded):
    DEFAULT_CSS = """
    Presenter { padding: 1 4; }
    Presenter > #slide-part { height: 1; }
    Presenter > #slide { height: 1fr; content-align: left middle; text-wrap: nowrap; }
    Presenter > #slide-place { height: 1; color: $text-muted; text-align: right; }
    """
    TABLE = PRESENTER

    def __init__(self, told: SlideSource, number: int, *, flow: bool = False) -> None:
        super().__init__()
        self._told = told
        self._number = number
        self.shows_flow = flow
        self.slides: list[Slide] = []
        self.at = 0
        self._part = Static(id="slide-part", markup=False)
        self._slide = Static(id="slide", markup=False)
        self._place = Static(id="slide-place", markup=False)

    def compose(self) -> ComposeResult:
        yield self._part
        yield self._slide
        yield self._place

    def on_mount(self) -> None:
        self._prepare()

    def on_resize(self, _: events.Resize) -> None:
        self._draw()

    def switch(self) -> None:
        self.shows_flow = not self.shows_flow
        self._prepare()

    def turn(self, by: int) -> None:
        self.at = min(max(0, self.at + by), max(0, len(self.slides) - 1))
        self._draw()

    def _prepare(self) -> None:
        make = flow_slides if self.shows_flow else exchange_slides
        self.slides, self.at = make(self._told, self._number), 0
        self._draw()

    def _draw(self) -> None:
        if not self.slides:
            self._slide.update("That exchange is no longer in the journal.")
            return
        slide = self.slides[self.at]
        width, height = self.size.width - 2 * _EDGE, self.size.height - 4
        self._part.update(Content.styled(clean(slide.part).upper(), "bold $text-muted"))
        self._place.update(f"{self.at + 1} of {len(self.slides)}")
        self._slide.update(Content("\n").join(_rows(slide, width, height)))


def _rows(slide: Slide, width: int, height: int) -> list[Content]:
    """Headline, what is under it, the sentences and the body: as large as all of them fit."""
    ink = f"bold {_INKS[slide.tone]}"
    sentences = [part for line in slide.lines for part in folded(line, width)]
    plain = len(sentences) + len(slide.body) + 2 * bool(slide.body) + 2
    head = draw_big(slide.headline, width - 2, max(1, height - plain))
    rows = [Content.styled(row, ink) for row in head]
    sign = SIGNS[slide.tone] if slide.tone is not None else ""
    if sign or slide.under:
        rows.append(Content.styled(f"{sign} {clean(slide.under or slide.headline)}", ink))
    rows += [Content(""), *(Content.styled(line, "bold") for line in sentences)]
    if slide.body:
        rows += [Content(""), *_body(slide.body, width, height - len(rows) - 1)]
    return rows[:height]


def _body(lines: tuple[str, ...], width: int, height: int) -> list[Content]:
    """In large letters where all of it fits so, else plain."""
    for largest in range(_SECOND, len(FONTS)):
        drawn = [row for line in lines for row in draw_big(line, width, height, largest=largest)]
        wide = max(map(cell_len, drawn), default=0)
        if len(drawn) <= height and wide <= width and len(drawn) > len(lines):
            return [Content.styled(row, "$text-accent") for row in drawn]
    return [Content.styled(shorten(line, width), "bold") for line in lines]


def folded(line: str, width: int) -> list[str]:
    """Cut at blanks into lines of at most that many cells."""
    rows = [""]
    for word in clean(line).split(" "):
        if rows[-1] and cell_len(rows[-1]) + 1 + cell_len(word) > width:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}" if rows[-1] else word or " "
    return [shorten(row, width) for row in rows]
