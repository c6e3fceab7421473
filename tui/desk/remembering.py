"""What the desk remembers from one run to the next: its layout, what is composed and watched.

It looks now and then, and writes in a thread what has changed. What was watched is offered again,
and never begun by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.drafts.draft import Draft
from engine.errors import NatstapError
from engine.profile.known_places import PRIVATE
from engine.words import counted
from tui.kit.pane_layout import WIDE, shares_of
from tui.remembered import ADDRESSES, CONTENTS, DRAFTS, SCHEMAS, SERVERS, Change, Remembered
from tui.safe import clean, shorten

from .desk_commands import close_drawer

if TYPE_CHECKING:
    from engine.secrets.known_secrets import KnownSecrets
    from engine.session import Session

    from .desk import Desk

REMEMBER_EVERY = 2.0
"""Seconds between two looks at what is to be remembered."""
_WATCH = "desk.watch-anywhere"
_MAX_OFFERED = 60
"""Cells of the subjects in the sentence that offers them."""
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, NatstapError)


class Remembering:
    """`theme` is the one that natstap began with: only another is remembered."""

    def __init__(self, desk: Desk, remembered: Remembered, theme: str) -> None:
        self._desk = desk
        self._remembered = remembered
        self._theme = theme
        self._draft: Draft | None = None
        self._edits = -1
        """What is composed, and after how many changes that was looked at: it may be large."""
        self._written: Change = {}
        """What was found at the last look."""
        self._told = False
        """Whether it was told that nothing can be written."""
        self._watched_on: set[str] = set()
        """The servers on which something was watched: where nothing is now, the user stopped it."""

    def lay_out(self) -> None:
        """Put the borders and the drawer where they were."""
        shares_of(self._desk.app).update(self._remembered.shares)
        if not self._remembered.drawer and self._desk.app.size.width >= WIDE:
            close_drawer(self._desk)
        else:
            self._desk.panes.lay_out()

    def settle_in(self, session: Session) -> None:
        """Bring back what was composed on this server, and offer what was watched there."""
        self._watched_on.clear()  # moving ends watches as well, and forgets none
        server = server_name(session)
        told = [self._bring_back(self._remembered.drafts(server))]
        session.watches.before = self._remembered.watched(server)
        if session.watches.before and not session.watches.asked_for:
            subjects = shorten(clean(", ".join(session.watches.before)), _MAX_OFFERED)
            key = _watch_key(self._desk)
            told.append(f"Last time you watched {subjects} here: {key} offers it again.")
        if words := "\n".join(filter(None, told)):
            self._desk.app.notify(words)

    def _bring_back(self, drafts: Sequence[Mapping[str, Any]]) -> str:
        """The newest; behind it, for ^Z, those that other natstaps left or are at. Gives what is
        to be said of these.
        """
        composer = self._desk.composer
        if composer.touched:
            return ""
        for draft in drafts:
            with suppress(*_UNREADABLE):
                composer.load(Draft.from_dict(draft))
        more = len(drafts) - 1
        return f"^Z in Compose has {counted(more, 'draft')} of another natstap." if more > 0 else ""

    async def end(self) -> None:
        """Look once more, at what was typed just now too; another natstap may have taken the draft
        for its own since, and changed it.
        """
        self._edits, self._written = -1, {}
        await self.look(again=True)

    async def look(self, again: bool = False) -> None:
        """Remember what has changed; nothing waits for it."""
        change, session = dict(self._changes()), self._desk.session
        if change == self._written:
            return
        self._written = change
        secrets = session.secrets if session is not None else None
        try:
            await asyncio.to_thread(self._remember, change, secrets, again)
        except OSError as error:
            if not self._told and self._desk.is_attached:
                words = f"Could not save your settings: {error.strerror or error}."
                self._desk.app.notify(words, severity="warning")
            self._told = True

    def _remember(self, change: Change, secrets: KnownSecrets | None, again: bool) -> None:
        kept = {path: _kept(value, secrets) for path, value in change.items()}
        self._remembered.change(kept, again)

    def _changes(self) -> Iterator[tuple[tuple[str, ...], Any]]:
        desk, session = self._desk, self._desk.session
        if desk.app.theme != self._theme:
            yield ("theme",), desk.app.theme
        for name, share in shares_of(desk.app).items():
            yield ("borders", name), round(share, 3)
        yield ("drawer",), desk.room.open
        if (reader := getattr(desk.app, "reader", None)) is not None:
            for pattern, choice in reader.changed.items():
                yield (CONTENTS, pattern), choice or None
        if session is None:
            return
        for (pattern, side), raw in session.schemas.changed.items():
            yield (SCHEMAS, pattern, side), raw
        server = server_name(session)
        yield ("place",), server
        for line in desk.switching.places.written:
            yield (ADDRESSES, line), True
        if self._edits != desk.composer.edits:
            self._edits, self._draft = desk.composer.edits, desk.composer.unfinished()
        if (draft := self._draft) is not None:
            ours = draft == Draft("") or _is_same(draft, desk.switching.first)
            yield (SERVERS, server, DRAFTS, self._remembered.run), None if ours else draft
            yield (SERVERS, server, "draft"), None
        if watched := _watched(session):
            self._watched_on.add(server)
        if server in self._watched_on:
            yield (SERVERS, server, "watched"), list(watched) or None


def _is_same(draft: Draft, first: Draft) -> bool:
    return (draft.subject, draft.body) == (first.subject, first.body)


def _watch_key(desk: Desk) -> str:
    """The key that opens Watch, in Compose too: the user may have given it another."""
    found = (each.binding for each in desk.active_bindings.values() if each.binding.id == _WATCH)
    return next(map(desk.app.get_key_display, found), "w")


def server_name(session: Session) -> str:
    """What is remembered of a server is under this."""
    return PRIVATE if session.server is not None else session.profile.title


def _watched(session: Session) -> tuple[str, ...]:
    """The subjects that the user watches; not everything, which ends by itself."""
    from engine.watching.subject_watch import EverythingWatch, SubjectWatch

    chosen = (
        watch.subjects.patterns
        for watch in session.watches.asked_for
        if isinstance(watch, SubjectWatch) and not isinstance(watch, EverythingWatch)
    )
    return tuple(dict.fromkeys(pattern for patterns in chosen for pattern in patterns))


def _kept(value: Any, secrets: KnownSecrets | None) -> Any:
    """A draft as the history keeps it; all else as it is."""
    if not isinstance(value, Draft):
        return value
    from engine.history.history import LARGEST_BODY
    from engine.secrets.finding import NOTHING
    from engine.secrets.secrets import without_secrets

    bounded = replace(value, body=b"") if len(value.body) > LARGEST_BODY else value
    return without_secrets(bounded, secrets or NOTHING).draft.to_dict()
