"""What another tool wrote, opened: its messages are paired as if they were heard now.

It is read from its beginning, a page at a time. How many pages there are is known once the last one
was read; to turn back is to read from the beginning again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path

from engine.arrival import EPOCH, Arrival
from engine.clients.connections import Roster
from engine.errors import CannotOpen
from engine.journal import Journal
from engine.recording.evidence import FoundEnds, FoundNames
from engine.recording.lines import FORMAT, RECORDING, About
from engine.recording.opened import Progress
from engine.recording.page import RecordedPage
from engine.recording.unpacking import Damage, begin_of, read_chunks
from engine.watching.overdue import Overdue
from engine.words import counted

from .backup_archive import ARCHIVES, BadArchive, is_archive, read_archive
from .dump_folder import is_dump, read_dump
from .json_lines import read_objects
from .message import FoundMessage
from .trace_log import TraceLog, is_trace

_MAX_SENDERS = 50_000
_TELL_EVERY = 10_000
_PER_MESSAGE = 40
"""Bytes that a message takes beside its frame, at most."""
_SPARE = 1 << 20
_STEP = 1e-6
"""Between two messages of which nobody wrote when they came: what keeps their order."""
_UNTIMED = "It does not say when messages came: natstap shows them in their order, without times."


@dataclass(slots=True)
class MessageSource:
    """Where messages come from: `name` is what their source is called on the desk."""

    name: str
    begin: Callable[[], Iterator[FoundMessage]]
    """Read from the beginning, again too."""
    roster: Callable[[], Roster] = Roster
    sentences: Callable[[], Iterator[str]] = lambda: iter(())


@dataclass(slots=True)
class OpenedMessages:
    """As many pages as were read so far, and one more where there is more."""

    path: Path
    source: MessageSource
    damage: Damage
    about: About
    _starts: list[int] = field(default_factory=lambda: [0])
    """How many messages are before each page."""
    _whole: bool = False
    """True once the last message was read."""
    _reading: Iterator[FoundMessage] = field(default_factory=lambda: iter(()))
    _untimed: bool = False
    """True once a message came of which nobody wrote when."""
    _read: int = -1
    """How many messages were taken from it; -1 before the first."""

    @property
    def title(self) -> str:
        return self.path.name

    @property
    def pages(self) -> int:
        return len(self._starts)

    @property
    def more(self) -> bool:
        return not self._whole

    def sentences(self) -> Sequence[str]:
        untimed = (_UNTIMED,) if self._untimed else ()
        return (*self.damage.sentences, *self.source.sentences(), *untimed)

    def page(self, at: int, journal: Journal, progress: Progress = lambda _: None) -> RecordedPage:
        scratch = Journal(journal.max_messages, journal.max_bytes, first=journal.next)
        page = RecordedPage(scratch.next)
        try:
            self._turn(self._starts[at], progress)
            self._record(scratch, page, progress)
            self._look_ahead(at)
        except BadArchive as error:
            self.damage.say(f"The archive is damaged, {error}: what is before that is shown.")
            self._whole = True
        except OSError as error:
            raise CannotOpen(str(self.path), error.strerror or str(error)) from error
        if scratch.next == page.first:
            raise CannotOpen(str(self.path), "no message of NATS was found in it")
        Overdue(scratch).judge(page.ended, float("inf"))
        roster = self.source.roster()
        if roster.connections:
            page.findings.insert(0, FoundNames(page.ended, roster))
        page.first, page.sources = scratch.first, scratch.sources.names
        page.segments = [segment for segment in scratch.segments if len(segment.ends)]
        for segment in page.segments:
            segment.seal()
        return page

    def _turn(self, start: int, progress: Progress) -> None:
        """Go to where a page starts."""
        if self._read != start:
            self._reading, self._read = self.source.begin(), 0
        for _ in islice(self._reading, start - self._read):
            self._read += 1
            if not self._read % _TELL_EVERY:
                progress(self._read)

    def _look_ahead(self, at: int) -> None:
        """Find out whether another page follows."""
        following = next(self._reading, None)
        if following is None:
            self._whole = True
            return
        self._reading = chain((following,), self._reading)
        if at + 1 == len(self._starts):
            self._starts.append(self._read)

    def _fitting(self, journal: Journal) -> Iterator[tuple[FoundMessage, bytes]]:
        """As many as a journal holds."""
        left = journal.max_bytes - _SPARE
        for message in islice(self._reading, journal.max_messages):
            self._read += 1
            frame = message.frame()
            yield message, frame
            left -= len(frame) + _PER_MESSAGE
            if left <= 0:
                return

    def _record(self, scratch: Journal, page: RecordedPage, progress: Progress) -> None:
        arrival, senders = Arrival(), dict[int, str]()
        source = scratch.sources.add(self.source.name)
        scratch.sources.time_by(source, arrival)
        first, untimed = scratch.next, EPOCH - (scratch.max_messages + 1) * _STEP
        for message, frame in self._fitting(scratch):
            untimed += _STEP
            at = message.at if message.at > EPOCH else untimed
            self._untimed = self._untimed or at is untimed
            arrival.begin(at, message.spread)
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


def _folder(path: Path) -> MessageSource:
    for name in ARCHIVES:
        if (path / name).is_file():
            return _archive(path / name)
    if is_dump(path):
        missed: list[int] = []
        begin = _anew(missed, lambda: read_dump(path, missed))
        return MessageSource("nats sub --dump", begin, sentences=_unreadable(missed))
    raise CannotOpen(str(path), "this folder is neither a dump nor a backup of nats sub")


def _archive(path: Path) -> MessageSource:
    def told() -> Iterator[str]:
        yield "A backup has no reply subjects: which reply belongs to which request is not known."

    return MessageSource("nats sub --backup", partial(read_archive, path), sentences=told)


def _file(path: Path, damage: Damage) -> MessageSource:
    start = begin_of(path)
    if not start:
        raise CannotOpen(str(path), "it is empty, or cut off before anything was in it")
    if is_archive(start):
        return _archive(path)

    def chunks() -> Iterator[bytes]:
        return read_chunks(path, 0, None, damage)

    if is_trace(start):
        log = TraceLog()
        return MessageSource(
            "server log", lambda: log.read(chunks()), log.roster, lambda: _about_log(log)
        )
    if start.lstrip()[:1] == b"{":
        missed: list[int] = []
        begin = _anew(missed, lambda: read_objects(chunks(), missed))
        return MessageSource("file", begin, sentences=_unreadable(missed))
    raise CannotOpen(
        str(path),
        "natstap does not know what this is: it opens recordings, dumps and backups of nats sub, "
        "JSON lines with subject and body, and logs of a server with trace on",
    )


def _anew(
    missed: list[int], begin: Callable[[], Iterator[FoundMessage]]
) -> Callable[[], Iterator[FoundMessage]]:
    """What was missed is counted from the beginning too."""

    def begun() -> Iterator[FoundMessage]:
        missed.clear()
        return begin()

    return begun


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
