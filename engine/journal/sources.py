"""The places that messages are seen from; the number of one goes with each message."""

from __future__ import annotations

from engine.arrival import Arrival

_SOURCES = 256
"""Sources that have a place from the beginning."""


class Sources:
    """Their names, and when what is recorded of each came."""

    def __init__(self) -> None:
        self.names: list[str] = ["natstap"]
        self.arrivals = [Arrival()] * _SOURCES
        """Of each when what is recorded came; nothing there means now. A list, for that is
        found fastest; sources that nobody registered have their place too. It is always the
        same one."""

    def add(self, name: str) -> int:
        """Register one; returns its number."""
        self.show([*self.names, name])
        return len(self.names) - 1

    def again(self, name: str) -> int:
        """The number of one that may be there already, as when a watch begins again."""
        return self.names.index(name) if name in self.names else self.add(name)

    def show(self, names: list[str]) -> None:
        """Have these in place of all."""
        self.names[:] = names
        self.arrivals += [Arrival()] * (len(names) - len(self.arrivals))

    def time_by(self, source: int, arrival: Arrival) -> None:
        """Let the link that a source is heard on say when its messages come."""
        self.arrivals[source] = arrival
