"""Numbers, times, sizes and subjects as they stand in a sentence."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Such as "1 reply" and "2,000 replies"; `many` where an s is not enough."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


_LONGEST = 80


def span(seconds: float) -> str:
    """A time span as people say it: 0.41 ms, 3.2 ms, 2.4 s, 2 s, 3 min 5 s."""
    ms = max(0.0, seconds) * 1000
    if ms < 999.5:
        return f"{ms:.2f} ms" if ms < 0.995 else f"{ms:.1f} ms" if ms < 99.95 else f"{ms:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.2f}".rstrip("0").rstrip(".") + " s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def octets(count: int) -> str:
    return "1 byte" if count == 1 else f"{count:,} bytes"


def short(subject: str) -> str:
    """A subject or name as it fits into a sentence."""
    return subject if len(subject) <= _LONGEST else f"{subject[:_LONGEST]}…"
