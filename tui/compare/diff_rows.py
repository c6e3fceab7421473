"""A comparison as rows: what a `DiffView` draws, on one side or on two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from typing import Literal, NamedTuple

from engine.compare.compare import HEX_WIDTH, Body, Comparison, Header
from engine.compare.json_difference import Value
from engine.compare.line_difference import Change, DiffLine

_CONTEXT = 3
_MAX_VALUES = 20
"""Values that are listed above the lines."""

Side = Literal["both", "left", "right"]


class DiffRow(NamedTuple):
    """A line of both sides; `side` says which of them this row draws."""

    change: Change
    left: str = ""
    right: str = ""
    left_at: str = ""
    """What stands in the gutter."""
    right_at: str = ""
    side: Side = "both"
    quiet: bool = False
    """It differs, and was expected to."""
    group: int = 0
    """Which difference it belongs to, from 1; 0 for none."""


class Words(NamedTuple):
    """A row of natstap's own words, as wide as there is room."""

    words: str
    role: Literal["title", "muted", "good", "bad", "warn"] = "muted"


AnyRow = DiffRow | Words


# -- bodies ----------------------------------------------------------------------------------


def body_rows(body: Body, folded: bool) -> list[AnyRow]:
    rows: list[AnyRow] = [*_said(body), *_values(body)]
    if body.skipped:
        rows.append(Words(f"… {body.skipped:,} lines before these are the same"))
    lines = _numbered(_row(body, line) for line in body.lines)
    rows += _fold(lines) if folded and body.differences else lines
    if any(body.more):
        left, right = body.more
        rows.append(
            Words(f"… not compared: {left:,} lines more on the left, {right:,} on the right")
        )
    return rows


def _row(body: Body, line: DiffLine) -> DiffRow:
    places = _place(body, line.left_at), _place(body, line.right_at)
    return DiffRow(line.change, line.left, line.right, *places)


def _place(body: Body, at: int) -> str:
    """The number of a line, or the offset of its bytes."""
    if at < 0:
        return ""
    at += body.skipped
    return f"{at * HEX_WIDTH:06x}" if body.form == "hex" else str(at + 1)


def _said(body: Body) -> Iterator[Words]:
    if not body.lines:
        yield Words("Both bodies are empty.")
    elif body.same:
        yield Words("✓ The bodies are the same, byte for byte.", "good")
    elif body.equal:
        yield Words("✓ The values are the same: spaces, order or digits are not.", "good")


def _values(body: Body) -> Iterator[Words]:
    if not body.values:
        return
    yield Words("Values", "title")
    yield from map(_value, body.values[:_MAX_VALUES])
    if (more := len(body.values) - _MAX_VALUES) > 0:
        least = "at least " if body.more_values else ""
        yield Words(f"… and {least}{more:,} more")
    yield Words("")
    yield Words("Lines", "title")


def _value(value: Value) -> Words:
    if value.left is None:
        return Words(f"+ {value.path}: {value.right}", "good")
    if value.right is None:
        return Words(f"- {value.path}: {value.left}", "bad")
    return Words(f"~ {value.path}: {value.left} → {value.right}", "warn")


# -- headers ---------------------------------------------------------------------------------


def header_rows(headers: Sequence[Header]) -> list[AnyRow]:
    if not headers:
        return [Words("Neither has headers.")]
    fresh = [header for header in headers if header.expected and header.change is not Change.SAME]
    news = [header for header in headers if header not in fresh]
    rows: list[AnyRow] = []
    if fresh:
        rows.append(Words("Expected to differ: ids and times", "title"))
        rows += [row._replace(quiet=True) for header in fresh for row in _header(header)]
        rows.append(Words(""))
        rows.append(Words("The others", "title"))
    rows += _numbered(row for header in news for row in _header(header))
    return rows if news else [*rows, Words("There are none.")]


def _header(header: Header) -> Iterator[DiffRow]:
    """One row for each value; the repeats of a name face each other in order."""
    for left, right in zip_longest(header.left, header.right):
        sides = tuple("" if value is None else f"{header.name}: {value}" for value in (left, right))
        yield DiffRow(_change(*sides), sides[0], sides[1])


def _change(left: str, right: str) -> Change:
    if left == right:
        return Change.SAME
    return Change.CHANGED if left and right else Change.REMOVED if left else Change.ADDED


def request_rows(found: Comparison, folded: bool) -> list[AnyRow]:
    """Body and headers, whose differences are counted through."""
    body = body_rows(found.body, folded)
    if not found.body.values:
        body.insert(0, Words("Body", "title"))
    last = max((row.group for row in body if isinstance(row, DiffRow)), default=0)
    headers = (
        row._replace(group=row.group + last) if isinstance(row, DiffRow) and row.group else row
        for row in header_rows(found.headers)
    )
    return [*body, Words(""), Words("Headers", "title"), *headers]


# -- laying out ------------------------------------------------------------------------------


def _numbered(rows: Iterable[DiffRow]) -> list[DiffRow]:
    """Rows that differ, one after the other, are one difference."""
    made: list[DiffRow] = []
    group = 0
    for same, run in groupby(rows, key=lambda row: row.change is Change.SAME):
        group += not same
        made += [row if same else row._replace(group=group) for row in run]
    return made


def _fold(rows: list[DiffRow]) -> Iterator[AnyRow]:
    """Long stretches of what is the same give way to their number."""
    for group, run in groupby(rows, key=lambda row: row.group):
        stretch = list(run)
        hidden = len(stretch) - 2 * _CONTEXT
        if group or hidden < 2:
            yield from stretch
        else:
            yield from stretch[:_CONTEXT]
            yield Words(f"… {hidden:,} lines are the same")
            yield from stretch[-_CONTEXT:]


def unified(rows: Iterable[AnyRow]) -> Iterator[AnyRow]:
    """For one column: of what changed together, first all that was, then all that is."""
    for changed, run in groupby(rows, key=lambda row: isinstance(row, DiffRow) and bool(row.group)):
        stretch = list(run)
        yield from _one_column(stretch) if changed else _sides(stretch)


def _sides(rows: list[AnyRow]) -> Iterator[AnyRow]:
    for row in rows:
        if isinstance(row, DiffRow) and row.change is not Change.SAME:
            yield from _one_column([row])
        else:
            yield row


def _one_column(rows: list[AnyRow]) -> Iterator[AnyRow]:
    differing = [row for row in rows if isinstance(row, DiffRow)]
    yield from (row._replace(side="left") for row in differing if row.change is not Change.ADDED)
    yield from (row._replace(side="right") for row in differing if row.change is not Change.REMOVED)
