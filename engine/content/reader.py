"""Reading the bodies of one user: by the settings, and by what was chosen since by key.

One reader is shared by all screens; it is cheap to ask, and safe to ask from several threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.errors import ContentError
from engine.message import Headers

from .by_subject import NOTHING_SET, BySubject, SubjectSettings, check_pattern
from .content import Envelope, Side
from .reading import Reading, check_choice, read

MAX_CHOSEN = 200
"""Choices that are remembered; the oldest makes way."""


class BodyReader:
    def __init__(
        self, settings: SubjectSettings = NOTHING_SET, chosen: Mapping[str, str] | None = None
    ) -> None:
        """`chosen` is what was chosen by key, by subject pattern; what cannot be is left out."""
        self._base = settings
        self.chosen = {
            pattern: choice
            for pattern, choice in (chosen or {}).items()
            if not check_pattern(pattern) and not check_choice(choice)
        }
        self.changed: dict[str, str] = {}
        """What was chosen since the start, "" for a choice that was taken back."""
        self.settings = self._merged()

    def _merged(self) -> SubjectSettings:
        contents = BySubject({**self._base.contents.values, **self.chosen})
        return replace(self._base, contents=contents)

    def choose(self, pattern: str, choice: str) -> None:
        """Read the bodies of these subjects so from now on; "" for as natstap guesses."""
        self.chosen.pop(pattern, None)
        self.changed[pattern] = choice
        if choice:
            self.chosen[pattern] = choice
            while len(self.chosen) > MAX_CHOSEN:
                del self.chosen[next(iter(self.chosen))]
        self._change()

    def run_commands(self, allowed: bool) -> None:
        """Whether programs of the user may be run: not while the connection is read-only."""
        if self._base.runs_commands != allowed:
            self._base = replace(self._base, runs_commands=allowed)
            self._change()

    def prepare(self) -> str:
        """Read what takes long beforehand, such as .proto files; gives what is wrong with it."""
        types = self.settings.protobuf
        try:
            return "" if not types.given or types.names else "no file of [protobuf] has a message"
        except ContentError as error:
            return str(error)

    def _change(self) -> None:
        self.settings = self._merged()

    def envelope(
        self, subject: str = "", headers: Headers | None = None, side: Side = Side.REQUEST
    ) -> Envelope:
        return Envelope(subject, headers or _NO_HEADERS, side, self.settings)

    def read(self, body: bytes, envelope: Envelope, choice: str = "") -> Reading:
        """Raises `InvalidInput`, for a choice that there is not."""
        return read(body, envelope, choice)

    def takes_long(self, envelope: Envelope, choice: str = "") -> bool:
        """True where a program is run for it: not to be done where keys are waited for."""
        runs = self.settings.runs_commands and self.settings.commands
        named = choice or self.settings.contents.find(envelope.subject) or ""
        if runs and (not named or "command" in named) and runs.find(envelope.subject):
            return True
        types = self.settings.protobuf
        return types.given and not types.ready


_NO_HEADERS = Headers()
