"""What `nats sub --dump FOLDER` writes: a file with JSON for each message, numbered from 1.

The files do not say when a message came: the time at which each was written does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.errors import CannotOpen
from engine.fields import read_json

from .json_lines import read_object
from .message import FoundMessage

_NAME = re.compile(r"(\d{1,18})\.json")
_TICK, _WHOLE_SECONDS = 0.01, 2.0
"""Seconds from one time that a file can have to the next: as kernels take them, and as archives
that files come out of keep them.
"""
_MAX_FILE = 96 << 20


def is_dump(folder: Path) -> bool:
    """Raises OSError."""
    return any(_NAME.fullmatch(entry.name) for entry in folder.iterdir())


def read_dump(folder: Path, missed: list[int]) -> Iterator[FoundMessage]:
    """In the order of their numbers; raises OSError, and `CannotOpen` for a file too large."""
    numbers = sorted(
        int(found[1]) for entry in folder.iterdir() if (found := _NAME.fullmatch(entry.name))
    )
    for number in numbers:
        path = folder / f"{number}.json"
        status = path.stat()
        if status.st_size > _MAX_FILE:
            raise CannotOpen(str(path), "it is larger than a message can be")
        try:
            fields = read_json(path.read_bytes())
        except ValueError:
            missed.append(number)
            continue
        messages = list(read_object(fields, number)) if isinstance(fields, dict) else []
        if not messages:
            missed.append(number)
        for message in messages:
            if not message.at:
                tick = _TICK if status.st_mtime_ns % 1_000_000_000 else _WHOLE_SECONDS
                message = replace(message, at=status.st_mtime + tick, spread=tick)
            yield message
