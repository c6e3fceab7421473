"""What a command prints: data on stdout, everything else on stderr, each made safe to show.

With `--json` stdout has JSON lines and nothing else. Without `--raw`, control bytes are made
visible and known secrets are left out, on a terminal and in a file alike.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from engine.message import text
from tui.visible import clean, clean_text

if TYPE_CHECKING:
    from engine.message import Headers
    from engine.secrets.known_secrets import KnownSecrets

GOOD, WARN, BAD, DIM, BOLD = "32", "33", "31", "2", "1"
"""Parameters of the terminal's SGR sequence."""
Record = Mapping[str, Any]


class Output:
    """`quiet` keeps stderr to errors; `raw` prints bytes as they came."""

    def __init__(self, *, as_json: bool = False, quiet: bool = False, raw: bool = False) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.raw = raw
        self.secrets: KnownSecrets | None = None
        """Values that nothing printed may hold; None until the connection is known."""
        self.config = ""
        """The user's settings, which say what bodies are; "" for the usual ones."""
        self._changed = False
        self._progressing = False

    # -- stdout ------------------------------------------------------------------------------

    def record(self, fields: Record) -> None:
        """One JSON line, where these are wanted; ASCII, so that nothing in it acts."""
        if self.as_json:
            from engine.fields import write_json  # costs time, and most output has none

            shown = {name: self.concealed(value) for name, value in fields.items()}
            written = write_json(shown, separators=(",", ":"))
            self._write(sys.stdout, written + "\n")

    def line(self, text: str) -> None:
        """A line of the result, for people; not with `--json`."""
        if not self.as_json:
            self._write(sys.stdout, self.conceal(text) + "\n")

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows in columns, made safe; a column that is empty takes no room."""
        cells = [[clean(self.conceal(cell)) for cell in row] for row in rows]
        used = [at for at in range(len(titles)) if any(row[at] for row in cells)]
        shown = [[row[at] for at in used] for row in ([list(titles), *cells] if rows else [])]
        widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
        for number, row in enumerate(shown):
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.line(f"  {self.paint(line.rstrip(), '' if number else DIM)}")

    def paint(self, text: str, style: str) -> str:
        """Coloured, where stdout is a terminal."""
        return paint(text, style, sys.stdout)

    def body(self, body: bytes) -> None:
        """A body, and a line break after it where it has none; not with `--json`."""
        if self.as_json:
            return
        if self.raw:
            sys.stdout.flush()
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
            return
        written = body.decode("utf-8", "surrogateescape")
        shown = clean_text(self.conceal(written))
        self._changed |= shown != written
        self._write(sys.stdout, shown if shown.endswith("\n") else shown + "\n")

    # -- stderr ------------------------------------------------------------------------------

    def say(self, text: str, style: str = "") -> None:
        """Something beside the result; not with `--quiet`."""
        if not self.quiet:
            self.complain(text, style)

    def complain(self, text: str, style: str = BAD) -> None:
        """What went wrong, also with `--quiet`."""
        shown = paint(clean(self.conceal(text)), style, sys.stderr)
        self._write(sys.stderr, f"{self._over_progress()}{shown}\n")

    def progress(self, text: str) -> None:
        """How far long work is, on one line that the next one replaces; on a terminal only."""
        if not self.quiet and is_terminal(sys.stderr):
            self._write(sys.stderr, f"\r\x1b[K{clean(text)}")
            self._progressing = True

    def _over_progress(self) -> str:
        """What takes a line of progress away before another is written."""
        before, self._progressing = self._progressing, False
        return "\r\x1b[K" if before else ""

    def warn_if_changed(self) -> None:
        """Say that a file did not get the exact bytes of a body."""
        if self._changed and not is_terminal(sys.stdout):
            self.say("control bytes of the body are made visible: use --raw for its exact bytes")

    # -- how ---------------------------------------------------------------------------------

    def safe(self, text: str) -> str:
        """Text from elsewhere, for one line."""
        return clean(text)

    def conceal(self, text: str) -> str:
        """Without known secrets; with --raw as it is."""
        if self.raw or self.secrets is None or not self.secrets:
            return text
        parts, at = [], 0
        for spot in self.secrets.find(text):
            parts += [text[at : spot.begin], f"<{spot.name}>"]
            at = spot.end
        return "".join((*parts, text[at:]))

    def bare(self, body: bytes, headers: Headers) -> bytes:
        """What is in a body that is packed, where a known secret is in there; else the body."""
        if self.raw or not self.secrets:
            return body
        from engine.content.content import Envelope
        from engine.content.reading import open_layers

        inner = open_layers(body, Envelope(headers=headers))
        return inner if inner != body and self.secrets.holds(text(inner)) else body

    def concealed(self, value: Any) -> Any:
        """The same plain value, without known secrets."""
        match value:
            case str():
                return self.conceal(value)
            case Mapping():
                return {self.conceal(key): self.concealed(each) for key, each in value.items()}
            case list() | tuple():
                return [self.concealed(each) for each in value]
            case _:
                return value

    def _write(self, stream: TextIO, text: str) -> None:
        if stream is sys.stdout and self._progressing:
            self._write(sys.stderr, self._over_progress())
        stream.flush()
        stream.buffer.write(text.encode("utf-8", "backslashreplace"))
        stream.buffer.flush()


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody reads it as it is written."""
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def paint(text: str, style: str, stream: TextIO) -> str:
    """Coloured on a terminal, unless NO_COLOR or TERM=dumb say otherwise."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    if not style or plain or not is_terminal(stream):
        return text
    return f"\x1b[{style}m{text}\x1b[0m"
