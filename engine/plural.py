"""Numbers with their nouns."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Such as "1 reply" and "2,000 replies"; `many` where an s is not enough."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
