"""The connect screen: where one can go, whether it answers, and the way there, by keys alone."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers.desk import HOSTILE, Hand, all_sizes, ask, assert_inert, small, until
from helpers.home import Home
from helpers.raw import HELLO, FakeServer
from helpers.waiting import until as wait

from engine import NatsBroker, Session
from engine.demo.demo import FIRST
from engine.journal import State
from engine.responders.reply import ReplyDraft
from engine.server.server import EmbeddedServer
from tui.app import NatstapApp
from tui.compose.compose import Compose
from tui.connect import connect
from tui.connect.connect import ConnectScreen
from tui.connect.connect_error import Trouble
from tui.desk.desk import Desk
from tui.exchanges.exchange_list import ExchangeList
from tui.inspect.inspect import Inspect
from tui.kit.confirm import Sure
from tui.responders.responders import Responders

SECRET = "hush-hush"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
async def other() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(config="server_name: other") as running:
        yield running


@asynccontextmanager
async def at_home(
    home: Home, size: tuple[int, int] = (120, 40), *, demo: bool | None = True, **flags: Any
) -> AsyncIterator[Hand]:
    """Natstap of a user who has contexts."""
    app = NatstapApp(flags, home.env, demo=demo)
    async with app.run_test(size=size, notifications=True) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None or isinstance(app.screen, Trouble))
        if demo:
            await hand.see(FIRST[0])
        yield hand


def know(home: Home, name: str, server: EmbeddedServer, **more: Any) -> None:
    own = server.profile()
    home.context(name, **{"url": own.servers[0], "user": own.user, "password": own.password} | more)


async def open_screen(hand: Hand) -> None:
    await hand.press("escape", "C")
    await hand.see("Servers", "private server")


async def choose(hand: Hand, name: str) -> None:
    screen = hand.app.screen
    assert isinstance(screen, ConnectScreen)
    screen.servers.table.focus()
    await hand.press("home")
    for _ in range(20):
        if screen.servers.chosen is not None and screen.servers.chosen.name == name:
            return
        await hand.press("down")
    raise AssertionError(f"{name} not in:\n{hand.screen}")


async def arrive(hand: Hand, server: EmbeddedServer) -> None:
    await until(hand.pilot, lambda: isinstance(hand.app.screen, Desk))
    await hand.see(f"127.0.0.1:{server.port}", "connected")


def session_of(hand: Hand) -> Session:
    assert hand.app.session is not None
    return hand.app.session


# -- what it shows ---------------------------------------------------------------------------


@all_sizes
async def test_it_lists_where_one_can_go_and_looks_at_the_chosen_one(
    size: tuple[int, int], home: Home, other: EmbeddedServer
) -> None:
    know(home, "staging", other, description="the shop")
    async with at_home(home, size) as hand:
        await open_screen(hand)
        await hand.see("● here", "This is where natstap is, and it answers in", "context staging")
        await choose(hand, "context staging")
        await hand.see("Login accepted, and it answers in", "the shop", "with a password")
        await hand.see(f"other at 127.0.0.1:{other.port}", other.version)
        assert other.profile().password not in hand.screen
        await hand.press("escape")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Desk))


async def test_only_the_chosen_server_is_asked_and_only_when_the_cursor_rests(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "REST", 2.0)  # so that a busy machine does not rest on the way
    async with FakeServer.running() as first, FakeServer.running() as second:
        home.context("a", url=first.profile.servers[0])
        home.context("b", url=second.profile.servers[0])
        async with at_home(home) as hand:
            await open_screen(hand)
            await hand.see("it answers in")
            await choose(hand, "context b")
            await until(hand.pilot, lambda: second.connections)
            await hand.see("Login accepted")
            assert (first.connections, second.connections) == (0, 1)
            await hand.press("ctrl+r")
            await until(hand.pilot, lambda: second.connections == 2)
            await until(hand.pilot, lambda: not second.open)


async def test_why_a_server_does_not_answer_is_one_sentence(
    home: Home, other: EmbeddedServer
) -> None:
    home.context("gone", url="nats://127.0.0.1:9")
    know(home, "refused", other, password=SECRET)
    home.context("broken", url="nats://a", creds="~/none.creds")
    async with at_home(home, (200, 60)) as hand:
        await open_screen(hand)
        for name, *words in (
            ("gone", "Cannot connect to nats://127.0.0.1:9: nothing listens there", "✗ no answer"),
            ("refused", "the server refuses these credentials", "Give --user", "⊘ refused"),
            ("broken", "there is no file", "Put the setting right", "! unusable"),
        ):
            await choose(hand, f"context {name}")
            await hand.see(*words)
        await hand.press("enter")
        assert isinstance(hand.app.screen, ConnectScreen)
        assert SECRET not in hand.screen


async def test_what_a_server_says_of_itself_is_inert(home: Home) -> None:
    hello = json.dumps(HELLO | {"server_name": HOSTILE, "cluster": HOSTILE, "version": HOSTILE})
    async with FakeServer.running(f"INFO {hello}\r\n".encode()) as fake:
        home.context("evil[b]", url=fake.profile.servers[0], description=HOSTILE)
        async with at_home(home, (200, 60)) as hand:
            await open_screen(hand)
            await choose(hand, "context evil[b]")
            await hand.see("Login accepted", "[@click=app.quit]", "Cluster")
            assert_inert(hand)


# -- going there -----------------------------------------------------------------------------


@small
async def test_enter_connects_and_everything_goes_there(
    size: tuple[int, int], home: Home, other: EmbeddedServer
) -> None:
    know(home, "staging", other)
    async with at_home(home, size) as hand, NatsBroker(other.profile()) as there:

        @there.subscriber("who")
        async def who(body: str) -> str:
            return "it is staging"

        await there.start()
        await ask(hand, "stock.check", "1")
        await until(hand.pilot, lambda: hand.exchange.state is State.NO_RESPONDERS)
        await open_screen(hand)
        await choose(hand, "context staging")
        await hand.see("Your exchanges and Compose stay")
        await hand.press("enter")
        await arrive(hand, other)
        await hand.see("Connected to nats://127.0.0.1")
        composer = hand.app.desk.query_one(Compose)
        assert composer.draft().subject == "stock.check"
        assert "orders.create" not in composer.known
        await ask(hand, "who")
        await hand.see("Answered in", "it is staging")
        if size[0] > 100:
            await hand.see("stock.check", "connected to nats://127.0.0.1", "context staging")


async def test_the_demos_waiting_request_does_not_wait_elsewhere(
    home: Home, other: EmbeddedServer
) -> None:
    know(home, "staging", other)
    async with at_home(home) as hand:
        await open_screen(hand)
        await choose(hand, "context staging")
        await hand.press("enter")
        await arrive(hand, other)
        composer = hand.app.desk.query_one(Compose)
        assert not composer.touched
        await open_screen(hand)
        await choose(hand, "private server")
        await hand.see("A real nats-server of natstap's own")
        await hand.press("enter")
        await until(hand.pilot, lambda: session_of(hand).demo)
        await until(hand.pilot, lambda: composer.touched)
        await hand.press("ctrl+j")
        await hand.see("Answered in")


async def test_what_ends_is_said_and_asked_first(home: Home, other: EmbeddedServer) -> None:
    know(home, "staging", other)
    async with at_home(home) as hand:
        session = session_of(hand)
        responder = await session.responders.add(ReplyDraft("svc.echo"))
        await session.watches.watch_subjects(["a.>"])
        here = session.profile
        await open_screen(hand)
        await choose(hand, "context staging")
        await hand.see("1 responder will be switched off and 1 watch will end.")
        await hand.press("enter")
        await hand.see("stay in their pane, to be switched on again")
        await hand.press("escape")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, ConnectScreen))
        assert (session.profile, responder.on, len(session.watches.running)) == (here, True, 1)
        await hand.press("enter")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.press("y")
        await arrive(hand, other)
        assert (responder.on, session.watches.running) == (False, ())
        await hand.press("ctrl+o", "4")
        await hand.see("svc.echo", "○ off", "0 of 1 on")
        await hand.press("space")
        await hand.see("● on", "1 of 1 on")
        async with NatsBroker(other.profile()) as there:
            assert (await there.request(b"1", "svc.echo", timeout=30)).body == b"1"


async def test_what_was_done_to_responders_before_is_not_undone_elsewhere(
    home: Home, other: EmbeddedServer
) -> None:
    know(home, "staging", other)
    async with at_home(home) as hand:
        session = session_of(hand)
        pane = hand.app.desk.query_one(Responders)
        await pane.take(ReplyDraft("svc.echo"))
        await hand.press("escape", "4", "delete")
        await until(hand.pilot, lambda: not session.responders.all)
        await open_screen(hand)
        await choose(hand, "context staging")
        await hand.press("enter")
        await arrive(hand, other)
        await hand.press("4", "u")
        assert not session.responders.all


async def test_a_failure_is_told_on_the_screen_and_natstap_stays_where_it_is(home: Home) -> None:
    home.context("gone", url="nats://127.0.0.1:9")
    async with at_home(home, (200, 60)) as hand:
        session = session_of(hand)
        before = session.profile
        responder = await session.responders.add(ReplyDraft("svc.echo"))
        await open_screen(hand)
        await choose(hand, "context gone")
        await hand.press("enter")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Sure))
        await hand.press("y")
        await hand.see("nothing listens there", "✗ no answer")
        assert isinstance(hand.app.screen, ConnectScreen)
        assert (session.profile, responder.on) == (before, True)


async def test_escape_stops_connecting_first(home: Home) -> None:
    async with FakeServer.running(b"") as mute:
        home.context("mute", url=mute.profile.servers[0])
        async with at_home(home) as hand:
            before = session_of(hand).profile
            await open_screen(hand)
            await choose(hand, "context mute")
            await hand.press("enter")
            await hand.see("connecting to nats://127.0.0.1", "Esc stops")
            await hand.press("escape")
            await hand.see("connected   embedded server")
            await until(hand.pilot, lambda: not mute.open)
            assert isinstance(hand.app.screen, ConnectScreen)
            assert session_of(hand).profile == before


async def test_quitting_while_it_connects_leaves_nothing_behind(home: Home) -> None:
    async with FakeServer.running(b"") as mute:
        home.context("mute", url=mute.profile.servers[0])
        async with at_home(home) as hand:
            await open_screen(hand)
            await choose(hand, "context mute")
            await hand.press("enter")
            await hand.see("Esc stops")
            await hand.press("ctrl+q")
        await wait(lambda: not mute.open)


async def test_where_natstap_is_already_enter_just_goes_back(home: Home) -> None:
    async with at_home(home) as hand:
        broker = session_of(hand).broker
        await open_screen(hand)
        await hand.see("● here")
        await hand.press("enter")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Desk))
        assert session_of(hand).broker is broker


# -- an address that is typed ----------------------------------------------------------------


async def test_an_address_can_be_typed_with_flags_and_is_offered_again(
    home: Home, other: EmbeddedServer
) -> None:
    own = other.profile()
    async with at_home(home) as hand:
        await open_screen(hand)
        await hand.write(f"{other.url} --user {own.user} --passwort x")
        await hand.press("enter")
        await hand.see("--passwort is no flag")
        await hand.press("ctrl+u")
        await hand.write(f"{other.url} --user {own.user} --password {own.password}")
        await hand.press("enter")
        await arrive(hand, other)
        await hand.see("typed here")
        await open_screen(hand)
        await hand.see("typed here", "● here", f"user {own.user}, with a password")
        assert own.password not in hand.screen


async def test_escape_empties_the_field_before_it_leaves_the_screen(home: Home) -> None:
    async with at_home(home) as hand:
        await open_screen(hand)
        await hand.press("q", "escape")
        assert isinstance(hand.app.screen, ConnectScreen)
        await hand.press("escape")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Desk))


# -- what was seen elsewhere -----------------------------------------------------------------


async def test_no_server_is_asked_why_it_failed_on_another(
    home: Home, other: EmbeddedServer
) -> None:
    know(home, "staging", other)
    async with at_home(home) as hand:
        await ask(hand, "stock.check", "1")
        await until(hand.pilot, lambda: hand.exchange.state is State.NO_RESPONDERS)
        failed = hand.exchange.number
        await until(hand.pilot, lambda: failed in hand.app.desk.known.diagnoses)
        del hand.app.desk.known.diagnoses[failed]
        await open_screen(hand)
        await choose(hand, "context staging")
        await hand.press("enter")
        await arrive(hand, other)
        hand.app.desk.query_one(ExchangeList).reveal(failed)
        hand.app.desk.query_one(Inspect).show(failed)
        await hand.press("escape", "v")
        await hand.see("That was on another server")
        assert failed not in hand.app.desk.known.diagnoses


# -- when natstap cannot begin ---------------------------------------------------------------


async def test_the_trouble_dialog_offers_another_server(home: Home, other: EmbeddedServer) -> None:
    know(home, "staging", other)
    async with at_home(home, demo=None, server="nats://127.0.0.1:9") as hand:
        await hand.see("nothing listens there", "Connect elsewhere")
        await hand.press("c")
        await hand.see("not connected", "--server", "private server")
        await hand.press("escape")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Trouble))
        await hand.press("c")
        await hand.see("private server")
        await choose(hand, "context staging")
        await hand.see("Login accepted")
        await hand.press("enter")
        await arrive(hand, other)


async def test_the_trouble_dialog_leads_to_the_private_server_by_mouse(home: Home) -> None:
    async with at_home(home, demo=None, server="nats://127.0.0.1:9") as hand:
        await hand.see("Connect elsewhere")
        await hand.pilot.click("#trouble-connect")
        await hand.see("starts when you connect")
        await choose(hand, "private server")
        await hand.press("enter")
        await hand.see("demo", "embedded server", FIRST[0])


async def test_it_is_in_the_palette(home: Home) -> None:
    async with at_home(home) as hand:
        await hand.press("ctrl+p")
        await hand.write("connect to another")
        await hand.see("Connect: Connect to another server")
        await hand.press("enter")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, ConnectScreen))


# -- testing, and contexts -------------------------------------------------------------------


@all_sizes
async def test_a_connection_is_tested_step_by_step(
    size: tuple[int, int], home: Home, other: EmbeddedServer
) -> None:
    know(home, "staging", other)
    know(home, "wrong", other, password="no")
    async with at_home(home, size) as hand:
        await open_screen(hand)
        await choose(hand, "context staging")
        await hand.press("ctrl+t")
        await hand.see("✓ name", "✓ login", "✓ JetStream", "✓ permissions", "everything is allowed")
        await choose(hand, "context wrong")
        await hand.press("ctrl+t")
        await hand.see("✗ login", "the server refuses these", "– JetStream")


async def test_an_address_becomes_a_context_which_is_changed_copied_and_removed(
    home: Home, other: EmbeddedServer
) -> None:
    own = other.profile()
    line = f"{own.servers[0]} --user {own.user} --password {own.password}"
    folder = home.path / ".config/nats/context"
    async with at_home(home) as hand:
        await open_screen(hand)
        await hand.write(line)
        await hand.press("enter")
        await arrive(hand, other)
        await open_screen(hand)
        await hand.press("ctrl+s")
        await hand.see("Save as a context", "Name")
        await hand.write("shop")
        await hand.press("ctrl+j")
        await hand.see("context shop")
        saved = json.loads((folder / "shop.json").read_text())
        assert (saved["url"], saved["password"]) == (own.servers[0], own.password)

        await choose(hand, "context shop")
        await hand.press("f4")
        await hand.see("Context shop", "•••")
        assert own.password not in hand.screen
        await hand.write(" --js-domain hub")
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, ConnectScreen))
        saved = json.loads((folder / "shop.json").read_text())
        assert (saved["jetstream_domain"], saved["password"]) == ("hub", own.password)

        await choose(hand, "context shop")
        await hand.press("ctrl+s")
        await hand.see("Copy context shop")
        await hand.write("shop")
        await hand.press("ctrl+j")
        await hand.see("There is a context 'shop' already")
        await hand.write("-2")
        await hand.press("ctrl+j")
        await hand.see("context shop-2")

        await choose(hand, "context shop")
        await hand.press("f8")
        await hand.see("Remove context shop?")
        await hand.press("y")
        await until(hand.pilot, lambda: not (folder / "shop.json").exists())
        assert (folder / "shop-2.json").exists()


async def test_a_new_name_loses_what_the_settings_say_of_the_old_one_and_the_form_says_so(
    home: Home, other: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    settings = tmp_path / "natstap" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[contexts.shop]\nread_only = true\n")
    for name in ("shop", "plain"):
        know(home, name, other)
    async with at_home(home) as hand:
        await open_screen(hand)
        for name, told in (("shop", True), ("plain", False)):
            await choose(hand, f"context {name}")
            await hand.press("f4")
            await hand.see(f"Context {name}", "Connects")
            label = hand.app.screen.query_one("#context-label")
            assert not label.display
            await hand.press("shift+tab")
            await hand.write("-new")
            await until(hand.pilot, lambda told=told, label=label: label.display is told)
            await hand.press("escape")


async def test_another_program_is_asked_once_one_goes_there(
    home: Home, other: EmbeddedServer
) -> None:
    tools = home.path / "bin"
    tools.mkdir(parents=True)
    asked = home.path / "asked"
    script = f'#!/bin/sh\necho x >> "{asked}"\nprintf %s "{other.profile().password}"\n'
    (tools / "op").write_text(script)
    (tools / "op").chmod(0o755)
    home.env["PATH"] = f"{tools}:{os.environ['PATH']}"
    know(home, "vault", other, password="op://shop/nats/password")
    async with at_home(home) as hand:
        await open_screen(hand)
        await choose(hand, "context vault")
        await hand.see("op is asked for its login once you connect")
        assert not asked.exists()
        await hand.press("enter")
        await arrive(hand, other)
        await open_screen(hand)
        await hand.see("● here", "context vault")
    assert asked.read_text() == "x\n"
