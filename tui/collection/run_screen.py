"""A run of saved requests: each one's turn, what came of it, and why it did not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.collection.collection import Saved
from engine.errors import NatstapError
from engine.latency_words import span
from engine.runs.result import Result, summary
from engine.runs.run import Run
from tui.kit.command import Command, Commanded
from tui.kit.headline import Headline
from tui.kit.key_line import KeyLine
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.rewriting import rewrite
from tui.kit.screen_line import ScreenLine
from tui.safe import clean
from tui.table.table import Cell, Column, Row, Table

from .outcomes import outcome_cell

if TYPE_CHECKING:
    from engine.session import Session

COLUMNS = (
    Column("name", 24, grow=True),
    Column("outcome", 10),
    Column("took", 9, right=True, rank=1),
    Column("why", 20, grow=True, rank=2),
)
RUN: tuple[Command[RunScreen], ...] = (
    Command(
        "run.again",
        "r",
        "Again",
        "Run the same requests again",
        lambda screen: screen.start(),
        footer=True,
        sends=True,
    ),
    Command(
        "run.stop",
        "s",
        "Stop",
        "Send no more of them",
        lambda screen: screen.stop(),
        footer=True,
    ),
    Command(
        "run.expect",
        "x,enter",
        "Expect",
        "Edit what the chosen request expects; begin with what it was answered",
        lambda screen: screen.expect(),
        footer=True,
        waits=True,
    ),
    Command(
        "run.back",
        "escape,q",
        "Back",
        "Back to the collection; what was not sent stays unsent",
        lambda screen: screen.dismiss(None),
        footer=True,
    ),
)


class RunScreen(Page[None], Commanded):
    """What came of each is in `Session.results` too, where the collection's list finds it."""

    CSS_PATH = "../catalog.tcss"
    TABLE = RUN

    def __init__(self, session: Session, plan: Sequence[Saved]) -> None:
        super().__init__()
        self._session = session
        self._plan = plan
        self._results: dict[str, Result] = {}
        self._sending = ""
        """The name of the one that is on its way."""
        self._headline = Headline("catalog-total")
        self._table = Table(COLUMNS, "run-rows")
        self._faults = Static(id="run-faults", markup=False)

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self._headline
        yield ScreenLine("run")
        rows = Vertical(self._table, id="run-list", classes="pane")
        rows.border_title = "Run"
        yield rows
        checks = Vertical(self._faults, id="run-checks", classes="pane")
        checks.border_title = "Checks"
        yield checks
        yield KeyLine()

    def on_mount(self) -> None:
        self._table.focus()
        self._show()
        self.start()

    # -- running -----------------------------------------------------------------------------

    @property
    def results(self) -> tuple[Result, ...]:
        """In the order of the plan; of those that were run."""
        return tuple(self._results.values())

    def start(self) -> None:
        """Begin, or begin again."""
        self._run_all()

    @property
    def running(self) -> bool:
        return any(worker.group == "run" and worker.is_running for worker in self.workers)

    @work(group="run", exclusive=True)
    async def _run_all(self) -> None:
        """One after the other; leaving the screen or stopping ends it."""
        self._results.clear()
        session = self._session
        try:
            variables = await asyncio.to_thread(session.environment.variables)
            run = Run(
                session.broker,
                session.journal,
                session.collection,
                self._plan,
                variables,
                begins=self._begins,
            )
            async for result in run:
                self._take(result)
        except NatstapError as error:
            rewrite(self._faults, Content.styled(clean(f"! {error}"), "$text-error"))
        finally:
            self._sending = ""
            if self.is_attached:
                self._show()

    def _begins(self, name: str) -> None:
        self._sending = name
        self._show()

    def _take(self, result: Result) -> None:
        self._results[result.name] = result
        self._session.results[result.name] = result
        self._show()

    def stop(self) -> None:
        self.workers.cancel_group(self, "run")

    # -- showing -----------------------------------------------------------------------------

    def _show(self) -> None:
        done, total = len(self._results), len(self._plan)
        told = summary(self.results) if done else "nothing was sent yet"
        self._headline.say(f"{done} of {total}   {told}   {_bar(done, total)}")
        self._table.show([self._row(saved) for saved in self._plan])
        self._explain()

    def _row(self, saved: Saved) -> Row:
        result = self._results.get(saved.name)
        if result is None:
            waits = Cell("… sent", "active") if saved.name == self._sending else Cell("")
            return Row(saved.name, (Cell(saved.name), waits, Cell(""), Cell("")))
        took = result.answer.latency if result.answer else None
        why = result.faults[0] if result.faults and not result.passed else ""
        cells = (
            Cell(saved.name),
            outcome_cell(result),
            Cell(span(took) if took else ""),
            Cell(why),
        )
        return Row(saved.name, cells)

    @on(Table.Chosen)
    def _explain(self) -> None:
        """All that is wrong with the chosen one, or all that holds."""
        result = self._results.get(self._chosen(self._table.cursor))
        lines = explain_result(result) if result is not None else []
        parts = (Content.styled(clean(line), ink) for line, ink in lines)
        rewrite(self._faults, Content("\n").join(parts))

    @staticmethod
    def _chosen(key: Hashable) -> str:
        return str(key or "")

    # -- expecting ---------------------------------------------------------------------------

    async def expect(self) -> None:
        from .expecting import edit_expectations

        name = self._chosen(self._table.cursor)
        result = self._results.get(name)
        if name:
            await edit_expectations(self, self._session, name, result.answer if result else None)


def explain_result(result: Result) -> list[tuple[str, str]]:
    """A line for each thing that went wrong and for each expectation that holds, and its colour."""
    faults = result.faults if not result.passed else ()
    held = (judged.sentence for judged in result.judged if judged.holds)
    return [
        *((f"✗ {fault}", "$text-error") for fault in faults),
        *((f"✓ {sentence}", "$text-success") for sentence in held),
    ]


def _bar(done: int, total: int, width: int = 20) -> str:
    filled = round(width * done / total) if total else width
    return "━" * filled + "─" * (width - filled)
