"""Help for who types a lens: the table of terms, and what could complete a half-typed one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from .grammar import quoted
from .state_terms import KIND_WORDS, STATE_WORDS
from .term_table import SPECS, TERMS, Spec

_LIMIT = 12
_NUMBER = re.compile(r"([\d.]+)([a-zA-Z]*)")
_LAST = re.compile(
    r"""(?:^|(?<=[\s()&|!]))              # where something may begin
        (?:(?P<term>~[\w-]+)(?:\s*(?P<sign>[<>=]=?|!=)\s*|\s+|(?=")))?
        (?P<word>"[^"]*|(?:~[\w-]*|[^\s()&|!~"][^\s()&|"]*)?)$""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class TermHelp:
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
    TermHelp("a b, a & b", "both; also: a and b", "~e tea"),
    TermHelp("a | b", "one of them; also: a or b", "~q | ~e"),
    TermHelp("!a", "not; also: not a", "!~own"),
    TermHelp("( )", "what belongs together", "~u a.> (~q | ~e)"),
    TermHelp('"…"', 'blanks and signs; \\" \\n \\xff are one byte each', '"no tea"'),
)


def terms() -> list[TermHelp]:
    """The whole language, in the order to show it."""
    return [*(TermHelp(spec.usage, spec.meaning, spec.example) for spec in SPECS), *_SYNTAX]


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
    word, sign = found["word"], found["sign"]
    spec = TERMS.get((found["term"] or "").casefold())
    if spec is None or (found["term"] and not spec.takes):
        spec = TERMS[""]
    if word.startswith("~"):
        offers = _terms(word)
    elif sign:
        offers = _values(spec, word)
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
    subjects = tuple(known["~u"])
    known |= {"~s": STATE_WORDS, "~k": KIND_WORDS, "": subjects if word else ()}
    known["~u"] = (*_families(subjects), *subjects)
    return [(quoted(value), "") for value in _beginning(word, known.get(spec.name, ()))]


def _values(spec: Spec, word: str) -> Iterable[tuple[str, str]]:
    """What stands after a sign: the example's value, or the number with each unit."""
    if not word:
        return [(spec.example.split()[-1], "")] if spec.compares else []
    found = _NUMBER.fullmatch(word)
    units = spec.units if found else ()
    return [(f"{found[1]}{unit}", "") for unit in units if found and unit.startswith(found[2])]


def _families(subjects: Iterable[str]) -> list[str]:
    """`orders.>` where several begin with `orders.`, the largest family first."""
    tokens = [subject.split(".") for subject in subjects]
    stems = Counter(".".join(token[:end]) for token in tokens for end in range(1, len(token)))
    return [f"{stem}.>" for stem, count in stems.most_common() if count > 1]


def _beginning(word: str, known: Iterable[str]) -> list[str]:
    """Those that begin with the word, then those that have it elsewhere."""
    wanted = word.casefold()
    offers = [name for name in dict.fromkeys(known) if wanted in name.casefold() and name != word]
    return sorted(offers, key=lambda one: not one.casefold().startswith(wanted))
