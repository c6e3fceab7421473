"""A body that is not JSON or text on the screen: what it is read as, why, and another choice."""

from __future__ import annotations

import sys

import msgpack
from helpers.desk import until
from helpers.packed import gzipped
from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from engine.content.content import Envelope
from engine.content.reader import BodyReader
from engine.content.settings import read_tables
from tui.body.choose_content import take
from tui.body.pane import BodyPane
from tui.body.view import BodyView

ORDER = {"id": 7, "items": [{"sku": "tea", "qty": 2}]}
PACKED = gzipped(msgpack.packb(ORDER))


class Reply(App[None]):
    def __init__(self, reader: BodyReader | None = None) -> None:
        super().__init__()
        self.reader = reader or BodyReader()
        self.pane = BodyPane(BodyView())
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_mount(self) -> None:
        self.pane.view.focus()

    def show(self, body: bytes, subject: str = "orders.17.new") -> None:
        self.pane.show(body, self.reader.envelope(subject))

    def notify(self, message: str, **more: object) -> None:
        self.said.append(message)

    @property
    def told(self) -> str:
        title = self.pane.border_title
        return title.plain if isinstance(title, Content) else str(title)

    @property
    def lines(self) -> list[str]:
        at = self.pane.view.at
        return [at.shown(line) for line in range(len(at.lines))]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)


async def test_what_is_read_is_laid_out_searched_filtered_and_copied() -> None:
    app = Reply()
    async with app.run_test(size=(120, 30)) as pilot:
        app.show(PACKED)
        await until(pilot, lambda: app.told.startswith("gzip > MessagePack, "))
        assert "it begins like gzip; it reads as MessagePack" in app.told
        assert app.lines[1:3] == ['  "id": 7,', '  "items": [']
        await press(pilot, *"/tea", "enter")
        await until(pilot, lambda: app.pane.view.at.line == 4)
        assert app.pane.view.at.path == "$.items[0].sku"
        await press(pilot, "escape", "Y")
        await until(pilot, lambda: app.clipboard.startswith('{"id": 7'))
        await press(pilot, "full_stop", *"items[0].qty")
        await until(pilot, lambda: app.lines == ["2"])
        await press(pilot, "escape", "escape")
        await until(pilot, lambda: len(app.lines) == 9)
        await press(pilot, "x")
        await until(pilot, lambda: app.told.startswith("hex, "))
        assert "1f 8b 08" in app.lines[0]


async def test_another_content_is_chosen_by_key_for_all_subjects_like_it() -> None:
    app = Reply()
    async with app.run_test(size=(120, 30)) as pilot:
        app.show(msgpack.packb([1, 2]))
        await until(pilot, lambda: app.told.startswith("MessagePack, "))
        await press(pilot, "B", *"cbor")
        await press(pilot, "enter")
        await until(pilot, lambda: "you chose so" in app.told or "not CBOR" in app.told)
        assert app.reader.chosen == {"orders.*.new": "cbor"}
        assert app.said == ["Bodies on orders.*.new are read as CBOR from now on."]
        app.show(b"\x81\x07", "orders.18.new")
        await until(pilot, lambda: app.told.startswith("CBOR, 2 bytes  you chose so"))
        take(app.pane, "")
        await until(pilot, lambda: "you chose so" not in app.told)
        assert app.reader.chosen == {}


async def test_a_wrong_body_says_what_is_wrong_and_where() -> None:
    app = Reply()
    async with app.run_test(size=(120, 30)) as pilot:
        app.show(PACKED[:-12])
        await until(pilot, lambda: "not gzip at byte" in app.told)
        assert app.told.startswith("hex, ")
        app.pane.show(PACKED[:-12], Envelope("other"))


async def test_a_command_of_the_user_is_waited_for_and_shown() -> None:
    code = "import sys; print(sys.stdin.buffer.read().hex())"
    settings, problems = read_tables({"translate": {"legacy": [sys.executable, "-c", code]}})
    assert problems == []
    app = Reply(BodyReader(settings))
    async with app.run_test(size=(120, 30)) as pilot:
        app.show(b"\x01\x02", "legacy")
        assert app.told.endswith("reading…  line 1 of 1") or "reading…" in app.told
        await until(pilot, lambda: app.told.startswith("your command, 2 bytes"))
        assert app.lines == ["0102"]
