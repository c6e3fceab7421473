"""How much work one reading may be, in all its layers and attempts together.

A few bytes can stand for gigabytes, or for billions of values. So everything that reads a body
spends from one `Work`, which the envelope carries: a step is about what one plain value takes, half
a microsecond, and what takes longer spends more. Steps are counted and not timed: a body that can
be read here can be read everywhere.
"""

from __future__ import annotations

MAX_STEPS = 100_000
"""Of one reading: plain values, or fewer of what takes longer."""
MAX_DEPTH = 100
MAX_UNPACKED = 16 << 20
"""Bytes that all layers of a body unpack to, at most."""
TOO_LARGE = f"it unpacks to more than {MAX_UNPACKED >> 20} MiB, so natstap does not open it"
_TOO_MANY = "it has more in it than natstap reads at once"
_BYTES_PER_STEP = 64
"""Copying, checking and writing out so many bytes takes about a step."""


class TooMuch(ValueError):
    """A body with more in it, or deeper nested, than natstap reads."""


class Work:
    """What is left of it. A loop that is hot may take from `left` itself, and `check` it."""

    __slots__ = ("left", "refused", "unpacked")

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps
        self.unpacked = 0
        self.refused = ""
        """The title of the content that ran out of steps, "" for none."""

    def spend(self, steps: int = 1, depth: int = 0) -> None:
        """Raises `TooMuch`."""
        self.left -= steps
        self.check(depth)

    def check(self, depth: int = 0) -> None:
        """Raises `TooMuch` where nothing is left, or it is nested too deeply."""
        if self.left < 0:
            raise TooMuch(_TOO_MANY)
        if depth > MAX_DEPTH:
            raise TooMuch(f"it is nested more than {MAX_DEPTH} deep")

    def spend_bytes(self, size: int) -> None:
        """For what is done with each byte."""
        self.spend(size // _BYTES_PER_STEP)

    def refuse(self, content: str) -> None:
        """Keep who it was, if nothing is left: nobody after it can read the body."""
        if self.left < 0 and not self.refused:
            self.refused = content

    @property
    def why(self) -> str:
        return _TOO_MANY

    @property
    def room(self) -> int:
        """Bytes that may still be unpacked."""
        return MAX_UNPACKED - self.unpacked

    def unpack(self, size: int) -> None:
        """Raises `TooMuch`, for more than all layers may unpack to."""
        self.unpacked += size
        if self.unpacked > MAX_UNPACKED:
            raise TooMuch(TOO_LARGE)
