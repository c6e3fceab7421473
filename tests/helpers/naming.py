"""Names for the cases of a test, the same in every process that collects them."""

from __future__ import annotations

import re


def named(value: object) -> str:
    """As `str`, without the place in memory that an object without a name of its own shows."""
    return re.sub(r" (?:object )?at 0x[0-9a-f]+", "", str(value))
