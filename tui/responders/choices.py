"""What a responder can be told to do, for a pane that has none yet."""

from __future__ import annotations

from collections.abc import Iterator

from engine.responders.examples import PREMADE
from engine.responders.recipes import by_place

_MAX_SUBJECTS = 3


def choices() -> Iterator[str]:
    yield "No responders.  a adds one:"
    yield ""
    titles = [recipe.title.partition(": ") for recipe in by_place()]
    width = max((len(name) for name, _, _ in titles), default=0)
    yield from (f"{name:<{width}}  {does}" for name, _, does in titles)
    yield ""
    yield f"p adds {len(PREMADE)} for demos, on"
    yield f"{', '.join(sample.draft.subject for sample in PREMADE[:_MAX_SUBJECTS])} …"
