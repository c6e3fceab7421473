"""Expectations on the desk: made of an answer, run with a list of progress, green and red."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.desk import Hand, sitting, sizes, until
from textual.app import App, ComposeResult

from engine.checks.answer import Answer
from engine.checks.checks import Checks
from engine.checks.expect_answer import expect_answer
from engine.checks.judge_answer import judge_answer
from engine.collection.check_text import InvalidCheckText, parse_checks, write_checks
from engine.collection.collection import Collection
from engine.drafts.draft import Draft
from engine.journal.states import State
from engine.message import Message
from engine.runs.result import RunOutcome
from tui.collection.checks_dialog import ChecksDialog
from tui.collection.checks_editor import ChecksEditor
from tui.collection.collection import CollectionScreen
from tui.collection.run_screen import RunScreen

BODY = (
    b'{"order": "A-1001", "item": "tea", "left": 3, "gone": null, "rows": [1, 2],'
    b' "at": {"id": "x", "a b": true}}'
)


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    monkeypatch.chdir(tmp_path)
    return Collection(tmp_path / "natstap")


@pytest.fixture
async def hand(collection: Collection) -> AsyncIterator[Hand]:
    async with sitting() as sitting_hand:
        yield sitting_hand


async def test_an_answer_is_expected_and_run_until_it_differs(
    hand: Hand, collection: Collection
) -> None:
    app = hand.app
    app.desk.load(Draft("math.add", b"[6, 7]"))
    await hand.press("ctrl+j")
    await hand.see("answered", '"result"')
    await hand.press("escape", "T")
    await until(hand.pilot, lambda: isinstance(app.screen, ChecksDialog))
    await hand.see('"$.result" = 13', "hold for this answer")
    await hand.write("math/add")
    await hand.press("ctrl+s")
    await until(hand.pilot, lambda: collection.holds("math/add"))
    saved = collection.read_saved("math/add")
    assert isinstance(saved.what, Draft)
    assert (saved.what.subject, saved.what.body) == ("math.add", b"[6, 7]")
    assert saved.checks.expect.states == ("answered",)
    collection.save("other", Draft("math.add", b"[1, 1]"), saved.checks)

    await hand.press("escape", "c")
    await until(hand.pilot, lambda: isinstance(app.screen, CollectionScreen))
    await hand.see("3 checks")
    await hand.press("A")
    await until(hand.pilot, lambda: isinstance(app.screen, RunScreen))
    await hand.see("2 of 2", "1 passed, 1 failed", "$.result: expected 13, found 2")
    assert app.session is not None
    outcomes = {name: result.outcome for name, result in app.session.results.items()}
    assert outcomes == {"math/add": RunOutcome.PASSED, "other": RunOutcome.FAILED}
    await hand.press("escape")
    await hand.see("✓ passed", "✗ failed")


async def test_what_is_composed_is_saved_with_what_it_expects(
    hand: Hand, collection: Collection
) -> None:
    hand.app.desk.load(Draft("math.add", b"[6, 7]"))
    await hand.press("alt+x")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, ChecksDialog))
    editor = hand.app.screen.query_one(ChecksEditor)
    editor.text = "[expect]\nstate = 'nope'"
    await hand.see("line 2: expect.state")
    editor.text = "[expect]\nlatency = '1 s'"
    await hand.write("sum")
    await hand.press("ctrl+s")
    await until(hand.pilot, lambda: collection.holds("sum"))
    assert collection.read_saved("sum").checks.expect.latency == 1.0


async def test_a_saved_request_is_checked_when_it_is_sent(
    hand: Hand, collection: Collection
) -> None:
    checks = Checks.read({"expect": {"json": {"$.result": 14}}})
    collection.save("sum", Draft("math.add", b"[6, 7]"), checks)
    hand.app.desk.load(Draft("math.add", b"[6, 7]"))
    hand.app.desk.composer.saved_as = "sum"
    await hand.press("ctrl+j")
    session = hand.app.session
    assert session is not None
    await until(hand.pilot, lambda: "sum" in session.results)
    result = session.results["sum"]
    assert result.outcome is RunOutcome.FAILED
    assert result.faults == ("$.result: expected 14, found 13",)


class Editing(App[None]):
    def compose(self) -> ComposeResult:
        yield ChecksEditor("", "checks-text")


@pytest.mark.parametrize(
    ("written", "rest"),
    [
        ("[exp", "ect]"),
        ("nee", 'ds = "'),
        ("[expect]\nst", 'ate = "answered"'),
        ('[expect]\nstate = "timed', "-out"),
        ("[expect.headers]\nx = { mat", "ches"),
        ('[expect.json]\n"$.', ""),
        ("[take]\nsta", ""),
    ],
)
async def test_what_can_stand_there_is_completed(written: str, rest: str) -> None:
    async with Editing().run_test(size=(60, 10)) as pilot:
        editor = pilot.app.query_one(ChecksEditor)
        editor.text = written
        editor.move_cursor(editor.document.end)
        editor.update_suggestion()
        assert editor.suggestion == rest


def test_an_answer_meets_what_is_expected_of_it() -> None:
    for state, body in ((State.ANSWERED, BODY), (State.ANSWERED, b"text"), (State.NONE, b"")):
        answer = Answer(state, (Message("_INBOX.1", body),) if body else ())
        expect = expect_answer(answer)
        assert all(judged.holds for judged in judge_answer(expect, answer))
        checks = Checks(expect=expect)
        assert parse_checks(write_checks(checks)) == checks
    written = write_checks(Checks(expect=expect_answer(Answer(state, (Message("a", BODY),)))))
    assert '"$.order" = { type = "string" }' in written
    assert '"$.item" = "tea"' in written
    assert '"$.rows" = { length = 2 }' in written


def test_only_checks_stand_in_their_text() -> None:
    with pytest.raises(InvalidCheckText, match="line 2: subject"):
        parse_checks("needs = 'a'\nsubject = 'b'")


@sizes
async def test_it_fits(size: tuple[int, int], collection: Collection) -> None:
    collection.save("a", Draft("stock.check"))
    async with sitting(size=size) as hand:
        await hand.press("escape", "c")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, CollectionScreen))
        await hand.see("stock.check")
        await hand.press("J")
        await hand.see("1 of 1", "✗ failed", "Again")
        await hand.press("x")
        await hand.see('state = "no-responders"', "Save")
