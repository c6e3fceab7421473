"""A flow as a Mermaid sequence diagram, for an issue or a page."""

from __future__ import annotations

from collections.abc import Iterator

from engine.latency_words import ALIKE_MOMENTS, interval
from engine.words import octets

from .flow import Flow, FlowStep, offsets

_MAX_CHARACTERS = 200
"""Characters of a name or a label."""


def mermaid(drawn: Flow) -> str:
    """Its text; names and labels are quoted, so that whatever is in them is only text."""
    return "\n".join(("sequenceDiagram", *_lines(drawn))) + "\n"


def _lines(drawn: Flow) -> Iterator[str]:
    for place, who in enumerate(drawn.participants):
        yield f"    participant p{place} as {quoted(who.name)}"
    own = bool(drawn.steps) and not drawn.steps[0].spread
    for step, after in zip(drawn.steps, offsets(drawn), strict=True):
        when = interval(*after, own=own, alike=ALIKE_MOMENTS)
        words = f"{step.label}, {octets(step.size)}, {'' if '≤' in when else '+'}{when}"
        yield f"    p{step.source}{_arrow(step)}p{step.target}: {quoted(words)}"
    if drawn.more:
        yield f"    Note over p0: {drawn.more:,} more messages"


def _arrow(step: FlowStep) -> str:
    if step.failed:
        return "--x" if step.back else "-x"
    return "-->>" if step.back else "->>"


def quoted(text: str) -> str:
    """Every character that could mean something to Mermaid as an entity by its number."""
    shown = text[:_MAX_CHARACTERS]
    return "".join(
        letter if letter.isalnum() or letter in " .,-_>*+≤–()" else f"#{ord(letter)};"
        for letter in shown
    )
