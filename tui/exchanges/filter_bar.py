"""The filter bar: a lens is typed here, completed, and refused with the reason under the spot.

What is typed counts at once; while it makes no sense, the last filter that did stays in force.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from engine.filter.completion import Completion, complete
from engine.filter.grammar import LensError
from engine.filter.lens import Lens
from tui.kit.command import Commanded
from tui.kit.editor import Field
from tui.safe import clean, shorten

from .exchange_commands import FIELD
from .filter_help import LensHelp
from .vocabulary import Vocabulary

_GAP = "  "
_EMPTY = "a word, ~s state, ~u orders.>, ~h header, ~l > 200ms   F1 tells all"
_MUTED, _CHOSEN = "$foreground 60%", "bold $text-primary"


class LensField(Field, Commanded):
    TABLE = FIELD
    known = Vocabulary()

    def __init__(self) -> None:
        super().__init__(placeholder="filter", compact=True, id="filter")
        self.offers: list[Completion] = []
        self.chosen = 0

    def offer(self) -> None:
        """Find what could complete what stands before the cursor."""
        found = complete(self.value, self.cursor_position, *self.known)
        self.offers = [
            offer for offer in found if offer.text.strip() != self.value[offer.start : offer.end]
        ]
        self.chosen = 0

    def accept(self) -> None:
        if not self.offers:
            self.screen.focus_next()
            return
        offer = self.offers[self.chosen]
        self.value = self.value[: offer.start] + offer.text + self.value[offer.end :]
        self.cursor_position = offer.start + len(offer.text)

    def choose(self, by: int) -> None:
        if self.offers:
            self.chosen = (self.chosen + by) % len(self.offers)
            self.post_message(FilterBar.Chose())

    def action_cursor_right(self, select: bool = False) -> None:
        """At the end of the text, right takes the completion."""
        if self.offers and not select and self.cursor_position == len(self.value):
            self.accept()
        else:
            super().action_cursor_right(select)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "question_mark" and not self.value:
            event.prevent_default().stop()
            self.app.push_screen(LensHelp())


class FilterBar(Vertical):
    DEFAULT_CSS = """
    FilterBar { height: auto; padding: 0 1; display: none; }
    FilterBar > #filter-hint { height: auto; max-height: 5; padding: 0 1; }
    """

    class Changed(Message):
        """Another lens is in force."""

        def __init__(self, lens: Lens) -> None:
            self.lens = lens
            super().__init__()

    class Kept(Message):
        """The user is done typing."""

    class Chose(Message):
        """Another completion was chosen."""

    def __init__(self) -> None:
        super().__init__(id="filter-bar")
        self.lens = Lens.parse("")
        """The last one that made sense."""
        self.error: LensError | None = None
        self.field = LensField()
        self._hint = Static(id="filter-hint", markup=False)

    def compose(self) -> ComposeResult:
        yield self.field
        yield self._hint

    def start(self, known: Vocabulary) -> None:
        self.field.known = known
        self.display = True
        self.screen.set_focus(self.field)
        self._draw_hint()

    def fill(self, text: str) -> None:
        """Put another filter in place of what was typed."""
        self.display = True
        self.field.value = text

    def clear(self) -> None:
        self.field.value = ""
        self.display = False

    def on_resize(self) -> None:
        """The hint is cut to the width, which is not known before there is room for it."""
        self.call_after_refresh(self._draw_hint)

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        before = self.lens
        try:
            self.lens, self.error = Lens.parse(event.value), None
        except LensError as error:
            self.error = error
        self.field.offer()
        if self.lens != before:
            self.post_message(self.Changed(self.lens))
        self.call_after_refresh(self._draw_hint)

    @on(Input.Submitted, "#filter")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.error is not None:
            self.app.bell()
            return
        self.display = bool(event.value.strip())
        self.post_message(self.Kept())

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    @on(Chose)
    def _draw_hint(self) -> None:
        hint = self._hint
        lines = list(self._lines(max(20, self.field.size.width)))
        hint.display = bool(lines) and (self.field.has_focus or self.error is not None)
        hint.update(Content("\n").join(lines))

    def _lines(self, width: int) -> Iterable[Content]:
        if self.error is not None:
            yield from self._wrong(self.error, width)
        if self.field.offers:
            yield _offers(self.field.offers, self.field.chosen, width)
        elif not self.field.value:
            yield Content.styled(shorten(_EMPTY, width), _MUTED)

    def _wrong(self, error: LensError, width: int) -> Iterable[Content]:
        """A mark under the spot and the reason: beside it when there is room, else below."""
        value = self.field.value
        at = cell_len(value[: error.position]) - self.field.scroll_offset.x
        spot = value[error.position : error.position + max(1, error.length)]
        at = max(0, min(at, width - 1))
        mark = "▔" * max(1, min(cell_len(spot), width - at))
        why = shorten(error.why, 3 * width)
        beside = at + len(mark) + 1 + cell_len(why) <= width
        said = f"{mark} {why}" if beside else f"{mark}\n{why}"
        yield Content.assemble(" " * at, (said, "$text-error"))


def _offers(offers: list[Completion], chosen: int, width: int) -> Content:
    """The completions on one line, from the chosen one on, and what that one means."""
    parts = [("tab ", _MUTED), (shorten(offers[chosen].text.strip(), width), _CHOSEN)]
    if meaning := offers[chosen].meaning:
        parts[-1] = (f"{parts[-1][0]} ", _CHOSEN)
        parts.append((meaning, _MUTED))
    used = sum(cell_len(words) for words, _ in parts)
    for offer in (*offers[chosen + 1 :], *offers[:chosen]):
        words = clean(offer.text.strip())
        used += len(_GAP) + cell_len(words)
        if used > width:
            break
        parts += [(_GAP, ""), (words, "$foreground")]
    return Content.assemble(*parts).truncate(width, ellipsis=True)
