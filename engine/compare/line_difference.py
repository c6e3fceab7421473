"""Two texts aligned: which lines are the same, taken away, added or changed.

What is unique on both sides is matched first (a patience diff), so that a moved bracket does
not match another. What is left is matched by difflib, in parts that are small: so the time is
bounded for any input, which that of difflib alone is not (2,000 lines of two kinds: 4 s).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

MAX_CELLS = 100_000
"""Lines on the left times lines on the right; what has more is cut into parts."""
_HEAD = re.compile(r'\s*("[^"]{1,200}"|[\w.-]{1,200})\s*[:=]')

Match = tuple[int, int]


class Change(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line on the left, on the right, or both; the places count from 0 and are -1 for none."""

    change: Change
    left: str = ""
    right: str = ""
    left_at: int = -1
    right_at: int = -1


def align(
    left: Sequence[str], right: Sequence[str], essence: Callable[[str], str] = str
) -> tuple[DiffLine, ...]:
    """Every line of both, in order; lines that face each other and differ are `CHANGED`.

    Lines whose `essence` is equal are the same.
    """
    lines: list[DiffLine] = []
    at, place = 0, 0
    mine, theirs = list(map(essence, left)), list(map(essence, right))
    for here, there in [*matches(mine, theirs), (len(left), len(right))]:
        for here_at, other in _facing(mine, theirs, range(at, here), range(place, there)):
            lines.append(_line(left, right, here_at, other))
        if here < len(left):
            lines.append(DiffLine(Change.SAME, left[here], right[there], here, there))
        at, place = here + 1, there + 1
    return tuple(lines)


def _line(left: Sequence[str], right: Sequence[str], here: int, there: int) -> DiffLine:
    if there < 0:
        return DiffLine(Change.REMOVED, left[here], left_at=here)
    if here < 0:
        return DiffLine(Change.ADDED, right=right[there], right_at=there)
    change = Change.SAME if left[here] == right[there] else Change.CHANGED
    return DiffLine(change, left[here], right[there], here, there)


def _facing(
    left: Sequence[str], right: Sequence[str], removed: range, added: range
) -> Iterator[Match]:
    """What did not match, -1 for nobody: the same key faces the same key, else in order."""
    keys = [_key(left[at], at) for at in removed], [_key(right[at], -1) for at in added]
    pairs = [(removed[mine], added[other]) for mine, other in matches(*keys)]
    pairs = pairs or list(zip(removed, added, strict=False))
    at, place = removed.start, added.start
    for here, there in [*pairs, (removed.stop, added.stop)]:
        yield from ((index, -1) for index in range(at, here))
        yield from ((-1, index) for index in range(place, there))
        if here < removed.stop:
            yield here, there
        at, place = here + 1, there + 1


def _key(line: str, otherwise: int) -> Hashable:
    found = _HEAD.match(line)
    return found[1] if found else otherwise


# -- matching --------------------------------------------------------------------------------


def matches(
    left: Sequence[Hashable], right: Sequence[Hashable], cells: int = MAX_CELLS
) -> list[Match]:
    """Places of equal items, rising on both sides."""
    found: list[Match] = []
    work = [(range(len(left)), range(len(right)))]
    while work:
        here, there = _trim(left, right, *work.pop(), found.append)
        if not (here and there):
            continue
        anchors = _anchors(left, right, here, there)
        if anchors:
            found += anchors
            work += _between(anchors, here, there)
        elif len(here) * len(there) > cells:
            work += _parts(here, there, cells)
        else:
            found += _blocks(left, right, here, there)
    return sorted(found)


def _parts(here: range, there: range, cells: int) -> Iterator[tuple[range, range]]:
    """Both cut into equally many parts; the first parts face each other, and so on."""
    count = math.isqrt(len(here) * len(there) // cells) + 1
    for part in range(count):
        yield _part(here, part, count), _part(there, part, count)


def _part(whole: range, part: int, count: int) -> range:
    return whole[len(whole) * part // count : len(whole) * (part + 1) // count]


def _trim(
    left: Sequence[Hashable],
    right: Sequence[Hashable],
    here: range,
    there: range,
    found: Callable[[Match], None],
) -> tuple[range, range]:
    """What is left between the same beginning and the same end."""
    while here and there and left[here[0]] == right[there[0]]:
        found((here[0], there[0]))
        here, there = here[1:], there[1:]
    while here and there and left[here[-1]] == right[there[-1]]:
        found((here[-1], there[-1]))
        here, there = here[:-1], there[:-1]
    return here, there


def _between(anchors: list[Match], here: range, there: range) -> Iterator[tuple[range, range]]:
    at, place = here.start, there.start
    for anchor, other in [*anchors, (here.stop, there.stop)]:
        yield range(at, anchor), range(place, other)
        at, place = anchor + 1, other + 1


def _anchors(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> list[Match]:
    """Items that are once on each side, as many as rise on both."""
    once = Counter(left[at] for at in here)
    other = Counter(right[at] for at in there)
    places = {right[at]: at for at in there if other[right[at]] == 1}
    pairs = [(at, places[left[at]]) for at in here if once[left[at]] == 1 and left[at] in places]
    return _rising(pairs)


def _rising(pairs: list[Match]) -> list[Match]:
    """The longest run of pairs whose second places rise; the first ones do already."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for at, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [at]
    run: list[Match] = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


def _blocks(
    left: Sequence[Hashable], right: Sequence[Hashable], here: range, there: range
) -> Iterator[Match]:
    mine, theirs = left[here.start : here.stop], right[there.start : there.stop]
    for block in SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        for at in range(block.size):
            yield here.start + block.a + at, there.start + block.b + at
