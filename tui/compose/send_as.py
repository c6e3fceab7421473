"""Choosing what the typed body is sent as."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.drafts.written_content import writers
from engine.errors import ContentError
from tui.body.view import reader_of
from tui.kit.palette import Palette, PaletteEntry

if TYPE_CHECKING:
    from .compose import Compose

_CONTENTS, _TYPES = "Send the body as", "Protobuf types"
_MAX_TYPES = 500


async def ask_content(compose: Compose) -> None:
    """Ask, and put it into the options."""
    offers = list(_offers(compose))
    entries = [entry for _, entry in offers]
    chosen = await compose.app.push_screen_wait(Palette(entries, "Send the body as"))
    if chosen is not None:
        compose.pages.options.send_as(offers[chosen][0])


def _offers(compose: Compose) -> Iterator[tuple[str, PaletteEntry]]:
    yield "", PaletteEntry(_CONTENTS, "As it is typed")
    for content in writers():
        yield content.name, PaletteEntry(_CONTENTS, content.title)
    types = reader_of(compose).settings.protobuf
    try:
        names = types.names[:_MAX_TYPES] if types.given else ()
    except ContentError as error:
        compose.complain(str(error))
        return
    for name in names:
        yield f"protobuf:{name}", PaletteEntry(_TYPES, name)
