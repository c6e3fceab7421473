"""What is done to the hosted responders, and undoing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.responders.reply import ReplyDraft
    from engine.responders.responder import Responder
    from engine.session import Session

_MAX_UNDONE = 50


class ResponderChanges:
    """Every change raises what the engine raises."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], Awaitable[object]]] = []

    def forget(self) -> None:
        self._undo.clear()

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    async def undo(self) -> None:
        """Takes back the last one that was not taken back yet."""
        if self._undo:
            await self._undo.pop()()

    async def host(self, session: Session, wanted: Sequence[tuple[ReplyDraft, str]]) -> None:
        """Host drafts, each with its name; those before one that fails are undone together."""
        added: list[Responder] = []
        try:
            for draft, name in wanted:
                added.append(await session.responders.add(draft, name=name))
        finally:
            if added:
                self._remember(partial(_unhost, session, added))

    async def switch(self, chosen: Responder) -> None:
        do, undo = (chosen.stop, chosen.start) if chosen.on else (chosen.start, chosen.stop)
        await do()
        self._remember(undo)

    async def remove(self, session: Session, chosen: Responder) -> None:
        removed = await session.responders.remove(chosen)
        self._remember(partial(session.responders.restore, removed))

    async def change(self, chosen: Responder, draft: ReplyDraft, name: str) -> None:
        undo = partial(chosen.change, chosen.draft, chosen.named)
        await chosen.change(draft, name)
        self._remember(undo)

    def _remember(self, undo: Callable[[], Awaitable[object]]) -> None:
        self._undo = [*self._undo[-_MAX_UNDONE:], undo]


async def _unhost(session: Session, added: Sequence[Responder]) -> None:
    for responder in added:
        if responder in session.responders.all:
            await session.responders.remove(responder)
