"""A sequence diagram of some exchanges, in Mermaid."""

from __future__ import annotations

from dataclasses import dataclass

from engine.flow.correlated import Thread
from engine.flow.flow import draw
from engine.flow.mermaid import mermaid

from .chosen import ChosenExchanges


@dataclass(frozen=True, slots=True)
class Chosen:
    """Exchanges that are drawn as one flow."""

    heads: frozenset[int]
    header: str = ""
    value: str = ""


def diagram(chosen: ChosenExchanges, numbers: tuple[int, ...] = ()) -> str:
    """Of all that is chosen, or of the exchanges with these numbers."""
    heads = frozenset(numbers or chosen.numbers)
    drawn = draw(chosen.journal, Chosen(heads), chosen.names, chosen.answerers)
    return chosen.without_secrets(mermaid(drawn))


def flow_diagram(chosen: ChosenExchanges, number: int) -> str:
    """Of the whole flow that an exchange is part of; "" where it is alone."""
    thread = Thread(chosen.journal, number, chosen.header)
    thread.catch_up()
    if len(thread.heads) < 2:
        return ""
    drawn = draw(chosen.journal, thread, chosen.names, chosen.answerers)
    return chosen.without_secrets(mermaid(drawn))
