"""Help for who types a lens: the table of terms, and what could complete a half-typed one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from .lens_codes import KIND_WORDS, STATE_WORDS
from .lens_grammar import quoted
from .lens_terms import SPECS, TERMS, Spec

_LIMIT = 12
_LAST = re.compile(
    r"""(?:^|(?<=[\s()&|!]))              # where something may begin
        (?:(?P<term>~[\w-]+)(?:\s+|(?=")))?
        (?P<word>"[^"]*|(?:~[\w-]*|[^\s()&|!~"][^\s()&|"]*)?)$""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Help:
    """One line of the table of terms."""

    usage: str
    meaning: str
    example: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What to put in place of `start` to `end`."""

    text: str
    start: int
    end: int
    meaning: str = ""


_SYNTAX = (
    Help("a b, a & b", "both; also: a and b", "~e tea"),
    Help("a | b", "one of them; also: a or b", "~q | ~e"),
    Help("!a", "not; also: not a", "!~own"),
    Help("( )", "what belongs together", "~u a.> (~q | ~e)"),
    Help('"…"', 'blanks and signs; \\" \\n \\xff are one byte each', '"no tea"'),
)


def terms() -> list[Help]:
    """The whole language, in the order to show it."""
    return [*(Help(spec.usage, spec.meaning, spec.example) for spec in SPECS), *_SYNTAX]


def complete(
    text: str,
    cursor: int,
    known_subjects: Iterable[str] = (),
    known_headers: Iterable[str] = (),
    known_names: Iterable[str] = (),
) -> list[Completion]:
    """What may be meant by what stands before the cursor, best first, at most a dozen."""
    found = _LAST.search(text[: max(0, cursor)])
    if found is None:
        return []
    word = found["word"]
    spec = TERMS.get((found["term"] or "").casefold())
    if spec is None or (found["term"] and not spec.takes):
        spec = TERMS[""]
    if word.startswith("~"):
        offers = _terms(word)
    else:
        known = {"~u": known_subjects, "~h": known_headers, "~by": known_names}
        offers = _arguments(spec, word.removeprefix('"'), known)
    start = found.start("word")
    return [Completion(said, start, cursor, meaning) for said, meaning in islice(offers, _LIMIT)]


def _terms(word: str) -> Iterable[tuple[str, str]]:
    for spec in SPECS:
        if spec.name and (
            spec.name.startswith(word) or (word != "~" and spec.long.startswith(word))
        ):
            yield spec.name + (" " if spec.takes else ""), spec.meaning


def _arguments(spec: Spec, word: str, known: dict[str, Iterable[str]]) -> Iterable[tuple[str, str]]:
    if spec.compares:
        return [(sign, spec.example) for sign in ("> ", ">= ", "< ", "<= ") if not word]
    known |= {"~s": STATE_WORDS, "~k": KIND_WORDS, "": known["~u"] if word else ()}
    return [(quoted(one), "") for one in _beginning(word, known.get(spec.name, ()))]


def _beginning(word: str, known: Iterable[str]) -> list[str]:
    """Those that begin with the word, then those that have it elsewhere."""
    wanted = word.casefold()
    offers = [one for one in dict.fromkeys(known) if wanted in one.casefold() and one != word]
    return sorted(offers, key=lambda one: not one.casefold().startswith(wanted))
