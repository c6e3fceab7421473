"""The composer's headers: those that are written, and under them the others that will go out.

Nothing goes out that is not seen here: what natstap adds, what fields of the options stand for,
and what the way of sending needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from engine.drafts.draft import Draft, Kind
from engine.drafts.wire_headers import OWN_HEADERS, field_headers
from engine.rpc.message import CORRELATION_ID, EXPECTED_STREAM, REPLY_TO
from engine.tracing.trace import TRACE_DEST
from tui.kit.editor import HeaderEditor
from tui.kit.tick import Tick
from tui.safe import clean

FRESH = "a fresh one"
_INBOX = "an inbox of natstap's"
_ADDS = f"add {', '.join(OWN_HEADERS)}"
_REFUSED = "This server takes no headers."


class HeaderPage(Vertical):
    DEFAULT_CSS = """
    HeaderPage { height: 1fr; }
    #headers { height: 1fr; }
    #more-headers { height: auto; max-height: 6; color: $foreground 60%;
        text-wrap: nowrap; text-overflow: ellipsis; }
    #adds-headers { background: $background; border: none; padding: 0; }
    """

    def __init__(self) -> None:
        super().__init__(id="headers-page")
        self.editor = HeaderEditor("One header on each line, as Name: value", id="headers")
        self._more = Static(id="more-headers", markup=False)
        self._more.display = False
        self._adds = Tick(_ADDS, True, compact=True, id="adds-headers")
        self._shown: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        yield self.editor
        yield self._more
        yield self._adds

    @property
    def at_cursor(self) -> str:
        """The name of the header that is worked on, "" while none is."""
        return self.editor.name_at_cursor if self.editor.has_focus else ""

    @property
    def adds(self) -> bool:
        """Whether natstap is to add its own headers."""
        return self._adds.value

    @adds.setter
    def adds(self, adds: bool) -> None:
        self._adds.value = adds

    def show(self, draft: Draft, takes_headers: bool) -> int:
        """Show the headers that go out with it and are not written here; how many they are."""
        lines = tuple(f"+ {name}: {value}" for name, value in more_headers(draft, takes_headers))
        said = (*lines, _REFUSED) if draft.adds_headers and not takes_headers else lines
        if said != self._shown:
            self._shown = said
            self._more.display = bool(said)
            self._more.update(Content("\n").join(Content(clean(line)) for line in said))
        return len(lines)


def more_headers(draft: Draft, takes_headers: bool = True) -> Iterator[tuple[str, str]]:
    """Headers of a rendered draft beside `Draft.headers`, as people read them."""
    if takes_headers:
        yield from draft.added_headers(FRESH)
    if draft.correlation_id:
        yield CORRELATION_ID, draft.correlation_id
    yield from field_headers(draft)
    if draft.kind.streamed:
        yield from _streamed(draft)
    if draft.trace:
        yield TRACE_DEST, _INBOX


def _streamed(draft: Draft) -> Iterator[tuple[str, str]]:
    names = {name for name, _ in draft.headers}
    to = _INBOX if draft.kind is Kind.STREAM_REQUEST else draft.reply_to
    own = ((REPLY_TO, to), (EXPECTED_STREAM, draft.stream))
    yield from (pair for pair in own if pair[1] and pair[0] not in names)
