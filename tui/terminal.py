"""The terminal of natstap: it is given back as it was, however natstap ends.

Who started natstap may not pass on that the terminal was closed: make does not.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from .slow_line import MeasuredFile, SlowLine

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
"""Signals that end natstap; the exit code tells which, as a shell's does."""
LEAVE_SECONDS = 5.0
"""Seconds that natstap may take to end without a terminal; then it ends at once."""
_EVERY = 1.0
"""Seconds between two looks at whether the terminal, or who started natstap, is there."""
NO_TERMINAL = (
    "natstap draws on a terminal, and here is none: {what}. Start it in a terminal, without a "
    "pipe, or use a command that prints, such as natstap req: natstap --help lists them."
)


def is_in_browser() -> bool:
    """True where `natstap serve-web` started this natstap: it draws in a page."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def missing_terminal() -> str:
    """Why natstap cannot draw, as a sentence; "" where it can."""
    if is_in_browser():
        return ""
    if not _is_terminal(sys.__stdin__):
        return NO_TERMINAL.format(what="keys would come from a file or a pipe")
    if not _is_terminal(sys.__stderr__):
        return NO_TERMINAL.format(what="what it draws would go into a file or a pipe")
    return ""


def has_terminal() -> bool:
    """False without one, and from the moment that it is gone."""
    return _is_terminal(sys.__stdin__)


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and os.isatty(stream.fileno())
    except (OSError, ValueError):
        return False


def end_when_told(app: App[None]) -> None:
    """On each signal that ends it, leave the terminal as it was, and keep what is to be kept."""
    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, partial(app.exit, return_code=128 + number))


def end_with_parent(app: App[None], parent: int) -> None:
    """End when `natstap serve-web` is gone, whose process id was `parent`.

    It is looked for beside the app: one that failed to write to it may be leaving, and for ever.
    """
    loop = asyncio.get_running_loop()
    if os.getppid() == parent:
        loop.call_later(_EVERY, end_with_parent, app, parent)
        return
    if app.return_code is None:
        app.exit(return_code=128 + signal.SIGHUP)
    loop.call_later(LEAVE_SECONDS, _hang_up)


def end_with_terminal(app: App[None]) -> None:
    """End when the terminal is gone; what natstap started ends with it."""
    loop = asyncio.get_running_loop()
    if app.return_code is not None:
        return
    if has_terminal():
        loop.call_later(_EVERY, end_with_terminal, app)
        return
    app.exit(return_code=128 + signal.SIGHUP)
    loop.call_later(LEAVE_SECONDS, _hang_up)


def _hang_up() -> None:
    """A driver that waits for a terminal which is gone waits for ever."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.raise_signal(signal.SIGHUP)


class _Lossy:
    """A terminal that may be gone: what is written on it then is lost."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.fileno = file.fileno

    def write(self, text: str) -> None:
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()


def outlive_terminal(driver: type[Driver], line: SlowLine) -> type[Driver]:
    """The driver, whose writer goes on without a terminal, and tells `line` how quick it is.

    Textual's own would end, and whoever draws then waits for it for ever.
    """
    from textual.drivers import linux_driver
    from textual.drivers._writer_thread import WriterThread

    class Writer(WriterThread):
        def __init__(self, file: IO[str]) -> None:
            super().__init__(cast("IO[str]", MeasuredFile(cast("IO[str]", _Lossy(file)), line)))
            line.begin()

        def write(self, text: str) -> None:
            line.queue(len(text))
            super().write(text)

    if issubclass(driver, linux_driver.LinuxDriver):
        linux_driver.WriterThread = Writer  # type: ignore[attr-defined]
    return driver


def survive_stops(driver: type[Driver]) -> type[Driver]:
    """The driver, which takes the terminal again whenever natstap goes on after a stop.

    Textual does so only after SIGTSTP: after a SIGSTOP, which nobody hears of, it would take what
    it had set itself for how the terminal was before.
    """
    from textual.drivers.linux_driver import LinuxDriver

    if not issubclass(driver, LinuxDriver):
        return driver

    class Surviving(driver):  # type: ignore[misc, valid-type]
        _drawing = False

        def start_application_mode(self) -> None:
            self._drawing = True
            super().start_application_mode()

        def stop_application_mode(self) -> None:
            self._drawing = False
            super().stop_application_mode()

        def _sigcont_application(self, *about: object) -> None:
            if self._drawing and self._auto_restart:
                self.suspend_application_mode()
            elif not self._must_signal_resume:
                return
            super()._sigcont_application(*about)
            # What is taken again is empty. The loop sleeps through a signal.
            asyncio.get_running_loop().call_soon_threadsafe(self._draw_all)

        def _draw_all(self) -> None:
            if self._app.screen_stack:
                self._app.screen.refresh(layout=True)

    return Surviving
