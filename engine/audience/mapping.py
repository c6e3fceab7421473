"""Mappings: where an account's rules send a subject, which may be a choice by weight.

A dry run shows one choice only; several show more of them. What is rare may stay unseen.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from engine.errors import NatstapError
from engine.rpc.inquiry import Inquiry
from engine.tracing.path import Path
from engine.tracing.trace import probe

MAPPING_TRIES = 15
"""Further dry runs of a mapped subject: four times in five they see what one in ten goes to."""


async def find_choices(inquiry: Inquiry, path: Path, timeout: float) -> tuple[Path, ...]:
    """The path, and one for each other destination that the mapping chose on other tries."""
    if not path.is_mapped or not path.complete:
        return (path,)
    more: list[Path] = []
    with suppress(NatstapError):  # what the first dry run showed stands
        tries = (probe(inquiry, path.subject, timeout=timeout) for _ in range(MAPPING_TRIES))
        more = [path for path in await asyncio.gather(*tries) if path.complete]
    return tuple({found.mapped_to: found for found in (*more, path)}.values())
