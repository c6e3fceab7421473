"""What is known of others' requests because natstap listened: who else did, and what went by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from engine.journal import Journal
from engine.message import raw_bytes
from engine.subject import matches

from .inbox_watch import InboxWatch
from .subject_watch import SubjectWatch
from .watches import Watches


class Hearing(ABC):
    """Requests are named by their numbers in the journal."""

    @property
    @abstractmethod
    def settled(self) -> dict[str, int]:
        """By watch: up to which number it is known what was heard alone."""

    @abstractmethod
    def heard_alone(self, number: int) -> bool:
        """True for a request that nobody but a watch heard, as far as that is known."""

    @abstractmethod
    def missed_the_answer(self, number: int) -> bool:
        """True for a request whose answer may have gone where no watch listened."""

    @abstractmethod
    def listened_until(self, number: int, now: float) -> float:
        """Up to when, in seconds since the epoch, natstap listened for a request's answer."""

    @abstractmethod
    def inbox_owners(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The clients whose inboxes are watched, and these."""

    def inbox_owner(self, subject: str) -> str:
        """The client whose watched inbox this is; "" for any other subject."""
        owners = (
            title
            for title, inboxes in self.inbox_owners()
            if any(matches(pattern, subject) for pattern in inboxes)
        )
        return next(owners, "")

    def is_excused(self, number: int) -> bool:
        """True for a request whose missing answer says nothing of those who should answer."""
        return self.heard_alone(number) or self.missed_the_answer(number)

    def is_settled(self, number: int) -> bool:
        """True when it is known of a request who else heard it, as far as it ever will be."""
        return all(number <= upto for upto in self.settled.values())


class WatchesHearing(Hearing):
    """What a session's watches know, also those that are over."""

    def __init__(self, watches: Watches, journal: Journal) -> None:
        self._watches = watches
        self._journal = journal

    @property
    def settled(self) -> dict[str, int]:
        running = (watch for watch in self._on_subjects() if watch.running)
        return {watch.label: watch.only_listener.settled for watch in running}

    def heard_alone(self, number: int) -> bool:
        return any(watch.only_listener.would_have_failed(number) for watch in self._on_subjects())

    def missed_the_answer(self, number: int) -> bool:
        return any(watch.tap.missed(number) for watch in self._on_subjects())

    def listened_until(self, number: int, now: float) -> float:
        message = self._journal.message(number)
        reply, source = raw_bytes(message.reply), self._journal.sources.names[message.source]
        heard_by = [watch for watch in self._watches.known if watch.source == source]
        return max((watch.listened_until(reply, now) for watch in heard_by), default=now)

    def inbox_owners(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for watch in self._watches.known:
            if isinstance(watch, InboxWatch):
                yield watch.requester.title, tuple(watch.requester.inboxes)

    def _on_subjects(self) -> Iterator[SubjectWatch]:
        return (watch for watch in self._watches.known if isinstance(watch, SubjectWatch))
