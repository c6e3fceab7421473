"""The environment of a collection whose variables are used, now and when natstap begins again."""

from __future__ import annotations

from .collection import Collection
from .last_environments import LastEnvironments


class ChosenEnvironment:
    def __init__(self, collection: Collection, last: LastEnvironments) -> None:
        self.name = ""
        """That of the environment, "" for none."""
        self._collection = collection
        self._last = last

    def begin(self, name: str | None) -> None:
        """Use it, or for None the one that was used last, which is not missed if it is gone.

        Raises `InvalidCollection`.
        """
        if name:
            self._collection.written_variables(name)
            self.name = name
        elif name is None:
            before = self._last.environment(self._collection.folder)
            self.name = before if before in self._collection.environments() else ""

    def remember(self) -> None:
        """Begin with the same one next time; raises OSError where that is not possible."""
        self._last.remember(self._collection.folder, self.name)

    def variables(self) -> dict[str, str]:
        """What templates may name: the environment's, and the process's NATSTAP_VAR_*.

        Raises `InvalidCollection` when the environment's file cannot be read.
        """
        return self._collection.variables(self.name)

    def unwritten_variables(self) -> dict[str, str]:
        """Those of them that no file holds, for they may be secret."""
        return self._collection.unwritten_variables(self.name)
