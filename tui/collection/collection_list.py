"""What the collection's list shows: what is saved, by folder, and the files that cannot be read."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from engine.collection.collection import LoadedCollection, Saved
from engine.drafts.draft import Draft
from engine.words import counted

from .catalog import CatalogRows, Closely, missing_advice, short_path
from .collection_rows import Bad, Folder, Item, items, rows
from .outcomes import check_facts

if TYPE_CHECKING:
    from engine.session import Session


class CollectionList:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._collection = session.collection
        self._loaded = LoadedCollection()
        self._items: dict[Hashable, Item] = {}

    def item(self, key: Hashable) -> Item | None:
        return self._items.get(key)

    async def read(self, words: str, width: int) -> CatalogRows:
        self._loaded = loaded = await asyncio.to_thread(self._collection.load)
        folder = self._collection.folder
        found = await asyncio.to_thread(items, loaded, folder, words)
        self._items = {item.name: item for item in found}
        drawn = list(rows(found, self._session.results))
        return CatalogRows(
            drawn,
            tuple(self._figures()),
            (
                "^S on the desk saves what is composed; each request is a small file",
                f"in {short_path(folder, 50)}, which belongs in git.",
            ),
            short_path(folder, max(20, width // 2)),
            {row.key: _first_in(row.key, found) for row in drawn if isinstance(row.key, Folder)},
        )

    async def changed(self) -> bool:
        """An editor or git may have changed a file."""
        loaded = await asyncio.to_thread(self._collection.load)
        errors, before = (list(map(str, each.errors)) for each in (loaded, self._loaded))
        return loaded.saved != self._loaded.saved or errors != before

    def _figures(self) -> Iterator[str]:
        yield f"environment {self._session.environment.name or 'none'}"
        requests = sum(isinstance(saved.what, Draft) for saved in self._loaded.saved)
        yield counted(requests, "request")
        if responders := len(self._loaded.saved) - requests:
            yield counted(responders, "responder")
        if self._loaded.errors:
            yield f"! {len(self._loaded.errors):,} cannot be read"

    async def closely(self, key: Hashable) -> Closely | str:
        item = self.item(key)
        if not isinstance(item, Saved):
            return str(item.error) if isinstance(item, Bad) else ""
        advice = await missing_advice(self._session, item.what)
        missing = [("Missing", advice)] if advice else []
        result = self._session.results.get(item.name)
        return Closely(
            item.what, [("Name", item.name), *missing, *check_facts(item.checks, result)]
        )


def _first_in(folder: Folder, found: list[Item]) -> str | None:
    inside = (item.name for item in found if item.name.startswith(f"{folder.name}/"))
    return next(inside, None)
