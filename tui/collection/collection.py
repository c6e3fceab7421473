"""The collection: saved requests and responders, by folder; to send, to host, to put in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult

from engine.collection.collection import Saved
from engine.drafts.draft import Draft
from engine.errors import InvalidInput, NatstapError
from engine.responders.reply import ReplyDraft
from engine.runs.plan import plan_run
from tui.kit.command import Command, Commanded
from tui.kit.key_line import KeyLine
from tui.kit.link_line import LinkLine
from tui.kit.page import Page
from tui.kit.resend import Again
from tui.table.table import Table

from .catalog import COMMON, Catalog, missing_advice
from .collection_list import CollectionList
from .collection_rows import COLUMNS, Bad, Folder
from .environments import Environments
from .save_as import SaveAs

if TYPE_CHECKING:
    from engine.session import Session

COLLECTION: tuple[Command[CollectionScreen], ...] = (
    Command(
        "collection.use",
        "e,enter",
        "Use",
        "Compose the request, or host the responder",
        lambda screen: screen.use(),
        footer=True,
    ),
    Command(
        "collection.send",
        "r",
        "Send",
        "Send the chosen request as it is",
        lambda screen: screen.send(),
        footer=True,
        waits=True,
        sends=True,
    ),
    Command(
        "collection.run",
        "J",
        "Run",
        "Run the chosen request, or the folder's, and check what they expect",
        lambda screen: screen.run_chosen(),
        footer=True,
        waits=True,
        sends=True,
    ),
    Command(
        "collection.run-all",
        "A",
        "Run all",
        "Run all saved requests, and check what they expect",
        lambda screen: screen.run_requests(()),
        footer=True,
        waits=True,
        sends=True,
    ),
    Command(
        "collection.expect",
        "x",
        "Expect",
        "Edit what the chosen request expects of its answer",
        lambda screen: screen.expect(),
        footer=True,
        waits=True,
    ),
    Command(
        "collection.rename",
        "n",
        "Rename",
        "Give it another name or another folder",
        lambda screen: screen.rename_chosen(),
        footer=True,
        waits=True,
    ),
    Command(
        "collection.delete",
        "d,delete",
        "Delete",
        "Delete the chosen file",
        lambda screen: screen.delete_chosen(),
        footer=True,
    ),
    Command(
        "collection.undo",
        "u",
        "Undo",
        "Undo the last change to the collection in this run",
        lambda screen: screen.undo(),
        footer=True,
    ),
    Command(
        "collection.environments",
        "v",
        "Variables",
        "Choose the environment, edit its variables",
        lambda screen: screen.choose_environment(),
        footer=True,
        waits=True,
    ),
    *COMMON,
)


class CollectionScreen(Page[Again | None], Commanded):
    """Dismisses with what is to be sent or composed, None when nothing is."""

    CSS_PATH = "../catalog.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (150, "-broad")]  # noqa: RUF012
    TABLE = COLLECTION

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._collection = session.collection
        self._saved = CollectionList(session)
        self.catalog: Catalog = Catalog("Collection", COLUMNS, self._saved)
        self._turn = asyncio.Lock()
        self._twice = ""
        """The responder of which the user was told that it is hosted already."""

    def compose(self) -> ComposeResult:
        yield LinkLine()
        yield self.catalog
        yield KeyLine()

    # -- using it ----------------------------------------------------------------------------

    def _chosen(self) -> Saved | None:
        """The chosen thing; what is none is told."""
        item = self._saved.item(self.catalog.chosen)
        if isinstance(item, Saved):
            return item
        if isinstance(item, Bad):
            self.catalog.complain("this file cannot be read: mend it first")
        else:
            self.app.bell()
        return None

    @on(Table.Opened)
    def _opened(self) -> None:
        self.use()

    def use(self) -> None:
        item = self._chosen()
        if item is None:
            return
        if isinstance(item.what, Draft):
            self.dismiss(Again(item.what, send=False, name=item.name))
        else:
            self._host(item.name, item.what)

    @work(group="host")
    async def _host(self, name: str, draft: ReplyDraft) -> None:
        async with self._turn:
            try:
                said = await self._host_once(name, draft)
            except NatstapError as error:
                self.catalog.complain(error)
            else:
                self.catalog.say(said)

    async def _host_once(self, name: str, draft: ReplyDraft) -> str:
        """One that is hosted already is switched on; a second one is asked for twice."""
        same = next(
            (responder for responder in self._session.responders.all if responder.draft == draft),
            None,
        )
        if same is not None and same.on and self._twice != name:
            self._twice = name
            return f"● {name} answers on {draft.subject} already: Enter again hosts a second."
        if same is not None and not same.on:
            await same.start()
        else:
            await self._session.responders.add(draft, name=name.rpartition("/")[2])
        self._twice = ""
        return f"● {name} answers on {draft.subject} now; it is among the responders."

    async def send(self) -> None:
        item = self._chosen()
        if item is None:
            return
        if not isinstance(item.what, Draft):
            self.catalog.complain("a responder is not sent: Enter hosts it")
        elif advice := await missing_advice(self._session, item.what):
            self.catalog.complain(advice)
        else:
            self.dismiss(Again(item.what, send=True))

    # -- running them ------------------------------------------------------------------------

    async def run_chosen(self) -> None:
        if isinstance(folder := self.catalog.chosen, Folder):
            await self.run_requests((folder.name,))
            return
        item = self._chosen()
        if item is None:
            return
        if isinstance(item.what, Draft):
            await self.run_requests((item.name,))
        else:
            self.catalog.complain("a responder is not run: Enter hosts it")

    async def run_requests(self, names: tuple[str, ...]) -> None:
        """Those with the names and what they need, all without names."""
        from .run_screen import RunScreen

        try:
            plan = plan_run(await asyncio.to_thread(self._collection.load), names)
        except InvalidInput as error:
            self.catalog.complain(error)
            return
        if not plan:
            self.catalog.complain("no request is saved yet: ^S on the desk saves one")
            return
        await self.app.push_screen_wait(RunScreen(self._session, plan))
        await self.catalog.read()

    async def expect(self) -> None:
        from .expecting import edit_expectations

        item = self._chosen()
        if item is None:
            return
        result = self._session.results.get(item.name)
        answer = result.answer if result is not None else None
        if await edit_expectations(self, self._session, item.name, answer):
            await self.catalog.read()

    # -- putting it in order -----------------------------------------------------------------

    async def rename_chosen(self) -> None:
        item = self._chosen()
        if item is None:
            return
        name = await self.app.push_screen_wait(
            SaveAs(self._session, item.what, item.name, rename=True)
        )
        if name and name != item.name:
            await self.catalog.read()
            self.catalog.choose(name)
            self.catalog.say(f"It is {name} now: u undoes it.")

    def delete_chosen(self) -> None:
        item = self._saved.item(self.catalog.chosen)
        if item is None:
            self.app.bell()
        else:
            name = item.name
            self._change(lambda: self._collection.delete(name), f"{name} is deleted: u undoes.")

    @work(group="change")
    async def _change(self, do: Callable[[], object], says: str) -> None:
        try:
            await asyncio.to_thread(do)
        except InvalidInput as error:
            self.catalog.complain(error)
            return
        await self.catalog.read()
        self.catalog.say(says)

    def undo(self) -> None:
        self._undo()

    @work(group="change")
    async def _undo(self) -> None:
        try:
            undone = await asyncio.to_thread(self._collection.undo)
        except InvalidInput as error:
            self.catalog.complain(error)
            return
        await self.catalog.read()
        self.catalog.say(f"Undone: {undone}." if undone else "Nothing was changed in this run.")

    async def choose_environment(self) -> None:
        await self.app.push_screen_wait(Environments(self._session))
        await self.catalog.read()
