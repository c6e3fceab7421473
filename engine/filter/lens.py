"""The lens: a filter as a value, and what passes it.

    View(journal, Lens.parse("~u orders.> & ~l > 200ms").on(journal))

A lens looks at an exchange: at its request and at everything that came back. It shows
requests, publishes, orphans and notes, as the plain list does; deliveries and the server's
own talk only when it names them (`~k delivery`, `~u $JS.>`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import reduce

from engine.journal.exchange import ExchangeKind
from engine.journal.journal import Journal
from engine.journal.segment import Segment
from engine.journal.walk import Unfinished, Walk

from .byte_search import Needle, hits, owner_of
from .content_search import coded_positions
from .grammar import All, Node, Not, Term, parse
from .state_terms import HIDDEN, LOOK, NO, NOTHING_KNOWN, YES, Check, Hearsay

_MESSAGES = 1024
"""Messages searched for a text in one step, each of which may need a closer look."""
_FINDS = 8192
"""Messages times texts in one step, when there are many texts."""
_HEADS = 256


@dataclass(frozen=True, slots=True)
class Lens:
    """Lenses are equal when they ask the same; `str` writes one as it would be typed."""

    text: str = field(compare=False)
    """As it was typed."""
    root: Node

    @classmethod
    def parse(cls, text: str) -> Lens:
        """Raises `LensError`, which says what is wrong where; an empty text passes everything."""
        return cls(text, parse(text))

    def __str__(self) -> str:
        return str(self.root)

    @property
    def empty(self) -> bool:
        return self.root == All()

    def narrows(self, other: Lens) -> bool:
        """True when it is plain that all that passes this one passes the other."""
        mine = _parts(self.root)
        return self.hides >= other.hides and all(
            any(_implies(one, wanted) for one in mine) for wanted in _parts(other.root)
        )

    @property
    def looks(self) -> bool:
        """True when what is known of open requests decides: it changes without a message."""
        return any(term.probe.looks for term in _leaves(self.root))

    @property
    def hides(self) -> frozenset[ExchangeKind]:
        """Kinds that cannot pass, because nothing in the lens names them."""
        return HIDDEN.difference(*(term.probe.reveals for term in _leaves(self.root)))

    def on(self, journal: Journal, known: Hearsay = NOTHING_KNOWN) -> ReadyLens:
        """The lens as a view's test; `known` tells what the journal cannot."""
        return ReadyLens(self.root, journal, known)

    def accepts(
        self, journal: Journal, number: int, code: int, known: Hearsay = NOTHING_KNOWN
    ) -> bool:
        """Whether one exchange passes; for many, `on` is the fast way."""
        ready = self.on(journal, known)
        while True:
            with suppress(Unfinished):
                return ready(number, code)


class ReadyLens:
    """A lens made ready for one journal.

    It looks at so much in one go and no more: a call raises `Unfinished` when the exchange has
    too many replies for that, and `sift` stops at it. Asked again, both go on from there.
    """

    def __init__(self, root: Node, journal: Journal, known: Hearsay) -> None:
        self._journal = journal
        hidden = Lens("", root).hides
        self._codes = bytes(
            NO if code >> 4 in hidden else verdict for code, verdict in enumerate(_verdicts(root))
        )
        self._needles = _needles(root)
        self._reads = any(term.probe.reads for term in _leaves(root))
        """Whether what a body is read as decides, in which no needle need be."""
        self._weight = sum(1 for _ in _leaves(root))
        """How many looks the test of one exchange may take."""
        self._walk = Walk(journal)
        self._check = _check(root, self._walk, known)

    def __call__(self, number: int, code: int) -> bool:
        self._walk.begin()
        return self._passes(number, code)

    def _passes(self, number: int, code: int) -> bool:
        verdict = self._codes[code]
        if verdict != LOOK:
            return verdict == YES
        segment = self._journal.segment(number)
        return self._check(segment, number - segment.first)

    def sift(self, segment: Segment, since: int, end: int | None = None) -> tuple[list[int], int]:
        """What passes by the messages from a position on; see `Sieve`."""
        self._walk.begin(by_needle=self._needles is not None)
        if self._needles is not None:
            return self._search(segment, since, self._needles, end)
        heads, until = segment.heads_from(since, _HEADS, end)
        if segment.more:
            return self._with_care(segment, [(at, segment.first + at) for at in heads], until)
        first, codes, verdicts, check = segment.first, segment.codes, self._codes, self._check
        found, walk, weight = [], self._walk, self._weight
        for at in heads:
            verdict = verdicts[codes[at]]
            if verdict == LOOK:
                verdict = YES if check(segment, at) else NO
                walk.left -= weight
            if verdict:
                found.append(first + at)
            if walk.left <= 0:
                return found, at + 1
        return found, until

    def _search(
        self, segment: Segment, since: int, needles: tuple[Needle, ...], end: int | None
    ) -> tuple[list[int], int]:
        """Only exchanges with a needle in one of these messages can pass; they may be older."""
        count = min(_MESSAGES, _FINDS // len(needles) + 1)
        until = min(since + count, len(segment.ends) if end is None else end)
        held = {at for needle in needles for at in hits(segment, needle, since, until)}
        if self._reads:
            held.update(coded_positions(segment, since, until))
        return self._with_care(segment, [(at, owner_of(segment, at)) for at in sorted(held)], until)

    def _with_care(
        self, segment: Segment, places: list[tuple[int, int]], until: int
    ) -> tuple[list[int], int]:
        """Test the exchanges at some positions, up to where it would be too much for now."""
        verdicts: dict[int, bool] = {}
        walk, weight, codes, check = self._walk, self._weight, self._codes, self._check
        oldest, first = self._journal.first, segment.first
        for at, number in places:
            if number in verdicts or number < oldest:
                continue
            if walk.left <= 0:
                until = at
                break
            walk.left -= weight
            held = segment if number >= first else self._journal.segment(number)
            place = number - held.first
            verdict = codes[held.codes[place]]
            try:
                passes = check(held, place) if verdict == LOOK else verdict == YES
            except Unfinished:
                until = at
                break
            verdicts[number] = passes
        return sorted(number for number, passes in verdicts.items() if passes), until


# -- from the tree ---------------------------------------------------------------------------


def _verdicts(node: Node) -> bytes:
    """What the code alone tells, for each code."""
    if isinstance(node, Term):
        return node.probe.codes
    if isinstance(node, Not):
        return bytes(YES - verdict for verdict in _verdicts(node.inner))
    pick: Callable[..., int] = min if isinstance(node, All) else max
    begin = bytes([YES if isinstance(node, All) else NO]) * 256
    return reduce(
        lambda one, other: bytes(map(pick, one, other)), set(map(_verdicts, node.parts)), begin
    )


def _parts(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, All) else (node,)


def _implies(one: Node, other: Node) -> bool:
    """True of the same, and of a longer text where a shorter one is wanted."""
    if one == other:
        return True
    if not (isinstance(one, Term) and isinstance(other, Term) and one.spec is other.spec):
        return False
    longer = other.argument in one.argument
    return one.spec.is_text and longer and one.probe.reveals == other.probe.reveals


def _leaves(node: Node) -> Iterator[Term]:
    if isinstance(node, Term):
        yield node
        return
    for part in (node.inner,) if isinstance(node, Not) else node.parts:
        yield from _leaves(part)


def _needles(node: Node) -> tuple[Needle, ...] | None:
    """Texts of which at least one is in every exchange that passes; None when there is none."""
    if isinstance(node, Term):
        return (node.probe.needle,) if node.probe.needle else None
    if isinstance(node, Not):
        return None
    known = [needles for needles in map(_needles, node.parts) if needles is not None]
    if isinstance(node, All):
        return min(known, key=_effort, default=None)
    whole = len(known) == len(node.parts)
    return tuple(needle for needles in known for needle in needles) if whole else None


def _effort(needles: tuple[Needle, ...]) -> tuple[int, int]:
    """Few and long ones are found fastest."""
    return len(needles), -min(len(needle.raw) for needle in needles)


def _check(node: Node, walk: Walk, known: Hearsay) -> Check:
    if isinstance(node, Term):
        codes, make = node.probe.codes, node.probe.make
        return make(walk, known) if make else lambda one, at: codes[one.codes[at]] == YES
    if isinstance(node, Not):
        inner = _check(node.inner, walk, known)
        return lambda segment, at: not inner(segment, at)
    parts = [_check(part, walk, known) for part in node.parts]
    return _each(parts) if isinstance(node, All) else _either(parts)


def _each(parts: list[Check]) -> Check:
    def check(segment: Segment, at: int) -> bool:
        return all(part(segment, at) for part in parts)

    return check


def _either(parts: list[Check]) -> Check:
    def check(segment: Segment, at: int) -> bool:
        return any(part(segment, at) for part in parts)

    return check
