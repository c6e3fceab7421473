"""The history: every draft that was sent, across runs, newest last, in one bounded file.

One JSON object to a line. Several natstaps may write to it at once. Secrets become variables
before anything is written. A line that cannot be read is skipped and counted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import time

from engine.drafts.draft import Draft
from engine.secrets.conceal import conceal
from engine.secrets.known_secrets import KnownSecrets
from engine.secrets.masked_draft import hide
from engine.secrets.secrets import without_secrets
from engine.whole_file import locked, replace_file

from .entry import Entry, find_lines, key_of, merged, newest, read_entries, split_lines, write_entry

MAX_ENTRIES = 5_000
MAX_BYTES = 16 << 20
LARGEST_BODY = 64 << 10
"""Bytes; a larger body is left out, and the entry says how large it was."""
MAX_WHOLE = 200
WHOLE_BYTES = 32 << 20
"""What was sent last in this run is known whole, in memory: so many, and so large together."""


class History:
    """The file is made when something is first added; `kept` entries and `most` bytes bound it.

    Whatever is `known` to be secret is not in it.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        kept: int = MAX_ENTRIES,
        most: int = MAX_BYTES,
        known: KnownSecrets | None = None,
    ) -> None:
        self.path = path or default_path()
        self._known = KnownSecrets() if known is None else known
        self.skipped = 0
        """Lines that could not be read, at the last look."""
        self._kept = kept
        self._most = most
        self._seen: tuple[int, int, int] | None = None
        self._entries: tuple[Entry, ...] = ()
        self._whole: dict[tuple[float, Draft], Draft] = {}

    def add(
        self,
        draft: Draft,
        outcome: str = "",
        at: float | None = None,
        *,
        sent: Draft | None = None,
        hidden: Mapping[str, str] | None = None,
    ) -> Entry:
        """Append what was sent; raises OSError where the file cannot be written.

        `sent` is what its templates became, and `hidden` the variables whose values nobody
        may read there.
        """
        size = len(draft.body)
        left_out = size if size > LARGEST_BODY else 0
        kept = without_secrets(_bounded(draft), self._known).draft
        shown = hide(_bounded(sent), hidden or {}, self._known) if sent is not None else None
        outcome = conceal(outcome, self._known).value
        entry = Entry(time() if at is None else at, kept, outcome, left_out, shown)
        if kept is not draft:
            self._know(entry, draft)
        with locked(self.path):
            self._append(write_entry(entry))
            self._cut()
        return entry

    def amend(self, entry: Entry, outcome: str) -> Entry:
        """Tell what came of it after all; one that was forgotten stays forgotten.

        Raises OSError where the file cannot be written.
        """
        amended = replace(entry, outcome=conceal(outcome, self._known).value)
        with locked(self.path):
            self._append(write_entry(amended, amends=True))
            self._cut()
        return amended

    def whole(self, entry: Entry) -> Draft | None:
        """What was sent, with its secrets and however large: of this run, else None."""
        if not entry.left_out and not entry.draft.templates:
            return entry.draft
        return self._whole.get(key_of(entry))

    def _know(self, entry: Entry, draft: Draft) -> None:
        self._whole[key_of(entry)] = draft
        size = sum(len(entry.body) for entry in self._whole.values())
        while self._whole and (len(self._whole) > MAX_WHOLE or size > WHOLE_BYTES):
            size -= len(self._whole.pop(next(iter(self._whole))).body)

    def entries(self) -> tuple[Entry, ...]:
        """All of it, newest first; read again only when the file has changed."""
        now = self._stamp()
        if now != self._seen:
            kept, self.skipped = read_entries(split_lines(self._read()))
            self._entries = tuple(reversed(kept))[: self._kept]
            self._seen = now
        return self._entries

    def search(self, words: str, most: int = 100) -> tuple[Entry, ...]:
        """The newest entries that hold every word, in any case."""
        wanted = words.lower().split()
        found = (entry for entry in self.entries() if entry.matches(wanted))
        return tuple(entry for entry, _ in zip(found, range(most), strict=False))

    def subjects(self) -> tuple[str, ...]:
        """Each subject once, the one sent to last first."""
        return tuple(dict.fromkeys(entry.draft.subject for entry in self.entries()))

    def clear(self) -> bytes:
        """Forget everything, and give the bytes that `restore` takes."""
        with locked(self.path):
            removed = self._read()
            self.path.unlink(missing_ok=True)
        self._whole.clear()
        return removed

    def remove(self, entry: Entry) -> bytes:
        """Forget one entry, and give the bytes that `restore` takes; b"" when it is not there."""
        with locked(self.path):
            lines = split_lines(self._read())
            found = find_lines(lines, entry)
            if not found:
                return b""
            removed = b"\n".join(lines[at] for at in found)
            self._replace([line for at, line in enumerate(lines) if at not in found])
        self._whole.pop(key_of(entry), None)
        return removed

    def restore(self, removed: bytes) -> None:
        """Put back what was removed, in its place among what was sent meanwhile."""
        with locked(self.path):
            self._replace(merged(split_lines(removed), split_lines(self._read())))

    # -- the file ------------------------------------------------------------------------

    def _append(self, line: bytes) -> None:
        """One write, on a line of its own even after one that was torn."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        number = os.open(self.path, flags, 0o600)
        with os.fdopen(number, "rb+", buffering=0) as file:
            if os.name == "posix":  # somebody may have copied it here for all to read
                os.fchmod(number, 0o600)
            end = file.seek(0, os.SEEK_END)
            if end and (file.seek(end - 1), file.read(1))[1] != b"\n":
                line = b"\n" + line
            file.write(line)

    def _cut(self) -> None:
        """Forget the oldest half when there are too many bytes, or far too many lines."""
        size = self.path.stat().st_size
        if size <= self._most and size < self._kept * 100:
            return
        lines = split_lines(self._read())
        if size <= self._most and len(lines) <= self._kept * 5 // 4:
            return
        self._replace(newest(lines, self._kept, self._most // 2))

    def _replace(self, lines: list[bytes]) -> None:
        replace_file(self.path, b"".join(line + b"\n" for line in lines))

    def _read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    def _stamp(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return 0, 0, 0
        return found.st_ino, found.st_size, found.st_mtime_ns


def _bounded(draft: Draft) -> Draft:
    return replace(draft, body=b"") if len(draft.body) > LARGEST_BODY else draft


def default_path() -> Path:
    """history.jsonl where this system keeps what programs remember."""
    from platformdirs import user_state_path  # costs time that a start does not have

    return user_state_path("natstap", appauthor=False) / "history.jsonl"
