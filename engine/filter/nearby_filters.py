"""What would match, where a filter matches nothing: nearby filters, each tried in slices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from engine.journal.journal import Journal
from engine.journal.view import View

from .grammar import All, Either, LensError, Node, Not, Term, quoted
from .lens import Lens
from .state_terms import Hearsay

_MAX_TRIED = 12
_FOLDED = {"": "~i", "~b": "~bi"}
_HIDDEN = "in what is hidden"


@dataclass(frozen=True, slots=True)
class Offer:
    """A filter that matches something."""

    text: str
    count: int
    """Exchanges that it matches so far."""
    why: str = ""
    """In what it finds them, where the filter itself does not say so."""


class FilterOffers:
    """Tries the filters that are near one, the most likely first; `best` is one that matches."""

    def __init__(self, lens: Lens, journal: Journal, known: Hearsay) -> None:
        self._journal = journal
        self._known = known
        self._nearby = list(_distinct(lens))[:_MAX_TRIED]
        self._views: list[View] = []

    @property
    def best(self) -> Offer | None:
        for (text, why), view in zip(self._nearby, self._views, strict=False):
            if count := len(view) - view.notes:
                return Offer(text, count, why)
        return None

    def catch_up(self, budget: float) -> None:
        """Go on trying for about `budget` seconds, up to the first that matches."""
        deadline = time.perf_counter() + budget
        for at, (text, _) in enumerate(self._nearby):
            if at == len(self._views):
                test = Lens.parse(text).on(self._journal, self._known)
                self._views.append(View(self._journal, test))
            view = self._views[at]
            view.catch_up(max(0.0, deadline - time.perf_counter()))
            if len(view) - view.notes or view.behind or time.perf_counter() >= deadline:
                return


def _distinct(lens: Lens) -> Iterator[tuple[str, str]]:
    """Filters that are written well and are not the one that matched nothing."""
    seen = {str(lens)}
    for text, why in _nearby(lens):
        try:
            other = Lens.parse(text)
        except LensError:
            continue
        if str(other) not in seen:
            seen.add(str(other))
            yield text, why


def _nearby(lens: Lens) -> Iterator[tuple[str, str]]:
    written = lens.text.strip()
    if lens.hides:
        yield f"{_grouped(lens, written)} & ~k all", _HIDDEN
    yield str(_folded(lens.root)), ""
    if isinstance(lens.root, Term):
        yield from ((text, "") for text in _of_term(lens.root))
    folded = _folded(lens.root)
    if lens.hides:
        yield f"{_grouped(lens, str(folded))} & ~k all", _HIDDEN
    if isinstance(lens.root, All) and all(_is_word(part) for part in lens.root.parts):
        yield " | ".join(map(str, lens.root.parts)), ""


def _grouped(lens: Lens, written: str) -> str:
    return f"({written})" if isinstance(lens.root, All | Either) else written


def _is_word(node: Node) -> bool:
    return isinstance(node, Term) and not node.spec.name


def _of_term(term: Term) -> Iterator[str]:
    """What somebody may have meant who wrote one term."""
    said = term.argument
    name, _, value = said.partition(":")
    match term.spec.name:
        case "" | "~i":
            yield f"~u {quoted(said)}"
            yield f"~s {quoted(said)}"
            yield f"~by {quoted(said)}"
            if value:
                yield f"~h {quoted(f'{name}:{value.strip()}')}"
        case "~u":
            yield f"~u {quoted(said.rstrip('.'))}.>"
            yield f"~i {quoted(said.strip('.*>'))}"
        case "~h":
            yield f"~h {quoted(name)}"
            if value:
                yield f"~i {quoted(value.strip())}"
        case "~c" | "~b" | "~bi" | "~by":
            yield f"~i {quoted(said)}"


def _folded(node: Node) -> Node:
    """The same, with A for a."""
    if isinstance(node, Term):
        return _retermed(node, _FOLDED.get(node.spec.name, ""))
    if isinstance(node, Not):
        return node
    return type(node)(tuple(map(_folded, node.parts)))


def _retermed(term: Term, name: str) -> Node:
    return Lens.parse(f"{name} {quoted(term.argument)}").root if name else term
