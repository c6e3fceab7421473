"""What was in the composer before, and what undoing took out of it."""

from __future__ import annotations

from .compose_fields import ComposeFields, WrittenFields

_MAX_EARLIER = 50


class ComposeUndo:
    def __init__(self, fields: ComposeFields) -> None:
        self._fields = fields
        self._earlier: list[WrittenFields] = []
        self._later: list[WrittenFields] = []
        self._filled: WrittenFields | None = None
        """What was filled in last, to tell whether anything was written since."""

    def filled(self) -> None:
        """What is there now was not written by the user."""
        self._filled = self._fields.contents()

    def remember(self) -> None:
        """Keep what is there, if it is worth it: something else takes its place."""
        before = self._fields.contents()
        worth = self._fields.touched or before != self._filled
        if worth and before not in self._earlier[-1:]:
            self._earlier = [*self._earlier[-_MAX_EARLIER:], before]
        self._later = []

    def step(self, forward: bool) -> bool:
        """Bring back what was there before, or what that took away; False if there is nothing."""
        wanted, kept = self._earlier, self._later
        if forward:
            wanted, kept = kept, wanted
        if wanted:
            kept.append(self._fields.contents())
            self._fields.restore(wanted.pop())
            return True
        return False
