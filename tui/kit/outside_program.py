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

from textual.app import App, SuspendNotSupported

from engine.errors import InvalidInput

EDITOR = ("VISUAL", "EDITOR")
PAGER = ("PAGER",)
_USUAL_PAGERS = ("less", "more")


def program(names: tuple[str, ...], env: Mapping[str, str] = os.environ) -> list[str]:
    """The words of the command that the first set variable names.

    Raises `InvalidInput` where none is set, or what it names is not there.
    """
    name = next((name for name in names if env.get(name, "").strip()), names[-1])
    written = env.get(name, "").strip()
    if not written and names == PAGER:
        written = next((usual for usual in _USUAL_PAGERS if shutil.which(usual)), "")
    if not written:
        example = "less" if names == PAGER else "vim"
        raise InvalidInput(f"${name} is not set: set it, such as {name}={example}, and start again")
    try:
        words = shlex.split(written)
    except ValueError as error:
        raise InvalidInput(f"${name} is not a command: {error}") from None
    if shutil.which(words[0]) is None:
        raise InvalidInput(f"${name} is {written}: there is no program {words[0]}")
    return words


async def open_outside(app: App[object], names: tuple[str, ...], body: bytes, ending: str) -> bytes:
    """Have the body shown or edited in a file of its own, which is gone afterwards.

    Returns what is in the file then. Raises `InvalidInput` where that cannot be.
    """
    words = program(names)
    with tempfile.TemporaryDirectory(prefix="natstap-") as folder:
        file = Path(folder, f"body{ending}")
        await asyncio.to_thread(_write, file, body)
        try:
            with app.suspend(), app.batch_update(), _no_interrupt():
                code = await _run([*words, str(file)])
        except SuspendNotSupported:
            raise InvalidInput("this terminal cannot be given to another program") from None
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


async def _run(command: list[str]) -> int:
    try:
        process = await asyncio.create_subprocess_exec(*command)
    except OSError as error:
        raise InvalidInput(f"{command[0]} does not start: {error.strerror}") from None
    return await process.wait()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """^C is for the program that has the terminal."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
