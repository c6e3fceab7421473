"""Pictures of the screen, without the secrets that are on it: what is saved is soon in a chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any
from zlib import crc32

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.strip import Strip

from engine.message import raw_bytes, text
from engine.secrets.finding import NOTHING, find_all
from engine.secrets.known_secrets import KnownSecrets
from engine.secrets.patterns import is_secret_name
from engine.secrets.places import find_secrets
from engine.secrets.secrets import is_variable

_HIDDEN = "•"
_PIECE = re.compile(r"[^\u2500-\u259f]+")
"""What stands between the borders of panes, scrollbars and bars: box drawing and block elements."""
_FACT = re.compile(r"\W*(?P<name>[\w.-]{1,64}) {2,}(?P<value>\S.*?)\s*$")
_TORN = re.compile(r"\beyJ[\w-]{8,}[\w.-]*")
"""A token that goes on in the next line."""
_REST = re.compile(r"\s*(\S+)")
_HEX = re.compile(r"\s*[0-9a-f]{8}  (?P<hex>[0-9a-f]{2}(?: {1,2}[0-9a-f]{2}){0,15}) +\|")
"""A line of bytes: offset, hex, ASCII."""
_PAIR = re.compile(r"[0-9a-f]{2}")
_WORD = re.compile(r"\S{8,}")
"""What may be the middle of a value whose both ends are out of sight."""
_ELLIPSIS = "…"
MIN_TORN = 4
"""Characters of a known value at the edge of a pane that are taken for a part of it."""

Span = tuple[int, int]
Place = tuple[int, int]
"""A line, and a character in it."""


def draw(
    app: App[Any], title: str, known: KnownSecrets = NOTHING, shown_whole: Iterable[str] = ()
) -> str:
    """An SVG of what the app shows now; of some of that it may show only parts."""
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    behind = app._background_screens
    shown = app.screen._compositor.render_update(full=True, screen_stack=behind)
    assert isinstance(shown, LayoutUpdate)
    joined = (Strip.join(line) for line in shown.strips)
    learned = with_secrets_of(shown_whole, known)
    lines = without_secrets(joined, learned)
    shown.strips = [[line] for line in lines]
    console.print(shown)
    words = "\n".join(line.text for line in lines)
    name = crc32(words.encode("utf-8", "replace"))  # rich would take the repr of all for it
    return console.export_svg(title=title, unique_id=f"natstap-{name:x}")


def with_secrets_of(texts: Iterable[str], known: KnownSecrets) -> KnownSecrets:
    """The same values, and what is secret in these texts by its name or form."""
    learned = known.copy()
    for written in texts:
        for found in find_secrets(written, is_variable):
            learned.learn(found.name or "secret", written[found.begin : found.end])
    return learned


def without_secrets(strips: Iterable[Strip], known: KnownSecrets = NOTHING) -> list[Strip]:
    """The lines of a screen, each secret dotted out, also where it goes on in the next line."""
    lines = list(strips)
    pieces = [list(_PIECE.finditer(strip.text)) for strip in lines]
    hidden = [set[int]() for _ in lines]
    open_at: set[int] = set()
    for at, found in enumerate(pieces):
        still_open = set()
        for piece in found:
            spans = list(_spans(piece[0], piece.start() in open_at, known))
            for begin, end in spans:
                hidden[at].update(range(piece.start() + begin, piece.start() + end))
            if any(end >= len(piece[0].rstrip()) > len(piece[0]) - 4 for _, end in spans):
                still_open.add(piece.start())
        open_at = still_open
    for column in _columns(pieces):
        for line, place in (*_wrapped(column, known), *_in_bytes(column, known)):
            hidden[line].add(place)
    return [_dotted(*each) if each[1] else each[0] for each in zip(lines, hidden, strict=True)]


def _spans(written: str, goes_on: bool, known: KnownSecrets) -> Iterator[Span]:
    for one in find_all(written, is_variable, known):
        yield one.begin, one.end
    fact = _FACT.match(written)
    if fact and is_secret_name(fact["name"]) and not is_variable(fact["value"]):
        yield fact.span("value")
    yield from (one.span() for one in _TORN.finditer(written))
    if goes_on and (rest := _REST.match(written)):
        yield rest.span(1)
    yield from _torn(written, known)


# -- values that do not stand in one line as a whole -----------------------------------------


def _torn(written: str, known: KnownSecrets) -> Iterator[Span]:
    """The beginning of a value where a text is cut, and its end where it goes on."""
    begin = len(written) - len(written.lstrip())
    cuts = [at for at, letter in enumerate(written) if letter == _ELLIPSIS]
    ends = [*cuts, len(written.rstrip())]
    starts = [begin, *(at + 1 for at in cuts)]
    for value in known.values:
        for end in ends:
            if size := _overlap(written[begin:end], value):
                yield end - size, end
        for start in starts:
            if size := _overlap(value, written[start:].rstrip()):
                yield start, start + size
        for word in _WORD.finditer(written):
            if word[0] in value:
                yield word.span()


def _overlap(first: str, second: str) -> int:
    """Characters at the end of the first that the second begins with, at least `MIN_TORN`."""
    for size in range(min(len(first), len(second)), MIN_TORN - 1, -1):
        if first.endswith(second[:size]):
            return size
    return 0


Column = list[tuple[int, int, str]]
"""Pieces below each other: the line, where the piece begins in it, and its text."""


def _columns(pieces: list[list[re.Match[str]]]) -> Iterator[Column]:
    """Pieces that begin at the same place in line after line: the inside of a pane."""
    going: dict[int, Column] = {}
    for at, found in enumerate(pieces):
        now = {piece.start(): (at, piece.start(), piece[0]) for piece in found}
        yield from (column for start, column in going.items() if start not in now)
        going = {start: [*going.get(start, []), one] for start, one in now.items()}
    yield from going.values()


def _wrapped(column: Column, known: KnownSecrets) -> Iterator[Place]:
    """Values that are whole when the lines of a pane are put together."""
    if len(known) == 0:
        return
    letters: list[str] = []
    places: list[Place] = []
    for line, start, piece in column:
        begin = len(piece) - len(piece.lstrip())
        for at, letter in enumerate(piece.strip(), start + begin):
            letters.append(letter)
            places.append((line, at))
    for spot in known.find("".join(letters)):
        yield from places[spot.begin : spot.end]


def _in_bytes(column: Column, known: KnownSecrets) -> Iterator[Place]:
    """Secrets in lines of bytes, where hex and ASCII say the same."""
    raw = bytearray()
    places: list[tuple[Place, ...]] = []
    for line, start, piece in column:
        row = _HEX.match(piece)
        for count, pair in enumerate(_PAIR.finditer(piece, *row.span("hex")) if row else ()):
            assert row is not None
            raw += bytes.fromhex(pair[0])
            first, seen = start + pair.start(), start + row.end() + count
            places.append(((line, first), (line, first + 1), (line, seen)))
    written = text(bytes(raw))
    for found in find_all(written, is_variable, known):
        begin = len(raw_bytes(written[: found.begin]))
        end = begin + len(raw_bytes(written[found.begin : found.end]))
        for each in places[begin:end]:
            yield from each


def _dotted(strip: Strip, places: set[int]) -> Strip:
    """The same cells, with dots in the place of what is hidden."""
    at, segments = 0, []
    for segment in strip:
        letters = enumerate(segment.text, at)
        shown = "".join(
            _HIDDEN * cell_len(one) if place in places and one != " " else one
            for place, one in letters
        )
        segments.append(Segment(shown, segment.style, segment.control))
        at += len(segment.text)
    return Strip(segments, strip.cell_length)
