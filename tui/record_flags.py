"""The flags that record, and `natstap open FILE`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.recording.recordings import RecordingOptions

OPEN = "open"
RECORD_FLAGS = ("record", "record_secrets", "record_size", "record_age", "record_keep")
"""What `add_record_flags` adds, by the names that the values have."""
_SECRETS = ("known", "all", "kept")


def add_record_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "recording", "natstap open FILE shows what was recorded, without a server."
    )
    add = group.add_argument
    add("--record", metavar="FILE", help="record all that is seen in a new file")
    add(
        "--record-secrets",
        choices=_SECRETS,
        default=_SECRETS[0],
        help="mask the secrets that natstap knows (the default), all that looks like one, or none",
    )
    add("--record-size", metavar="SIZE", help="begin another file after this, such as 100MB")
    add("--record-age", metavar="TIME", help="begin another file after this, such as 1h")
    add("--record-keep", metavar="N", type=int, default=0, help="keep only the newest N files")


def read_record_flags(given: Mapping[str, Any]) -> RecordingOptions | None:
    """What to record; None for nothing. Raises `InvalidInput` for what cannot be."""
    if not given["record"]:
        return None
    from pathlib import Path

    from engine.durations import parse_duration
    from engine.errors import CannotRecord
    from engine.recording.masked_frames import Secrets
    from engine.recording.recordings import RecordingOptions
    from engine.recording.writer import Rotation
    from engine.streams.sizes import parse_size

    if os.path.lexists(given["record"]):
        raise CannotRecord(given["record"], "there is a file already: name another one")
    size, age = given["record_size"], given["record_age"]
    rotation = Rotation(
        max_bytes=parse_size(size) if size else 0,
        max_age=parse_duration(age) if age else 0.0,
        keep=max(0, given["record_keep"]),
    )
    return RecordingOptions(Path(given["record"]), Secrets(given["record_secrets"]), rotation)


def split_open(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The files after `open`, and the words that are left; no files for another command."""
    if not words or words[0] != OPEN:
        return [], list(words)
    count = next((n for n, word in enumerate(words[1:]) if word.startswith("-")), len(words) - 1)
    return list(words[1 : 1 + count]), list(words[1 + count :])
