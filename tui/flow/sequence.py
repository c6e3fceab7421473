"""A flow as text: participants as columns with arrows between them, or one line for each step."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from engine.flow.flow import Flow, FlowStep, offsets
from engine.journal.exchange import Bounds
from engine.latency_words import ALIKE_MOMENTS, interval
from engine.words import octets
from tui.safe import clean, fit, shorten

_TIME = 10
PINNED = _TIME + 2
"""Cells of the times, which stay in sight."""
_MIN_PITCH, _MAX_PITCH = 16, 44
"""Cells from one participant's line to the next."""
_MAX_NAME = 40
"""Cells of a name in a sentence."""
_QUIET = "$foreground 60%"
_FAINT = "$foreground 30%"
_SELF = "↺"


def pitch(drawn: Flow, width: int) -> int:
    """Cells from line to line: what there is room for, within reason."""
    gaps = len(drawn.participants)
    return max(_MIN_PITCH, min(_MAX_PITCH, (width - _TIME - 2) // max(1, gaps)))


def wide(drawn: Flow, width: int) -> int:
    """Cells that the diagram takes."""
    return PINNED + pitch(drawn, width) * len(drawn.participants)


def reach(drawn: Flow, message: FlowStep, width: int) -> tuple[int, int]:
    """The cells that a step's columns begin and end at, the first ones left of what is pinned."""
    step = pitch(drawn, width)
    first, last = sorted((message.source, message.target))
    return first * step, PINNED + (last + 1) * step


def heads(drawn: Flow, width: int) -> list[Content]:
    """Names and roles, each in the middle of its column."""
    step = pitch(drawn, width)
    names = "".join(_middle(who.name, step) for who in drawn.participants)
    roles = "".join(_middle(_ROLES[who.role], step) for who in drawn.participants)
    return [
        _headed("after the", names, "bold $text-primary"),
        _headed("first", roles, _QUIET),
    ]


def _headed(lead: str, words: str, ink: str) -> Content:
    return Content.assemble((_led(lead, words), _QUIET), (words.lstrip(" "), ink))


def _led(lead: str, words: str) -> str:
    """The first column, with the blanks that `words` begin with: no part begins with blanks,
    for drawings of the screen leave those out."""
    return fit(lead, PINNED) + " " * (len(words) - len(words.lstrip(" ")))


_ROLES = {
    "natstap": "asks",
    "client": "client",
    "clients": "a request each",
    "subject": "subject",
    "stream": "stream",
    "consumer": "consumer",
    "server": "says itself",
}


def diagram(drawn: Flow, width: int) -> list[Content]:
    """An arrow for each step, on top of the lines of the participants."""
    step = pitch(drawn, width)
    return [
        _arrow(drawn, message, after, step)
        for message, after in zip(drawn.steps, offsets(drawn), strict=True)
    ]


def _when(drawn: Flow, after: Bounds) -> str:
    """How long after the first message, as exactly as it is known."""
    said = interval(*after, own=not drawn.steps[0].spread, alike=ALIKE_MOMENTS, room=_TIME - 1)
    return said if said.startswith("≤") else f"+{said}"


def _arrow(drawn: Flow, message: FlowStep, after: Bounds, step: int) -> Content:
    """The line of a step: what is left of the arrow, the arrow with its words, what is right."""
    lines = _lifelines(len(drawn.participants), step)
    ink = _ink(message)
    first, last = sorted((message.source, message.target))
    begin, end = _at(first, step) + 1, _at(last, step)
    when = Content.styled(_led(_when(drawn, after), lines), _QUIET)
    if first == last:
        words = f"{_SELF} {_words(message, step - 4)}"
        end = begin + cell_len(words)
        return when + _line(lines, begin, end, words, ink)
    return when + _line(lines, begin, end, _shaft(message, end - begin), ink)


def _line(lines: str, begin: int, end: int, words: str, ink: str) -> Content:
    return Content.assemble(
        (lines[:begin].lstrip(" "), _FAINT), (words, ink), (lines[end:].rstrip(" "), _FAINT)
    )


def _shaft(message: FlowStep, room: int) -> str:
    words = f" {_words(message, room - 5)} "
    blank = room - cell_len(words) - 1
    left, right = "─" * (blank // 2), "─" * (blank - blank // 2)
    shaft = f"{left}{words}{right}"
    return f"{shaft}▶" if message.target > message.source else f"◀{shaft}"


def _words(message: FlowStep, room: int) -> str:
    both = clean(f"{message.label[:_MAX_NAME]}, {octets(message.size)}")
    return both if cell_len(both) <= room else shorten(message.label, room)


def _at(place: int, step: int) -> int:
    return place * step + step // 2


def _lifelines(count: int, step: int) -> str:
    before, after = " " * (step // 2), " " * (step - step // 2 - 1)
    return f"{before}│{after}" * count


def _middle(words: str, room: int) -> str:
    shown = shorten(words, room - 2)
    ahead = max(0, room // 2 - cell_len(shown) // 2)
    return " " * ahead + fit(shown, room - ahead)


def listing(drawn: Flow) -> list[Content]:
    """Two lines for each step: when and what, then from whom to whom."""
    steps = zip(drawn.steps, offsets(drawn), strict=True)
    return [_listed(drawn, step, after) for step, after in steps]


def _listed(drawn: Flow, message: FlowStep, after: Bounds) -> Content:
    return Content.assemble(
        (fit(_when(drawn, after), PINNED), _QUIET),
        (f"{shorten(message.label, _MAX_NAME)}  ", _ink(message)),
        (octets(message.size), _QUIET),
        "\n" + " " * (PINNED) + ways(drawn, message),
    )


def ways(drawn: Flow, message: FlowStep) -> str:
    """From whom to whom."""
    names = (drawn.participants[place].name for place in (message.source, message.target))
    return " → ".join(shorten(name, _MAX_NAME) for name in names)


def _ink(message: FlowStep) -> str:
    return "$text-error" if message.failed else "$text-success" if message.back else "$text-primary"
