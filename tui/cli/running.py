"""A command in its loop: signals, closed pipes and errors become exit codes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from engine.errors import NatstapError

from .command import Options, load
from .commands import CommandLine
from .exit_codes import CLOSED_PIPE, Exit, exit_of_error
from .main import read_flags
from .output import Output

_ENDING = (signal.SIGINT, signal.SIGTERM)


def run_to_end(module: Any, options: Options) -> int:
    """The exit code; nothing is written to a pipe that is closed."""
    interrupts, out = Interrupts(), output_of(options)
    try:
        return asyncio.run(interrupts.watch(module, options, out))
    except BrokenPipeError:
        return _closed_pipe()
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 128 + (interrupts.number or signal.SIGINT)
    except Exception as error:  # a fault of natstap's own, or an output that takes no more
        return _fail(error, out)


def _fail(error: Exception, out: Output) -> int:
    """Say what went wrong; of what nobody foresaw where, without secrets."""
    if isinstance(error, OSError):
        sys.stderr.write(f"the output cannot be written: {error.strerror or error}\n")
        return Exit.FAILED
    from engine.secrets.conceal import conceal_error
    from engine.secrets.known_secrets import KnownSecrets

    sys.stderr.write(conceal_error(error, out.secrets or KnownSecrets()))
    return Exit.FAILED


async def perform(command: CommandLine) -> int:
    """Run a command in a loop that runs already; the exit code."""
    loaded = load(command.name)
    options = read_flags(loaded, command)
    return await run_module(loaded.module, options, output_of(options))


def output_of(options: Options) -> Output:
    out = Output(as_json=options.json, quiet=options.quiet, raw=options.raw)
    out.config = options.config or ""
    return out


async def run_module(module: Any, options: Options, out: Output) -> int:
    """Errors of natstap's become a line and their exit code; a JSON line as well."""
    try:
        return int(await module.run(options, out))
    except NatstapError as error:
        code = exit_of_error(error)
        out.record({"type": "error", "exit": int(code), "error": str(error)})
        out.complain(str(error))
        return code


class Interrupts:
    """SIGINT and SIGTERM cancel the command, which prints what there is."""

    def __init__(self) -> None:
        self.number = 0
        """The signal that came, 0 for none."""

    async def watch(self, module: Any, options: Options, out: Output) -> int:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def interrupt(number: int) -> None:
            self.number = number
            task.cancel()

        with suppress(NotImplementedError):  # on Windows Ctrl+C raises KeyboardInterrupt
            for number in _ENDING:
                loop.add_signal_handler(number, interrupt, number)
        return await run_module(module, options, out)


def _closed_pipe() -> int:
    """Nobody reads any more: Python's own flush at the end would complain of it."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return CLOSED_PIPE
