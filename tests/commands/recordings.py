"""Reading the recordings, and what counts as the same bytes.

Two things differ from run to run and are taken out: the reply subject that a client makes for
itself (an inbox), and what a template or the clock makes (only where the command has one). The
order of headers with different names is random in the CLI, so they are sorted; values under one
name keep their order. Everything else must be equal, letter by letter.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.message import split_frame

HERE = Path(__file__).parent / "recordings"
_INBOX = re.compile(rb"^(_INBOX|_MY)\..*")
_VARYING = (
    (re.compile(rb"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)"), b"<time>"),
    (re.compile(rb"\b[0-9A-Za-z]{22}\b"), b"<id>"),
    (re.compile(rb"\b\d{19}\b"), b"<nanoseconds>"),
    (re.compile(rb"\b\d{10}\b"), b"<seconds>"),
    (re.compile(rb"\b\d{1,2}:\d\d[AP]M\b"), b"<clock>"),
)
_RANDOM = re.compile(rb"\b[0-9A-Za-z]{3,9}$")
_HAS_VARYING = ("{{ID", "{{Unix", "{{Time", "--schedule-after", "--atomic")


@dataclass(frozen=True, slots=True)
class Recording:
    command: str
    frames: tuple[bytes, ...]


def recordings(name: str) -> Iterator[Recording]:
    for line in _lines(name):
        yield Recording(line["command"], tuple(map(base64.b64decode, line["frames"])))


def answers(name: str = "reply") -> Iterator[tuple[str, list[list[bytes]]]]:
    """Commands, and for each request what was answered."""
    for line in _lines(name):
        yield line["command"], [[*map(base64.b64decode, each)] for each in line["answers"]]


def _lines(name: str) -> Iterator[dict]:
    for line in (HERE / f"{name}.jsonl").read_text().splitlines():
        yield json.loads(line)


def same(command: str, frame: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Subject, reply subject, header block and body, without what differs from run to run."""
    subject, reply, start, head = split_frame(frame)
    block, body = frame[start : start + head], frame[start + head :]
    if any(one in command for one in _HAS_VARYING):
        for pattern, name in _VARYING:
            block, body = pattern.sub(name, block), pattern.sub(name, body)
    if "{{Random" in command:
        body = _RANDOM.sub(b"<random>", body)
    return _INBOX.sub(b"<inbox>", subject), _INBOX.sub(b"<inbox>", reply), _sorted(block), body


def _sorted(block: bytes) -> bytes:
    first, *lines = block.split(b"\r\n")
    pairs = [line for line in lines if line]
    pairs.sort(key=lambda line: line.partition(b":")[0])
    return b"\r\n".join([first, *pairs, *[line for line in lines if not line]])
