"""The collection on the screen: saving, finding, sending, hosting, moving, and variables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.desk import HOSTILE, Hand, ask, assert_inert, sitting, small, until
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input

from engine.collection.collection import Collection
from engine.collection.files import InvalidCollection
from engine.collection.variable_lines import parse_lines, write_lines
from engine.drafts.draft import Draft, Kind
from engine.errors import InvalidInput
from engine.journal import State
from engine.responders.reply import ReplyDraft
from tui.collection.collection import CollectionScreen
from tui.collection.environments import Environments
from tui.collection.save_as import SaveAs
from tui.compose.compose import Compose
from tui.kit.editor import Editor
from tui.palette_commands import commands
from tui.table.table import Table

SECRET = "hunter2hunter2"


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """The collection of an app that is started in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Collection(tmp_path / "natstap")


@pytest.fixture
async def hand(collection: Collection) -> AsyncIterator[Hand]:
    async with sitting() as sitting_hand:
        yield sitting_hand


async def open_collection(hand: Hand, *words: str) -> CollectionScreen:
    await hand.press("escape", "c")
    await until(hand.pilot, lambda: isinstance(hand.app.screen, CollectionScreen))
    await hand.see("environment", *words)
    assert isinstance(hand.app.screen, CollectionScreen)
    return hand.app.screen


async def on_the_desk(hand: Hand) -> None:
    await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def choose(hand: Hand, name: str) -> None:
    rows = hand.app.screen.query_one(Table)
    await until(hand.pilot, lambda: name in [row.key for row in rows.source.rows])
    rows.choose(name)
    await hand.see(name.rpartition("/")[2])


def holding(folder: Path, words: str) -> list[Path]:
    """The files that hold these words."""
    return [one for one in folder.rglob("*") if one.is_file() and words in one.read_text()]


def names(collection: Collection) -> list[str]:
    return [one.name for one in collection.load().saved]


# -- saving ----------------------------------------------------------------------------------


@small
async def test_what_is_composed_is_saved_loaded_and_sent(
    size: tuple[int, int], collection: Collection
) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+s")
        await hand.see("Save what is composed")
        assert hand.app.screen.query_one("#save-as").region.height < 12
        await hand.press(*"orders/create")
        await hand.see("create.toml")
        await hand.press("enter")
        await on_the_desk(hand)
        composed = hand.app.desk.query_one(Compose).draft()
    async with sitting(size) as hand:
        assert collection.read("orders/create") == composed
        await open_collection(hand, "orders/", "create", "1 request")
        await choose(hand, "orders/create")
        await hand.press("r")
        await on_the_desk(hand)
        await hand.see("Answered in ")
        assert hand.exchange.state is State.ANSWERED
        await open_collection(hand)
        await choose(hand, "orders/create")
        await hand.press("enter")
        await on_the_desk(hand)
        assert hand.app.desk.query_one(Compose).draft() == composed


async def test_what_came_from_the_collection_is_saved_under_its_name_again(
    collection: Collection, hand: Hand
) -> None:
    collection.save("shop/tea", Draft("a", b"old"))
    await open_collection(hand)
    await choose(hand, "shop/tea")
    await hand.press("enter")
    await on_the_desk(hand)
    await hand.press("ctrl+o", "1", "x")
    await hand.press("ctrl+s")
    await hand.see("Save what is composed", "tea.toml")
    await hand.press("enter")
    await hand.see("shop/tea is there already: Enter again replaces it")
    await hand.press("enter")
    await on_the_desk(hand)
    assert collection.read("shop/tea") != Draft("a", b"old")
    await hand.press("ctrl+n", "x", "ctrl+s")
    await hand.see("Save what is composed", "x.toml")
    await hand.press("enter")
    await on_the_desk(hand)
    assert collection.read("x").subject == "x"


async def test_replacing_asks_first_and_is_undone(collection: Collection, hand: Hand) -> None:
    collection.save("a", Draft("old"))
    await hand.press("ctrl+s")
    await hand.see("Save what is composed")
    await hand.press("a", "enter")
    await hand.see("! a is there already: Enter again replaces")
    assert collection.read("a") == Draft("old")
    await hand.press("enter")
    await on_the_desk(hand)
    assert collection.read("a").subject == "orders.create"
    await open_collection(hand)
    await hand.press("u")
    await hand.see("Undone: replacing a.")
    assert collection.read("a") == Draft("old")
    await hand.press("u")
    await hand.see("Nothing was changed in this run.")


async def test_names_are_completed_and_bad_ones_refused(collection: Collection, hand: Hand) -> None:
    collection.save("orders/create", Draft("a"))
    await hand.press("ctrl+s")
    await hand.see("Save what is composed")
    screen = hand.app.screen
    assert isinstance(screen, SaveAs)
    await until(hand.pilot, lambda: screen._known)
    await hand.press("o")
    field = screen.query_one("#save-name", Input)
    await until(hand.pilot, lambda: field._suggestion)
    await hand.press("right")
    assert field.value == "orders/"
    await hand.press("enter")
    await hand.see("! a name has letters")
    field.value = "../x"
    await until(hand.pilot, lambda: "a name has" not in hand.screen)
    await hand.press("enter")
    await hand.see("! a name has letters")
    field.value = "a" * 300
    await hand.press("enter")
    await hand.see("File name too long")
    await hand.press("escape")
    assert names(collection) == ["orders/create"]


async def test_a_folder_that_cannot_be_written_is_told(collection: Collection, hand: Hand) -> None:
    collection.folder.write_text("not a folder")
    await hand.press("ctrl+s")
    await hand.see("Save what is composed")
    await hand.press("a", "enter")
    await hand.see("! ")
    assert isinstance(hand.app.screen, SaveAs)


async def test_no_secret_is_ever_on_disk(
    collection: Collection, hand: Hand, tmp_path: Path
) -> None:
    headers = (("Authorization", f"Bearer {SECRET}"),)
    draft = Draft("math.add", b'{"password": "%b"}' % SECRET.encode(), headers=headers)
    hand.app.desk.query_one(Compose).load(draft)
    await hand.press("ctrl+s")
    await hand.see("the value of Authorization is a secret: it became a variable")
    await hand.see('"password" in the body is a secret', "NATSTAP_VAR_AUTHORIZATION")
    await hand.press("a", "enter")
    await on_the_desk(hand)
    assert holding(tmp_path, "math.add")
    assert not holding(tmp_path, SECRET)
    screen = await open_collection(hand, "NATSTAP_VAR_PASSWORD")
    await hand.press("r")
    await hand.see("! secrets were not kept: set")
    assert hand.app.screen is screen


# -- the list --------------------------------------------------------------------------------


@small
async def test_an_empty_one_says_how_to_fill_it(
    size: tuple[int, int], collection: Collection
) -> None:
    async with sitting(size) as hand:
        await open_collection(hand, "^S on the desk saves", "natstap", "belongs in git")
        await hand.press("e", "r", "n", "d", "u")
        await hand.see("Nothing was changed in this run.")
        await hand.press("escape")
        await on_the_desk(hand)


@small
async def test_bad_files_are_told_with_their_line(
    size: tuple[int, int], collection: Collection
) -> None:
    collection.save("orders/create", Draft("orders.create"))
    path = collection.folder / "orders" / "bad.toml"
    path.write_text('subject = "a"\nbdy = "x"\n')
    async with sitting(size) as hand:
        await open_collection(hand, "! cannot be read", "1 request", "! 1 cannot be read")
        await choose(hand, "orders/bad")
        await hand.see("line 2: bdy: natstap knows no such field")
        await hand.press("e")
        await hand.see("! this file cannot be read: mend it first")
        path.write_text('subject = "mended"\n')
        await hand.see("mended", "2 requests")
        await hand.press("slash", *"mend")
        await until(hand.pilot, lambda: "orders.create" not in hand.screen)


async def test_a_responder_is_hosted_and_answers(collection: Collection, hand: Hand) -> None:
    collection.save("stand-ins/echo", ReplyDraft("svc.echo"))
    await open_collection(hand, "stand-ins/", "● responder", "1 responder")
    await choose(hand, "stand-ins/echo")
    await hand.press("r")
    await hand.see("! a responder is not sent: Enter hosts it")
    await hand.press("enter")
    await hand.see("● stand-ins/echo answers on svc.echo now")
    session = hand.app.session
    assert session is not None
    await hand.press("e")
    await hand.see("answers on svc.echo already: Enter again hosts a second")
    assert len(session.responders.all) == 1
    await session.responders.all[0].stop()
    await hand.press("e")
    await hand.see("● stand-ins/echo answers on svc.echo now")
    assert [one.on for one in session.responders.all] == [True]
    await hand.press("e")
    await hand.see("already")
    await hand.press("e")
    await until(hand.pilot, lambda: len(session.responders.all) == 2)
    await hand.press("escape")
    await on_the_desk(hand)
    await ask(hand, "svc.echo")
    await hand.see("Answered in ")


async def test_a_responder_that_would_do_harm_is_refused(
    collection: Collection, hand: Hand
) -> None:
    collection.save("bad", ReplyDraft(">"))
    await open_collection(hand)
    await choose(hand, "bad")
    await hand.press("enter")
    await hand.see("! ")
    assert hand.app.session is not None
    assert not hand.app.session.responders.all


async def test_it_is_renamed_deleted_and_both_are_undone(
    collection: Collection, hand: Hand
) -> None:
    collection.save("a", Draft("x"))
    collection.save("b", Draft("y"))
    await open_collection(hand)
    await choose(hand, "a")
    await hand.press("n")
    await hand.see("Rename or move")
    await hand.press("end", "backspace", "b", "enter")
    await hand.see("! there is one of this name already")
    await hand.press("home", *"moved/", "enter")
    await hand.see("It is moved/b now")
    assert names(collection) == ["b", "moved/b"]
    await hand.press("d")
    await hand.see("moved/b is deleted")
    assert names(collection) == ["b"]
    await hand.press("u")
    await hand.see("Undone: deleting moved/b.")
    await hand.press("u")
    await hand.see("Undone: renaming a to moved/b.")
    assert names(collection) == ["a", "b"]
    assert collection.read("a") == Draft("x")


async def test_everything_is_in_the_palette(collection: Collection, hand: Hand) -> None:
    collection.save("a", Draft("x"))
    screen = await open_collection(hand)
    offered = [one.title for one in commands(screen)]
    for word in ("Use", "Send", "Rename", "Delete", "Undo", "Variables", "Search", "Back"):
        assert [one for one in offered if one.startswith(f"{word}: ")], word


async def test_a_row_is_opened_by_clicking_twice(collection: Collection, hand: Hand) -> None:
    collection.save("orders/list", Draft("orders.list"))
    await open_collection(hand)
    await hand.see("list")
    await hand.pilot.click("#catalog-rows", offset=(8, 1))
    await hand.pilot.click("#catalog-rows", offset=(8, 2), times=2)
    await on_the_desk(hand)
    assert hand.app.desk.query_one(Compose).draft().subject == "orders.list"


async def test_what_somebody_else_changed_is_not_undone(collection: Collection) -> None:
    collection.save("a", Draft("x"))
    collection.save("a", Draft("y"))
    (collection.folder / "a.toml").write_text('subject = "theirs"\n')
    with pytest.raises(InvalidCollection, match="changed since by somebody else"):
        collection.undo()
    assert collection.read("a") == Draft("theirs")


async def test_hostile_files_are_inert(collection: Collection) -> None:
    folder = collection.folder / "\x1b]0;OWNED\x07[@click=app.quit]"
    folder.mkdir(parents=True)
    (folder / "\u202egpj.toml").write_text('subject = "a"\n')
    (folder / "bad\x9b1m.toml").write_text("nonsense")
    collection.save("x", Draft(HOSTILE, HOSTILE.encode(), headers=((HOSTILE[:3], HOSTILE),)))
    collection.save("y", Draft("a", HOSTILE.encode(), headers=((HOSTILE[:3], HOSTILE),)))
    async with sitting() as hand:
        await open_collection(hand, "2 requests", "[@click=app.quit]")
        for _ in range(6):
            assert_inert(hand)
            await hand.press("down")
        await hand.press("v")
        await hand.see("Environment")
        assert_inert(hand)


# -- variables -------------------------------------------------------------------------------


async def test_the_collection_opens_on_something_that_can_be_used(collection: Collection) -> None:
    collection.save("a/b/deep", Draft("deep.down"))
    collection.save("z", Draft("z"))
    async with sitting() as hand:
        screen = await open_collection(hand, "deep.down")
        await until(hand.pilot, lambda: screen.catalog.chosen == "a/b/deep")
        await hand.press("enter")
        await on_the_desk(hand)
        assert hand.app.desk.query_one(Compose).draft().subject == "deep.down"


@small
async def test_an_environment_is_made_chosen_and_used(
    size: tuple[int, int], collection: Collection
) -> None:
    collection.save("add", Draft("{{where}}.add", b"[1, 2]", templates=True))
    async with sitting(size) as hand:
        screen = await open_collection(hand, "no value for where")
        await hand.press("r")
        await hand.see("! no value for where")
        await hand.press("v")
        await hand.see("Environment", "● used  none")
        assert isinstance(hand.app.screen, Environments)
        hand.app.screen.query_one("#environment-new").focus()
        await hand.press(*"staging", "enter")
        await until(hand.pilot, lambda: isinstance(hand.app.focused, Editor))
        await hand.see("Variables of staging", "where =")
        await hand.write("math\ntoken = abc")
        await hand.press("ctrl+s")
        await hand.see(
            "✓ staging is saved without token", "Known until natstap ends: token of staging"
        )
        await until(hand.pilot, lambda: "abc" not in hand.screen)
        assert "abc" not in (collection.folder / "env.staging.toml").read_text()
        assert collection.variables("staging", {}) == {"where": "math"}
        assert hand.app.session is not None
        kept = hand.app.session.collection.variables("staging", {})
        assert kept == {"where": "math", "token": "abc"}
        await hand.press("shift+tab", "enter")
        await until(hand.pilot, lambda: hand.app.screen is screen)
        await hand.see("environment staging")
        await choose(hand, "add")
        await hand.press("r")
        await on_the_desk(hand)
        await hand.see("Answered in ")
        assert hand.exchange.subject == "math.add"


async def test_the_environment_is_on_the_desk_and_there_in_the_next_run(
    collection: Collection,
) -> None:
    collection.save_variables("prod", {"a": "1"})
    collection.save_variables("staging", {"a": "2"})
    async with sitting() as hand:
        assert not hand.app.session.environment.name
        screen = await open_collection(hand, "environment none")
        await hand.press("v")
        await hand.see("● used  none")
        await hand.press("down", "down", "enter")
        await until(hand.pilot, lambda: hand.app.screen is screen)
        await hand.press("escape")
        await hand.see("env staging")
    async with sitting() as hand:
        await hand.see("env staging")
    async with sitting(environment="prod") as hand:
        await hand.see("env prod")
    async with sitting(environment="") as hand:
        assert not hand.app.session.environment.name


async def test_a_new_environment_begins_with_the_names_that_are_missing(
    collection: Collection, hand: Hand
) -> None:
    collection.save("a", Draft("quote.{{sku}}", b"{{item}} {{ID}} {{token}}", templates=True))
    await open_collection(hand)
    await hand.press("v")
    await hand.see("● used  none")
    hand.app.screen.query_one("#environment-new").focus()
    await hand.press(*"shop", "enter")
    await hand.see("Variables of shop", "sku =", "item =")
    assert "token" not in hand.app.screen.query_one(Editor).text
    await until(hand.pilot, lambda: isinstance(hand.app.focused, Editor))
    await hand.press(*"tea", "ctrl+s")
    await hand.see("✓ shop is saved")
    assert collection.written_variables("shop") == {"sku": "tea", "item": ""}


async def test_an_environment_is_deleted_and_comes_back(collection: Collection, hand: Hand) -> None:
    collection.save_variables("prod", {"a": "1"})
    assert hand.app.session is not None
    hand.app.session.environment.name = "prod"
    await open_collection(hand, "environment prod")
    await hand.press("v")
    await hand.see("● used  prod", "a = 1")
    await hand.press("d")
    await hand.see("prod is deleted", "● used  none")
    assert collection.environments() == ()
    await hand.press("escape", "u")
    await hand.see("Undone: deleting the environment prod.", "environment none")
    assert collection.variables("prod", {}) == {"a": "1"}


async def test_a_bad_environment_is_told(collection: Collection, hand: Hand) -> None:
    collection.folder.mkdir()
    (collection.folder / "env.bad.toml").write_text("a = \n")
    await open_collection(hand)
    await hand.press("v")
    await hand.see("bad")
    await hand.press("down")
    await hand.see("! ", "line 1", "not valid TOML")
    await hand.press("ctrl+s")
    hand.app.screen.query_one("#environment-new").focus()
    await hand.press(*"../x", "enter")
    await hand.see("cannot be an environment's name")
    assert (collection.folder / "env.bad.toml").read_text() == "a = \n"


@pytest.mark.parametrize(
    ("written", "words"),
    [("a", "line 1 is no variable"), ("x = 1\n= 2", "line 2"), ("a=1\na=2", "line 2: a has a")],
)
def test_lines_that_are_no_variables_are_named(written: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_lines(written)


def test_lines_as_people_write_them() -> None:
    written = "# who\nhost = a b=c\n\nempty =\nquoted = \"two\\nlines\"\n  deep='x'\n"
    assert parse_lines(written) == {
        "host": "a b=c",
        "empty": "",
        "quoted": "two\nlines",
        "deep": "x",
    }
    with pytest.raises(InvalidInput, match="the quotes do not close"):
        parse_lines('a = "x')


values = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["'", '"', " a ", "a\nb", "\0", "\\n", "#", "a = b", "\x85", "\u2028", "'''"]
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,6}", fullmatch=True), values, max_size=4))
def test_variables_are_read_as_they_were_written(given_variables: dict[str, str]) -> None:
    assert parse_lines(write_lines(given_variables)) == given_variables


def test_a_rename_moves_bytes_and_replaces_nothing(collection: Collection) -> None:
    collection.save("a", Draft("x", kind=Kind.PUBLISH))
    path = collection.folder / "a.toml"
    path.write_bytes(b"\xff# not even text\n")
    collection.rename("a", "deep/er/b")
    assert (collection.folder / "deep/er/b.toml").read_bytes() == b"\xff# not even text\n"
    assert not path.exists()
    with pytest.raises(InvalidCollection, match="no such file"):
        collection.rename("a", "c")
    collection.undo()
    assert path.read_bytes() == b"\xff# not even text\n"
