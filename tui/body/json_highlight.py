"""What colours a body: pygments, one line at a time, imported when first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

LONG = 2048
"""Characters of a line that are coloured; the rest looks like the end of these."""

Pieces = Iterable[tuple[str, str]]
"""Component class (or "") and text of each part of a line."""
Lexer = Callable[[str], Pieces]


def plain(line: str) -> Pieces:
    return (("", line),)


def load_json_lexer() -> Lexer:
    """Import pygments; what it returns colours one line of laid out JSON."""
    from pygments.lexers.data import JsonLexer
    from pygments.token import Keyword, Name, Number, Punctuation, Whitespace

    inks = {Name.Tag: "key", Keyword.Constant: "word", Punctuation: "muted", Whitespace: "muted"}
    inks |= {Number.Integer: "number", Number.Float: "number"}
    lexer: Any = JsonLexer()

    def pieces(line: str) -> Iterator[tuple[str, str]]:
        ink = "string"
        for _, token, text in lexer.get_tokens_unprocessed(line[:LONG]):
            ink = inks.get(token, "string")
            yield ink, text
        if len(line) > LONG:
            yield ink, line[LONG:]

    return pieces


def crop(pieces: Pieces, start: int, length: int) -> Iterator[tuple[str, str]]:
    """The characters from `start` on, at most `length` of them."""
    end = start + length
    place = 0
    for ink, text in pieces:
        part = text[max(0, start - place) : max(0, end - place)]
        if part:
            yield ink, part
        place += len(text)


def split(text: str, start: int, end: int) -> Iterator[tuple[str, bool]]:
    """Cut `text` in up to three, and say which part lies between `start` and `end`."""
    start, end = max(0, start), max(0, end)
    for part, inside in ((text[:start], False), (text[start:end], True), (text[end:], False)):
        if part:
            yield part, inside
