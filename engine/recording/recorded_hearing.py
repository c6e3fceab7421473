"""What a recording says of who listened: it was found out when that was recorded."""

from __future__ import annotations

from collections.abc import Iterator

from engine.clients.listeners import WATCH_NAME
from engine.journal import Journal
from engine.watching.hearing import Hearing

from .evidence import FoundHearsay, FoundOwner
from .page import RecordedPage


class RecordedHearing(Hearing):
    """Of the page that is shown, which `journal` holds."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._alone: set[int] = set()
        self._unheard: set[int] = set()
        self._owners: list[FoundOwner] = []
        self._ended = 0.0

    def take(self, page: RecordedPage) -> None:
        """Tell of this page from now on, and of no other."""
        hearsay = [found for found in page.findings if isinstance(found, FoundHearsay)]
        self._alone = {number for found in hearsay for number in found.alone}
        self._unheard = {number for found in hearsay for number in found.unheard}
        self._owners = [found for found in page.findings if isinstance(found, FoundOwner)]
        self._ended = page.ended

    @property
    def settled(self) -> dict[str, int]:
        return {WATCH_NAME: self._journal.next - 1}

    def heard_alone(self, number: int) -> bool:
        return number in self._alone

    def missed_the_answer(self, number: int) -> bool:
        return number in self._unheard

    def listened_until(self, number: int, now: float) -> float:
        return min(self._ended, now)

    def inbox_owners(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        return ((owner.title, owner.inboxes) for owner in self._owners)
