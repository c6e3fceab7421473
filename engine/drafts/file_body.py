"""A file's content as a body, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from engine.errors import InvalidInput

MAX_FILE = 64 << 20
"""Bytes; the most that a NATS server can be told to take."""
_OFFERED = 200


class UnreadableFile(InvalidInput):
    """`path` as it was written, `why` in a few words."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


def read_file(written: str) -> bytes:
    """To be called in a thread; raises `UnreadableFile`. A first ~ is the home folder."""
    if not written.strip():
        raise UnreadableFile("file", "its path is needed, such as orders/tea.json")
    try:
        path = Path(written.strip()).expanduser()
        found = path.stat()
        if not S_ISREG(found.st_mode):
            raise UnreadableFile(written, "a folder" if path.is_dir() else "no plain file")
        if found.st_size > MAX_FILE:
            raise UnreadableFile(written, f"{found.st_size:,} bytes are more than a server takes")
        with path.open("rb") as file:
            return file.read(MAX_FILE)
    except OSError as error:
        raise UnreadableFile(written, (error.strerror or str(error)).lower()) from None
    except (ValueError, RuntimeError) as error:  # a NUL in the path, no home folder
        raise UnreadableFile(written, str(error)) from None


def files_beginning(written: str) -> tuple[str, ...]:
    """Paths that may be meant, folders with a slash; in a thread. Unreadable places have none."""
    folder, slash, begun = written.rpartition("/")
    try:
        place = Path(folder + slash or ".").expanduser()
        return tuple(sorted(islice(_inside(place, folder + slash, begun), _OFFERED)))
    except (OSError, ValueError, RuntimeError):
        return ()


def _inside(place: Path, ahead: str, begun: str) -> Iterator[str]:
    for entry in place.iterdir():
        if entry.name.startswith(begun) and (begun or not entry.name.startswith(".")):
            yield f"{ahead}{entry.name}{'/' if entry.is_dir() else ''}"
