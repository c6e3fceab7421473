"""Recordings opened again, and compared with what was recorded."""

from __future__ import annotations

from pathlib import Path

from engine import Journal
from engine.recording.opened import OpenedRecording


def opened(*paths: Path, page: int = 0, most: int = 1_000_000) -> Journal:
    """The journal of a page, as `natstap open` has it."""
    journal = Journal()
    found = OpenedRecording.open(*paths, most=most).page(page, journal)
    journal.show_recorded(found.segments, found.sources, found.inboxes, found.left)
    return journal


def same_journals(one: Journal, other: Journal, upto: int = 0) -> None:
    """Every message and every exchange is the same in both, those from `upto` on left out."""
    upto = upto or other.next
    assert (one.first, one.next) == (other.first, upto)
    for number in range(one.first, one.next):
        mine, theirs = one.message(number), other.message(number)
        assert (mine.subject, mine.reply, mine.head, mine.body) == (
            theirs.subject,
            theirs.reply,
            theirs.head,
            theirs.body,
        )
        assert (mine.at, mine.spread, mine.sent) == (theirs.at, theirs.spread, theirs.sent)
        assert one.sources.names[mine.source] == other.sources.names[theirs.source]
    assert list(one.heads()) == [head for head in other.heads() if head[0] < upto]
    for number, _ in one.heads():
        assert one.exchange(number) == other.exchange(number)
