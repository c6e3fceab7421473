"""Files that are written whole or not at all, and that several natstaps share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

try:
    import fcntl
except ImportError:  # on Windows two that write at once may lose what one of them wrote
    fcntl = None  # type: ignore[assignment]

LOCK_TIMEOUT = 2.0
"""Seconds that another natstap may hold the lock; one that was stopped may hold it for ever."""
_AGAIN = 0.01


def whole_path(path: Path) -> Path:
    """From the root on; as it is where the folder that natstap was started in is gone."""
    try:
        return path.absolute()
    except OSError:
        return path


def replace_file(path: Path, raw: bytes, mode: int = 0o600) -> None:
    """Write a new file, which then takes the place of the old; raises OSError."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Others wait meanwhile; the lock is a file beside it, since the file is replaced.

    Makes the folder. Raises OSError, which TimeoutError is one of.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = path.with_name(f"{path.name}.lock")
    with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "rb") as file:
        if fcntl is not None:
            _lock(file.fileno())
        yield


def _lock(file: int) -> None:
    """Raises TimeoutError after `LOCK_TIMEOUT` seconds."""
    late = monotonic() + LOCK_TIMEOUT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if monotonic() > late:
                raise TimeoutError("another natstap keeps it locked") from None
        sleep(_AGAIN)
