"""A body outside natstap: in a file, in the user's editor or pager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import InvalidInput

if TYPE_CHECKING:
    from textual.app import App

    from tui.body.pane import BodyPane


async def save(pane: BodyPane) -> None:
    from tui.body.save_body import SaveBody

    dialog = SaveBody(pane.view.body, pane.ending)
    if (path := await pane.app.push_screen_wait(dialog)) is not None:
        pane.app.notify(f"The body is saved in {path}.")


async def edit(pane: BodyPane) -> None:
    """What is written there comes back, if this body can be changed."""
    body, ending = (pane.body, pane.ending) if pane.editable else pane.readable
    after = await edited(pane.app, body, ending)
    if after is None:
        return
    if pane.editable:
        pane.post_message(pane.Edited(after))
    else:
        pane.app.notify("Your changes are not kept: this body was sent already.")


async def edited(app: App[Any], body: bytes, ending: str) -> bytes | None:
    """What the user made of a body in an editor; None where nothing was changed."""
    from tui.body.outside_program import EDITOR, open_outside

    try:
        after = await open_outside(app, EDITOR, body, ending)
    except InvalidInput as error:
        app.notify(str(error), severity="error")
        return None
    if not body.endswith(b"\n"):
        after = after.removesuffix(b"\n")  # editors end a file with a line break
    return after if after != body else None


async def page(pane: BodyPane) -> None:
    """The lines as they are shown, where these are not very many."""
    from tui.body.outside_program import PAGER, open_outside

    try:
        shown, ending = pane.readable
        await open_outside(pane.app, PAGER, pane.view.at.laid_out() or shown, ending)
    except InvalidInput as error:
        pane.app.notify(str(error), severity="error")
