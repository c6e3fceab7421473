"""Running a command: its flags are read, it runs in a loop, and its end becomes an exit code."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

from .command import LoadedCommand, Options, load
from .commands import CommandLine


def run_command(command: CommandLine) -> int:
    """Run it to its end; the exit code. What `--help` does not need is imported after it."""
    gc.disable()  # a command ends soon, and looking for garbage takes a tenth of it
    loaded = load(command.name)
    options = read_flags(loaded, command)
    if not getattr(loaded.module, "CONNECTS", True):
        return int(loaded.module.run(options))
    from engine.link.load_later import load_parts_later

    load_parts_later()
    from .running import run_to_end

    return run_to_end(loaded.module, options)


def leave(code: int) -> NoReturn:
    """End the process at once: all is closed, and to take its modules down costs a tenth of it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # closed, or nobody reads any more
            stream.flush()
    os._exit(code)


def read_flags(loaded: LoadedCommand, command: CommandLine) -> Options:
    """Exits with 2 for what cannot be meant, as argparse does."""
    return loaded.parser.parse_intermixed_args(list(command.words))
