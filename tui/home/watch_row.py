"""Watching the subject of a row, and stopping that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import NatstapError
from engine.watching.subject_watch import SubjectWatch

if TYPE_CHECKING:
    from textual.app import App

    from engine.session import Session


def watched_subjects(session: Session) -> tuple[str, ...]:
    """The subjects that are watched, each as it was given."""
    watches = (watch for watch in session.watches.running if isinstance(watch, SubjectWatch))
    return tuple(pattern for watch in watches for pattern in watch.subjects.patterns)


async def toggle_watch(app: App[Any], session: Session, subject: str) -> None:
    """Begin a watch of a subject, or stop the one of it alone; what goes wrong is told."""
    running = (watch for watch in session.watches.running if isinstance(watch, SubjectWatch))
    alone = next((watch for watch in running if watch.subjects.patterns == (subject,)), None)
    try:
        if alone is not None:
            await alone.stop()
        else:
            await session.watches.watch_subjects((subject,))
    except NatstapError as error:
        app.notify(str(error), severity="warning")
