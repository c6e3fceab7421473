"""Recording: a journal written to a file as it grows, beside whoever reads it.

Now and then what is new is taken from the journal, in whole segments where they are full, and a
thread makes lines of it and compresses them. What happened later to an exchange that was written
already is written when it happens. A disk that is too slow makes the recording fall behind, and
not the watching: what the journal drops before it was written is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from engine.errors import CannotRecord
from engine.journal import Journal
from engine.opened import open_beside
from engine.secrets.known_secrets import KnownSecrets

from .batch import Batch, asked_line, changed_line, take
from .evidence import Evidence, Finding
from .lines import FORMAT, RECORDING, About, Line
from .masked_frames import Mask, Secrets
from .writer import NO_ROTATION, RecordingWriter, Rotation, natstap_version

INTERVAL = 0.1
"""Seconds between two looks at the journal."""
LOOK_EVERY = 1.0
"""Seconds between two looks at what was found out."""
_MOST_BATCHES = 16
"""Segments taken before they are written: they stay in memory, whatever the journal drops."""
_MOST_OPEN = 1 << 16
"""Own requests without an end that are looked at again."""
_MOST_LEFT = 4096
_LAST_LOOKS = 3
"""At the end: more is found out while what was found out is written."""
_AGAIN = 250_000
"""Messages after which all that was found out is written again: a page begins anywhere."""


@dataclass(frozen=True, slots=True)
class RecordedPlace:
    """What is being recorded, for the first line."""

    server: str = ""
    source: str = ""
    watched: tuple[str, ...] = ()


NOWHERE = RecordedPlace()


@dataclass(slots=True)
class Follower:
    """What of a journal was taken already, and what is new."""

    journal: Journal
    next: int
    """The number of the first message that was not taken."""
    lost: int = 0
    """Messages that the journal dropped before they were taken."""
    _codes: dict[int, bytearray] = field(default_factory=dict)
    """By segment: the codes as they were taken."""
    _since: int = 0
    """The first message that was taken."""
    _changes: int = 0
    _adoptions: int = 0
    _open: dict[int, None] = field(default_factory=dict)
    """Own requests that were taken before they ended."""
    _left: set[int] = field(default_factory=set)
    _inboxes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        self._since = self.next
        self._changes, self._adoptions = self.journal.changes.count, self.journal.changes.adoptions

    @property
    def behind(self) -> int:
        return self.journal.next - self.next

    @property
    def hurries(self) -> bool:
        """True while a whole segment waits: one that still grows is cheaper to take when it is
        full, or when nothing else came.
        """
        return self.behind > 0 and self.journal.segment(self.next).sealed

    def begin_file(self) -> None:
        """What is said once is to be said again."""
        self._inboxes = ()
        self._left.clear()

    def take(self) -> list[Batch]:
        """What is new, without waiting: the last one also has what changed."""
        batches = list(self._messages())
        more = (*self._changed(), *self._ended(), *self._unanswered(), *self._known_inboxes())
        return [*batches, Batch.without_messages(self.next, more)] if more else batches

    def _messages(self) -> Iterator[Batch]:
        journal = self.journal
        if journal.first > self.next:
            lost = journal.first - self.next
            self.lost += lost
            self.next = journal.first
            yield Batch.without_messages(self.next, (Line(lost=lost),))
        for taken in range(_MOST_BATCHES):
            if not (self.hurries if taken else self.behind):
                return
            batch = take(journal, self.next)
            self._codes.setdefault(journal.segment(self.next).first, bytearray())
            self._remember(batch)
            self.next += len(batch)
            yield batch

    def _remember(self, batch: Batch) -> None:
        segment = self.journal.segment(batch.first)
        codes = self._codes[segment.first]
        missing = batch.first - segment.first - len(codes)
        codes += bytes(missing) + batch.codes.tobytes()
        for line in batch.more:
            if line.ended is None and len(self._open) < _MOST_OPEN:
                self._open[line.exchange] = None
        for first in list(islice(self._codes, 2)):
            if first < self.journal.first and first != segment.first:
                del self._codes[first]

    def _changed(self) -> Iterator[Line]:
        journal = self.journal
        changes = journal.changes
        changed = changes.since(self._changes)
        self._changes = changes.count
        count, self._adoptions = changes.adoptions - self._adoptions, changes.adoptions
        adopted = list(changes.adopted)[-count:] if count else []
        everything = self._differing() if changed is None else iter(changed)
        for number in dict.fromkeys((*everything, *adopted)):
            if max(journal.first, self._since) <= number < self.next and self._is_new(number):
                yield changed_line(journal, number)

    def _is_new(self, number: int) -> bool:
        """True when it is not as it was taken, which is noted."""
        segment = self.journal.segment(number)
        at, codes = number - segment.first, self._codes.get(segment.first)
        if codes is None or at >= len(codes):
            return False
        differs = codes[at] != segment.codes[at]
        codes[at] = segment.codes[at]
        return differs or number in segment.asked

    def _differing(self) -> Iterator[int]:
        for first, codes in self._codes.items():
            if first < self.journal.first:
                continue
            now = self.journal.segment(first).codes[: len(codes)].tobytes()
            if now != codes:
                yield from (first + at for at, code in enumerate(now) if code != codes[at])

    def _ended(self) -> Iterator[Line]:
        for number in list(self._open):
            segment = self.journal.segment(number) if number in self.journal else None
            asked = segment.asked.get(number) if segment is not None else None
            if segment is None or asked is None:
                del self._open[number]
            elif asked.ended is not None:
                del self._open[number]
                yield asked_line(number, asked, segment.codes[number - segment.first])

    def _unanswered(self) -> Iterator[Line]:
        left = self.journal.unanswered.left
        for number in islice(reversed(left), _MOST_LEFT):
            if number in self._left:
                return
            if number < self.next:
                self._left.add(number)
                yield Line(left=number, why=left[number])

    def _known_inboxes(self) -> Iterator[Line]:
        if self._inboxes != self.journal.inboxes.stems:
            self._inboxes = self.journal.inboxes.stems
            yield Line(inboxes=[inbox.decode("utf-8", "replace") for inbox in self._inboxes])


class Recorder:
    """Follows a journal from `start` to `stop`.

    `evidence` gives what was found out so far beyond the messages. With `whole`, what the journal
    holds already is recorded too.
    """

    def __init__(
        self,
        path: Path,
        journal: Journal,
        known: KnownSecrets,
        *,
        secrets: Secrets = Secrets.KNOWN,
        rotation: Rotation = NO_ROTATION,
        place: RecordedPlace = NOWHERE,
        evidence: Callable[[], Iterable[Finding]] = tuple,
        whole: bool = True,
    ) -> None:
        self.path = path
        self.secrets = secrets
        self.started = 0.0
        """Seconds since the epoch."""
        self._trouble = ""
        self._journal = journal
        self._mask = Mask(known, secrets)
        self._rotation = rotation
        self._place = place
        self._evidence = Evidence(evidence)
        self._follower = Follower(journal, journal.first if whole else journal.next)
        self._writer: RecordingWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._looked = 0.0
        self._in_hand = 0
        """Messages that are being written."""
        self._tell_again = _AGAIN

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def trouble(self) -> str:
        """Why it ended by itself; "" while all is well."""
        task = self._task
        if self._trouble or task is None or not task.done() or task.cancelled():
            return self._trouble
        fault = task.exception()
        return "" if fault is None else f"recording stopped: {fault!r}"

    @property
    def messages(self) -> int:
        """Messages that are in the file."""
        return self._writer.messages if self._writer is not None else 0

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._writer.size if self._writer is not None else 0

    @property
    def files(self) -> tuple[Path, ...]:
        """All that are kept, the oldest first."""
        return self._writer.files if self._writer is not None else (self.path,)

    @property
    def file(self) -> Path:
        """The file that is written now: of several the newest."""
        return self._writer.file if self._writer is not None else self.path

    @property
    def lost(self) -> int:
        """Messages that went by before they could be written."""
        return self._follower.lost

    @property
    def behind(self) -> int:
        """Messages that are not in the file yet."""
        return self._follower.behind + self._in_hand

    async def start(self) -> None:
        """Make the file, and begin; raises `CannotRecord`."""
        about = About(
            natstap=RECORDING,
            format=FORMAT,
            version=natstap_version(),
            started=time.time(),
            first=self._follower.next,
            left_out=self._follower.next - 1,
            server=self._mask.words(self._place.server),
            source=self._place.source,
            secrets=str(self.secrets),
            watched=self._place.watched,
        )
        try:
            sources, mask, rotation = self._journal.sources.names, self._mask, self._rotation
            self._writer = await open_beside(
                lambda: RecordingWriter(self.path, about, sources, mask, rotation)
            )
        except OSError as error:
            raise CannotRecord(str(self.path), _why(error)) from error
        self.started = about.started
        self._task = asyncio.create_task(self._follow(self._writer))

    async def stop(self) -> None:
        """Write what is new, and end the file. It never raises: see `trouble`."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _follow(self, writer: RecordingWriter) -> None:
        try:
            while not self._stopping.is_set():
                await self._write_news(writer)
                if not self._follower.hurries:
                    await self._rest()
            while self._follower.behind and await self._write_news(writer):
                pass
            for _ in range(_LAST_LOOKS):
                self._looked = 0.0
                if not await self._write_news(writer):
                    break
        except OSError as error:
            self._trouble = f"recording stopped: {_why(error)}"
        finally:
            await self._end(writer)

    async def _end(self, writer: RecordingWriter) -> None:
        try:
            await asyncio.to_thread(writer.close)
        except OSError as error:
            self._trouble = self._trouble or f"recording stopped: {_why(error)}"

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(INTERVAL):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def _write_news(self, writer: RecordingWriter) -> bool:
        """Write what is new; False when there was nothing."""
        batches = self._follower.take()
        if (now := time.monotonic()) - self._looked >= LOOK_EVERY:
            self._looked = now
            batches += self._found()
        if not batches:
            return False
        self._in_hand = sum(map(len, batches))
        turned = await asyncio.to_thread(writer.write, batches)
        self._in_hand = 0
        if turned:
            self._follower.begin_file()
        if turned or writer.messages >= self._tell_again:
            self._tell_again = writer.messages + _AGAIN
            self._evidence.begin_file()
        return True

    def _found(self) -> list[Batch]:
        lines = self._evidence.news()
        return [Batch.without_messages(self._follower.next, lines)] if lines else []


def _why(error: OSError) -> str:
    return error.strerror or str(error)
