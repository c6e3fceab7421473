"""The files of a collection: read and written whole, and put back as they were."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.errors import InvalidInput
from engine.whole_file import replace_file

MAX_FILE = 4 << 20
"""Bytes of one file that are read."""
OWNER_ONLY = 0o600
"""The mode of what only its owner may read."""
MAX_UNDO = 100
"""Changes that can be undone."""


class InvalidCollection(InvalidInput):
    """A file or a name that cannot be used; `line` is 0 when no line is to blame."""

    def __init__(self, path: Path | str, why: str, line: int = 0) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {why}")
        self.path = Path(path)
        self.line = line
        self.why = why

    @property
    def brief(self) -> str:
        """Without the path, for where that is seen already."""
        return f"line {self.line}: {self.why}" if self.line else self.why


def read_text(path: Path) -> str:
    """The file's text; raises `InvalidCollection`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
        if len(raw) > MAX_FILE:
            raise InvalidCollection(path, f"it is larger than {MAX_FILE:,} bytes")
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise InvalidCollection(path, reason(error)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InvalidCollection(path, "it is not UTF-8 text", line) from None


def encode(path: Path, written: str) -> bytes:
    """Raises `InvalidCollection` for text that no file can hold."""
    try:
        return written.encode()
    except UnicodeEncodeError:
        raise InvalidCollection(path, "outside of the body, only UTF-8 text can be kept") from None


def exists(path: Path) -> bool:
    """True when something is there; raises `InvalidCollection` when that cannot be known."""
    try:
        return path.exists()
    except OSError as error:
        raise InvalidCollection(path, reason(error)) from None


def read_bytes(path: Path) -> bytes | None:
    """What is there, None when there is no file; raises `InvalidCollection`."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidCollection(path, reason(error)) from None


def write_bytes(path: Path, raw: bytes | None) -> None:
    """Whole or not at all; None removes it. Raises `InvalidCollection`."""
    if raw is None:
        _remove(path)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, raw, mode_of(path))
    except OSError as error:
        raise InvalidCollection(path, reason(error)) from None


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise InvalidCollection(path, reason(error)) from None


def mode_of(path: Path) -> int:
    """The mode that the file has, or that a new one gets: what the user typed is the user's.

    Variables are for nobody else, whatever git or an older natstap made of the file.
    """
    try:
        mode = path.stat().st_mode & 0o777
    except OSError:
        return OWNER_ONLY
    return mode & OWNER_ONLY if path.name.startswith("env.") else mode


def reason(error: OSError) -> str:
    return error.strerror or str(error)


@dataclass(frozen=True, slots=True)
class FileChange:
    """What was done, and of each file what was there before and after; None is no file."""

    words: str
    files: tuple[tuple[Path, bytes | None, bytes | None], ...]


class FileChanges:
    """What was done to files in this run, the last change last, each to be undone once."""

    def __init__(self) -> None:
        self._done: list[FileChange] = []

    def do(self, words: str, *wanted: tuple[Path, bytes | None]) -> None:
        """Write the files, each whole; raises `InvalidCollection`."""
        files = tuple((path, read_bytes(path), raw) for path, raw in wanted)
        for path, _, raw in files:
            write_bytes(path, raw)
        self._done = [*self._done[1 - MAX_UNDO :], FileChange(words, files)]

    def undo(self) -> str:
        """Put back what the last change found, and say what was undone, "" for nothing.

        Raises `InvalidCollection` when somebody else changed a file meanwhile; and where a file
        cannot be read or written, and then it can be tried again.
        """
        if not self._done:
            return ""
        change = self._done[-1]
        for path, _, after in change.files:
            if read_bytes(path) != after:
                self._done.pop()
                raise InvalidCollection(path, "it was changed since by somebody else: left alone")
        for path, before, _ in reversed(change.files):
            write_bytes(path, before)
        self._done.pop()
        return change.words
