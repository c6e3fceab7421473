"""Watching the subject of a row, and stopping that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import NatstapError
from engine.subject import covers
from engine.watching.subject_watch import SubjectWatch
from tui.safe import shorten

if TYPE_CHECKING:
    from textual.app import App

    from engine.session import Session

_MAX_NAMED = 60
"""Letters of a subject that is told of."""


def watched_subjects(session: Session) -> tuple[str, ...]:
    """The subjects that are watched, each as it was given."""
    watches = (watch for watch in session.watches.running if isinstance(watch, SubjectWatch))
    return tuple(pattern for watch in watches for pattern in watch.subjects.patterns)


def _heard_by(session: Session, subject: str) -> str:
    """The watched subject that has this one in it; "" for none."""
    return next((wide for wide in watched_subjects(session) if covers(wide, subject)), "")


async def toggle_watch(app: App[Any], session: Session, subject: str) -> None:
    """Begin a watch of a subject, or stop the one of it alone; what goes wrong is told, and that
    it is heard already where a wider subject is watched.
    """
    running = (watch for watch in session.watches.running if isinstance(watch, SubjectWatch))
    alone = next((watch for watch in running if watch.subjects.patterns == (subject,)), None)
    try:
        if alone is not None:
            await alone.stop()
        elif wide := _heard_by(session, subject):
            app.notify(f"{shorten(wide, _MAX_NAMED)} is watched already, and hears this too.")
        else:
            await session.watches.watch_subjects((subject,))
    except NatstapError as error:
        app.notify(str(error), severity="warning")
