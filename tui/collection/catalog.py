"""What the history and the collection have in common: a list to search, and a close look.

A subclass gives the rows, and says what becomes of the chosen one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Footer, Input, Static

from tui.kit.editor import Field
from tui.kit.headline import Headline
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.resend import Again
from tui.kit.table import Column, Row, Table
from tui.safe import clean

from .draft_view import DraftView

if TYPE_CHECKING:
    from engine.session import Session

_EVERY = 2.0
"""Seconds between two looks at what others may have written."""


COMMON: tuple[BindingType, ...] = (
    Binding("slash", "search", "Search", id="catalog.search", key_display="/", tooltip="Find some"),
    Binding("escape,q", "back", "Back", id="catalog.back", tooltip="Back to the desk"),
)
"""The last of each screen's keys."""


class SearchField(Field):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "down", "screen.to_list", "List", id="search.list", show=False, tooltip="To the list"
        )
    ]


class CatalogScreen(Page[Again | None]):
    CSS_PATH = "../catalog.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    NAME: ClassVar[str]
    COLUMNS: ClassVar[tuple[Column, ...]]
    EMPTY: ClassVar[tuple[str, ...]]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield Headline("catalog-total")
        yield SearchField(placeholder="/ search: every word", compact=True, id="catalog-search")
        with Container(id="catalog-panes"):
            with Vertical(id="catalog-list", classes="pane") as pane:
                pane.border_title = self.NAME
                yield Table(self.COLUMNS, "catalog-rows", ("Reading…",))
            with Vertical(id="catalog-detail", classes="pane"):
                yield Static(id="catalog-error", markup=False)
                yield DraftView()
        yield Static(id="catalog-said", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.say("")
        self.query_one("#catalog-error").display = False
        self.query_one("#catalog-detail").display = False
        self.rows.focus()
        self.look()
        self.set_interval(_EVERY, self.look_again)

    # -- what a subclass says ----------------------------------------------------------------

    async def read(self, words: str) -> None:
        """Read, and show what has the words."""
        raise NotImplementedError

    async def changed(self) -> bool:
        """True when somebody else changed what is shown."""
        raise NotImplementedError

    async def draw(self) -> None:
        """Look closely at the row under the cursor."""
        raise NotImplementedError

    # -- looking -----------------------------------------------------------------------------

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        await self.read(self.words)

    @work(group="look-again", exclusive=True)
    async def look_again(self) -> None:
        if await self.changed():
            self.look()

    @work(group="draw", exclusive=True)
    async def draw_chosen(self) -> None:
        await self.draw()

    # -- what a subclass uses ----------------------------------------------------------------

    @property
    def rows(self) -> Table:
        return self.query_one(Table)

    @property
    def words(self) -> str:
        """What is searched."""
        return self.query_one(SearchField).value

    def show(self, rows: Sequence[Row]) -> None:
        self.rows.hint = ("Nothing has all these words.",) if self.words.strip() else self.EMPTY
        self.rows.show(rows)
        self.query_one("#catalog-detail").display = bool(rows)
        self.draw_chosen()

    def total(self, *figures: str) -> None:
        """The line at the top."""
        words = "   ".join(clean(one) for one in figures if one)
        self.query_one(Headline).say(words)

    def say(self, words: str, ink: str = "") -> None:
        """One sentence at the foot; "" takes it back."""
        said = self.query_one("#catalog-said", Static)
        said.display = bool(words)
        said.update(Content.styled(clean(words), ink))

    def complain(self, words: object) -> None:
        self.say(f"! {words}", "$text-error")

    # -- keys and mouse ----------------------------------------------------------------------

    @on(Table.Chosen)
    def _moved(self) -> None:
        self.draw_chosen()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.look()

    @on(Input.Submitted)
    def action_to_list(self) -> None:
        self.rows.focus()

    def action_search(self) -> None:
        self.query_one(SearchField).focus()

    def action_back(self) -> None:
        """Out of the search first, then out of the screen."""
        field = self.query_one(SearchField)
        if field.value or field.has_focus:
            field.value = ""
            self.rows.focus()
        else:
            self.dismiss(None)


def short_path(path: Path, room: int) -> str:
    """A path as people write it, in at most `room` cells, its end rather than its beginning."""
    words = str(path.absolute())
    home = str(Path.home())
    words = f"~{words[len(home) :]}" if words.startswith(home + "/") else words
    return words if len(words) <= room else f"…{words[1 - room :]}"
