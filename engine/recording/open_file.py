"""Opening whatever holds messages: a recording of natstap, or what other tools write."""

from __future__ import annotations

from pathlib import Path
from stat import S_ISDIR, S_ISREG

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
    for path in whole:
        _check_readable(path)
    if len(whole) == 1 and not is_recording(whole[0]):
        return open_other(whole[0])
    return OpenedRecording.open(*whole, most=most)


def read_journal(*paths: Path, page: int = 0) -> Journal:
    """The messages and exchanges of a page, for who needs no session; raises `CannotOpen`."""
    journal = Journal()
    found = open_file(*paths, most=journal.max_messages).page(page, journal)
    journal.show_recorded(found.segments, found.sources, found.inboxes, found.left)
    return journal


def _check_readable(path: Path) -> None:
    """A pipe or a device may never end, and cannot be read from its middle."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise CannotOpen(str(path), getattr(error, "strerror", None) or str(error)) from error
    if not (S_ISREG(kind) or S_ISDIR(kind)):
        raise CannotOpen(str(path), "it is not a file: write what comes from a pipe into one")
