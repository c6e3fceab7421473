"""A program of the user that makes text of a body: bytes in, text out, within a time limit.

It is run without a shell, for the subjects that the settings name; `{subject}` in its arguments
is the subject. It is not run while the connection is read-only.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from engine.content.content import NAMED, ContentBase, Document, Envelope, Guess, register
from engine.fields import read_json
from engine.message import text

if TYPE_CHECKING:
    from subprocess import Popen

TIMEOUT = 5.0
"""Seconds."""
MAX_OUTPUT = 4 << 20
"""Bytes that are taken of what it prints."""
_MAX_WRITTEN = 4 * MAX_OUTPUT
"""Bytes of its output and of its errors, after which it is ended: they lie on the disk."""
_LOOK = 0.02
"""Seconds between two looks at how much that is."""
_MAX_WORDS = 200
"""Characters of its error that are told."""


@register
class CommandContent(ContentBase):
    name = "command"
    title = "your command"
    place = 80

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        settings = envelope.settings
        if not (settings.runs_commands and settings.commands.find(envelope.subject)):
            return None
        return Guess(NAMED + 0.04, "the settings name a command")

    def read(self, body: bytes, envelope: Envelope) -> Document:
        settings = envelope.settings
        command = settings.commands.find(envelope.subject)
        if command is None:
            raise self.fail("the settings name no command: add one to [translate]")
        if not settings.runs_commands:
            raise self.fail("commands are off while the connection is read-only")
        words = [word.replace("{subject}", envelope.subject) for word in command]
        made = text(self._run(words, body))
        return Document("json" if _is_json(made) else "text", made, note=f"by {words[0]}")

    def _run(self, words: list[str], body: bytes) -> bytes:
        """What it prints; through files, so that none of the pipes can fill up."""
        import subprocess
        from tempfile import TemporaryFile

        with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as wrong:
            given.write(body)
            given.seek(0)
            try:
                running = subprocess.Popen(
                    words, stdin=given, stdout=out, stderr=wrong, start_new_session=True
                )
            except OSError as error:
                raise self.fail(f"{words[0]}: {error.strerror}") from None
            try:
                code = self._ended(running, words[0], (out.fileno(), wrong.fileno()))
            finally:
                with suppress(ProcessLookupError, PermissionError):  # nothing of it is left
                    os.killpg(running.pid, signal.SIGKILL)
                running.wait()
            if code:
                wrong.seek(0)
                said = text(wrong.read(_MAX_WORDS)).strip() or f"it ended with code {code}"
                raise self.fail(f"{words[0]}: {said}")
            out.seek(0)
            return out.read(MAX_OUTPUT)

    def _ended(self, running: Popen[bytes], name: str, files: tuple[int, ...]) -> int:
        """Its exit code; raises `ContentError` for one that takes too long or prints too much."""
        import subprocess

        until = time.monotonic() + TIMEOUT
        while True:
            try:
                return running.wait(_LOOK)
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    raise self.fail(f"{name} did not end within {TIMEOUT:g} s") from None
                if any(os.fstat(file).st_size > _MAX_WRITTEN for file in files):
                    most = f"{MAX_OUTPUT >> 20} MiB"
                    raise self.fail(
                        f"{name} prints far more than {most} and does not end"
                    ) from None


def _is_json(made: str) -> bool:
    try:
        return isinstance(read_json(made), dict | list)
    except ValueError:
        return False
