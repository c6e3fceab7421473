"""What natstap remembers from one run to the next, and that it writes nothing it should not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.desk import Hand, sitting, sitting_alone, until
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot

from engine import whole_file
from engine.content.content import Side
from engine.drafts.draft import Draft
from engine.profile.known_places import LAST, PRIVATE, Places
from tui.app import NatstapApp
from tui.kit.pane_layout import shares_of
from tui.remembered import DRAFTS, MAX_DRAFTS, MAX_SERVERS, SERVERS, Remembered, default_path

NAMES = st.sampled_from(["a", "b", "c"])
PATHS = st.tuples(NAMES) | st.tuples(NAMES, NAMES) | st.tuples(NAMES, NAMES, NAMES)
CHANGES = st.dictionaries(PATHS, st.none() | st.booleans() | st.text(max_size=3), max_size=3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def held(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_bytes())
    return found


# -- the file --------------------------------------------------------------------------------


def test_two_natstaps_keep_what_the_other_remembers(path: Path) -> None:
    one, other = Remembered(path), Remembered(path)
    one.change({("borders", "rows"): 0.3, (SERVERS, "a", "watched"): ["x.>"]})
    other.change({("borders", "columns"): 0.7, (SERVERS, "b", "watched"): ["y.>"]})
    one.change({("theme",): "nord", ("borders", "rows"): 0.3})
    found = Remembered(path)
    assert found.shares == {"rows": 0.3, "columns": 0.7}
    assert (found.watched("a"), found.watched("b"), found.theme) == (("x.>",), ("y.>",), "nord")


async def test_what_bodies_are_read_as_and_pinned_shapes_are_remembered() -> None:
    shape = {"type": "object", "required": ["id"]}
    async with sitting() as hand:
        hand.app.reader.choose("orders.*", "msgpack")
        hand.app.reader.choose("gone.*", "cbor")
        hand.app.reader.choose("gone.*", "")
        hand.app.session.schemas.pin("orders.*", Side.REPLY, shape)
        await hand.app.desk.remembering.look()
    found = Remembered()
    assert found.contents == {"orders.*": "msgpack"}
    assert found.schemas == {"orders.*": {"reply": shape}}
    async with sitting() as hand:
        assert hand.app.reader.chosen == {"orders.*": "msgpack"}
        assert hand.app.session.schemas.pinned == {"orders.*": {"reply": shape}}


@given(changes=st.lists(CHANGES, max_size=4))
def test_what_was_changed_last_is_remembered(
    changes: list[dict[tuple[str, ...], object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("state") / "state.json"
    remembered = Remembered(path)
    for change in changes:
        remembered.change(change)
    assert Remembered(path)._found == remembered._found
    for names, value in (changes[-1] if changes else {}).items():
        longer = [other for other in changes[-1] if other != names and _overlap(other, names)]
        if not longer:
            found: object = remembered._found
            for name in names:
                found = found.get(name) if isinstance(found, dict) else None
            assert found == value


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def test_nothing_is_written_where_nothing_changed(path: Path) -> None:
    remembered = Remembered(path)
    remembered.change({("theme",): None})
    assert not path.exists()
    remembered.change({("theme",): "nord"})
    path.unlink()
    remembered.change({("theme",): "nord"})
    assert not path.exists()


@pytest.mark.parametrize("broken", [b"", b"\xff", b"[]", b'{"theme": "nord', b"[" * 100_000])
def test_a_broken_file_is_kept_beside_the_new_one(path: Path, broken: bytes) -> None:
    path.write_bytes(broken)
    remembered = Remembered(path)
    assert (remembered.theme, remembered.shares, remembered.drawer) == ("", {}, True)
    remembered.change({("theme",): "nord"})
    assert Remembered(path).theme == "nord"
    assert path.with_name("state.json.broken").read_bytes() == broken


def test_values_of_another_type_are_as_if_they_were_not_there(path: Path) -> None:
    odd = {"theme": 7, "borders": {"a": "x", "b": 0.5, "c": 9.0}, "drawer": 1, SERVERS: {"s": []}}
    path.write_text(json.dumps(odd))
    found = Remembered(path)
    assert (found.theme, found.shares, found.drawer) == ("", {"b": 0.5}, True)
    assert (found.watched("s"), found.drafts("s")) == ((), ())


def test_it_remembers_so_many_servers(path: Path) -> None:
    remembered = Remembered(path)
    for number in range(MAX_SERVERS + 2):
        remembered.change({(SERVERS, str(number), "watched"): ["x"]})
    remembered.change({(SERVERS, "2", "watched"): ["y"], (SERVERS, "3", "watched"): None})
    servers = held(path)[SERVERS]
    assert isinstance(servers, dict)
    assert len(servers) == MAX_SERVERS - 1
    assert list(servers)[-1] == "2"


# -- on the desk -----------------------------------------------------------------------------


async def remembers(hand: Hand) -> None:
    await hand.app.desk.remembering.look()


async def test_the_desk_is_as_it_was_left() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+shift+down", "escape", "b")
        await hand.see("2 Exchanges")
        hand.app.theme = "natstap-light"
        left = dict(shares_of(hand.app))
    assert left
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session is not None)
        assert app.theme == "natstap-light"
        assert shares_of(app) == pytest.approx(left, abs=0.001)
        assert not app.desk.room.open
        assert app.desk.exchanges.has_focus_within


async def test_what_was_composed_is_there_again_without_its_secrets() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+o", "1", "home", "shift+end", "delete")
        await hand.write("orders.half")
        await hand.press("tab", "ctrl+home", "ctrl+shift+end", "delete")
        await hand.write('{"password": "hunter2-and-more"}')
        await until(hand.pilot, lambda: _composed(hand.app) == "orders.half")
    written = default_path().read_text()
    assert "hunter2" not in written
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.session is not None and _composed(app) == "orders.half")
        draft = app.desk.composer.unfinished()
        assert draft is not None
        assert draft.templates
        assert b"{{password}}" in draft.body


def _composed(app: NatstapApp) -> str:
    return app.desk.composer.subject.value


async def test_what_the_demo_offers_is_not_remembered() -> None:
    async with sitting() as hand:
        await remembers(hand)
        assert Remembered().drafts(PRIVATE) == ()


def test_two_at_once_keep_a_draft_each_and_none_is_lost(path: Path) -> None:
    def composed(remembered: Remembered, subject: str, again: bool = False) -> None:
        draft = {"subject": subject}
        remembered.change({(SERVERS, "s", DRAFTS, remembered.run): draft}, again)

    def kept() -> list[str]:
        return [draft["subject"] for draft in Remembered(path).drafts("s")]

    first = Remembered(path)
    composed(first, "a")
    second = Remembered(path)
    composed(second, "a")  # what it found there
    assert kept() == ["a"]
    composed(second, "b")
    composed(first, "a", again=True)  # it ends, and has changed nothing since
    assert kept() == ["b", "a"]
    composed(first, "c")
    composed(second, "d")
    assert kept() == ["c", "d"]
    for number in range(2 * MAX_DRAFTS):
        composed(Remembered(path), str(number))
    assert len(kept()) == MAX_DRAFTS


def test_the_draft_of_an_earlier_version_is_read(path: Path) -> None:
    Remembered(path).change({(SERVERS, "s", "draft"): {"subject": "a"}})
    assert [draft["subject"] for draft in Remembered(path).drafts("s")] == ["a"]


async def test_a_draft_that_another_natstap_left_comes_back_by_undo() -> None:
    async with sitting_alone() as hand:
        await hand.write("orders.mine")
        await until(hand.pilot, lambda: _composed(hand.app) == "orders.mine")
        await remembers(hand)
        (server,) = held(default_path())[SERVERS]  # type: ignore[misc]
        other = Remembered()
        theirs = Draft("orders.theirs").to_dict()
        other.change({(SERVERS, str(server), DRAFTS, other.run): theirs})
        flags = hand.app._start.wanted.flags
        app = NatstapApp(flags, {}, demo=False)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await until(pilot, lambda: app.session and _composed(app) == "orders.theirs")
            told = [each.message for each in app._notifications]
            assert "^Z in Compose has 1 draft of another natstap." in told
            await pilot.press("ctrl+z")
            await until(pilot, lambda: _composed(app) == "orders.mine")


async def test_what_the_user_stopped_watching_is_not_offered_again() -> None:
    async with sitting_alone() as hand:
        session = hand.app.session
        assert session is not None
        watch = await session.watches.watch_subjects(["shop.>"])
        await remembers(hand)
        (server,) = held(default_path())[SERVERS]  # type: ignore[misc]
        assert Remembered().watched(str(server)) == ("shop.>",)
        await watch.stop()
        await remembers(hand)
        assert Remembered().watched(str(server)) == ()


async def test_what_was_watched_is_offered_and_not_begun() -> None:
    async with sitting_alone() as hand:
        assert hand.app.session is not None
        await hand.app.session.watches.watch_subjects(["shop.>", "math.*"])
        await remembers(hand)
        (server,) = held(default_path())[SERVERS]  # type: ignore[misc]
    Remembered().change({(SERVERS, PRIVATE, "watched"): ["shop.>"]})
    async with sitting(notifications=True) as hand:
        await hand.see("Last time you watched shop.> here: F10 offers it again.")
        assert hand.app.session is not None
        hand.app.session.watches.before = Remembered().watched(str(server))
        assert hand.app.session.watches.before == ("shop.>", "math.*")
        assert not hand.app.session.watches.asked_for
        await hand.press("ctrl+o", "2", "w")
        await hand.see("Watch others", "shop.> math.*")
        await hand.press("enter")
        await until(hand.pilot, lambda: hand.app.session and hand.app.session.watches.asked_for)


async def test_servers_are_offered_again_and_no_password_is_written() -> None:
    async with sitting() as hand:
        places = hand.app.desk.switching.places
        for line in ("nats://a:1", "nats://ann:hunter2@b:1", "c:1 --user ann --password hunter2"):
            places.take(line)
        await remembers(hand)
    assert "hunter2" not in default_path().read_text()
    found, again = Remembered(), Places({}, {})
    again.begin_with(found.place, (*found.addresses, "--nonsense"))
    listed = {place.name: place for place in again.list()}
    assert listed[PRIVATE].note == LAST
    typed = [place.profile.servers for place in again.list() if place.name == "typed here"]
    assert typed == [("nats://a:1",)]


async def test_where_nothing_can_be_written_it_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    async with sitting(notifications=True) as hand:
        monkeypatch.setattr(whole_file.os, "open", refuse)
        for theme in ("nord", "natstap-light"):
            hand.app.theme = theme
            await remembers(hand)
        told = [each.message for each in hand.app._notifications if "settings" in each.message]
        monkeypatch.undo()
        assert told == ["Could not save your settings: Permission denied."]


async def _theme(app: NatstapApp) -> str:
    async with app.run_test(size=(120, 40)) as pilot:
        return await _begun(app, pilot)


async def _begun(app: NatstapApp, pilot: Pilot[None]) -> str:
    await until(pilot, lambda: app.session is not None)
    return app.theme


async def test_the_flag_goes_before_the_settings_and_these_before_the_last_one(
    tmp_path: Path,
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('theme = "nord"\n')
    Remembered().change({("theme",): "gruvbox"})
    assert await _theme(NatstapApp({}, {}, demo=True)) == "gruvbox"
    assert await _theme(NatstapApp({}, {}, demo=True, config=str(config))) == "nord"
    flag = NatstapApp({}, {}, demo=True, config=str(config), theme="natstap-light")
    assert await _theme(flag) == "natstap-light"
