"""Pictures of the screen, without the secrets that are on it: what is saved is soon in a chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.app import App
from textual.strip import Strip

from engine.secrets.forms import is_secret_name
from engine.secrets.places import find_secrets
from engine.secrets.secrets import is_variable

_HIDDEN = "•"
_PIECE = re.compile(r"[^│▏▕┃║╭╮╰╯─]+")
"""What stands between the borders of panes."""
_FACT = re.compile(r"\W*(?P<name>[\w.-]{1,64}) {2,}(?P<value>\S.*?)\s*$")
_TORN = re.compile(r"\beyJ[\w-]{8,}[\w.-]*")
"""A token that goes on in the next line."""
_REST = re.compile(r"\s*(\S+)")

Span = tuple[int, int]


def draw(app: App[Any], title: str) -> str:
    """An SVG of what the app shows now."""
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
    shown.strips = [[one] for one in without_secrets(Strip.join(line) for line in shown.strips)]
    console.print(shown)
    return console.export_svg(title=title)


def without_secrets(strips: Iterable[Strip]) -> list[Strip]:
    """The lines of a screen, each secret dotted out, also where it goes on in the next line."""
    hidden: list[Strip] = []
    open_at: set[int] = set()
    for strip in strips:
        spans: list[Span] = []
        still_open = set()
        for piece in _PIECE.finditer(strip.text):
            found = list(_spans(piece[0], piece.start() in open_at))
            spans += [(piece.start() + begin, piece.start() + end) for begin, end in found]
            if any(end >= len(piece[0].rstrip()) > len(piece[0]) - 4 for _, end in found):
                still_open.add(piece.start())
        open_at = still_open
        hidden.append(_dotted(strip, spans) if spans else strip)
    return hidden


def _spans(written: str, goes_on: bool) -> Iterator[Span]:
    for one in find_secrets(written, is_variable):
        yield one.begin, one.end
    fact = _FACT.match(written)
    if fact and is_secret_name(fact["name"]) and not is_variable(fact["value"]):
        yield fact.span("value")
    yield from (one.span() for one in _TORN.finditer(written))
    if goes_on and (rest := _REST.match(written)):
        yield rest.span(1)


def _dotted(strip: Strip, spans: list[Span]) -> Strip:
    """The same cells, with dots in the place of what is hidden."""
    places = {at for begin, end in spans for at in range(begin, end)}
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
