"""The collection: saved requests and responders, by folder; to send, to host, to put in order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from engine.collection.collection import Loaded, Saved
from engine.drafts.draft import Draft
from engine.errors import InvalidInput, NatstapError
from engine.responders.reply import ReplyDraft
from engine.secrets.missing_variables import advise, missing_variables
from engine.words import counted
from tui.kit.facts import Fact
from tui.kit.resend import Again
from tui.kit.table import Row, Table
from tui.safe import clean

from .catalog import COMMON, CatalogScreen, short_path
from .collection_rows import COLUMNS, Bad, Folder, Item, items, rows
from .draft_view import DraftView
from .environments import Environments
from .save_as import MoveTo

if TYPE_CHECKING:
    from engine.session import Session


def _key(keys: str, action: str, says: str, tooltip: str, display: str = "") -> Binding:
    return Binding(
        keys, action, says, id=f"collection.{action}", tooltip=tooltip, key_display=display or None
    )


class CollectionScreen(CatalogScreen):
    """Dismisses with what is to be sent or composed, None when nothing is."""

    NAME = "Collection"
    COLUMNS = COLUMNS
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("enter,e", "use", "Use", "Compose the request, or host the responder", "e"),
        _key("r", "send", "Send", "Send the chosen request as it is"),
        _key("n", "rename", "Rename", "Give it another name or another folder"),
        _key("d,delete", "delete", "Delete", "Delete the chosen file", "d"),
        _key("u", "undo", "Undo", "Take back the last change to the collection of this run"),
        _key("v", "environments", "Variables", "Choose the environment, edit its variables"),
        *COMMON,
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._collection = session.collection
        self._loaded = Loaded()
        self._items: dict[str, Item] = {}
        self._turn = asyncio.Lock()
        self._twice = ""
        """The responder of which the user was told that it is hosted already."""

    @property
    def EMPTY(self) -> tuple[str, ...]:  # type: ignore[override]  # noqa: N802
        return (
            "^S on the desk saves what is composed; each request is a small file",
            f"in {short_path(self._collection.folder, 50)}, which belongs in git.",
        )

    # -- looking -----------------------------------------------------------------------------

    async def read(self, words: str) -> None:
        loaded, found, drawn = await asyncio.to_thread(self._load, words)
        self._loaded, self._items = loaded, {one.name: one for one in found}
        self.show(drawn)
        self._leave_folder(found)
        self.total(*self._figures())
        folder = short_path(self._collection.folder, max(20, self.size.width // 2))
        self.query_one("#catalog-list").border_subtitle = Content(clean(folder))

    def _leave_folder(self, found: list[Item]) -> None:
        """With a folder nothing can be done, but with what is in it."""
        chosen = self.rows.cursor
        if isinstance(chosen, Folder):
            inside = (one.name for one in found if one.name.startswith(f"{chosen.name}/"))
            self.rows.choose(next(inside, None))

    def _load(self, words: str) -> tuple[Loaded, list[Item], list[Row]]:
        """In a thread."""
        loaded = self._collection.load()
        found = items(loaded, self._collection.folder, words)
        return loaded, found, list(rows(found))

    async def changed(self) -> bool:
        """An editor or git may have changed a file."""
        loaded = await asyncio.to_thread(self._collection.load)
        errors, before = ([str(one) for one in each.errors] for each in (loaded, self._loaded))
        return loaded.saved != self._loaded.saved or errors != before

    def _figures(self) -> Iterator[str]:
        yield f"environment {self._session.environment or 'none'}"
        requests = sum(isinstance(one.what, Draft) for one in self._loaded.saved)
        yield counted(requests, "request")
        if responders := len(self._loaded.saved) - requests:
            yield counted(responders, "responder")
        if self._loaded.errors:
            yield f"! {len(self._loaded.errors):,} cannot be read"

    @property
    def _item(self) -> Item | None:
        chosen = self.rows.cursor
        return self._items.get(chosen) if isinstance(chosen, str) else None

    async def draw(self) -> None:
        item = self._item
        self.query_one(DraftView).display = isinstance(item, Saved)
        error = self.query_one("#catalog-error", Static)
        error.display = isinstance(item, Bad)
        if isinstance(item, Bad):
            error.update(Content(clean(f"! {item.error}")))
        elif item is not None:
            advice = await self._advice(item.what)
            missing: list[Fact] = [("Missing", advice)] if advice else []
            self.query_one(DraftView).show(item.what, [("Name", item.name), *missing])

    async def _advice(self, thing: Draft | ReplyDraft) -> str:
        """What must be set before it can be sent; "" for nothing."""
        try:
            given = await asyncio.to_thread(self._session.variables)
        except NatstapError as error:
            return str(error)
        return advise(missing_variables(thing, given))

    # -- using it ----------------------------------------------------------------------------

    def _chosen(self) -> Saved | None:
        """The chosen thing; what is none is told."""
        item = self._item
        if isinstance(item, Saved):
            return item
        if isinstance(item, Bad):
            self.complain("this file cannot be read: mend it first")
        else:
            self.app.bell()
        return None

    @on(Table.Opened)
    def action_use(self) -> None:
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
                self.complain(error)
            else:
                self.say(said)

    async def _host_once(self, name: str, draft: ReplyDraft) -> str:
        """One that is hosted already is switched on; a second one is asked for twice."""
        same = next((one for one in self._session.responders if one.draft == draft), None)
        if same is not None and same.on and self._twice != name:
            self._twice = name
            return f"● {name} answers on {draft.subject} already: Enter again hosts a second."
        if same is not None and not same.on:
            await same.start()
        else:
            await self._session.add_responder(draft, name=name.rpartition("/")[2])
        self._twice = ""
        return f"● {name} answers on {draft.subject} now; it is among the responders."

    @work(group="send", exclusive=True)
    async def action_send(self) -> None:
        item = self._chosen()
        if item is None:
            return
        if not isinstance(item.what, Draft):
            self.complain("a responder is not sent: Enter hosts it")
        elif advice := await self._advice(item.what):
            self.complain(advice)
        else:
            self.dismiss(Again(item.what, send=True))

    # -- putting it in order -----------------------------------------------------------------

    @work(group="rename", exclusive=True)
    async def action_rename(self) -> None:
        item = self._chosen()
        if item is None:
            return
        name = await self.app.push_screen_wait(MoveTo(self._session, item.what, item.name))
        if name and name != item.name:
            await self.read(self.words)
            self.rows.choose(name)
            self.say(f"It is {name} now: u takes it back.")

    def action_delete(self) -> None:
        item = self._item
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
            self.complain(error)
            return
        await self.read(self.words)
        self.say(says)

    @work(group="change")
    async def action_undo(self) -> None:
        try:
            undone = await asyncio.to_thread(self._collection.undo)
        except InvalidInput as error:
            self.complain(error)
            return
        await self.read(self.words)
        self.say(f"Undone: {undone}." if undone else "Nothing was changed in this run.")

    @work(group="environments", exclusive=True)
    async def action_environments(self) -> None:
        await self.app.push_screen_wait(Environments(self._session))
        await self.read(self.words)
