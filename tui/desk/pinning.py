"""Pinning the shape of messages: those that differ from it are told from then on."""

from __future__ import annotations

import asyncio
from typing import Any

from engine.content.by_subject import SubjectSettings, general_pattern
from engine.content.content import Side
from engine.journal import Journal
from engine.schemas.learned import LEARNED, learned_schema
from engine.schemas.seen import seen_values
from engine.words import counted
from tui.safe import clean, shorten

from .workspace import Workspace

_MAX_NAMED = 60
"""Cells of a subject in a sentence."""
_WHAT = {Side.REQUEST: ("requests", "request"), Side.REPLY: ("replies", "reply")}


async def turn_pin(desk: Workspace, subject: str, side: Side) -> None:
    """Pin the shape of what was seen, or forget the one that is pinned."""
    session, app = desk.session, desk.app
    if session is None:
        app.bell()
        return
    schemas, pattern = session.schemas, general_pattern(subject)
    plural, one = _WHAT[side]
    where = f"{plural} on {shorten(clean(pattern), _MAX_NAMED)}"
    if side.value in schemas.pinned.get(pattern, {}):
        schemas.pin(pattern, side, None)
        desk.inspect.show_again()
        app.notify(f"The shape of {where} is not checked any more.")
        return
    settings = session.outbox.reader.settings
    seen = await asyncio.to_thread(_learned, desk.journal, pattern, side, settings)
    if seen is None:
        app.notify(f"No {where} with values were seen: nothing to learn.", severity="warning")
        return
    schemas.pin(pattern, side, seen)
    desk.inspect.show_again()
    count = counted(int(seen[LEARNED]), one, plural)
    app.notify(f"The shape of {where} is checked from now on, learned from {count}.")


def _learned(
    journal: Journal, pattern: str, side: Side, settings: SubjectSettings
) -> dict[str, Any] | None:
    return learned_schema(seen_values(journal, pattern, side, settings))
