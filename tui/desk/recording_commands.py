"""What the desk does with recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import Command

if TYPE_CHECKING:
    from .desk import Desk

RECORDINGS = "Recordings"
"""The heading of these commands."""


def _is_paged(desk: Desk) -> bool:
    return desk.recording.pages is not None


RECORDING_COMMANDS: tuple[Command[Desk], ...] = (
    Command(
        "desk.record",
        "alt+r,shift+f5",
        "Record",
        "Record all that is seen in a file, or end that",
        lambda desk: desk.recording.toggle(),
        group=RECORDINGS,
        anywhere=True,
        waits=True,
    ),
    Command(
        "desk.save-seen",
        "K",
        "Save seen",
        "Save what is here in a file that natstap open shows",
        lambda desk: desk.recording.save(),
        group=RECORDINGS,
        waits=True,
    ),
    Command(
        "desk.export",
        "X",
        "Export",
        "Export what the list shows, or one exchange, as a report, JSON, CSV, Mermaid or commands",
        lambda desk: desk.exporting.export(),
        group=RECORDINGS,
        waits=True,
    ),
    Command(
        "desk.play-back",
        "U",
        "Play back",
        "Serve a recording as stubs, or send its requests again and compare",
        lambda desk: desk.playing_back.open(),
        group=RECORDINGS,
        waits=True,
    ),
    Command(
        "desk.page-before",
        "less_than_sign",
        "Part before",
        "Show the part of the recording before this one",
        lambda desk: desk.recording.turn_page(-1),
        _is_paged,
        group=RECORDINGS,
    ),
    Command(
        "desk.page-after",
        "greater_than_sign",
        "Part after",
        "Show the part of the recording after this one",
        lambda desk: desk.recording.turn_page(1),
        _is_paged,
        group=RECORDINGS,
    ),
    Command(
        "desk.all-parts",
        "asterisk",
        "All parts",
        "Show what passes the filter in all parts of the recording, or the part again",
        lambda desk: desk.recording.find_in_parts(),
        lambda desk: desk.recording.has_parts,
        group=RECORDINGS,
    ),
)
