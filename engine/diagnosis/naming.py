"""Listeners as they stand in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from engine.clients.listeners import Listener
from engine.words import short

MAX_NAMED = 3


def names(listeners: Sequence[Listener], at_most: int = MAX_NAMED) -> str:
    """Who they are, with the number by which their server knows them: "svc (cid 7)"."""
    clients = list(dict.fromkeys(map(name, listeners)))
    shown = clients[:at_most]
    if more := len(clients) - len(shown):
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def name(listener: Listener) -> str:
    if listener.leaf:
        return f"somebody behind leaf node {short(listener.client or listener.server)}"
    who = "natstap itself" if listener.own else short(listener.client)
    group = f" of queue {short(listener.queue)}" if listener.queue and not listener.counted else ""
    return (f"{who} (cid {listener.cid})" if who else f"client {listener.cid}") + group


def listening(listeners: Sequence[Listener]) -> str:
    """The names with their verb: "a (cid 7) listens", "a (cid 7) and b (cid 8) listen"."""
    return f"{names(listeners)} {'listens' if len(set(map(name, listeners))) == 1 else 'listen'}"


def begun(words: str) -> str:
    """With a capital at the start of a sentence, unless it is a name."""
    return f"S{words[1:]}" if words.startswith("somebody ") else words
