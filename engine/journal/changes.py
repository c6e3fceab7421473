"""What happened to exchanges after they began, for whoever keeps up with a journal."""

from __future__ import annotations

from collections import deque

MAX_CHANGES = 1 << 16
"""Changes that are kept, at least."""
MAX_ADOPTED = 1 << 16


class Changes:
    """The newest changes, numbered by how many there were before."""

    def __init__(self) -> None:
        self.newest: list[int] = []
        """The exchanges; it is always the same list."""
        self.adopted: deque[int] = deque(maxlen=MAX_ADOPTED)
        """The newest messages that began an exchange until their request was heard."""
        self.adoptions = 0
        """How many of those there were; never goes back."""
        self._forgotten = 0

    @property
    def count(self) -> int:
        """How many changes there were; never goes back."""
        return self._forgotten + len(self.newest)

    def since(self, seen: int) -> list[int] | None:
        """The exchanges of all changes after the first `seen`; None when too many were since."""
        return None if seen < self._forgotten else self.newest[seen - self._forgotten :]

    def forget(self) -> None:
        """Let go of more than is kept."""
        self._forgotten += max(0, len(self.newest) - MAX_CHANGES)
        del self.newest[:-MAX_CHANGES]
