"""The line at the top: where natstap is connected, how it goes there, what is watched, what fails.

Each part is a button for what is changed with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual.content import Content
from textual.reactive import reactive

from engine.latency_words import interval
from tui.kit.button_line import ButtonLine, Form, Part
from tui.kit.chart import spark
from tui.safe import abridge, clean, shorten
from tui.theme import label_style

from .status import LEAVING, RECORDED, Status

PALETTE, CONNECT, ENVIRONMENT, WATCH, FAILED, STREAMS, RECORD, PAGE, HELD = (
    "app.command_palette",
    *(
        f"screen.command('desk.{name}')"
        for name in (
            *("connect", "environment", "watch", "failed", "streams"),
            *("record", "page-after", "held"),
        )
    ),
)
"""What a click on a part does."""
_INK = {
    "connected": ("●", "$text-success"),
    RECORDED: ("▷", "$text-accent"),
    LEAVING: ("◌", "$text-warning"),
    "connecting": ("○", "$text-primary"),
    "not answering": ("◌", "$text-warning"),
    "reconnecting": ("◌", "$text-warning"),
}
_ENDED_INK = ("✗", "$text-error")
_WATCHING = "$text-warning"
_QUIET = "$foreground 60%"
_MAX_ENVIRONMENT = 16
"""Cells that the environment's name may take."""
_WATCHED_CELLS = ((12, 24), (8, 24), (3, 12))
"""Ranks, and the cells that the watched subjects have before they give way."""
_CONTEXT = "context "
"""What a source begins with that is a context of the nats CLI and nothing else."""
_NAME = "bold $text-accent"
_NAME_CELLS = ((4, 24), (0, 12))
_SERVER_CELLS = ((15, 40), (4, 24), (1, 14))
"""Ranks, and the cells that the server's address has before they give way."""


class StatusBar(ButtonLine):
    status: reactive[Status] = reactive(Status(), repaint=False)

    def on_mount(self) -> None:
        self.watch_status(self.status)

    async def press(self, name: str) -> None:
        await self.run_action(name)

    def watch_status(self, status: Status) -> None:
        self.parts = tuple(parts_of(status))


def parts_of(status: Status) -> Iterator[Part]:
    """From left to right. What gives way first has the highest rank."""
    yield Part(PALETTE, (Form(7, Content.styled("natstap", "bold $primary")),))
    context = status.source.removeprefix(_CONTEXT) if status.source.startswith(_CONTEXT) else ""
    if status.color and not context:  # its credentials, on another server
        context = status.source.rpartition(_CONTEXT)[2]
    if name := "demo" if status.demo else context:
        yield Part(CONNECT, tuple(_name(name, status.color)))
    if status.read_only:
        yield Part(CONNECT, (Form(0, Content.styled("read-only", "bold $text-warning")),))
    if status.server:
        yield Part(CONNECT, tuple(_server(status.server)))
    yield Part(CONNECT, tuple(_link(status)))
    if not status.server:
        return
    if status.held:
        words = f"◐ {status.held:,} to answer"
        yield Part(HELD, (Form(0, Content.styled(words, "bold $text-warning")),))
    if status.recording:
        yield Part(RECORD, tuple(_recording(status.recording)))
    if status.page:
        yield Part(PAGE, (Form(0, Content.styled(status.page, "$text-accent")),))
    if status.words == RECORDED:
        yield Part(PAGE, (Form(13, Content.styled(shorten(clean(status.source), 40), _QUIET)),))
        if status.failed is not None:
            yield Part(FAILED, tuple(_failures(status.failed)))
        return
    yield Part(ENVIRONMENT, tuple(_environment(status.environment)))
    yield Part(WATCH, tuple(_watched(status)))
    if status.failed is not None:
        yield Part(FAILED, tuple(_failures(status.failed)))
    yield Part(STREAMS, tuple(_jetstream(status)))
    if status.source and not context:
        yield Part(CONNECT, (Form(13, Content.styled(shorten(status.source, 30), _QUIET)),))


def _name(name: str, color: str) -> Iterator[Form]:
    """On a ground of its colour, where it has one: nobody takes it for another."""
    style = label_style(color)
    for rank, cells in _NAME_CELLS:
        shown = shorten(name, cells)
        yield Form(rank, Content.styled(f" {shown} " if style else shown, style or _NAME))


def _server(server: str) -> Iterator[Form]:
    """An address differs at both of its ends."""
    shown = clean(server)
    for rank, cells in _SERVER_CELLS:
        yield Form(rank, Content(abridge(shown, cells)))


def _link(status: Status) -> Iterator[Form]:
    """The state stays: by its word while something is wrong, by its sign while nothing is."""
    glyph, ink = _INK.get(status.words, _ENDED_INK)
    state = Content.styled(f"{glyph} {status.words}", ink)
    age = f" {status.age}" if status.age else ""
    if status.rtt is None:
        yield Form(3, Content.assemble(state, (age, _QUIET)))
        yield Form(0, state)
        return
    rtt = interval(*status.rtt, own=True, figure=_rtt)
    yield Form(16, Content.assemble(state, (f"{age}, {rtt}" if age else f" {rtt}", _QUIET)))
    yield Form(10, Content.assemble(state, (f" {rtt}", _QUIET)))
    yield Form(5, Content.assemble((glyph, ink), (f" {rtt}", _QUIET)))
    yield Form(0, Content.styled(glyph, ink))


def _recording(figures: str) -> Iterator[Form]:
    mark = Content.styled("● REC", "bold $text-error")
    yield Form(8, Content.assemble(mark, (f" {figures}", _QUIET)))
    yield Form(0, mark)


def _environment(name: str) -> Iterator[Form]:
    if not name:
        yield Form(18, Content.styled("no env", _QUIET))
        return
    shown = shorten(clean(name), _MAX_ENVIRONMENT)
    yield Form(9, Content.assemble(("env ", _QUIET), (shown, "$text-accent")))
    yield Form(6, Content.styled(shown, "$text-accent"))


def _watched(status: Status) -> Iterator[Form]:
    if not status.watched and not status.gone and not status.refused:
        yield Form(17, Content.styled("◎ nothing watched", _QUIET))
        return
    counts = (
        (status.gone, f" ◌ {status.gone} gone"),
        (status.refused, f" ◌ {status.refused} refused"),
    )
    lost = "".join(words for count, words in counts if count)
    ending = "" if status.ending is None else f", {status.ending} s left"
    if not (count := len(status.watched)):
        yield Form(1, Content.styled(lost.strip(), _WATCHING))
        return
    labels = "everything" if ">" in status.watched else ", ".join(status.watched)
    rate = f" {status.rates[-1]:,}/s" if status.rates else ""
    drawn = f" {spark(status.rates, len(status.rates))}" if any(status.rates) else ""
    for rank, cells in _WATCHED_CELLS:
        said = (f"◎ {shorten(labels, cells)}{ending}", _WATCHING), rate
        yield Form(rank, Content.assemble(*said, (drawn, "$text-primary"), (lost, _WATCHING)))
        drawn = ""
    yield Form(1, Content.styled(f"◎ {count}{ending}{lost}", _WATCHING))


def _failures(share: float) -> Iterator[Form]:
    percent = f"{100 * share:.1f}".removesuffix(".0")
    ink = "$text-error" if share else _QUIET
    sign = "✗" if share else "✓"
    words = f"{sign} {percent} %"
    yield Form(11, Content.styled(f"{words} failed", ink))
    yield Form(2, Content.styled(words, ink))


def _jetstream(status: Status) -> Iterator[Form]:
    if status.quorum:
        words, _, _ = status.quorum.partition(":")
        yield Form(4, Content.styled(f"◌ {words}", "$text-error"))
        return
    no = "" if status.jetstream else "no "
    yield Form(14, Content.styled(f"{no}JetStream", _QUIET))


def _rtt(seconds: float) -> str:
    ms = seconds * 1000
    return f"{ms:.1f} ms" if ms < 99.95 else f"{ms:.0f} ms"
