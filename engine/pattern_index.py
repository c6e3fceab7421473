"""Patterns, found by the subjects that match them: one walk along the tokens, however many.

The tokens of all patterns are one tree; `*` and `>` are branches like others. What a walk costs
depends on the tokens of the subject and not on how many patterns there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

Value = TypeVar("Value")
_ANY, _REST = "*", ">"


class _Branch(Generic[Value]):
    __slots__ = ("branches", "values")

    def __init__(self) -> None:
        self.branches: dict[str, _Branch[Value]] = {}
        self.values: list[Value] = []
        """Of the patterns that end here."""


class PatternIndex(Generic[Value]):
    """Values by pattern; a pattern may have several, and they are found in no certain order."""

    def __init__(self) -> None:
        self._root: _Branch[Value] = _Branch()

    def add(self, pattern: str, value: Value) -> None:
        branch = self._root
        for token in pattern.split("."):
            branch = branch.branches.setdefault(token, _Branch())
        branch.values.append(value)

    def at(self, pattern: str) -> list[Value]:
        """The values of exactly this pattern."""
        branch: _Branch[Value] | None = self._root
        for token in pattern.split("."):
            branch = branch.branches.get(token) if branch is not None else None
        return branch.values if branch is not None else []

    def matching(self, subject: str) -> Iterator[Value]:
        """The values of the patterns that a message to `subject` goes to."""
        tokens = subject.split(".")
        last = len(tokens)
        ways = [(self._root, 0)]
        while ways:
            branch, depth = ways.pop()
            if depth == last:
                yield from branch.values
                continue
            token, branches = tokens[depth], branch.branches
            if (rest := branches.get(_REST)) is not None:
                yield from rest.values
            if (named := branches.get(token)) is not None and token != _REST:
                ways.append((named, depth + 1))
            if token != _ANY and (any_one := branches.get(_ANY)) is not None:
                ways.append((any_one, depth + 1))

    def overlapping(self, pattern: str) -> Iterator[Value]:
        """The values of the patterns that share a subject with `pattern`, which may be one too."""
        tokens = pattern.split(".")
        last = len(tokens)
        ways = [(self._root, 0)]
        while ways:
            branch, depth = ways.pop()
            if depth == last:
                yield from branch.values
                continue
            token, branches = tokens[depth], branch.branches
            if token == _REST:
                yield from _all_below(branch)
                continue
            if (rest := branches.get(_REST)) is not None:
                yield from rest.values
            if token == _ANY:
                others = (below for name, below in branches.items() if name != _REST)
                ways += ((below, depth + 1) for below in others)
                continue
            if (named := branches.get(token)) is not None:
                ways.append((named, depth + 1))
            if (any_one := branches.get(_ANY)) is not None:
                ways.append((any_one, depth + 1))


def _all_below(branch: _Branch[Value]) -> Iterator[Value]:
    waiting = list(branch.branches.values())
    while waiting:
        below = waiting.pop()
        yield from below.values
        waiting += below.branches.values()
