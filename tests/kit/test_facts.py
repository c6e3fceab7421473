"""Names and values: words wrap, headers stay as they were sent."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.kit.facts import Fact, Facts


class Shown(App[None]):
    def __init__(self, facts: list[Fact], headers: bool) -> None:
        super().__init__()
        self.facts = Facts("facts", headers=headers)
        self.given = facts

    def compose(self) -> ComposeResult:
        yield self.facts

    def on_mount(self) -> None:
        self.facts.show(self.given)


async def lines(facts: list[Fact], headers: bool) -> list[str]:
    app = Shown(facts, headers)
    async with app.run_test(size=(30, 12)) as pilot:
        await pilot.pause()
        shown = app.facts
        return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


async def test_words_wrap_and_a_name_that_repeats_is_shown_once() -> None:
    facts = [("Path", "in by a server"), ("Path", "out to a client that is far away")]
    assert await lines(facts, False) == [
        "Path  in by a server",
        "      out to a client that is",
        "      far away",
    ]


async def test_headers_are_shown_as_they_were_sent() -> None:
    long = "v" * 30
    assert await lines([("x", "1"), ("x", "2"), ("x", long), ("y\n", "\x1b[2J")], True) == [
        "x   1",
        "x   2",
        f"x   {long[:26]}",
        f"    {long[26:]}",
        "y␊  ␛[2J",
    ]


async def test_no_headers_is_said() -> None:
    assert await lines([], True) == ["no headers"]
