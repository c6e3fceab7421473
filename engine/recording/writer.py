"""Writing a recording: the first line, blocks of messages, and a new file when one is full."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from .batch import Batch, written
from .blocks import BlockFile
from .lines import About, BlockLine, Line, encode_line, encode_lines
from .masked_frames import Mask

_SUFFIXES = (".ndjson.gz", ".natstap", ".gz")


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a recording goes on in another file; 0 is never."""

    max_bytes: int = 0
    """Of a file, as it is on the disk."""
    max_age: float = 0.0
    """Seconds."""
    keep: int = 0
    """How many of the newest files stay; 0 keeps all."""


NO_ROTATION = Rotation()


def part_path(path: Path, part: int) -> Path:
    """Where a part is: `s.ndjson.gz`, `s.0002.ndjson.gz`, and so on."""
    if part == 1:
        return path
    for suffix in _SUFFIXES:
        if path.name.endswith(suffix):
            return path.with_name(f"{path.name.removesuffix(suffix)}.{part:04}{suffix}")
    return path.with_name(f"{path.name}.{part:04}")


class RecordingWriter:
    """Used by one thread at a time. Everything raises OSError; a file that exists stays as it is.

    `about` is the first line of the first file. `sources` are the journal's, which grow.
    """

    def __init__(
        self,
        path: Path,
        about: About,
        sources: list[str],
        mask: Mask,
        rotation: Rotation = NO_ROTATION,
    ) -> None:
        self.path = path
        self.part = about.part
        self.messages = 0
        """Messages written."""
        self._about = about
        self._sources = sources
        self._mask = mask
        self._rotation = rotation
        self._done = 0
        """Bytes of the files before this one."""
        self._paths: deque[Path] = deque()
        self._file = self._begin(about.first)

    @property
    def size(self) -> int:
        """Bytes written, in all files."""
        return self._done + self._file.size

    @property
    def file(self) -> Path:
        """The one that is written now."""
        return self._file.path

    def write(self, batches: Iterable[Batch]) -> bool:
        """Write messages, and what is known of them; True when that began another file."""
        turned = False
        for batch in batches:
            if len(batch) and self._is_full:
                self._turn(batch.first)
                turned = True
            for first, lines in written(batch, self._sources, self._mask):
                self._put(lines, first)
            self.messages += len(batch)
        self._file.flush()
        return turned

    def write_lines(self, lines: list[Line], first: int) -> None:
        """Write other lines; the next message will be number `first`."""
        if lines:
            self._put(encode_lines([self._mask.line(line) for line in lines]), first)
            self._file.flush()

    def close(self) -> None:
        self._file.close()

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that are kept, the oldest first."""
        return tuple(self._paths)

    @property
    def _is_full(self) -> bool:
        limit = self._rotation
        large = limit.max_bytes and self._file.size >= limit.max_bytes
        return bool(large or (limit.max_age and time.time() - self._began >= limit.max_age))

    def _put(self, lines: bytes, first: int) -> None:
        if self._file.between_blocks:
            self._file.write(encode_line(BlockLine(first, time.time())))
        self._file.write(lines)

    def _begin(self, first: int) -> BlockFile:
        self._began = time.time()
        made = BlockFile(part_path(self.path, self.part))
        about = msgspec.structs.replace(self._about, part=self.part, first=first)
        made.write(encode_line(about) + encode_line(BlockLine(first, self._began)))
        made.flush()
        self._paths.append(made.path)
        return made

    def _turn(self, first: int) -> None:
        self._file.close()
        self._done += self._file.size
        self.part += 1
        self._file = self._begin(first)
        while 0 < self._rotation.keep < len(self._paths):
            self._paths.popleft().unlink(missing_ok=True)


def natstap_version() -> str:
    try:
        return version("natstap")
    except PackageNotFoundError:
        return ""
