"""What the user says of a context beside what the nats CLI keeps: its colour, and read-only.

It is not in the context's file: `nats context save` writes that anew, with the CLI's own keys
only, and a read-only that went unseen would protect nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Label:
    """`color` is a word or #rrggbb, "" for none."""

    color: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Labels:
    """Of contexts, by their names; `others` is what holds wherever else one connects."""

    contexts: Mapping[str, Label] = field(default_factory=dict)
    others: Label = Label()

    def of(self, context: str) -> Label:
        """That of a context, and for "" that of no context."""
        return self.contexts.get(context, self.others)


NO_LABELS = Labels()
