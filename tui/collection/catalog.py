"""A list to search, and a close look at the row under the cursor: what the history and the
collection hold. Where the rows come from, and what is done with them, is theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input

from engine.drafts.draft import Draft
from engine.errors import NatstapError
from engine.responders.reply import ReplyDraft
from engine.secrets.missing_variables import advise, missing_variables
from engine.whole_file import whole_path
from tui.kit.command import Command
from tui.kit.editor import Field
from tui.kit.facts import Fact
from tui.kit.headline import Headline
from tui.kit.rewriting import retitle
from tui.kit.screen_line import ScreenLine
from tui.kit.sentence import Sentence
from tui.safe import clean
from tui.table.table import Column, Row, Table

from .draft_view import DraftView

if TYPE_CHECKING:
    from engine.session import Session

_EVERY = 2.0
"""Seconds between two looks at what others may have written."""


class CatalogRows(NamedTuple):
    """What a source has."""

    rows: Sequence[Row]
    figures: Sequence[str]
    """For the line at the top."""
    empty: Sequence[str]
    """What to say where there is nothing at all."""
    subtitle: str = ""
    inside: Mapping[Hashable, Hashable] = {}
    """Rows that nothing can be done with, and the row that the cursor goes to instead."""


class Closely(NamedTuple):
    """What is said of a row more closely."""

    thing: Draft | ReplyDraft
    facts: Sequence[Fact]
    left_out: int = 0
    """Bytes of a body that was not kept."""


class CatalogSource(Protocol):
    async def read(self, words: str, width: int) -> CatalogRows:
        """What has every word, on a screen `width` cells wide; raises `NatstapError`."""

    async def changed(self) -> bool:
        """True when somebody else changed what is shown."""

    async def closely(self, key: Hashable) -> Closely | str:
        """What a row stands for, or why it cannot be read; "" for nothing."""


COMMON: tuple[Command[Any], ...] = (
    Command(
        "catalog.search",
        "slash",
        "Search",
        "Find some",
        lambda screen: screen.catalog.search(),
        footer=True,
    ),
    Command(
        "catalog.back",
        "escape,q",
        "Back",
        "Back to the desk",
        lambda screen: screen.catalog.leave_search() or screen.dismiss(None),
        footer=True,
    ),
)
"""The last commands of a screen that holds a `catalog`."""


class SearchField(Field):
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "down", "app.focus_next", "List", id="search.list", show=False, tooltip="To the list"
        )
    ]


class Catalog(Vertical):
    def __init__(self, title: str, columns: tuple[Column, ...], source: CatalogSource) -> None:
        super().__init__(id="catalog")
        self._title = title
        self._source = source
        self._headline = Headline("catalog-total")
        self._field = SearchField(
            placeholder="/ search: every word", compact=True, id="catalog-search"
        )
        self._table = Table(columns, "catalog-rows", ("Reading…",))
        self._list = Vertical(self._table, id="catalog-list", classes="pane")
        self._list.border_title = title
        self._error = Sentence("catalog-error")
        self._view = DraftView()
        self._detail = Vertical(self._error, self._view, id="catalog-detail", classes="pane")
        self._said = Sentence("catalog-said")
        self._detail.display = False

    def compose(self) -> ComposeResult:
        yield self._headline
        yield ScreenLine(self._title.lower())
        yield self._field
        yield Container(self._list, self._detail, id="catalog-panes")
        yield self._said

    def on_mount(self) -> None:
        self._table.focus()
        self.look()
        self.set_interval(_EVERY, self._look_again)

    # -- looking -----------------------------------------------------------------------------

    @work(group="look", exclusive=True)
    async def look(self) -> None:
        await self.read()

    @work(group="look-again", exclusive=True)
    async def _look_again(self) -> None:
        if await self._source.changed():
            self.look()

    async def read(self) -> None:
        """Read, and show what has the words."""
        words = self._field.value
        try:
            found = await self._source.read(words, self.app.size.width)
        except NatstapError as error:
            self.complain(error)
            return
        self._table.hint = (
            ("Nothing has all these words.",) if words.strip() else tuple(found.empty)
        )
        self._table.show(found.rows)
        if instead := found.inside.get(self._table.cursor):
            self._table.choose(instead)
        retitle(self._list, subtitle=Content(clean(found.subtitle)))
        self._headline.say("   ".join(clean(figure) for figure in found.figures))
        self._detail.display = bool(found.rows)
        self._look_closely()

    @on(Table.Chosen)
    @work(group="draw", exclusive=True)
    async def _look_closely(self) -> None:
        seen = await self._source.closely(self._table.cursor)
        self._view.display = isinstance(seen, Closely)
        if isinstance(seen, Closely):
            self._view.show(seen.thing, seen.facts, seen.left_out)
        self._error.complain(seen if isinstance(seen, str) else "")

    # -- what the screen uses ----------------------------------------------------------------

    @property
    def chosen(self) -> Hashable | None:
        """The key of the row under the cursor."""
        return self._table.cursor

    def choose(self, key: Hashable) -> None:
        self._table.choose(key)

    def say(self, words: str, ink: str = "") -> None:
        """One sentence at the foot; "" for none."""
        self._said.say(words, ink)

    def complain(self, words: object) -> None:
        self._said.complain(words)

    def search(self) -> None:
        self._field.focus()

    def leave_search(self) -> bool:
        """Show all again; False where all are shown."""
        if not (self._field.value or self._field.has_focus):
            return False
        self._field.value = ""
        self._table.focus()
        return True

    @on(Input.Changed)
    def _typed(self) -> None:
        self.look()

    @on(Input.Submitted)
    def _settled(self) -> None:
        self._table.focus()


async def missing_advice(session: Session, thing: Draft | ReplyDraft) -> str:
    """What must be set before it can be sent; "" for nothing."""
    try:
        given = await asyncio.to_thread(session.environment.variables)
    except NatstapError as error:
        return str(error)
    return advise(missing_variables(thing, given))


def short_path(path: Path, room: int) -> str:
    """A path as people write it, in at most `room` cells, its end rather than its beginning."""
    words = str(whole_path(path))
    home = str(Path.home())
    words = f"~{words[len(home) :]}" if words.startswith(home + "/") else words
    return words if len(words) <= room else f"…{words[1 - room :]}"
