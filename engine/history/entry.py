"""An entry of the history, and the lines of its file: one JSON object to each.

A line may amend the one before it that tells of the same sending: what came of it changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.fields import read_json
from engine.message import text

Key = tuple[float, Draft]
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    InvalidInput,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was sent; `at` is seconds since the epoch."""

    at: float
    draft: Draft
    outcome: str = ""
    """What came of it, in the words of the exchanges' states."""
    left_out: int = 0
    """Bytes of a body that was too large to keep."""
    sent: Draft | None = None
    """What the templates of the draft became, without its secrets; None when it had none."""

    @property
    def shown(self) -> Draft:
        """The message as it went out, as far as that may be kept."""
        return self.sent or self.draft

    def matches(self, words: list[str]) -> bool:
        """True when each word is somewhere in it; the words are in lower case."""
        texts = [self.outcome, *_texts(self.draft)]
        if self.sent is not None:
            texts.extend(_texts(self.sent))
        whole = " ".join(texts).lower()
        return all(word in whole for word in words)


def _texts(draft: Draft) -> Iterator[str]:
    yield from (draft.subject, draft.stream, draft.correlation_id)
    yield from (f"{name}: {value}" for name, value in draft.headers)
    yield text(draft.body)


def key_of(entry: Entry) -> Key:
    """An entry as its line in the file tells it, whatever came of it."""
    return round(entry.at, 3), entry.draft


def write_entry(entry: Entry, *, amends: bool = False) -> bytes:
    fields: dict[str, Any] = {"at": round(entry.at, 3), "draft": entry.draft.to_dict()}
    if entry.outcome:
        fields["outcome"] = entry.outcome
    if entry.left_out:
        fields["left_out"] = entry.left_out
    if entry.sent is not None:
        fields["sent"] = entry.sent.to_dict()
    if amends:
        fields["amends"] = True
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def read_entries(lines: Iterable[bytes]) -> tuple[list[Entry], int]:
    """The entries as they ended, and how many lines cannot be read.

    What amends an entry that is gone says nothing.
    """
    kept: dict[int, Entry] = {}
    places: dict[Key, int] = {}
    skipped = 0
    for place, line in enumerate(lines):
        entry, amends = _read(line)
        if entry is None:
            skipped += 1
        elif not amends:
            places[key_of(entry)] = place
            kept[place] = entry
        elif (before := places.get(key_of(entry))) is not None:
            kept[before] = entry
    return list(kept.values()), skipped


def find_lines(lines: list[bytes], entry: Entry) -> list[int]:
    """The places of the line that tells of an entry, and of those that amend it."""
    wanted = key_of(entry)
    read = ((at, *_read(line)) for at, line in enumerate(lines))
    found = [(at, amends) for at, entry, amends in read if entry and key_of(entry) == wanted]
    first = max((at for at, amends in found if not amends), default=len(lines))
    return [at for at, _ in found if at >= first]


def split_lines(raw: bytes) -> list[bytes]:
    return [line for line in raw.split(b"\n") if line.strip()]


def merged(back: list[bytes], lines: list[bytes]) -> list[bytes]:
    """Both by their times; a line without one stays behind the line before it."""
    timed = [*_timed(back), *_timed(lines)]
    return [line for _, line in sorted(timed, key=lambda one: one[0])]


def _timed(lines: list[bytes]) -> Iterator[tuple[float, bytes]]:
    latest = 0.0
    for line in lines:
        entry, _ = _read(line)
        latest = max(latest, entry.at if entry is not None else latest)
        yield latest, line


def newest(lines: list[bytes], kept: int, most: int) -> list[bytes]:
    found: list[bytes] = []
    for line in reversed(lines[-kept:]):
        most -= len(line) + 1
        if most < 0 and found:
            break
        found.append(line)
    return found[::-1]


def _read(line: bytes) -> tuple[Entry | None, bool]:
    """The entry of a line, None when somebody else wrote it, or half of it; whether it amends."""
    try:
        fields = read_json(line)
        draft = Draft.from_dict(fields["draft"])
        outcome, left_out = str(fields.get("outcome", "")), int(fields.get("left_out", 0))
        sent = Draft.from_dict(fields["sent"]) if "sent" in fields else None
        entry = Entry(float(fields["at"]), draft, outcome, left_out, sent)
        return entry, bool(fields.get("amends"))
    except _UNREADABLE:
        return None, False
