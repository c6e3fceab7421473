"""Answering with what a program prints, as `nats reply --command`.

No part of a request gets onto its command line: the program reads the body from standard input and
finds it, with the subject, in its environment.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.errors import InvalidInput, ServiceError
from engine.processes import end_process, start_process
from engine.responders.harmless import find_harm
from engine.rpc.handling.response import Response
from engine.rpc.message import NatsMessage
from engine.words import counted

from .output import BAD, DIM, Output

if TYPE_CHECKING:
    from engine.drafts.draft import Pairs
    from engine.rpc.broker import Broker

MAX_OUTPUT = 16 << 20
"""Bytes of a program's output that are sent."""
MAX_SECONDS = 60.0
"""Seconds that a program may take; then it is ended, and a service error says so."""
MAX_ENVIRONMENT = 64 << 10
"""Bytes of a body that fit into a variable; a longer one is on standard input only."""
PROGRAMS = 8
"""Programs that run at the same time."""


def split_command(written: str) -> tuple[str, ...]:
    """The words of a command; raises `InvalidInput`."""
    try:
        words = tuple(shlex.split(written))
    except ValueError as error:
        raise InvalidInput(f"--command: {error}") from None
    if not words:
        raise InvalidInput("--command: name a program")
    return words


class CommandReplies:
    """One program for each request; its output is the reply where it exits with 0."""

    def __init__(self, subject: str, command: Sequence[str], headers: Pairs, out: Output) -> None:
        self._subject = subject
        self._command = tuple(command)
        self._headers = headers
        self._out = out
        self.handled = 0
        self._news = asyncio.Event()
        """Set when one more was handled."""

    async def serve(self, broker: Broker, queue: str, *, seconds: float | None, count: int) -> int:
        """Until `seconds` are over, `count` requests were handled, or Ctrl+C; how many were."""
        subscriber = broker.subscriber(self._subject, queue, max_workers=PROGRAMS)
        subscriber(self._answer)
        await subscriber.start()
        self._out.record({"type": "responder", "name": "command", "subject": self._subject})
        self._out.say(f"answering on {self._subject}: {self._command[0]}", DIM)
        with suppress(asyncio.CancelledError, TimeoutError):
            async with asyncio.timeout(seconds):
                while not count or self.handled < count:
                    self._news.clear()
                    await self._news.wait()
        await broker.remove(subscriber)
        self._out.say(f"handled {counted(self.handled, 'request')}", DIM)
        return self.handled

    async def _answer(self, message: NatsMessage) -> Response:
        try:
            if harm := find_harm(message.subject, message.reply_to, lambda: (self._subject,)):
                raise ServiceError(500, harm)
            made = await self._run(message)
        except ServiceError as error:
            self._out.say(f"{message.subject}  {error.text}", BAD)
            raise
        else:
            self._out.say(f"{message.subject}  answered, {len(made):,} bytes")
            return Response(made, headers=dict(self._headers))
        finally:
            self.handled += 1
            self._news.set()

    async def _run(self, message: NatsMessage) -> bytes:
        """What the program prints; raises `ServiceError` where it fails."""
        try:
            process = await start_process(
                *self._command, stdin=PIPE, stdout=PIPE, env=environment_of(message)
            )
        except OSError as error:
            raise ServiceError(500, f"{self._command[0]}: {error.strerror or error}") from None
        try:
            async with asyncio.timeout(MAX_SECONDS):
                made, _ = await process.communicate(message.body)
        except TimeoutError:
            raise ServiceError(504, f"the program took more than {MAX_SECONDS:g} s") from None
        finally:
            await end_process(process)
        if process.returncode:
            raise ServiceError(500, f"the program exited with {process.returncode}")
        return made[:MAX_OUTPUT]


def environment_of(message: NatsMessage) -> Mapping[str, str]:
    """What natstap has, without its own secrets, and the request as the nats CLI passes it on."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NATSTAP_VAR_", "NATS_"))
    }
    body = message.body
    if len(body) <= MAX_ENVIRONMENT and b"\0" not in body:
        kept["NATS_REQUEST_BODY"] = os.fsdecode(body)
    return kept | {"NATS_REQUEST_SUBJECT": message.subject}
