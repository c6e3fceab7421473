"""No connection: what happened, in one sentence, and what can be done about it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from engine.errors import (
    AuthRefused,
    CannotConnect,
    InvalidProfile,
    NatstapError,
    ServerUnavailable,
    TlsFailed,
)
from tui.safe import clean

_ADVICE: tuple[tuple[type[Exception], str], ...] = (
    (AuthRefused, "Give --user and --password, --creds, --nkey, --token or --context."),
    (TlsFailed, "Give --tlsca for a private authority, or nats:// where no TLS is meant."),
    (InvalidProfile, "Put the setting right and start natstap again."),
    (ServerUnavailable, "Name a server with --server, and natstap needs none of its own."),
    (CannotConnect, "Start the server, or name another one with --server. To look around, --demo."),
)


class Trouble(ModalScreen[bool]):
    """Dismissed with True to try again, with False to quit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "dismiss(True)", "Retry", id="trouble.retry", tooltip="Try to connect again"),
        Binding("q", "dismiss(False)", "Quit", id="trouble.quit", tooltip="Quit natstap"),
    ]

    def __init__(self, error: NatstapError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog", id="trouble") as dialog:
            dialog.border_title = "No connection"
            yield Static(Content(_sentence(self.error)), id="trouble-what")
            yield Static(Content(_advice(self.error)), id="trouble-advice")
            yield Static("r  try again     q  quit", id="trouble-keys")


def _sentence(error: NatstapError) -> str:
    words = clean(str(error))
    end = "" if words.endswith((".", "?", "!")) else "."
    return f"{words[:1].upper()}{words[1:]}{end}"


def _advice(error: NatstapError) -> str:
    return next((words for kind, words in _ADVICE if isinstance(error, kind)), "")
