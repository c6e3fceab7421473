"""The same requests run in several places, compared with the first of these. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.collection.collection import Saved
from engine.compare.compare import compare_bodies

from .result import Result

MAX_VALUES = 20
"""Values of one answer that are told to differ."""


@dataclass(frozen=True, slots=True)
class Differs:
    """One thing of one request; `values` are by target, in the order of the targets."""

    name: str
    what: str
    values: tuple[tuple[str, str], ...]

    @property
    def sentence(self) -> str:
        """Such as: price: $.price is 4.2 on dev, 4.5 on prod."""
        told = ", ".join(f"{value} on {target}" for target, value in self.values)
        return f"{self.name}: {self.what} is {told}"


def differing(
    runs: Mapping[str, Sequence[Result]], plan: Sequence[Saved] = ()
) -> tuple[Differs, ...]:
    """What differs from the first target, request by request.

    A value that a request of the `plan` has its own expectation of may differ: it was judged.
    """
    judged = {
        (saved.name, _plain_path(path)) for saved in plan for path, _ in saved.checks.expect.json
    }
    if not runs:
        return ()
    (first, results), *others = runs.items()
    mine = {result.name: result for result in results}
    found = [
        each
        for target, theirs in others
        for right in theirs
        if right.name in mine
        for each in _differ(first, mine[right.name], target, right)
        if (each.name, _plain_path(each.what)) not in judged
    ]
    return tuple(found)


def _differ(first: str, left: Result, target: str, right: Result) -> Iterator[Differs]:
    def differs(what: str, mine: str, theirs: str) -> Differs:
        return Differs(left.name, what, ((first, mine), (target, theirs)))

    states = _state(left), _state(right)
    if states[0] != states[1]:
        yield differs("state", *states)
        return
    bodies = _body(left), _body(right)
    if bodies[0] is None or bodies[1] is None:
        return
    compared = compare_bodies(bodies[0], bodies[1])
    for value in compared.values[:MAX_VALUES]:
        yield differs(f"$.{value.path}", value.left or "missing", value.right or "missing")
    if not compared.values and not compared.equal:
        sizes = (f"{len(body):,} bytes" for body in bodies if body is not None)
        yield differs("the body", *sizes)


def _plain_path(path: str) -> str:
    """`$.rows[0].sku` and `rows.0.sku` alike."""
    return path.removeprefix("$").replace("[", ".").replace("]", "").removeprefix(".")


def _state(result: Result) -> str:
    return result.answer.state.label or "sent" if result.answer else str(result.outcome)


def _body(result: Result) -> bytes | None:
    return result.answer.replies[0].body if result.answer and result.answer.replies else None
