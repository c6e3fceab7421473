"""The terminal of natstap. Who started it may not pass on that it was closed: make does not."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial

from textual.app import App


def has_terminal() -> bool:
    """False without one, and from the moment that it is gone."""
    try:
        return sys.__stdin__ is not None and os.isatty(sys.__stdin__.fileno())
    except (OSError, ValueError):
        return False


def end_when_told(app: App[None]) -> None:
    """On SIGTERM leave the terminal as it was, and with the code that tells of the signal."""
    loop = asyncio.get_running_loop()
    code = 128 + signal.SIGTERM
    loop.add_signal_handler(signal.SIGTERM, partial(app.exit, return_code=code))


def hang_up_without() -> None:
    """End as the closed terminal would have had it; what natstap started ends with it."""
    if not has_terminal():
        signal.raise_signal(signal.SIGHUP)
