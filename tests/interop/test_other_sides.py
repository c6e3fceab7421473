"""What is composed and hosted by hand, with FastStream, nats-py's micro and the nats CLI as the
other side for real.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from asyncio.subprocess import STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import faststream.nats
from helpers.composer import write
from helpers.desk import Hand, sitting, until
from helpers.micro_peer import micro
from helpers.outside import NATS, nats, nats_cli, running, signed_in
from helpers.peers import faststream as faststream_broker
from helpers.peers import up, whole
from helpers.screens import hosted, on_the_desk, open_form, open_history, put
from helpers.streams import make
from textual.binding import Binding
from textual.screen import Screen

import tui
from engine.drafts.draft import Kind
from engine.journal import State
from engine.responders.behaviour import Recipe
from engine.streams.listing import list_streams, look
from tui.compose.compose import Compose
from tui.palette_commands import commands
from tui.table.table import Table


@asynccontextmanager
async def theirs(hand: Hand) -> AsyncIterator[faststream.nats.NatsBroker]:
    """A FastStream broker, to be started when it has its subscribers."""
    broker = faststream_broker(hand.app.session.profile)
    yield broker
    await broker.stop()


async def asked(hand: Hand, subject: str, body: str, answer: str) -> None:
    await write(hand, Kind.REQUEST, subject, body)
    await hand.press("ctrl+j")
    await hand.see(answer)


async def add(hand: Hand, **fields: object) -> None:
    """Host a responder through its form."""
    count = len(hosted(hand))
    await hand.press("ctrl+o", "4")
    await open_form(hand, "a")
    await put(hand, **fields)
    await hand.press("ctrl+j")
    await until(hand.pilot, lambda: len(hosted(hand)) == count + 1)
    await hand.see("● on")


# -- composed here, answered by FastStream ---------------------------------------------------


async def test_a_request_is_answered_by_faststream() -> None:
    async with sitting() as hand, theirs(hand) as broker:
        answer = faststream.nats.NatsResponse({"sum": 3}, headers={"x-by": "them"})
        seen = whole(broker, "their.sum", lambda message: answer)
        await up(broker)
        await write(hand, Kind.REQUEST, "their.sum", "[1, 2]", correlation_id="mine-1")
        await hand.press("ctrl+j")
        await hand.see("Answered in", '"sum": 3', "x-by", "mine-1")
        assert hand.exchange.state is State.ANSWERED
        assert seen[0].correlation_id == "mine-1"
        assert await seen[0].decode() == [1, 2]


async def test_a_request_for_many_gets_what_each_of_them_answers() -> None:
    async with sitting() as hand, theirs(hand) as broker:
        for name in ("one", "two", "three"):
            whole(broker, "their.roll", lambda message, name=name: name)
        await up(broker)
        await write(hand, Kind.MANY, "their.roll", "?", replies="3", timeout="10 s")
        await hand.press("ctrl+j")
        await hand.see("Reply 3")
        bodies = {hand.app.journal.message(one).body for one in hand.exchange.replies}
        assert bodies == {b"one", b"two", b"three"}


async def test_a_publish_is_answered_where_it_said_and_that_is_watched() -> None:
    async with sitting() as hand, theirs(hand) as broker:
        whole(broker, "their.test", lambda message: "Hi!")
        heard = whole(broker, "response-subject", lambda message: None)
        await up(broker)
        await write(hand, Kind.PUBLISH, "their.test", "hello", reply_to="response-subject")
        await hand.press("ctrl+j")
        await hand.see("Answered in", "response-subject", "Hi!")
        await until(hand.pilot, lambda: len(heard) == 1)


async def test_a_faststream_handler_that_fails_is_a_timeout_and_is_explained() -> None:
    def fail(_: Any) -> None:
        raise ValueError("theirs")

    async with sitting() as hand, theirs(hand) as broker:
        whole(broker, "their.bad", fail)
        await up(broker)
        await write(hand, Kind.REQUEST, "their.bad", "x", timeout="300 ms")
        await hand.press("ctrl+j")
        await hand.see("listens on their.bad", "no answer came within")
        assert hand.exchange.state is State.TIMED_OUT


# -- hosted here, asked by FastStream --------------------------------------------------------


async def test_what_is_hosted_answers_faststream() -> None:
    async with sitting() as hand, theirs(hand) as broker:
        await up(broker)
        await add(hand, new_subject="svc.echo")
        answer = await broker.request({"a": 1}, "svc.echo", correlation_id="theirs-1", timeout=10)
        assert await answer.decode() == {"a": 1}
        assert answer.correlation_id == "theirs-1"
        await hand.see("1×")


async def test_a_consumer_hosted_by_hand_answers_faststream_through_the_stream() -> None:
    async with sitting() as hand, theirs(hand) as broker:
        await make(hand.app.session.broker, "WORK", "work.*")
        names = {one.name for one in (await list_streams(hand.app.session.broker)).streams}
        await up(broker)
        await add(
            hand,
            new_subject="work.do",
            new_kind=Recipe.CANNED,
            reply_body='{"ok": true}',
            reply_stream="WORK",
        )
        answer = await broker.request("go", "work.do", stream="WORK", timeout=10)
        assert await answer.decode() == {"ok": True}
        await hand.see("1×")
        streams = (await list_streams(hand.app.session.broker)).streams
        assert {one.name for one in streams} == names


async def test_an_answer_stored_in_a_stream_reaches_faststream_from_there() -> None:
    async with sitting() as hand, theirs(hand) as broker:
        own = hand.app.session.broker
        await make(own, "WORK", "work.*")
        heard = whole(broker, "done.them", lambda message: None, stream="DONE", no_reply=True)
        await up(broker)
        await add(hand, new_subject="work.do", reply_stream="WORK", reply_store_in="DONE")
        await broker.publish(
            "job", "work.do", stream="WORK", reply_to="done.them", correlation_id="j-1"
        )
        await until(hand.pilot, lambda: heard)
        assert (heard[0].body, heard[0].correlation_id) == (b"job", "j-1")
        assert (await look(own, "DONE")).messages == 1


# -- the nats CLI and nats-py's micro --------------------------------------------------------


@nats_cli
async def test_the_cli_lists_and_asks_a_service_hosted_by_hand(tmp_path: Path) -> None:
    async with sitting() as hand:
        await add(
            hand,
            new_subject="tea.brew",
            new_kind=Recipe.CANNED,
            reply_body="hot",
            reply_service="teapot",
            reply_version="2.1.0",
            reply_description="brews",
        )
        profile = hand.app.session.profile
        assert "teapot" in await nats(profile, "service", "ls")
        told = await nats(profile, "service", "info", "teapot")
        assert all(one in told for one in ("2.1.0", "brews", "tea.brew"))
        assert "hot" in await nats(profile, "req", "tea.brew", "?")
        assert "teapot" in await nats(profile, "service", "stats", "teapot")
        await hand.see("1×")


@nats_cli
async def test_the_cli_answers_what_is_composed() -> None:
    async with sitting() as hand:
        profile = hand.app.session.profile
        reply = (str(NATS), "--no-context", "reply", "cli.here", "from the cli")
        async with running(*reply, stderr=STDOUT, env=signed_in(profile)) as process:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                while b"Listening on" not in await process.stdout.readline():
                    pass
            await write(hand, Kind.REQUEST, "cli.here", "?", timeout="10 s")
            await hand.press("ctrl+j")
            await hand.see("Answered in", "from the cli")


async def test_a_micro_service_is_composed_to_by_mouse() -> None:
    async with sitting() as hand, micro(hand.app.session.profile, "shop2", "1.0.0"):
        await hand.press("escape", "s")
        await hand.see("shop2")
        listing = hand.app.screen.query(Table).first()
        row = next(at for at, one in enumerate(listing.source.rows) if "shop2" in one.cells[0].text)
        await hand.pilot.click(listing, offset=(4, row + 1))
        await hand.press("e")
        await on_the_desk(hand)
        assert hand.app.desk.query_one(Compose).draft().subject.startswith("shop2.")
        await hand.press("ctrl+j")
        await hand.see("Answered in", "done: ")


# -- by mouse, and in the palette ------------------------------------------------------------


async def test_the_history_answers_to_the_mouse() -> None:
    async with sitting() as hand:
        await asked(hand, "math.add", "[1, 2]", '"result": 3')
        await asked(hand, "math.mul", "[3, 4]", '"result": 12')
        screen = await open_history(hand, "math.mul")
        await hand.pilot.click("#catalog-rows", offset=(8, 2))
        await until(hand.pilot, lambda: "[1, 2]" in hand.screen or "math.add" in hand.screen)
        await hand.pilot.click("#catalog-rows", offset=(8, 2), times=2)
        await on_the_desk(hand)
        assert screen is not hand.app.screen


def screens() -> list[type[Screen[Any]]]:
    """Every screen and dialog of the app."""
    found = []
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if module.name != "tui.__main__":
            for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
                if issubclass(one, Screen) and one.__module__ == module.name:
                    found.append(one)
    return found


def test_every_key_of_every_screen_can_be_named_and_offered() -> None:
    """What has a tooltip, the palette offers: see `tui.palette_commands`."""
    for screen in screens():
        for binding in screen.__dict__.get("BINDINGS", ()):
            assert isinstance(binding, Binding), (screen, binding)
            assert binding.id, (screen, binding)
            assert binding.tooltip, (screen, binding)


async def test_the_palette_of_the_history_does_what_its_keys_do() -> None:
    async with sitting() as hand:
        await asked(hand, "math.add", "[1, 2]", '"result": 3')
        screen = await open_history(hand, "math.add")
        offered = {one.title for one in commands(screen)}
        for binding in type(screen).BINDINGS:
            assert isinstance(binding, Binding)
            assert f"{binding.description}: {binding.tooltip}" in offered
