"""What a frame of the exchange list costs, beside a DataTable with the same rows.

Both show the same cells in the same columns, and run in the same app in turn, rounds interleaved,
the order turned round every other time. A frame adds a screenful of exchanges and follows the end,
so that every line changes.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from statistics import median

from rich.text import Text
from textual.app import App, ComposeResult
from textual.widget import Widget
from textual.widgets import DataTable

from engine.journal import Journal
from engine.journal.view import View
from engine.message import publish_frame, split_frame
from tui.exchanges.exchange_list import ExchangeList
from tui.exchanges.exchange_rows import COLUMNS, ExchangeRows
from tui.kit.columns import fitted

SIZE = (160, 50)
ROUNDS, FRAMES, TABLE_FRAMES = 6, 16, 4
HISTORY = 1000
"""Exchanges that are there before the first frame is measured."""


class Feed:
    """A journal, and the rows of its exchanges."""

    def __init__(self) -> None:
        self.journal = Journal()
        self.rows = ExchangeRows(View(self.journal))
        self.count = 0
        self._seen = self.journal.sink(1)

    def put(self, subject: bytes, reply: bytes, body: bytes) -> None:
        frame = publish_frame(subject, reply, b"", body)
        _, _, start, head = split_frame(frame)
        self._seen(subject, reply, frame, start, head)

    def ask(self, exchanges: int) -> None:
        """Record exchanges, each with one reply."""
        for _ in range(exchanges):
            self.count += 1
            inbox = b"_INBOX.bench.%d" % self.count
            body = b'{"item": "tea", "qty": %d}' % self.count
            self.put(b"orders.create.%d" % (self.count % 50), inbox, body)
            self.put(inbox, b"", b'{"ok": true}')


class Bench(App[None]):
    CSS = "#list, DataTable { height: 1fr; }"

    def __init__(self, feed: Feed, shown: str) -> None:
        super().__init__()
        self.feed, self.shown = feed, shown

    def compose(self) -> ComposeResult:
        if self.shown == "list":
            yield ExchangeList(self.feed.journal)
        else:
            yield DataTable(cursor_type="row", show_header=False)


def _fill_list(app: Bench) -> Callable[..., object]:
    one = app.query_one(ExchangeList)

    def frame(count: int = SIZE[1]) -> None:
        app.feed.ask(count)
        one.refresh_from_journal()

    return frame


def _fill_table(app: Bench) -> Callable[..., object]:
    table = app.query_one(DataTable)
    app.feed.ask(1)
    rows = app.feed.rows
    rows.catch_up()
    rows.look(0)
    sizes = fitted(COLUMNS, SIZE[0] - 2, rows.held(COLUMNS))
    for at, width in sizes:
        table.add_column(COLUMNS[at].name, width=width)

    def frame(count: int = SIZE[1]) -> None:
        app.feed.ask(count)
        rows.catch_up()
        for index in range(len(rows) - count, len(rows)):
            table.add_row(*(Text(words) for words, _ in rows.cells(rows.look(index), sizes)))
        table.move_cursor(row=table.row_count - 1)

    return frame


async def painted(widget: Widget) -> None:
    """Wait until what was asked for is painted, and the screen is at rest."""
    done = asyncio.Event()
    widget.screen.call_after_refresh(done.set)
    await done.wait()


async def _cost(app: Bench, frame: Callable[..., object], frames: int) -> float:
    """CPU milliseconds of one frame; what is alive already is no garbage, as in the real app."""
    gc.collect()
    gc.freeze()
    await painted(app.screen)
    begin = time.process_time()
    for _ in range(frames):
        frame()
        await painted(app.screen)
    return (time.process_time() - begin) * 1000 / frames


async def _round(shown: str) -> float:
    """What the picture alone costs: recording and waiting are taken off."""
    app = Bench(Feed(), shown)
    async with app.run_test(size=SIZE) as pilot:
        frame = (_fill_list if shown == "list" else _fill_table)(app)
        frame(HISTORY)
        await pilot.pause()
        cost = await _cost(app, frame, FRAMES if shown == "list" else TABLE_FRAMES)
        return cost - await _cost(app, lambda: app.feed.ask(SIZE[1]), FRAMES)


def _pair(first: str, second: str) -> dict[str, float]:
    return {shown: asyncio.run(_round(shown)) for shown in (first, second)}


def measure() -> dict[str, float]:
    """Medians in CPU milliseconds for one frame of each, and how many times cheaper ours is."""
    try:
        rounds = [
            _pair(*("list", "table") if number % 2 else ("table", "list"))
            for number in range(ROUNDS)
        ]
    finally:
        gc.unfreeze()
    return {
        "list_ms": median(one["list"] for one in rounds),
        "datatable_ms": median(one["table"] for one in rounds),
        "ratio": median(one["table"] / one["list"] for one in rounds),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:14} {value:8.2f}")
