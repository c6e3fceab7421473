"""When natstap itself fails: what was seen is kept, and whoever used it is told where."""

from __future__ import annotations

import time
from pathlib import Path

from platformdirs import user_state_path

from engine.journal import Journal
from engine.secrets.known_secrets import KnownSecrets

from .session_file import MOST_MESSAGES, save_session


def keep_session(journal: Journal, secrets: KnownSecrets, folder: Path | None = None) -> str:
    """Write a file; a sentence that says where it is, or why there is none."""
    folder = folder or user_state_path("natstap", appauthor=False)
    path = folder / time.strftime("crash-%Y%m%d-%H%M%S.ndjson.gz")
    try:
        left_out = save_session(path, journal, secrets, MOST_MESSAGES)
    except OSError as error:
        return f"Could not save this session in {path}: {error.strerror}."
    older = f", but for the {left_out:,} oldest messages" if left_out else ""
    return f"This session{older} is saved in {path}: natstap open shows it."
