"""What another tool wrote, opened: its messages are paired as if they were heard now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.arrival import Arrival
from engine.clients.connections import Roster
from engine.errors import CannotOpen
from engine.journal import Journal
from engine.recording.evidence import FoundEnds, FoundNames
from engine.recording.lines import FORMAT, RECORDING, About
from engine.recording.opened import Progress
from engine.recording.page import Page
from engine.recording.unpacking import Damage, begin_of, read_chunks
from engine.watching.overdue import Overdue
from engine.words import counted

from .backup_archive import ARCHIVE, OTHER_ARCHIVES, BadArchive, read_archive
from .dump_folder import is_dump, read_dump
from .json_lines import read_objects
from .message import FoundMessage
from .trace_log import TraceLog, is_trace

_MAX_SENDERS = 50_000
_TELL_EVERY = 10_000
_STEP = 1e-6
"""Seconds between two messages of which nobody wrote when they came."""


@dataclass(slots=True)
class Source:
    """Where messages come from: `name` is what their source is called on the desk."""

    name: str
    messages: Iterable[FoundMessage]
    roster: Callable[[], Roster] = Roster
    sentences: Callable[[], Iterator[str]] = lambda: iter(())


@dataclass(slots=True)
class OpenedMessages:
    """One page: what a journal holds of it, the newest."""

    path: Path
    source: Source
    damage: Damage
    about: About
    pages: int = 1
    _told: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.path.name

    def sentences(self) -> Sequence[str]:
        return (*self.damage.sentences, *self._told)

    def page(self, at: int, journal: Journal, progress: Progress = lambda _: None) -> Page:
        scratch = Journal(journal.max_messages, journal.max_bytes)
        scratch.begin_at(journal.next)
        page = Page(scratch.next)
        try:
            self._record(scratch, page, progress)
        except BadArchive as error:
            self.damage.say(f"The archive is damaged, {error}: what is before that is shown.")
        except OSError as error:
            raise CannotOpen(str(self.path), error.strerror or str(error)) from error
        if scratch.next == page.first:
            raise CannotOpen(str(self.path), "no message of NATS was found in it")
        Overdue(scratch).judge(page.ended, float("inf"))
        roster = self.source.roster()
        if roster.connections:
            page.findings.insert(0, FoundNames(page.ended, roster))
        page.first, page.sources = scratch.first, scratch.sources
        page.segments = [segment for segment in scratch.segments if len(segment.ends)]
        for segment in page.segments:
            segment.seal()
        self._told = list(self._sentences(scratch, page))
        return page

    def _sentences(self, scratch: Journal, page: Page) -> Iterator[str]:
        yield from self.source.sentences()
        if older := scratch.first - page.first:
            yield f"{counted(older, 'older message')} did not fit, and are not shown."

    def _record(self, scratch: Journal, page: Page, progress: Progress) -> None:
        arrival, senders = Arrival(), dict[int, str]()
        source = scratch.source(self.source.name)
        scratch.time_by(source, arrival)
        first, at = scratch.next, 1.0
        for message in self.source.messages:
            at = message.at if message.at > 0 else at + _STEP
            arrival.begin(at, 0.0)
            frame = message.frame()
            start = frame.index(b"\r\n") + 2
            number = scratch.record(
                source, message.subject, message.reply, frame, start, len(message.head)
            )
            page.ended = max(page.ended, at)
            if message.sender and len(senders) < _MAX_SENDERS:
                senders[number] = message.sender
            if not (number - first) % _TELL_EVERY:
                progress(number - first)
        page.findings += _ends(scratch, senders)


def _ends(journal: Journal, senders: dict[int, str]) -> Iterator[FoundEnds]:
    """Who asked and who answered, as far as it was written down."""
    answerers: dict[int, str] = {}
    for number, sender in senders.items():
        if number in journal and (owner := journal.head(number)) != number:
            answerers.setdefault(owner, sender)
    for number, sender in senders.items():
        if number in journal and journal.head(number) == number:
            yield FoundEnds(number, sender, answerers.get(number, ""))


def open_other(path: Path) -> OpenedMessages:
    """A file or folder that is no recording; raises `CannotOpen` for one that nobody knows."""
    damage = Damage()
    try:
        source = _folder(path) if path.is_dir() else _file(path, damage)
    except OSError as error:
        raise CannotOpen(str(path), error.strerror or str(error)) from error
    about = About(RECORDING, FORMAT, server=source.name)
    return OpenedMessages(path, source, damage, about)


def _folder(path: Path) -> Source:
    if (path / ARCHIVE).is_file():
        return _archive(path / ARCHIVE)
    for name in OTHER_ARCHIVES:
        if (path / name).exists():
            why = f"{name} is a stream's own files: restore it with nats stream restore"
            raise CannotOpen(str(path), why)
    if is_dump(path):
        missed: list[int] = []
        return Source("nats sub --dump", read_dump(path, missed), sentences=_unreadable(missed))
    raise CannotOpen(str(path), "this folder is neither a dump nor a backup of nats sub")


def _archive(path: Path) -> Source:
    def told() -> Iterator[str]:
        yield "A backup has no reply subjects: which reply belongs to which request is not known."

    return Source("nats sub --backup", read_archive(path), sentences=told)


def _file(path: Path, damage: Damage) -> Source:
    if path.name == ARCHIVE:
        return _archive(path)
    start = begin_of(path)
    chunks = read_chunks(path, 0, None, damage)
    if is_trace(start):
        log = TraceLog()
        return Source("server log", log.read(chunks), log.roster, lambda: _about_log(log))
    if start.lstrip()[:1] == b"{":
        missed: list[int] = []
        return Source("file", read_objects(chunks, missed), sentences=_unreadable(missed))
    raise CannotOpen(
        str(path),
        "natstap does not know what this is: it opens recordings, dumps and backups of nats sub, "
        "JSON lines with subject and body, and logs of a server with trace on",
    )


def _unreadable(missed: list[int]) -> Callable[[], Iterator[str]]:
    def told() -> Iterator[str]:
        if missed:
            first = f"the first is number {missed[0]:,}"
            yield f"{counted(len(missed), 'line')} could not be read as a message: {first}."

    return told


def _about_log(log: TraceLog) -> Iterator[str]:
    yield "The times of a server's log are taken as local times."
    if log.cut:
        yield (
            f"{counted(log.cut, 'body', 'bodies')} are shortened: "
            "the server's max_traced_msg_len did that."
        )
