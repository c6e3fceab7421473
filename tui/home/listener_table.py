"""The table of who listens where, and the three things that are done with a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from tui.kit.command import Command, Commanded
from tui.table.table import Table

from .home_look import HomeEntry
from .home_rows import COLUMNS, HomeRows

Verb = Literal["compose", "watch", "host"]


class HomeChoice(NamedTuple):
    """What the user wants with an entry."""

    verb: Verb
    entry: HomeEntry


def _use(
    name: Verb,
    keys: str,
    title: str,
    help: str,  # noqa: A002
    **more: Any,
) -> Command[ListenerTable]:
    def run(table: ListenerTable) -> None:
        table.take(name)

    return Command(f"home.{name}", keys, title, help, run, footer=True, **more)


LISTENERS: tuple[Command[ListenerTable], ...] = (
    _use("compose", "enter", "Compose", "Compose a message to the subject"),
    _use("watch", "space", "Watch", "Watch the subject, or stop watching it"),
    _use("host", "a", "Respond", "Host a responder on the subject", sends=True),
)


class ListenerTable(Table, Commanded):
    TABLE = LISTENERS

    def __init__(self, use: Callable[[HomeChoice], None], hint: Sequence[str] = ()) -> None:
        super().__init__(COLUMNS, "who-listens", hint, order="subject")
        self._use = use

    @property
    def entry(self) -> HomeEntry | None:
        """The one under the cursor."""
        rows, at = self.source, self._cursor.index
        return rows.entries[at] if isinstance(rows, HomeRows) and rows.entries else None

    def show_entries(self, entries: Sequence[HomeEntry], watched: Sequence[str]) -> None:
        self.show(HomeRows(entries, watched))

    def action_open(self) -> None:
        self.take("compose")

    def take(self, verb: Verb) -> None:
        if self.entry is None:
            self.app.bell()
        else:
            self._use(HomeChoice(verb, self.entry))
