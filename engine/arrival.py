"""When a message came: an interval, for a loop that does other work does not look meanwhile.

What waited in the socket came between two moments: when the loop last looked and found nothing,
and when it read. The link knows both and says them here, while it reads; the journal keeps them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

EPOCH = 0.0
"""The first moment, in seconds since the epoch: what is before it is none, and only keeps a message
of which nobody wrote down when it came in its place among the others.
"""
_MANTISSA = 11
"""Bits of a packed time span: right to a thousandth, from a microsecond to more than a month."""
_ONES = (1 << _MANTISSA) - 1
_MAX_SHIFT = 31


def is_timed(at: float) -> bool:
    """False for a message of which nobody knows when it came."""
    return at >= EPOCH


@dataclass(slots=True)
class Arrival:
    """Of what a connection reads just now; both are 0 while it reads nothing."""

    at: float = 0.0
    """When it was read, in seconds since the epoch: the latest that it can have come."""
    packed: int = 0
    """How long before that is the earliest that it can have come; see `pack`."""

    @property
    def spread(self) -> float:
        """Seconds from the earliest to the latest that it can have come."""
        return unpack(self.packed)

    def begin(self, at: float, spread: float) -> None:
        """What is read from now on came at most `spread` seconds before `at`."""
        self.at, self.packed = at, pack(spread)

    def end(self) -> None:
        self.at, self.packed = 0.0, 0


def pack(seconds: float) -> int:
    """A time span as two bytes, rounded up: a journal keeps one for each of a million messages."""
    return pack_micros(max(0, math.ceil(seconds * 1e6)))


def pack_micros(micros: int) -> int:
    """The same, of whole microseconds."""
    shift = max(0, micros.bit_length() - _MANTISSA)
    kept = -(-micros >> shift)
    if kept > _ONES:
        kept, shift = (kept + 1) >> 1, shift + 1
    return shift << _MANTISSA | kept if shift <= _MAX_SHIFT else 0xFFFF


def unpack(packed: int) -> float:
    """The seconds of what `pack` gave."""
    return ((packed & _ONES) << (packed >> _MANTISSA)) * 1e-6
