"""Copying of a body: the whole, what is selected, the value under the cursor, its path.

Secrets are left out; who asks for the same again at once gets them too.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from engine.secrets.conceal import conceal
from engine.secrets.finding import NOTHING
from engine.secrets.known_secrets import KnownSecrets
from engine.words import octets
from tui.kit.clipboard import copy

if TYPE_CHECKING:
    from tui.body.pane import BodyPane

MAX_COPIED = 1 << 20
"""Characters; terminals take no more by far."""


async def copy_body(pane: BodyPane) -> None:
    """The part that is shown, if it is filtered."""
    large = len(pane.view.body) > MAX_COPIED
    await _copy(pane, None if large else pane.view.written, "The body", "Y")


async def copy_here(pane: BodyPane) -> None:
    selected = pane.screen.get_selected_text() if pane.view.at.selected else None
    if selected:
        await _copy(pane, selected, "The selected text", "y")
        return
    value = pane.view.at.value
    if value is None:
        pane.app.notify("This value is still being read: try again.", severity="warning")
    else:
        what = "The value" if pane.view.at.path else "The line"
        await _copy(pane, value, f"{what} under the cursor", "y")


async def copy_path(pane: BodyPane) -> None:
    if path := pane.view.at.path:
        copy(pane.app, path, f"the path {path}")
    else:
        pane.app.notify("Only JSON has paths.", severity="warning")


def _within(what: str) -> str:
    """As it stands within a sentence."""
    return what[:1].lower() + what[1:]


async def _copy(pane: BodyPane, written: str | None, what: str, key: str) -> None:
    app = pane.app
    if written is None or len(written) > MAX_COPIED:
        limit = octets(MAX_COPIED)
        app.notify(
            f"{what} is too large for the clipboard: at most {limit}. D saves it.",
            severity="warning",
        )
        return
    known: KnownSecrets = getattr(app, "secrets", NOTHING)
    safe = await asyncio.to_thread(conceal, written, known)
    if not safe.left_out or pane.left_out == written:
        pane.left_out = ""
        secrets = " with its secrets" if safe.left_out else ""
        size = octets(len(written.encode(errors="replace")))
        copy(app, written, f"{_within(what)}{secrets}, {size}")
        return
    pane.left_out = written
    names = ", ".join(f"<{name}>" for name in safe.left_out)
    copy(
        app, safe.value, f"{_within(what)} without {names}", f"{key} again copies the secrets too."
    )
