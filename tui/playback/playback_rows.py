"""What is played back, as rows: a subject that is served, or a request that is sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar

from textual.containers import Vertical

from engine.playback.replay import Replay, ReplayOutcome, ReplayResult
from engine.playback.stub_set import StubFigures, StubSet
from engine.words import counted
from tui.kit.columns import Fitted
from tui.kit.rewriting import retitle
from tui.table.table import Cell, Column, Row, Table

SERVED_COLUMNS = (
    Column("subject", 34, grow=True, middle=True, snug=True),
    Column("recorded", 8, right=True, rank=4),
    Column("asked", 6, right=True),
    Column("answered", 8, right=True),
    Column("silent", 6, right=True, rank=3),
    Column("unseen", 6, right=True, rank=2),
    Column("failed", 6, right=True, rank=1),
    Column("why", 10, grow=True, rank=5),
)
SENT_COLUMNS = (
    Column("at", 9, right=True, rank=2),
    Column("subject", 24, grow=True, middle=True, snug=True),
    Column("now", 15),
    Column("against the recording", 20, grow=True, rank=1),
)
_OUTCOMES = {
    ReplayOutcome.SAME: ("✓", "good"),
    ReplayOutcome.DIFFERENT: ("≠", "warn"),
    ReplayOutcome.STATE: ("✗", "bad"),
    ReplayOutcome.NOT_SENT: ("✗", "bad"),
}


_NOTHING = ("Nothing in there can be played back.",)
_WRONG = ("Nothing, until what is wrong is put right.",)


class PlaybackTables(Vertical):
    """What is served, or what is sent again, each in a table; or what would be."""

    def __init__(self) -> None:
        self._served = Table(SERVED_COLUMNS, "playback-served", _NOTHING)
        self._sent = Table(SENT_COLUMNS, "playback-sent", _NOTHING)
        super().__init__(self._served, self._sent, id="playback-rows", classes="pane")

    def explain(self, wrong: bool) -> None:
        """Say why there is nothing, where there is nothing."""
        self._served.hint = self._sent.hint = _WRONG if wrong else _NOTHING

    def show_served(self, stubs: StubSet | Replay | None, serving: bool) -> Sequence[str]:
        """Gives what is to be said in figures."""
        self._turn(self._served, "Serving" if serving else "What would be served")
        if not isinstance(stubs, StubSet):
            self._served.show(())
            return "play back", "nothing to serve"
        rows = [served_row(*each) for each in stubs.figures.items()]
        self._served.show(rows)
        answers = sum(each.recorded for each in stubs.figures.values())
        state = "serving" if serving else "not serving"
        return state, counted(answers, "answer"), counted(len(rows), "subject")

    def show_sent(self, replay: StubSet | Replay | None, begun: bool) -> Sequence[str]:
        """Gives what is to be said in figures."""
        self._turn(self._sent, "Sent again" if begun else "What would be sent again")
        if not isinstance(replay, Replay):
            self._sent.show(())
            return "play back", "nothing to send"
        self._sent.show(SentRows(replay))
        return sent_figures(replay)

    def _turn(self, table: Table, title: str) -> None:
        for each in (self._served, self._sent):
            each.display = each is table
        retitle(self, title=title)


def served_row(subject: str, figures: StubFigures) -> Row:
    cells = (
        Cell(subject),
        Cell(f"{figures.recorded:,}", "muted"),
        _count(figures.asked),
        _count(figures.answered, "good"),
        _count(figures.silent),
        _count(figures.unseen, "warn"),
        _count(figures.failed, "bad"),
        Cell(figures.trouble, "bad"),
    )
    return Row(subject, cells)


def _count(count: int, role: str = "") -> Cell:
    return Cell(f"{count:,}", role) if count else Cell("·", "muted")


class SentRows:
    """A table's source, in the order in which they are sent."""

    steady: ClassVar[bool] = True

    def __init__(self, replay: Replay) -> None:
        self._requests = replay.requests
        self._results = {result.request.number: result for result in replay.results}

    def __len__(self) -> int:
        return len(self._requests)

    def key(self, index: int) -> int:
        return index

    def place_of(self, key: Hashable, near: int) -> int:
        return key if isinstance(key, int) else near

    def look(self, index: int) -> tuple[int, ReplayResult | None]:
        return index, self._results.get(self._requests[index].number)

    def cells(self, look: Hashable, sizes: Fitted) -> Iterable[Cell]:
        assert isinstance(look, tuple)
        index, result = look
        request = self._requests[index]
        glyph, role = _OUTCOMES[result.outcome] if result is not None else ("", "")
        cells = (
            Cell(f"{request.at:,.1f} s", "muted"),
            Cell(request.draft.subject),
            Cell(f"{glyph} {result.outcome}" if result is not None else "", role),
            Cell(result.words if result is not None else "", "muted"),
        )
        return [cells[at] for at, _ in sizes]

    def held(self, columns: Sequence[Column]) -> tuple[int, ...]:
        return ()


def sent_figures(replay: Replay) -> list[str]:
    """How many were sent, and what came of them."""
    if not replay.results:
        return [counted(len(replay.requests), "request")]
    counts = Counter(str(result.outcome) for result in replay.results)
    done = f"{len(replay.results):,} of {counted(len(replay.requests), 'request')} sent"
    return [done, *(f"{count:,} {outcome}" for outcome, count in counts.most_common())]
