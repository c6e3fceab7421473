"""The composer's commands, beside those of the desk that act on what is composed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.kit.command import Command

if TYPE_CHECKING:
    from .compose import Compose


async def _edit_outside(compose: Compose) -> None:
    from tui.body.outside import edited

    page = compose.pages.body
    after = await edited(compose.app, page.body, page.ending)
    if after is not None:
        compose.lay_out(after)


async def _send_as(compose: Compose) -> None:
    from .send_as import ask_content

    await ask_content(compose)


async def _read(compose: Compose) -> None:
    from tui.body.screen import BodyScreen

    screen = BodyScreen("The body to be sent", compose.pages.body.body, editable=True)
    after = await compose.app.push_screen_wait(screen)
    if after is not None:
        compose.lay_out(after)


COMPOSER: tuple[Command[Compose], ...] = (
    Command(
        "compose.turn",
        "ctrl+t",
        "Next page",
        "Body, headers, options",
        lambda compose: compose.pages.turn(),
        anywhere=True,
    ),
    Command(
        "compose.layout",
        "ctrl+g",
        "Body",
        "Lay out the body as the subject's messages usually look",
        lambda compose: compose.ask_layout(),
    ),
    Command(
        "compose.tidy",
        "f4",
        "Tidy",
        "Lay the body's JSON out on lines",
        lambda compose: compose.tidy(),
    ),
    Command(
        "compose.send-as",
        "alt+t,shift+f7",
        "Send as",
        "Send the JSON in the body as MessagePack, CBOR, Protobuf or Avro",
        _send_as,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "compose.edit",
        "alt+e,shift+f9",
        "Editor",
        "Write the body in $EDITOR",
        _edit_outside,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "compose.read",
        "alt+v,shift+f8",
        "Read body",
        "Read the body with all the room: search, fold, filter, copy, save",
        _read,
        anywhere=True,
        after_typing=True,
        waits=True,
    ),
    Command(
        "compose.back",
        "ctrl+z",
        "Undo",
        "Bring back what was in the composer before",
        lambda compose: compose.step_back(),
    ),
    Command(
        "compose.forward",
        "ctrl+y",
        "Redo",
        "Bring back what undoing took out of the composer",
        lambda compose: compose.step_back(forward=True),
    ),
)
