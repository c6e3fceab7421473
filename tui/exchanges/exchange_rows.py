"""The rows of the live list: the exchanges of a view, however many, in columns.

While they are paused they stay as they are, and what comes is only counted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterable
from typing import ClassVar, NamedTuple

from rich.cells import cell_len

from engine.clients.names import Names
from engine.content.by_subject import NOTHING_SET, SubjectSettings
from engine.content.coded import reading_of, says_more
from engine.content.content import Side
from engine.filter.folding import FirstOfThread
from engine.flow.ends import Ends, EndsOf
from engine.journal import ExchangeKind, State
from engine.journal.glance import OWN, Glance
from engine.journal.view import View
from engine.message import raw_bytes
from tui.kit.columns import Column, Columns, Fitted
from tui.kit.glyphs import Sign
from tui.kit.rows import Cells, cells, line_of, replies_of
from tui.safe import fit, shorten

from .new_rows import Arrivals, Until

BUDGET = 0.008
"""Seconds of one beat that may go into examining new exchanges."""
TICK = 0.2
"""Seconds between two steps of a wait that is shown growing."""
_MINUTE = 60
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_MAX_NOTICED = 60
_MAX_KNOWN = 512
"""Exchanges whose ends are remembered for the next frame."""
_OPEN = ExchangeKind.REQUEST << 4 | State.WAITING
_FAILED = State.SERVICE_ERROR
_ERROR = "Nats-Service-Error"
_NO_ANSWER = ExchangeKind.REQUEST << 4 | State.NO_ANSWER
_DONE = ExchangeKind.REQUEST << 4 | State.ANSWERED
_TELLING = (_OPEN, ExchangeKind.ORPHAN << 4)
"""Of which more may be known than their messages tell."""

COLUMNS = (
    Column("time", 12, rank=4, narrower=((9, 8),)),
    Column("who", 18, rank=7, narrower=((12, 11), (8, 9)), snug=True),
    Column("whom", 20, rank=6, narrower=((12, 13), (8, 11)), snug=True),
    Column(
        "subject",
        40,
        grow=True,
        middle=True,
        rank=1,
        narrower=((10, 24), (7, 20), (6, 18), (5, 16), (4, 12), (3, 8), (2, 4)),
    ),
    Column("state", 15, rank=1, narrower=((5, 9), (2, 1))),
    Column("latency", 8, right=True, rank=3),
    Column("bar", 5, rank=11),
    Column("replies", 8, rank=13, snug=True),
    Column("body", 12, grow=True, rank=14),
)
_TIME, _STATE, _BAR, _BODY = 0, 4, 6, 8
_MIN_BOTH = 30
"""Cells in which the starts of both the request's body and the answer's are worth something."""
_ANSWERED = " → "
_UNTOLD = (State.STORED, State.KEPT, State.NO_RESPONDERS)
"""States whose word tells all that came back."""
_MAX_READ = 16 << 10
"""Bytes of a body that is read for a row."""
_MAX_LINE = 400
"""Characters of it that may be seen."""
_FULL = 1.0
"""Seconds that fill the bar, on a scale of ten to the power of three."""
_SHORT = 9
"""Cells of a state that leave room for its short word only."""


class Look(NamedTuple):
    """All that a row's looks depend on."""

    number: int
    mark: int
    beat: int
    """Counts while the wait of an own request is shown growing."""
    waited: int
    """Steps of the wait of others' requests that got no answer."""
    aside: Sign | None
    """What is known beyond the messages."""
    ends: Ends
    """Who asked whom."""
    folded: int = 0
    """How many exchanges of the same thread are folded under it."""


class ExchangeRows:
    """The key of a row is the number of its exchange."""

    steady: ClassVar[bool] = True

    def __init__(self, view: View) -> None:
        self.view = view
        self.arrivals: Arrivals | None = None
        """While the rows are paused: what came since."""
        self._newest_read = 0
        """The newest number that was in sight."""
        self.ends = EndsOf(view.journal, Names())
        """Who asked whom."""
        self.fold: FirstOfThread | None = None
        """While exchanges of one thread are one row: which, and how many."""
        self._glances: dict[int, tuple[int, Glance]] = {}
        self._longest = dict.fromkeys(("who", "whom", "subject", "replies"), 0)
        """Cells of the longest of them that was seen."""
        self._known_ends: dict[int, tuple[tuple[int, int], Ends]] = {}
        self._sizes: Fitted = ()
        self._room: dict[int, int] = {}
        self.aside: Callable[[int], Sign | None] = lambda number: None
        """What stands in the place of the state of another's exchange, if anything."""
        self.checks: Callable[[], bool] = lambda: False
        """Whether an answer may be known to break its schema."""
        self.settings: Callable[[], SubjectSettings] = lambda: NOTHING_SET
        """What the user set of bodies."""
        self.listened: Callable[[int, float], float] = lambda number, now: now
        """Up to when natstap listened for the answer to an exchange that got none."""

    # -- what the view has -----------------------------------------------------------------

    @property
    def still(self) -> bool:
        """True while the view is left as it was when the pause began."""
        return self.arrivals is not None and not isinstance(self.view.accepts, Until)

    def catch_up(self) -> None:
        """Take up what is new, for a moment."""
        if self.arrivals is not None:
            self.arrivals.catch_up(BUDGET)
        if self.still:
            self.view.forget()
        else:
            self.view.catch_up(BUDGET)
            if self.fold is not None and (displaced := self.fold.take_displaced()):
                self.view.reconsider(displaced)

    def show_view(self, view: View) -> None:
        """Change to another view (a filter), which ends where a pause began."""
        if self.arrivals is not None:
            view = View(view.journal, Until(view.accepts, self.arrivals.began))
        self.view = view

    def pause(self) -> None:
        """Hold the rows still, and count what comes."""
        self.arrivals = Arrivals(self.view.journal)

    def go_on(self) -> None:
        self.arrivals = None
        if isinstance(self.view.accepts, Until):
            self.view = View(self.view.journal, self.view.accepts.sieve)

    def read_to(self, last: int) -> None:
        """Row `last` is the last one in sight."""
        self._newest_read = max(self._newest_read, self.view[last])

    @property
    def unread(self) -> int:
        """How many rows came below the last one that was in sight; while paused they are
        counted apart.
        """
        if self.arrivals is not None:
            return 0
        return len(self) - self.view.place_of(self._newest_read + 1)

    # -- a table's source --------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.view)

    def key(self, index: int) -> int:
        return self.view[index]

    def place_of(self, key: Hashable, near: int) -> int:
        return self.view.place_of(key) if isinstance(key, int) else near

    def held(self, columns: Columns) -> tuple[int, ...]:
        """As far as rows were seen: what the longest names and subjects take; a column in which
        none of them has anything takes a cell.
        """
        least = 1 if self._longest["subject"] else 0
        longest = (self._longest.get(column.name) for column in columns)
        return tuple(0 if each is None else max(each, least) for each in longest)

    def look(self, index: int) -> Look:
        number, now = self.view[index], time.time()
        mark = self.view.journal.glances.mark(number)
        ticking = mark & OWN and mark & 0xFF == _OPEN
        answered = mark & 0xFF == _DONE and self.checks()
        telling = answered or (mark & 0xFF in _TELLING and not mark & OWN)
        aside = self.aside(number) if telling else None
        waited = self._waited(number, now) if mark & 0xFF == _NO_ANSWER else 0
        beat = int(now / TICK) if ticking else 0
        ends = self._ends(number, mark)
        folded = self.fold.others(number) if self.fold is not None else 0
        if folded:
            self._notice("subject", _subject(self._glance(number, mark).subject, folded))
        return Look(number, mark, beat, waited, aside, ends, folded)

    def _ends(self, number: int, mark: int) -> Ends:
        """Found out once, until the exchange changes or somebody gets another name."""
        stand = mark, self.ends.names.version
        known = self._known_ends.get(number)
        if known is None or known[0] != stand:
            if len(self._known_ends) > _MAX_KNOWN:
                self._known_ends.clear()
            seen = self._glance(number, mark)
            known = self._known_ends[number] = stand, self.ends(number, seen)
            if seen.kind is not ExchangeKind.NOTE:
                self._notice("subject", seen.subject)
                self._notice("replies", replies_of(self.view.journal, seen))
            self._notice("who", known[1].asker)
            self._notice("whom", f"▸ {known[1].answerer}")
        return known[1]

    def _waited(self, number: int, now: float) -> int:
        began = self.view.journal.glances.of(number).at if number in self.view.journal else now
        return waited_step(self.listened(number, now) - began)

    def _notice(self, name: str, words: str) -> None:
        if len(words) > self._longest[name]:
            self._longest[name] = min(len(words), _MAX_NOTICED)

    def note(self, look: Hashable, width: int) -> str:
        """A note as a rule across the whole width; blanks for what fell out of the journal."""
        assert isinstance(look, Look)
        if look.number not in self.view.journal:
            return " " * max(1, width)
        return _rule(self._says(look), width) if look.mark >> 4 & 15 == ExchangeKind.NOTE else ""

    def _says(self, look: Look) -> Cells:
        now = time.time()
        until = self.listened(look.number, now) if look.waited else now
        return cells(self.view.journal, self._glance(look.number, look.mark), until, look.aside)

    def _glance(self, number: int, mark: int) -> Glance:
        """Looked for once, for its ends and for its cells."""
        known = self._glances.get(number)
        if known is None or known[0] != mark:
            if len(self._glances) > _MAX_KNOWN:
                self._glances.clear()
            known = self._glances[number] = mark, self.view.journal.glances.of(number)
        return known[1]

    def cells(self, look: Hashable, sizes: Fitted) -> Iterable[tuple[str, str]]:
        assert isinstance(look, Look)
        said = self._says(look)
        at, subject, glyph, word, short, role, latency, seconds, replies, body = said
        if sizes is not self._sizes:
            self._sizes, self._room = sizes, dict(sizes)
        room = self._room
        if (state := room.get(_STATE, 0)) > 1:
            glyph = f"{glyph} {word if state > _SHORT else short}"
        parts = (
            (at[: room.get(_TIME, 0)], "muted"),
            (look.ends.asker, "name"),
            (f"▸ {look.ends.answerer}" if look.ends.answerer else "", "name"),
            (_subject(subject, look.folded), ""),
            (glyph, role),
            (latency, ""),
            (latency_bar(seconds, room.get(_BAR, 0)), role),
            (replies, ""),
            (self._glimpse(look, self._request(look, body), room.get(_BODY, 0)), "muted"),
        )
        return parts if len(room) == len(parts) else [parts[index] for index in room]

    def _glimpse(self, look: Look, body: str, room: int) -> str:
        """The start of the body and, where there is room, of what came back first."""
        answer = self._answer(look) if room >= _MIN_BOTH else ""
        if not answer:
            return body
        kept = max(room // 2, room - len(_ANSWERED) - len(answer))
        return f"{shorten(body, kept)}{_ANSWERED}{answer}".lstrip()

    def _answer(self, look: Look) -> str:
        """Of a service's error its words."""
        state, journal = look.mark & 15, self.view.journal
        replies = self._glance(look.number, look.mark).replies
        if not replies or replies[0] not in journal or state in _UNTOLD:
            return ""
        first = replies[0]
        told = journal.message(first).headers.get(_ERROR, "") if state == _FAILED else ""
        return told or self._readable(first, journal.glances.body_start(first), look.number)

    def _request(self, look: Look, said: str) -> str:
        if _is_read(said):
            return said
        return self._readable(look.number, self._glance(look.number, look.mark).body)

    def _readable(self, number: int, start: bytes, asked: int = 0) -> str:
        """The start of a body, as it is read where that is quick; `asked` is the request of it."""
        journal, line = self.view.journal, line_of(start)
        if _is_read(line) or not says_more(start) or number not in journal:
            return line
        message = journal.message(number)
        if len(message.body) > _MAX_READ:
            return line
        subject = journal.message(asked).subject if asked else ""
        side = Side.REPLY if asked else Side.REQUEST
        reading = reading_of(message, self.settings().without_commands(), subject, side)
        return line_of(raw_bytes(reading.text[:_MAX_LINE])) if reading.text else line


def _is_read(line: str) -> bool:
    """True for the line of a body that is surely text as it is: JSON, or words."""
    return line.isascii() and line.isprintable() and (line[:1] in "{[" or " " in line)


def _subject(subject: str, folded: int) -> str:
    return f"{subject}  +{folded}" if folded else subject


def latency_bar(seconds: float, cells: int) -> str:
    """Nothing up to a millisecond, and all cells from a second on; ten times is a third more."""
    if seconds <= 0 or not cells:
        return ""
    part = 1 + math.log10(max(seconds, 1e-9) / _FULL) / 3
    eighths = max(1, min(round(part * cells * 8), cells * 8))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8]


def waited_step(seconds: float) -> int:
    """The wait of others' requests as a row tells it: whole seconds, then whole minutes."""
    if seconds < _MINUTE:
        return max(1, int(seconds))
    return _MINUTE + int(seconds / _MINUTE)


def _rule(said: Cells, width: int) -> str:
    start = f"── {said.time[:8]}  " if width >= 60 else "── "
    words = f"{start}{shorten(said.subject, max(1, width - len(start) - 4))} "
    return fit(words + "─" * (width - cell_len(words) - 1), width)
