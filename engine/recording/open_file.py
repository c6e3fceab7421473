"""Opening whatever holds messages: a recording of natstap, or what other tools write."""

from __future__ import annotations

from pathlib import Path

from engine.errors import CannotOpen
from engine.journal import Journal

from .opened import Opened, OpenedRecording, is_recording
from .others.opened_messages import open_other


def open_file(*paths: Path, most: int = 1_000_000) -> Opened:
    """What is in there, as pages of about `most` messages; raises `CannotOpen`.

    Several paths are the parts of one recording.
    """
    if not paths:
        raise CannotOpen("", "name the file")
    whole = tuple(path.expanduser() for path in paths)
    if len(whole) == 1 and not is_recording(whole[0]):
        return open_other(whole[0])
    return OpenedRecording.open(*whole, most=most)


def read_journal(*paths: Path, page: int = 0) -> Journal:
    """The messages and exchanges of a page, for who needs no session; raises `CannotOpen`."""
    journal = Journal()
    found = open_file(*paths, most=journal.max_messages).page(page, journal)
    journal.show_recorded(found.segments, found.sources, found.inboxes, found.left)
    return journal
