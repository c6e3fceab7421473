"""From an exchange to the words of its row."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import NamedTuple

from engine.arrival import is_timed
from engine.journal import Journal, State, pub_ack
from engine.journal.glance import Glance
from engine.latency_words import interval
from engine.message import text
from tui.kit.glyphs import Role, Sign, sign

LATENCY = 8
"""Cells of a latency in a row."""
_MOMENT = 1e-3
"""Seconds that a time of day is told to."""
_WORD, _SHORT_WORD = 13, 7
"""Cells of a state's word, and of its short one."""
_OPEN_TO_MORE = (State.WAITING, State.ANSWERED, State.PARTLY)
_THOUSAND = 1000
"""From here on a count leaves its column no room for the word."""


_MINUTE = 60


class Cells(NamedTuple):
    """What a row says, not yet cut to size."""

    time: str
    subject: str
    glyph: str
    word: str
    short: str
    role: Role
    latency: str
    seconds: float
    """What the latency is at most, or how long nothing came; 0 where neither is known."""
    replies: str
    preview: str
    """The start of the body."""


def cells(journal: Journal, seen: Glance, now: float, aside: Sign | None = None) -> Cells:
    """The cells of an exchange's row; `now` is what an open request's wait is measured to.

    `aside` stands in the place of the state, where more is known than messages tell.
    """
    taken = seen.latency[1] if seen.latency is not None else 0.0
    glyph, word, short, role = aside or _several(journal, seen) or sign(seen)
    return Cells(
        clock(seen.at),
        seen.subject,
        glyph,
        word,
        short,
        role,
        _latency(seen, now),
        max(0.0, now - seen.at) if seen.state is State.NO_ANSWER else taken,
        replies_of(journal, seen),
        line_of(seen.body),
    )


def line_of(body: bytes) -> str:
    """White space in a row is one space."""
    return " ".join(text(body).split())


def _several(journal: Journal, seen: Glance) -> Sign | None:
    """Who wanted several answers is told how many came; one answer too many is told as well.

    So is what was to be stored only, and was answered too.
    """
    if seen.wanted > 1 and seen.state in _OPEN_TO_MORE:
        return _of_wanted(sign(seen), _answers(journal, seen.replies), seen.wanted)
    if len(seen.replies) < 2:
        return None
    count = _answers(journal, seen.replies)
    if seen.state is State.KEPT and count and seen.own:
        return sign(seen)._replace(word="stored +reply", short="kept +1")
    if seen.state is not State.ANSWERED or seen.wanted != 1 or count < 2:
        return None
    times = f"{count}×"
    word = f"answered {times}" if count < _THOUSAND else f"ok {times}"
    short = f"ok {times}" if count < _THOUSAND else times
    told = sign(seen)._replace(word=word, short=short)
    return told._replace(role="warn") if seen.own else told


def _of_wanted(told: Sign, count: int, wanted: int) -> Sign | None:
    if not count:
        return None
    of = f"{count} of {wanted}"
    long = f"{told.word} {of}"
    word = long if told.word == "partly" and len(long) <= _WORD else of
    return told._replace(word=word, short=of if len(of) <= _SHORT_WORD else told.short)


def _latency(seen: Glance, now: float) -> str:
    if seen.latency is not None:
        return interval(*seen.latency, own=seen.own, figure=duration, room=LATENCY)
    if seen.state is State.NO_ANSWER:
        return _waited(max(0.0, now - seen.at))
    waiting = seen.own and seen.state is State.WAITING
    return duration(max(0.0, now - seen.at), ticking=True) if waiting else ""


def _waited(seconds: float) -> str:
    """How long no answer was seen: in whole seconds, then in whole minutes."""
    return f"{int(seconds)} s" if seconds < _MINUTE else f"{int(seconds) // _MINUTE:,} min"


def replies_of(journal: Journal, seen: Glance) -> str:
    """How many came back, or which stream acknowledged."""
    if seen.state is State.NO_RESPONDERS or seen.state is State.NONE:
        return ""
    if seen.state in (State.STORED, State.KEPT):
        return _stream(journal, seen.replies)
    count = _answers(journal, seen.replies)
    if seen.wanted > 1:
        return f"{count} of {seen.wanted}"
    return str(count) if count else ""


def _answers(journal: Journal, replies: tuple[int, ...]) -> int:
    """How many replies are real: a stream's acknowledgement or a status may come first."""
    if len(replies) < 2 or replies[0] not in journal:
        return len(replies)
    first = journal.message(replies[0])
    return len(replies) - (first.no_responders or pub_ack(first.body) is not None)


def _stream(journal: Journal, replies: tuple[int, ...]) -> str:
    """The stream that acknowledged."""
    found = replies and replies[0] in journal
    fields = pub_ack(journal.message(replies[0]).body) if found else None
    return str(fields.get("stream", "")) if fields else ""


def clock(at: float) -> str:
    """Local time of day as HH:MM:SS.mmm, or that it is not known, in as many cells."""
    if not is_timed(at):
        return "time unknown"
    return f"{_second(int(at))}.{int(at * 1000) % 1000:03d}"


def clocks(at: float, spread: float) -> str:
    """As `clock`; where it can have been up to `spread` seconds earlier, from when to when."""
    if spread < _MOMENT or not is_timed(at):
        return clock(at)
    first, last = clock(at - spread), clock(at)
    if first == last:
        return last
    return f"{first}–{last[len('HH:MM:') :] if first[:5] == last[:5] else last}"


@lru_cache(maxsize=512)
def _second(at: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def duration(seconds: float, ticking: bool = False) -> str:
    """A time span in three figures or so; a ticking one in tenths of a second."""
    if seconds < 1 and not ticking:
        ms = seconds * 1000
        if 0 < ms < 0.0095:
            return f"{ms * 1000:.0f} µs"
        return f"{ms:.2f} ms" if ms < 0.995 else f"{ms:.1f} ms" if ms < 99.95 else f"{ms:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s" if ticking else f"{seconds:.2f} s"
    minutes = int(seconds) // 60
    if minutes < 100:
        return f"{minutes}m {int(seconds) % 60:02d}s"
    return f"{minutes // 60}h {minutes % 60:02d}m"
