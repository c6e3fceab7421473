"""The user's own pager or editor, which has the terminal for a while.

natstap goes on behind it: it still hears what is said, and draws nothing.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from engine.errors import InvalidInput

EDITOR = ("VISUAL", "EDITOR")
PAGER = ("PAGER",)
_USUAL = {PAGER: ("less", "more"), EDITOR: ("nano", "vi", "vim")}
"""What is used where no variable is set, whichever of them is there."""
_WORDS = {PAGER: "pager", EDITOR: "editor"}


def program(names: tuple[str, ...], env: Mapping[str, str] = os.environ) -> list[str]:
    """The words of the command that the first set variable names, else a usual program.

    Raises `InvalidInput` where there is none, or what is named is not there.
    """
    name = next((name for name in names if env.get(name, "").strip()), names[-1])
    written = env.get(name, "").strip()
    if not written:
        written = next((usual for usual in _USUAL[names] if shutil.which(usual)), "")
    if not written:
        others = " or ".join(_USUAL[names])
        raise InvalidInput(
            f"There is no {_WORDS[names]}: ${name} is not set, and {others} is not installed. "
            "D saves the body in a file."
        )
    try:
        words = shlex.split(written)
    except ValueError as error:
        raise InvalidInput(f"${name} is not a command: {error}") from None
    if shutil.which(words[0]) is None:
        raise InvalidInput(f"${name} is {written}: there is no program {words[0]}")
    return words


async def open_outside(app: App[Any], names: tuple[str, ...], body: bytes, ending: str) -> bytes:
    """Have the body shown or edited in a file of its own, which is gone afterwards.

    Returns what is in the file then. Raises `InvalidInput` where that cannot be.
    """
    words = program(names)
    with tempfile.TemporaryDirectory(prefix="natstap-") as folder:
        file = Path(folder, f"body{ending}")
        await asyncio.to_thread(_write, file, body)
        code = await _with_terminal(app, [*words, str(file)])
        app.refresh(layout=True)
        if code:
            raise InvalidInput(f"{words[0]} ended with {code}: nothing was changed")
        try:
            return await asyncio.to_thread(file.read_bytes)
        except OSError as error:
            raise InvalidInput(f"{words[0]} left no file: {error.strerror}") from None


def _write(file: Path, body: bytes) -> None:
    file.touch(mode=0o600)
    file.write_bytes(body)


async def _with_terminal(app: App[Any], command: list[str]) -> int:
    """Run a program that has the terminal until it ends, and return its exit code.

    Textual takes the terminal back only where nothing is raised meanwhile.
    """
    failed: BaseException | None = None
    try:
        with app.suspend(), app.batch_update(), _signals(Path(command[-1]).parent):
            try:
                return await _run(command)
            except (OSError, asyncio.CancelledError) as error:
                failed = error
    except SuspendNotSupported:
        raise InvalidInput("this terminal cannot be given to another program") from None
    if isinstance(failed, OSError):
        raise InvalidInput(f"{command[0]} does not start: {failed.strerror}") from None
    raise failed or asyncio.CancelledError


async def _run(command: list[str]) -> int:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        raise


@contextmanager
def _signals(folder: Path) -> Iterator[None]:
    """^C is for the program that has the terminal; what ends natstap leaves no file behind."""

    def end(number: int, _frame: object) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, before[signal.Signals(number)])
        signal.raise_signal(number)

    ours = {signal.SIGINT: lambda *_: None, signal.SIGHUP: end, signal.SIGTERM: end}
    before = {number: signal.signal(number, act) for number, act in ours.items()}
    try:
        yield
    finally:
        for number, act in before.items():
            signal.signal(number, act)
