"""Below the forecast, where there is room: who listens by name, or where somebody does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from textual.content import Content

from tui.safe import abridge, clean, shorten

if TYPE_CHECKING:
    from engine.audience.audience import Audience
    from engine.clients.listeners import Listener

_QUIET = "$foreground 60%"
_INDENT = "  "
_NEAREST, _ELSEWHERE = "nearest", "listened on"
_MAX_SUBJECTS = 30


def detail(
    audience: Audience, listened: Sequence[str], width: int, height: int
) -> Iterator[Content]:
    """At most `height` lines; `listened` are all subjects that somebody listens on."""
    if audience.listeners:
        yield from _listeners(audience.listeners, width, height)
    elif audience.listeners_known and not audience.stream:
        nearest = audience.nearest
        words, subjects = (_NEAREST, nearest) if nearest else (_ELSEWHERE, listened)
        yield from _subjects(words, subjects[:_MAX_SUBJECTS], width, height)


def _subjects(words: str, subjects: Sequence[str], width: int, height: int) -> Iterator[Content]:
    if subjects and height:
        named = f"{words}: {', '.join(map(_named, subjects))}"
        room = max(1, width - len(_INDENT))
        for line in wrap(named, room, max_lines=height, placeholder=" …"):
            yield Content.styled(f"{_INDENT}{line}", _QUIET)


def _named(subject: str) -> str:
    """The beginning of subjects, where somebody listens with wildcards, is shown as one."""
    return f"{clean(subject)}…" if subject.endswith(".") else clean(subject)


def _listeners(listeners: Sequence[Listener], width: int, height: int) -> Iterator[Content]:
    """Those that get it, one on each line; the last line counts those that have none."""
    if not height:
        return
    shown = listeners[: height if len(listeners) <= height else height - 1]
    names = [clean(each.client or each.title) for each in shown]
    longest = max(map(len, names), default=0)
    column = min(longest, width // 3)
    for name, listener in zip(names, shown, strict=True):
        words = _fitting(_says(listener), width - 2 * len(_INDENT) - column)
        yield Content.assemble(
            _INDENT,
            (f"{shorten(name, column):<{column}}", "$text-accent"),
            (f"{_INDENT}{words}", _QUIET),
        )
    if more := len(listeners) - len(shown):
        yield Content.styled(f"{_INDENT}and {more:,} more: ^L", _QUIET)


def _fitting(parts: Iterator[str], room: int) -> str:
    """As many as there is room for; of the first one, what there is."""
    words = abridge(next(parts), max(1, room))
    for part in parts:
        if len(words) + len(_INDENT) + len(part) > room:
            break
        words += _INDENT + part
    return words


def _says(listener: Listener) -> Iterator[str]:
    yield clean(listener.pattern)
    if listener.queue:
        yield f"queue {clean(listener.queue)}"
    if listener.tap:
        yield "only taps"
    if listener.withheld:
        yield "withheld"
    if listener.counted and not listener.leaf:
        yield f"{listener.messages:,} got"
    if listener.language:
        yield clean(f"{listener.language} {listener.version}".strip())
