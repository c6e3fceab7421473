"""The filter language: from what is typed to a tree of terms, and back.

    any      := all ("|" all)*
    all      := one ("&"? one)*
    one      := ("!" | "not")* ( "(" any ")" | term | word )
    term     := "~" name [compare] [word]
    word     := pieces without blanks ( ) & | or "quoted ones", joined

`and`, `or` and `not` may be written out. Quotes know \\" \\\\ \\n \\r \\t and \\xHH.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from engine.errors import InvalidInput
from engine.message import raw_bytes, text

from .state_terms import Probe, Unfit
from .term_table import SPECS, TERMS, Spec

MAX_LENGTH = 4096
_MAX_DEPTH = 40
_BLANKS = re.compile(r"\s*")
_NAME = re.compile(r"~!?[\w-]*")
_COMPARE = re.compile(r"\s*(>=|<=|==|!=|=|>|<|)\s*")
_ENDS = r"(?=[\s()!&|\"~]|$)"
_OPERATORS = {
    "|": re.compile(rf"\|\|?|or{_ENDS}", re.IGNORECASE),
    "&": re.compile(rf"&&?|and{_ENDS}", re.IGNORECASE),
    "!": re.compile(rf"!|not{_ENDS}", re.IGNORECASE),
}
_PIECE = re.compile(r'[^\s()&|"]+')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
_PLAIN = re.compile(r'(?![!~])[^\s()&|"]+')


class LensError(InvalidInput):
    """What was typed is no filter; `position` and `length` say where, `why` what would be."""

    def __init__(self, position: int, length: int, why: str) -> None:
        super().__init__(f"column {position + 1}: {why}")
        self.position = position
        """Counted from 0; may be just after the end."""
        self.length = length
        self.why = why


@dataclass(frozen=True, slots=True)
class Term:
    spec: Spec
    argument: str = ""
    compare: str = ""
    probe: Probe = field(default_factory=Probe, compare=False, repr=False)

    def __str__(self) -> str:
        said = quoted(self.argument) if self.spec.takes else ""
        return " ".join(filter(None, (self.spec.name, self.compare, said)))


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node

    def __str__(self) -> str:
        return f"!{_grouped(self.inner)}"


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...] = ()

    def __str__(self) -> str:
        return " & ".join(map(_grouped, self.parts))


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " | ".join(map(_grouped, self.parts))


Node = Term | Not | All | Either


def _grouped(node: Node) -> str:
    return f"({node})" if isinstance(node, All | Either) else str(node)


def quoted(words: str) -> str:
    """As it has to be typed: with quotes when it would else mean something different."""
    if words.isprintable() and _PLAIN.fullmatch(words) and not _is_operator(words):
        return words
    return '"' + "".join(map(_escaped, words)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in raw_bytes(character))


def _is_operator(words: str) -> bool:
    return any(pattern.fullmatch(words) for pattern in _OPERATORS.values())


def parse(written: str) -> Node:
    """The tree of a filter; raises `LensError` and nothing else."""
    if len(written) > MAX_LENGTH:
        raise LensError(MAX_LENGTH, len(written) - MAX_LENGTH, "a filter is at most 4,096 long")
    return _FilterParser(written).whole()


class _FilterParser:
    def __init__(self, written: str) -> None:
        self.text = written
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        if not self.text.strip():
            return All()
        node = self.any()
        if not self.ended():
            self.fail("this closes nothing: the opening ( is missing")
        return node

    def any(self) -> Node:
        parts = [self.all()]
        while self.took("|"):
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self) -> Node:
        parts = [self.one()]
        while self.took("&") or not (self.ended() or self.sees(")") or self.sees("|")):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Node:
        negated = False
        while self.took("!"):
            negated = not negated
        node = self.group() if self.sees("(") else self.term()
        if negated and isinstance(node, Not):
            return node.inner
        return Not(node) if negated else node

    def group(self) -> Node:
        opened = self.at
        if self.depth == _MAX_DEPTH:
            self.fail(f"parentheses are nested at most {_MAX_DEPTH} deep")
        self.at += 1
        self.depth += 1
        node = self.any()
        if not self.sees(")"):
            raise LensError(opened, 1, "this is never closed: a ) is missing")
        self.at += 1
        self.depth -= 1
        return node

    def term(self) -> Node:
        begin = self.at
        spec = self.spec() if self.sees("~") else TERMS[""]
        compare = self.compare() if spec.compares else ""
        self.blanks()
        start, words = self.at, self.word(spec) if spec.takes else ""
        try:
            return Term(spec, words, compare, spec.build(words, compare))
        except Unfit as unfit:
            raise LensError(start, self.at - start or self.at - begin, str(unfit)) from None

    def spec(self) -> Spec:
        found = _NAME.match(self.text, self.at)
        name = found[0] if found else "~"
        spec = TERMS.get(name.casefold())
        if spec is None:
            self.fail(_unknown(name), len(name))
        self.at += len(name)
        return spec

    def compare(self) -> str:
        found = _COMPARE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[1].replace("==", "=") if found else ""

    def word(self, spec: Spec) -> str:
        begin, words = self.at, ""
        if self.text[begin : begin + 1] not in ("!", "~"):
            while (piece := self.piece()) is not None:
                words += piece
        if self.at == begin:
            self.fail(_missing(spec), 0 if self.ended() else 1)
        try:
            canonical = text(raw_bytes(words))
        except UnicodeEncodeError:
            raise LensError(begin, self.at - begin, "half a surrogate pair has no bytes") from None
        if not canonical:
            raise LensError(begin, self.at - begin, "an empty text is everywhere: write some")
        return canonical

    def piece(self) -> str | None:
        if plain := _PIECE.match(self.text, self.at):
            self.at = plain.end()
            return plain[0]
        if self.text[self.at : self.at + 1] != '"':
            return None
        if not (found := _QUOTED.match(self.text, self.at)):
            self.fail("this quote is never closed", len(self.text) - self.at)
        begin, self.at = self.at, found.end()
        return _ESCAPE.sub(lambda escape: _meant(escape, begin + 1), found[0][1:-1])

    # -- small steps ---------------------------------------------------------------------

    def blanks(self) -> None:
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def ended(self) -> bool:
        self.blanks()
        return self.at >= len(self.text)

    def sees(self, sign: str) -> bool:
        self.blanks()
        if sign in _OPERATORS:
            return _OPERATORS[sign].match(self.text, self.at) is not None
        return self.text.startswith(sign, self.at)

    def took(self, sign: str) -> bool:
        self.blanks()
        found = _OPERATORS[sign].match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found is not None

    def fail(self, why: str, length: int = 1) -> NoReturn:
        raise LensError(self.at, length, why)


def _meant(escape: re.Match[str], offset: int) -> str:
    said = escape[1]
    if said in _ESCAPES:
        return _ESCAPES[said]
    if len(said) == 1:
        why = f"\\{said} means nothing here: a backslash itself is written \\\\"
        raise LensError(offset + escape.start(), 2, why)
    return text(bytes([int(said[1:], 16)]))


def _missing(spec: Spec) -> str:
    if not spec.name:
        return "add a word or a term here, like tea or ~u orders.>"
    return f"{spec.name} wants a {spec.takes.removeprefix('> ')}: {spec.example}"


def _unknown(name: str) -> str:
    said = name.casefold().removeprefix("~")
    known = {term.removeprefix("~"): spec for term, spec in TERMS.items() if term}
    near = [word for word in known if said and word.startswith(said)]
    near = near or get_close_matches(said, known, 1)
    if near:
        return f"unknown term {name}: did you mean ~{near[0]} ({known[near[0]].meaning})?"
    return f"unknown term {name}: use {' '.join(spec.name for spec in SPECS if spec.name)}"
