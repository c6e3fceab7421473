"""A new recipe is one file: the form, the files, the words and the answers follow from it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Checkbox, Input, Select

from engine.collection.collection import Collection
from engine.collection.files import InvalidCollection
from engine.durations import parse_duration
from engine.responders import recipes
from engine.responders.behaviour import InvalidReply
from engine.responders.recipes import RECIPES, by_place
from engine.responders.reply import ReplyDraft
from engine.responders.reply_words import describe
from engine.responders.responder import Responder
from engine.rpc.broker import Broker
from tui.responders.reply_form import ReplyForm

DRAFT = ReplyDraft("count.me", "counter", own=(("step", 5), ("unit", "kg")))


@pytest.fixture(autouse=True)
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One file more in the folder of recipes."""
    folders = [*recipes.__path__, str(Path(__file__).parent / "added")]
    monkeypatch.setattr(recipes, "__path__", folders)
    recipes.load()
    yield
    del RECIPES["counter"], sys.modules[f"{recipes.__name__}.counter"]


class FormApp(App[None]):
    def compose(self) -> ComposeResult:
        yield ReplyForm(ReplyDraft("count.me"), "")


async def test_the_form_has_its_rows_and_gives_its_draft() -> None:
    app = FormApp()
    async with app.run_test() as pilot:
        form = app.query_one(ReplyForm)
        step = app.query_one("#reply-step", Input)
        assert not app.query_one("#reply-step-row").display
        app.query_one("#new-kind", Select).value = "counter"
        await pilot.pause()
        assert app.query_one("#reply-step-row").display
        assert not app.query_one("#reply-bodies").display
        step.value = "5"
        app.query_one("#reply-unit", Input).value = "kg"
        await pilot.pause()
        assert form.draft() == DRAFT
        step.value = "1001"
        with pytest.raises(InvalidReply) as caught:
            form.draft()
        assert caught.value.field == "step"
        step.value = ""
        app.query_one("#reply-since", Input).value = "2 s"
        app.query_one("#reply-down", Checkbox).value = True
        await pilot.pause()
        assert dict(form.draft().own) == {"unit": "kg", "since": 2.0, "down": True}
        form.load(DRAFT, "")
        await pilot.pause()
        assert form.draft() == DRAFT


def test_a_file_keeps_it_and_what_it_says_is_checked(tmp_path: Path) -> None:
    collection = Collection(tmp_path)
    collection.save("count", DRAFT)
    file = tmp_path / "count.toml"
    assert collection.read("count") == DRAFT
    assert "step = 5" in file.read_text()
    assert describe(DRAFT) == "answers count.me in steps of 5"
    for line in ("step = 'x'", "step = 1001", "step = -1", "size = -1", "own = []", "down = 1"):
        recipe = "" if line.startswith("size") else 'recipe = "counter"\n'
        file.write_text(f'kind = "responder"\nsubject = "a"\n{recipe}{line}\n')
        with pytest.raises(InvalidCollection) as caught:
            collection.read("count")
        assert caught.value.line == (4 if recipe else 3)
    file.write_text('kind = "responder"\nsubject = "a"\nrecipe = "counted"\n')
    with pytest.raises(InvalidCollection, match="counter"):
        collection.read("count")


def test_no_file_holds_a_secret_of_its_fields(tmp_path: Path) -> None:
    collection = Collection(tmp_path)
    draft = ReplyDraft("a", "counter").with_own({"unit": "Bearer abcdefgh.ijk"})
    with pytest.raises(InvalidCollection, match="secret"):
        collection.save("count", draft)


async def test_it_answers(broker: Broker) -> None:
    responder = Responder(broker, DRAFT)
    await responder.start()
    answers = [await broker.request(b"", "count.me", timeout=30) for _ in range(2)]
    assert [answer.body for answer in answers] == [b"0 kg", b"5 kg"]
    await responder.stop()


def test_a_time_says_what_counts_where_nothing_is_written() -> None:
    for field in (field for recipe in by_place() for field in recipe.fields):
        if isinstance(field.usual, float) and field.usual:
            assert parse_duration(field.says) == field.usual
