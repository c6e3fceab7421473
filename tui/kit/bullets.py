"""Sentences one under the other, each with a mark before it and its lines aligned behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual import events
from textual.content import Content
from textual.widgets import Static

from tui.kit.facts import wrapped
from tui.kit.rewriting import rewrite

_MARK = "· "


class Points(Static):
    DEFAULT_CSS = "Points { height: auto; }"

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._sentences: Sequence[str] = ()

    def show(self, sentences: Sequence[str]) -> None:
        self._sentences = sentences
        self._draw(self.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._draw(event.size.width)

    def _draw(self, width: int) -> None:
        rewrite(self, Content("\n").join(_lines(self._sentences, width or 60)))


def _lines(sentences: Sequence[str], width: int) -> Iterator[Content]:
    for sentence in sentences:
        for number, line in enumerate(wrapped(sentence, max(8, width - len(_MARK)))):
            lead = _MARK if not number else " " * len(_MARK)
            yield Content.styled(lead, "$foreground 60%") + Content(line)
