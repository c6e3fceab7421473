"""A file for what the user wants to keep, where it is found again, and the words for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.app import App

from engine.whole_file import whole_path

_NO_FOLDER = "there is no folder that natstap may write to"


def folders() -> Iterator[Path]:
    """The downloads, else where natstap was started, else the home."""
    from platformdirs import user_downloads_path

    for folder in (user_downloads_path(), whole_path(Path()), Path.home()):
        if folder.is_dir() and os.access(folder, os.W_OK):
            yield folder


def write(name: str, text: str) -> Path:
    """In a new file for its owner alone; raises OSError."""
    folder = next(folders(), None)
    if folder is None:
        raise PermissionError(None, _NO_FOLDER)
    path = folder / name
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


async def save(app: App[Any], what: str, stem: str, ending: str, text: str) -> None:
    """Save it, and say where, or why not and what to do."""
    name = f"natstap-{stem}-{datetime.now():%Y-%m-%d-%H%M%S-%f}{ending}"
    try:
        path = await asyncio.to_thread(write, name, text)
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder
        why = getattr(error, "strerror", None) or str(error)
        told = f"{what} is not saved: {why.lower()}."
        app.notify(f"{told}\nStart natstap in a folder that you may change.", severity="error")
    else:
        app.notify(f"{what} is saved in {path}.")
