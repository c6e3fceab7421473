"""Lines as compressed blocks, one gzip member each: what a crash cuts off is the end of the last.

A block can be read without those before it, so that a large recording is browsed from its middle.
"""

from __future__ import annotations

import os
import time
import zlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

fast: Any = import_module("isal.isal_zlib") if find_spec("isal") else zlib
"""What packs five times as fast, where it is built for the machine; its files are the same."""

GZIP = 31
"""What zlib calls a gzip member."""
LEVEL = 1
BLOCK_BYTES = 1 << 20
"""Bytes of lines after which a block ends."""
_SYNC_EVERY = 5.0
"""Seconds between two orders to the disk to keep what it has."""


class BlockFile:
    """Made new, for the user alone. Everything raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file: IO[bytes] = os.fdopen(descriptor, "wb", buffering=0)
        self._packer: Any = None
        self._raw = 0
        """Bytes of lines in the block."""
        self.size = 0
        """Bytes written."""
        self._synced = time.monotonic()

    @property
    def between_blocks(self) -> bool:
        """True when the next line begins a block."""
        return self._packer is None

    def write(self, lines: bytes) -> None:
        if self._packer is None:
            self._packer = fast.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        self._put(self._packer.compress(lines))
        self._raw += len(lines)
        if self._raw >= BLOCK_BYTES:
            self.end_block()

    def flush(self) -> None:
        """What was written can be read from now on, whatever happens to this process."""
        if self._packer is not None:
            self._put(self._packer.flush(zlib.Z_SYNC_FLUSH))
        if (now := time.monotonic()) - self._synced > _SYNC_EVERY:
            self._synced = now
            os.fsync(self._file.fileno())

    def end_block(self) -> None:
        if self._packer is not None:
            packer, self._packer, self._raw = self._packer, None, 0
            self._put(packer.flush(zlib.Z_FINISH))

    def close(self) -> None:
        try:
            self.end_block()
        finally:
            self._file.close()

    def _put(self, packed: bytes) -> None:
        while packed:
            count = self._file.write(packed)
            self.size += count
            packed = packed[count:]
