"""What can be done with a body that is shown, by keys."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from helpers.desk import ask, sitting, until
from helpers.quick_paint import painted
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from engine.secrets.known_secrets import KnownSecrets
from tui.body.copy import MAX_COPIED
from tui.body.pane import BodyPane
from tui.body.view import BodyView

ROWS = [{"sku": f"tea-{number}", "qty": number} for number in range(30)]
BODY = json.dumps({"rows": ROWS, "total": 8.4}).encode()


class Reply(App[None]):
    def __init__(self, body: bytes, editable: bool) -> None:
        super().__init__()
        self.view = BodyView(body)
        self.pane = BodyPane(self.view, editable=editable)
        self.secrets = KnownSecrets()
        self.edited: list[bytes] = []
        self.said: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.pane

    def on_body_pane_edited(self, event: BodyPane.Edited) -> None:
        self.edited.append(event.body)

    def notify(self, message: str, **more: object) -> None:
        self.said.append(message)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """There is no terminal to give away."""
        yield


class Hand:
    """Somebody who looks at a body."""

    def __init__(self, app: Reply, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        await self.press(*("space" if char == " " else char for char in text))

    async def see(self, *words: str) -> None:
        try:
            await until(self.pilot, lambda: all(word in self.screen for word in words))
        except TimeoutError:
            raise AssertionError(f"{words} not in:\n{self.screen}") from None

    async def hear(self, words: str) -> None:
        await until(self.pilot, lambda: any(words in said for said in self.app.said))

    async def copied(self, text: str) -> None:
        await until(self.pilot, lambda: self.app.clipboard == text)

    @property
    def screen(self) -> str:
        lines = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join(line.text for line in lines)

    @property
    def cursor(self) -> int:
        return self.app.view.at.line


@asynccontextmanager
async def looking(
    body: bytes = BODY, size: tuple[int, int] = (80, 14), editable: bool = False
) -> AsyncIterator[Hand]:
    """Each change is drawn: a body scrolls by what was drawn of it."""
    app = Reply(body, editable)
    with painted():
        async with app.run_test(size=size) as pilot:
            app.view.focus()
            await pilot.pause()
            yield Hand(app, pilot)


# -- where one is --------------------------------------------------------------------------


async def test_it_says_where_one_is() -> None:
    async with looking() as hand:
        await hand.see(f"JSON, {len(BODY):,} bytes", "line 1 of 125", "$")
        await hand.press(*["down"] * 4)
        await hand.see("line 5 of 125", "$.rows[0].qty")
        await hand.press("end", "up")
        await hand.see("line 124 of 125", "$.total")


async def test_a_line_is_gone_to_by_its_number() -> None:
    async with looking() as hand:
        await hand.press("colon")
        await hand.write("84")
        await hand.see("$.rows[20].sku")
        await hand.press("enter", "down")
        await hand.see("$.rows[20].qty")
        await hand.press("colon")
        await hand.write("x")
        await hand.see("not a number")
        await hand.press("escape")
        assert hand.app.focused is hand.app.view


# -- searching -----------------------------------------------------------------------------


async def test_a_word_is_searched_and_counted() -> None:
    async with looking() as hand:
        await hand.press("slash")
        await hand.write("TEA-2".lower())
        await hand.see("1 of 11", "$.rows[2].sku")
        await hand.press("enter", "n")
        await hand.see("2 of 11", "$.rows[20].sku")
        await hand.press("N", "N")
        await hand.see("11 of 11", "$.rows[29].sku")
        await hand.press("n")
        await hand.see("1 of 11")
        await hand.press("escape")
        await until(hand.pilot, lambda: "of 11" not in hand.screen)
        assert hand.app.view.at.path == "$.rows[2].sku"


async def test_what_is_not_there_is_told() -> None:
    async with looking() as hand:
        await hand.press("slash")
        await hand.write("coffee")
        await hand.see("not found")


async def test_letters_typed_right_after_the_key_are_the_word() -> None:
    async with looking() as hand:
        for key in ("slash", "t", "o", "t", "a", "l"):
            hand.app.simulate_key(key)  # without waiting, as from a quick hand
        await hand.see("/ total", "1 of 1", "$.total")


async def test_a_match_far_to_the_right_is_brought_into_sight() -> None:
    async with looking(b"x" * 5_000 + b"needle" + b"y" * 5_000) as hand:
        await hand.press("slash")
        await hand.write("needle")
        await hand.see("xneedley")
        await hand.press("enter", "W", "slash")
        await hand.write("needle")
        await hand.see("needle")


async def test_a_match_in_what_is_folded_unfolds_it() -> None:
    async with looking() as hand:
        await hand.press("down", "z")
        await hand.see('"rows": [', "… 121 lines", '"total": 8.4')
        await hand.press("slash")
        await hand.write("tea-7")
        await hand.see('"sku": "tea-7"')


# -- folding and wrapping ------------------------------------------------------------------


async def test_what_the_cursor_is_in_is_folded() -> None:
    async with looking() as hand:
        await hand.press(*["down"] * 3, "z")
        await hand.see("… 3 lines", "$.rows[0]", '"sku": "tea-1"')
        await hand.press("down")
        await hand.see("$.rows[1]")
        await hand.press("up", "z")
        await hand.see('"sku": "tea-0"')


async def test_a_long_line_is_wrapped_and_read_to_its_end() -> None:
    body = " ".join(f"word{number}" for number in range(400)).encode()
    async with looking(body, (40, 10)) as hand:
        assert "word399" not in hand.screen
        await hand.press("W")
        await hand.see("word5")
        await hand.press("end")
        await hand.see("word399")
        await hand.press("W")
        await hand.see("word0")


@pytest.mark.parametrize("line", ["日本" * 300, "é" * 500, "a\tb" * 200, "\u202e" * 100])
async def test_what_is_wrapped_is_all_there(line: str) -> None:
    async with looking(line.encode(), (41, 40)) as hand:
        await hand.press("W")
        shown = hand.app.view
        strips = shown.render_lines(shown.size.region)
        text = "".join(strip.text[: strip.cell_length - 1].rstrip(" ▐") for strip in strips)
        assert text.replace(" ", "") == shown.at.shown(0).replace(" ", "")


# -- copying -------------------------------------------------------------------------------


async def test_the_whole_the_value_and_the_path_are_copied() -> None:
    async with looking() as hand:
        await hand.press("Y")
        await hand.copied(BODY.decode())
        await hand.press(*["down"] * 3, "y")
        await hand.copied("tea-0")
        await hand.press("p")
        await hand.copied("$.rows[0].sku")
        await hand.press("up", "y")
        await hand.copied('{"sku": "tea-0", "qty": 0}')
        await hand.hear("Sent to the terminal's clipboard: the value under the cursor, 26 bytes.")


async def test_the_selected_text_is_copied() -> None:
    async with looking(b"first line\nsecond line") as hand:
        await hand.press("y")
        await hand.copied("first line")
        await hand.pilot.mouse_down(hand.app.view, offset=(0, 1))
        await hand.pilot.hover(hand.app.view, offset=(5, 1))
        await hand.pilot.mouse_up(hand.app.view, offset=(5, 1))
        await hand.press("y")
        await hand.copied("second")
        await hand.press("p")
        await hand.hear("Only JSON has paths.")


async def test_secrets_are_copied_when_they_are_asked_for_twice() -> None:
    secret = "hunter2-is-not-a-password"
    async with looking(json.dumps({"a": 1, "note": f"it is {secret}"}).encode()) as hand:
        hand.app.secrets.learn("pass", secret)
        await hand.press("Y")
        await hand.hear("without <pass>.")
        assert secret not in hand.app.clipboard
        await hand.press("Y")
        await hand.hear("with its secrets, ")
        assert secret in hand.app.clipboard


async def test_what_is_too_large_for_a_clipboard_is_not_copied() -> None:
    async with looking(b"x" * (MAX_COPIED + 1)) as hand:
        await hand.press("Y")
        await hand.hear("too large for the clipboard")
        assert not hand.app.clipboard


# -- a part of it --------------------------------------------------------------------------


async def test_a_path_shows_a_part_while_it_is_typed() -> None:
    async with looking() as hand:
        await hand.press("full_stop")
        await hand.write("rows[")
        await hand.see("not a path")
        await hand.write("3")
        await hand.write("]")
        await hand.see('"sku": "tea-3"', "▸ rows[3]", "line 1 of 4")
        await hand.press("enter", "down", "y")
        await hand.copied("tea-3")
        await hand.press("escape")
        await hand.see("line 1 of 125")


async def test_what_is_looked_at_stays_until_another_path_is_written() -> None:
    async with looking() as hand:
        await hand.press("down", "down", "full_stop", "escape")
        assert hand.cursor == 2
        await hand.press("down")
        hand.app.pane.show(BODY)
        assert hand.cursor == 3
        hand.app.pane.show(b"[1]")
        await hand.see("line 1 of 3")


async def test_a_search_goes_on_where_the_body_is_shown_as_bytes() -> None:
    async with looking() as hand:
        await hand.press("slash")
        await hand.write("tea-2")
        await hand.see("1 of 11")
        await hand.press("enter", "x", "n", "n")
        await hand.see("2 of 11", "|", "tea-2")


async def test_a_body_that_is_not_json_has_no_paths() -> None:
    async with looking(b"plain text") as hand:
        await hand.press("full_stop")
        await hand.see("not JSON")
        await hand.press("escape")
        await hand.see("plain text")


# -- outside -------------------------------------------------------------------------------


async def test_it_is_saved_and_no_file_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with looking() as hand:
        await hand.press("D", "enter")
        await hand.hear(f"The body is saved in {tmp_path}/body.json.")
        saved = tmp_path / "body.json"
        assert saved.read_bytes() == BODY
        assert saved.stat().st_mode & 0o777 == 0o600
        saved.write_bytes(b"mine")
        await hand.press("D")
        await hand.see("body-2.json")
        await hand.press("end", *["left"] * 5, "backspace", "backspace")
        await hand.see("This file exists")
        await hand.press("enter")
        assert saved.read_bytes() == b"mine"
        await hand.press("ctrl+r")
        await until(hand.pilot, lambda: saved.read_bytes() == BODY)


def program(folder: Path, script: str) -> str:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return str(path)


async def test_an_editor_gets_a_private_file_that_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = tmp_path / "notes"
    script = f'echo "$1" > {notes}; stat -c %a "$1" >> {notes}; cat "$1" >> {notes}; echo >> "$1"'
    monkeypatch.setenv("EDITOR", program(tmp_path, script))
    monkeypatch.delenv("VISUAL", raising=False)
    async with looking(editable=True) as hand:
        await hand.press("E")
        await until(hand.pilot, notes.exists)
        await until(hand.pilot, lambda: len(notes.read_text().splitlines()) == 3)
        name, mode, written = notes.read_text().splitlines()
        assert (mode, written) == ("600", BODY.decode())
        assert name.endswith(".json")
        await until(hand.pilot, lambda: not Path(name).parent.exists())
        assert not hand.app.edited, "an editor ends a file with a line break"


@pytest.mark.parametrize("editable", [True, False])
async def test_what_was_edited_comes_back_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, editable: bool
) -> None:
    monkeypatch.setenv("VISUAL", program(tmp_path, 'printf "%s" "[2]" > "$1"'))
    async with looking(b"[1]", editable=editable) as hand:
        await hand.press("E")
        if editable:
            await until(hand.pilot, lambda: hand.app.edited == [b"[2]"])
        else:
            await hand.hear("not kept")


@pytest.mark.parametrize(
    ("value", "said"),
    [("nowhere-to-be-found", "no program"), ("'", "not a command")],
)
async def test_without_an_editor_it_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", value)
    async with looking() as hand:
        await hand.press("E")
        await hand.hear(said)


async def test_a_pager_gets_the_lines_as_they_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", program(tmp_path, f'cp "$1" {tmp_path}/seen'))
    async with looking(b'{"a":1}') as hand:
        await hand.press("P")
        await until(hand.pilot, (tmp_path / "seen").exists)
        await until(hand.pilot, lambda: (tmp_path / "seen").read_text() == '{\n  "a": 1\n}\n')


# -- on the desk ---------------------------------------------------------------------------


async def test_a_reply_is_copied_by_one_key_and_searched_by_two() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        await hand.press("escape", "Y")
        await until(hand.pilot, lambda: '"order"' in hand.app.clipboard)
        await hand.press("3", "slash")
        await hand.write("served")
        await hand.see("1 of 1", "$.served_by")
        await hand.press("escape", "right_square_bracket", "slash")
        await until(hand.pilot, lambda: hand.app.desk.exchanges.has_focus_within)


async def test_compose_is_written_in_an_editor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", program(tmp_path, 'printf "%s" "[2]" > "$1"'))
    async with sitting() as hand:

        @contextmanager
        def suspend() -> Iterator[None]:
            yield

        monkeypatch.setattr(hand.app, "suspend", suspend)
        await hand.press("alt+e")
        await until(hand.pilot, lambda: hand.app.desk.composer.draft().body == b"[2]")
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: b"tea" in hand.app.desk.composer.draft().body)


async def test_what_is_composed_is_read_with_the_same_tools() -> None:
    async with sitting() as hand:
        await hand.press("alt+v", "down", "y")
        await until(hand.pilot, lambda: hand.app.clipboard == "tea")
        await hand.press("slash", "q", "t", "y")
        await hand.see("The body to be sent", "$.qty", "1 of 1")
        await hand.press("escape", "escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_the_sides_of_a_comparison_are_read_with_the_same_tools() -> None:
    async with sitting() as hand:
        await ask(hand, "orders.create", '{"item": "tea", "qty": 1}')
        await hand.see("Answered in")
        await ask(hand, "orders.create", '{"item": "coffee", "qty": 2}')
        await hand.see("2 exchanges")
        await hand.press("escape", "equals_sign")
        await hand.see("Compare", "coffee")
        await hand.press("less_than_sign", *["down"] * 2, "y")
        await until(hand.pilot, lambda: hand.app.clipboard == "tea")
        await hand.press("escape", "greater_than_sign", *["down"] * 2, "y")
        await until(hand.pilot, lambda: hand.app.clipboard == "coffee")
