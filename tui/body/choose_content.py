"""Choosing what a body is read as: what fits first, with its reason.

The choice is remembered for the subjects that are like this one: ids in it stand for all ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.content.by_subject import general_pattern
from engine.content.content import CONTENTS, LAST
from engine.content.reading import guesses
from engine.errors import ContentError
from tui.body.view import BodyView, reader_of
from tui.kit.palette import Palette, PaletteEntry
from tui.safe import clean, shorten

if TYPE_CHECKING:
    from tui.body.pane import BodyPane

ENCODINGS = ("latin-1", "cp1252", "utf-16-le", "utf-16-be", "shift_jis", "gb18030")
"""Of text, those that are offered; the settings take any other."""
_MAX_TYPES = 500
_FITS, _OTHER, _TYPES, _TEXTS = "Fits", "Other contents", "Protobuf types", "Text encodings"
Offer = tuple[str, PaletteEntry]
"""What chooses a content, and how it is shown."""


async def choose_content(pane: BodyPane) -> None:
    """Ask, and read the body so."""
    offers = list(_offers(pane))
    entries = [entry for _, entry in offers]
    chosen = await pane.app.push_screen_wait(Palette(entries, "Read the body as"))
    if chosen is not None:
        take(pane, offers[chosen][0])


def take(pane: BodyPane, choice: str) -> None:
    """Read it so, and all others of its subject; "" for as natstap guesses."""
    reader, subject = reader_of(pane), pane.view.envelope.subject
    if not subject:
        pane.read_as(choice)
        return
    pattern = general_pattern(subject)
    reader.choose(pattern, choice)
    for view in pane.screen.query(BodyView):
        other = view.parent
        if isinstance(other, type(pane)) and view.envelope.subject:
            other.read_as("")
    title = CONTENTS.titles(step.partition(":")[0] for step in choice.split(">"))
    said = f"as {title}" if choice else "as natstap guesses"
    pane.app.notify(f"Bodies on {shorten(clean(pattern), 60)} are read {said} from now on.")


def _offers(pane: BodyPane) -> Iterator[Offer]:
    yield "", PaletteEntry(_FITS, "As natstap guesses, or as the settings say")
    fitting = [
        (content, guess)
        for content, guess in guesses(pane.body, pane.view.envelope)
        if guess.confidence > LAST
    ]
    for content, guess in fitting:
        yield content.name, PaletteEntry(_FITS, f"{content.title}: {guess.reason}")
    for content in CONTENTS:
        if all(content is not other for other, _ in fitting):
            yield content.name, PaletteEntry(_OTHER, content.title)
    types = pane.view.envelope.settings.protobuf
    try:
        names = types.names[:_MAX_TYPES] if types.ready else ()
    except ContentError:
        names = ()
    for name in names:
        yield f"protobuf:{name}", PaletteEntry(_TYPES, name)
    for encoding in ENCODINGS:
        yield f"text:{encoding}", PaletteEntry(_TEXTS, f"text in {encoding}")
