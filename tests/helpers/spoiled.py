"""Right inputs, spoiled in a few places: bytes changed, cut, doubled, or replaced by something odd.

All from one seed, so that what failed can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from .hostile import HUNT

ODD = (
    b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud83d", b"\x1b[2J", b"\r\nPUB pwn 0\r\n\r\n",
    b"[" * 2000, b'{"a":' * 500, b"9" * 5000, b"-1", b"1e400", b"nan", b"null", b"true", b"[]",
    b"{}", b'""', b'"', b"'", b"\\", b"\n", b"=", b"[x]", b"[[x]]", b"../../x", b"> ", b"*",
    b"$(id)",
    b"{{", b"{{Count}}", b"\xe2\x80\xae", b"\xc2\x9b1m", b"x" * 70_000, b"2026-13-45T99:99:99Z",
)  # fmt: skip


def spoiled(seed: int, right: bytes) -> bytes:
    """The input with one to four places changed."""
    random = Random(seed)
    for _ in range(random.randrange(1, 5)):
        right = _change(random, right)
    return right


def _change(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 1, 2, 8, 30)))
    match random.randrange(6):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + bytes([random.randrange(256)]) + data[start + 1 :]
        case 2:
            return data[:start] + data[end:]
        case 3:
            return data[:end] + data[start:end] * random.choice((1, 2, 50)) + data[end:]
        case _:
            return data[:start] + random.choice(ODD) + data[end:]


def all_spoiled(right: bytes, count: int) -> Iterator[bytes]:
    """`count` of them, or NATSTAP_HUNT times as many."""
    for seed in range(count * HUNT):
        yield spoiled(seed, right)
