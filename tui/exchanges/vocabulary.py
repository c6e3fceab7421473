"""What the filter completes: subjects, headers and names that were seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from engine.journal import ExchangeKind
from engine.journal.view import View
from tui.inspect.annotations import Known

_MAX_LEARNED = 256


class Vocabulary(NamedTuple):
    """What the completion offers beside the language itself."""

    subjects: Iterable[str] = ()
    headers: Iterable[str] = ()
    names: Iterable[str] = ()
    """Of who answered."""


def learn_words(rows: View, known: Known, names: Callable[[int], str]) -> Vocabulary:
    """What the newest messages have, and whose names are known; `names` has one on each line."""
    journal = rows.journal
    first = max(journal.first, journal.next - _MAX_LEARNED)
    newest = [journal.message(number) for number in range(first, journal.next)]
    headers = (name for message in newest if message.head for name in message.headers)
    last = (rows[index] for index in range(max(0, len(rows) - _MAX_LEARNED), len(rows)))
    said = (name for number in (*known.told, *last) for name in names(number).split("\n"))
    printable = (name for name in said if name and name.isprintable())
    lists = _subjects(rows), headers, printable
    return Vocabulary(*(tuple(dict.fromkeys(words)) for words in lists))


def _subjects(rows: View) -> Iterator[str]:
    """Of the newest requests and publishes, and of some from all of the time."""
    rows.forget()
    newest = range(len(rows) - 1, max(-1, len(rows) - _MAX_LEARNED), -1)
    for index in (*newest, *range(0, len(rows), len(rows) // _MAX_LEARNED + 1)):
        seen = rows.journal.glances.of(rows[index])
        if seen.kind in (ExchangeKind.REQUEST, ExchangeKind.PUBLISH):
            yield seen.subject
