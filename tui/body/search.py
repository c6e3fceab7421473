"""Where a word is in a body, found in slices, so that a large body holds no key up."""

from __future__ import annotations

import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterator

from tui.body.lines import HexLines, Indexed, JsonLines, Lines

MAX_FOUND = 100_000
_SLICE = 256 << 10
"""Characters that are searched at once."""
_OVERLAP = 64
"""Characters more than the word has that a match may have: white space behind a key."""
_COLON = re.compile(r'(?<="):\s*')


class BodySearch:
    """Letters match their capitals, unless the word has capitals itself."""

    def __init__(self, lines: Lines, word: str) -> None:
        self.done = not word
        """True when all of the body was searched, or so much was found that it is enough."""
        self.lines = lines
        self.word = word
        self._offsets = array("Q")
        self._at = 0
        self._end = 0
        """Where the last match ends."""
        flags = 0 if word != word.lower() else re.IGNORECASE
        self.pattern = re.compile(_written(lines, word), flags)
        """What marks it in the lines as they are shown."""
        self._raw = re.compile(re.escape(word.encode("utf-8", "surrogateescape")), flags)
        self._reach = len(word) + _OVERLAP

    def __len__(self) -> int:
        """How often it was found so far."""
        return len(self._offsets)

    @property
    def full(self) -> bool:
        """True if there may be more than was counted."""
        return len(self) >= MAX_FOUND

    def grow(self, budget: float) -> None:
        """Search further for about `budget` seconds, as far as the lines are known."""
        deadline = time.perf_counter() + budget
        while not self.done and self._at < self._known and time.perf_counter() < deadline:
            self._search_slice()
        if self.lines.done and self._at >= self._known:
            self.done = True

    def line(self, number: int) -> int:
        """The line of a match, by its number from 0."""
        return self._line_of(self._offsets[number])

    def span(self, number: int, shown: str) -> tuple[int, int]:
        """Where a match is in its line as that is shown; (0, 0) where it is not seen."""
        first = bisect_left(self._offsets, self._begin(self.line(number)))
        spans: Iterator[tuple[int, int]] = (each.span() for each in self.pattern.finditer(shown))
        for at, span in enumerate(spans, first):
            if at == number:
                return span
        return 0, 0

    def after(self, line: int) -> int:
        """The number of the first match on a line or after it; that of the first if none is."""
        number = bisect_left(self._offsets, self._begin(line)) if len(self.lines) else 0
        return number if number < len(self) else 0

    def _search_slice(self) -> None:
        end = min(self._at + _SLICE, self._known)
        begin = max(self._at, self._end)
        for found in self._matches(begin, min(end + self._reach, self._known)):
            if found.start() >= end:
                break
            self._offsets.append(found.start())
            self._end = found.end()
            if self.full:
                self.done = True
                return
        self._at = end

    def _matches(self, begin: int, end: int) -> Iterator[re.Match[str] | re.Match[bytes]]:
        lines = self.lines
        if isinstance(lines, HexLines):
            return self._raw.finditer(lines.body, begin, end)
        assert isinstance(lines, Indexed)
        return self.pattern.finditer(lines.text, begin, end)

    @property
    def _known(self) -> int:
        lines = self.lines
        return len(lines.body) if isinstance(lines, HexLines) else getattr(lines, "reach", 0)

    def _line_of(self, offset: int) -> int:
        lines = self.lines
        if isinstance(lines, HexLines):
            return offset // lines.each
        assert isinstance(lines, Indexed)
        return lines.line_of(offset)

    def _begin(self, line: int) -> int:
        lines = self.lines
        if isinstance(lines, HexLines):
            return line * lines.each
        assert isinstance(lines, Indexed)
        return lines.span(line)[0]


def _written(lines: Lines, word: str) -> str:
    """JSON is shown with a space behind each key, however it was sent."""
    if not isinstance(lines, JsonLines):
        return re.escape(word)
    return r"\s*:\s*".join(map(re.escape, _COLON.split(word)))
