"""Numbers, sizes and subjects as they stand in a sentence."""

from __future__ import annotations

_LONGEST = 80


def counted(count: int, one: str, many: str = "") -> str:
    """Such as "1 reply" and "2,000 replies"; `many` where an s is not enough."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def octets(count: int) -> str:
    return counted(count, "byte")


def short(subject: str) -> str:
    """A subject or name as it fits into a sentence."""
    return subject if len(subject) <= _LONGEST else f"{subject[:_LONGEST]}…"
