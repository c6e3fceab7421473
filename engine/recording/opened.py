"""An opened recording: what it says of itself, and its pages.

A file that is larger than a journal is read a page at a time: its blocks are found without
unpacking them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from engine.errors import CannotOpen
from engine.journal import Journal

from .lines import FORMAT, RECORDING, About, Line
from .page import PageBuilder, RecordedPage, ToldBefore
from .unpacking import (
    Damage,
    begin_of,
    find_blocks,
    is_packed,
    read_chunks,
)

NONSENSE = "Too many lines make no sense: what comes after them is not shown."
_MAX_FIRST_LINE = 1 << 16
_MESSAGE = b'{"n":'
_MAX_BLOCKS = 512
"""Of one page: a journal holds about as many megabytes."""
_LATE = 4
"""Blocks behind a page in which the last replies of its exchanges are looked for."""
_ENDLESS = 1 << 62
Progress = Callable[[int], object]
"""Told how many messages were read so far."""


class Opened(Protocol):
    """Anything that can be shown as a session that was recorded."""

    @property
    def title(self) -> str: ...

    @property
    def about(self) -> About: ...

    @property
    def pages(self) -> int:
        """At least one, as far as that is known."""

    @property
    def more(self) -> bool:
        """True where more pages may follow than are known."""

    def page(self, at: int, journal: Journal, progress: Progress = ...) -> RecordedPage:
        """Read a page, numbered from 0, for a journal; raises `CannotOpen`."""

    def sentences(self) -> Sequence[str]:
        """What could not be read so far, and what else is to be known."""


def pages_of(opened: Opened) -> Iterator[int]:
    """The numbers of all pages, for who reads one after the other."""
    at = 0
    while at < opened.pages:
        yield at
        at += 1


class Block(NamedTuple):
    file: int
    """Which of the files it is in."""
    offset: int
    first: int
    """The number of its first message."""
    has_messages: bool = True
    """False for one that begins with what is said of others."""


@dataclass(slots=True)
class OpenedRecording:
    """One or several files that natstap recorded. Used by one thread at a time."""

    paths: tuple[Path, ...]
    about: About
    damage: Damage
    _blocks: tuple[Block, ...]
    _starts: list[int]
    """The block that each page begins with."""

    @classmethod
    def open(cls, *paths: Path, most: int = 1_000_000) -> OpenedRecording:
        """Find what is there, in the order in which it was recorded; pages have about `most`
        messages. Raises `CannotOpen`.
        """
        parts = [(read_about(path), path) for path in paths]
        parts.sort(key=lambda part: (part[0].started, part[0].part))
        abouts, paths = zip(*parts, strict=True)
        try:
            blocks = [block for file, path in enumerate(paths) for block in _blocks_of(file, path)]
        except OSError as error:
            raise CannotOpen(str(paths[0]), error.strerror or str(error)) from error
        return cls(paths, abouts[0], Damage(), tuple(blocks), _page_starts(blocks, most))

    @property
    def title(self) -> str:
        more = len(self.paths) - 1
        return f"{self.paths[0].name} (+{more})" if more else self.paths[0].name

    @property
    def pages(self) -> int:
        return len(self._starts)

    @property
    def more(self) -> bool:
        return False

    def page(self, at: int, journal: Journal, progress: Progress = lambda _: None) -> RecordedPage:
        builder = PageBuilder(journal.next, self._told_before(at))
        begin = self._starts[at]
        end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self._blocks)
        try:
            self._read(builder, begin, end, journal, progress)
            self._read_late(builder, end)
        except OSError as error:
            raise CannotOpen(str(self.paths[0]), error.strerror or str(error)) from error
        return builder.end()

    def sentences(self) -> Sequence[str]:
        return tuple(self.damage.sentences)

    def _read(
        self, builder: PageBuilder, begin: int, end: int, journal: Journal, progress: Progress
    ) -> None:
        blocks = self._blocks[begin:end]
        for file in dict.fromkeys(block.file for block in blocks):
            after = self._blocks[end] if end < len(self._blocks) else None
            upto = after.offset if after is not None and after.file == file else None
            places = [block.offset for block in blocks if block.file == file]
            for chunk in read_chunks(self.paths[file], places[0], upto, self.damage, places):
                builder.add(chunk)
                progress(len(builder.page))
                if builder.full_of_nonsense:
                    self.damage.say(NONSENSE)
                    return
                if len(builder.page) >= 2 * journal.max_messages or (
                    builder.page.size >= 2 * journal.max_bytes
                ):
                    self.damage.say("This page is too large: the rest of it is not shown.")
                    return

    def _read_late(self, builder: PageBuilder, end: int) -> None:
        """What the blocks behind a page tell of the exchanges in it."""
        for at, block in enumerate(self._blocks[end : end + _LATE], end):
            if block.first < self._blocks[end - 1].first:
                return  # another recording
            after = self._blocks[at + 1] if at + 1 < len(self._blocks) else None
            upto = after.offset if after is not None and after.file == block.file else None
            for chunk in read_chunks(self.paths[block.file], block.offset, upto, self.damage):
                builder.add_late(chunk)

    def _told_before(self, at: int) -> ToldBefore:
        """Which replies at the beginning of a page are shown in the page before it."""
        if at == 0:
            return ToldBefore()
        before, begin = self._starts[at - 1], self._starts[at]
        last = self._blocks[min(begin + _LATE, len(self._blocks)) - 1]
        after = self._blocks[begin + _LATE : begin + _LATE + 1]
        upto = after[0].first if after else last.first + _ENDLESS
        return ToldBefore(self._blocks[before].first, self._blocks[begin].first, upto)


def is_recording(path: Path) -> bool:
    """False for what may be something else that natstap opens; raises `CannotOpen`."""
    if path.is_dir():
        return False
    try:
        start = begin_of(path, _MAX_FIRST_LINE)
    except OSError as error:
        raise CannotOpen(str(path), error.strerror or str(error)) from error
    try:
        first = msgspec.json.decode(start.partition(b"\n")[0], type=Line)
    except (ValueError, RecursionError):
        return start.startswith(b'{"natstap":')
    return bool(first.natstap or first.block or first.frame or first.frame_base64)


def read_about(path: Path) -> About:
    """The first line; raises `CannotOpen` for what is no recording that this natstap reads."""
    try:
        line = begin_of(path, _MAX_FIRST_LINE).partition(b"\n")[0]
    except OSError as error:
        raise CannotOpen(str(path), error.strerror or str(error)) from error
    try:
        about = msgspec.json.decode(line, type=About)
    except (ValueError, RecursionError):
        about = _begin_without_about(path, line)
    if about.natstap != RECORDING:
        raise CannotOpen(str(path), "this is not a recording of natstap")
    if about.format != FORMAT:
        raise CannotOpen(
            str(path),
            f"it has format {about.format}, and this natstap reads format {FORMAT}: "
            "open it with the natstap that wrote it",
        )
    return about


def _begin_without_about(path: Path, line: bytes) -> About:
    """Lines of a recording that somebody picked out are one as well."""
    try:
        first = msgspec.json.decode(line, type=Line)
    except (ValueError, RecursionError):
        raise CannotOpen(str(path), "its first line is not JSON that natstap knows") from None
    if not (first.n and first.frame) and not first.block and not first.exchange:
        raise CannotOpen(str(path), "its first line is not one of a recording")
    return About(natstap=RECORDING, format=FORMAT)


def _blocks_of(file: int, path: Path) -> list[Block]:
    """At least one: the whole file."""
    found = []
    if is_packed(path):
        for offset, start in find_blocks(path):
            found.append(Block(file, offset, _first_of(start), _MESSAGE in start))
    if not found or found[0].offset:
        found.insert(0, Block(file, 0, found[0].first if found else 0))
    return found


def _first_of(start: bytes) -> int:
    """The number in the first line of a block, or in that of a file."""
    for line in start.split(b"\n")[:2]:
        try:
            known = msgspec.json.decode(line, type=_First)
        except (ValueError, RecursionError):
            continue
        if known.block or known.first:
            return known.block or known.first
    return 0


class _First(msgspec.Struct):
    block: int = 0
    first: int = 0


def _page_starts(blocks: list[Block], most: int) -> list[int]:
    starts = [0]
    for at, block in enumerate(blocks):
        large = at - starts[-1] >= _MAX_BLOCKS
        if not block.has_messages:
            continue  # what is said of messages stays with them
        if large or block.first - blocks[starts[-1]].first >= most:
            starts.append(at)
    return starts
