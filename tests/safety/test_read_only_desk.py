"""A read-only context on the screen: it is seen, what sends is greyed out with its reason, and
no command gets past the gate, whatever is pressed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.desk import Hand, sitting, sizes, until
from helpers.recording_proxy import RecordingProxy
from helpers.recording_proxy import SentCommand as Sent
from helpers.systems import responder

from engine import NatsBroker, Profile
from engine.api_subjects import on_stream
from tui.connect.connect import ConnectScreen
from tui.desk.screens import go_over
from tui.kit.key_line import KeyLine
from tui.palette_commands import Reachable, commands
from tui.streams.streams import StreamsScreen

QUESTIONS = ("$SRV.", "$JS.API.STREAM.", "$JS.API.CONSUMER.", "$SYS.REQ.", "$JS.API.DIRECT.GET.")


@pytest.fixture
async def prod(
    profile: Profile, tmp_path: Path
) -> AsyncIterator[tuple[dict[str, Any], RecordingProxy]]:
    """The flags for a context prod, red and read-only, and the proxy before its server."""
    async with NatsBroker(profile) as broker:
        config = {"name": "ORDERS", "subjects": ["orders.>"], "allow_direct": True}
        await broker.jetstream.api(on_stream("CREATE", "ORDERS"), config)
        await broker.publish(b"1", "orders.a", stream="ORDERS")
    async with (
        responder(profile, "shop.price", b"7") as answering,
        RecordingProxy.before(profile) as proxy,
    ):
        await answering.link.barrier()
        login = {"user": profile.user, "password": profile.password}
        context = tmp_path / "prod.json"
        context.write_text(json.dumps({"url": proxy.profile.servers[0], **login}))
        settings = tmp_path / "config" / "natstap" / "settings.toml"
        settings.parent.mkdir(parents=True)
        settings.write_text('[contexts.prod]\ncolor = "red"\nread_only = true\n')
        yield {"context": str(context)}, proxy


@asynccontextmanager
async def sitting_there(
    prod: tuple[dict[str, Any], RecordingProxy], size: tuple[int, int] = (120, 40)
) -> AsyncIterator[Hand]:
    async with sitting(size, demo=False, notifications=True, **prod[0]) as hand:
        await hand.see("prod", "read-only")
        yield hand


def more_than_questions(commands: list[Sent]) -> list[Sent]:
    return [
        sent
        for sent in commands
        if (sent.verb in ("PUB", "HPUB") and not sent.subject.startswith(QUESTIONS))
        or any(verb in sent.subject for verb in ("CREATE", "DELETE", "PURGE", "UPDATE", "NEXT"))
        or (sent.verb == "SUB" and sent.reply)
        or sent.verb == "?"
    ]


@sizes
async def test_it_is_seen_where_one_is_and_that_nothing_is_sent(
    prod: tuple[dict[str, Any], RecordingProxy], size: tuple[int, int]
) -> None:
    async with sitting_there(prod, size) as hand:
        first = hand.screen.split("\n")[0]
        assert " prod  read-only " in " ".join(first.split("  ")) or "read-only" in first
        ground = {
            segment.style.bgcolor.name
            for segment in hand.app.screen._compositor.render_strips(hand.app.size)[0]
            if segment.text.strip() == "prod" and segment.style and segment.style.bgcolor
        }
        assert ground == {"#e5484d"}
        send = next(word for word in hand.app.desk.query_one(KeyLine).shown if word.word == "Send")
        assert not send.enabled


async def test_a_key_that_sends_says_why_it_does_not(
    prod: tuple[dict[str, Any], RecordingProxy],
) -> None:
    async with sitting_there(prod) as hand:
        await hand.write("shop.price")
        await hand.press("ctrl+j")
        await hand.see("context prod is read-only")
        await hand.press("enter")  # in the subject, it would send as well
        await hand.see("context prod is read-only: natstap sends nothing here")
        await hand.press("ctrl+p")
        await hand.see("(read-only here)")
        await hand.press("escape", "escape", "S")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, StreamsScreen))
        await hand.see("Collection   read-only")
        assert more_than_questions(prod[1].commands) == []


async def test_another_server_takes_what_is_sent(
    prod: tuple[dict[str, Any], RecordingProxy],
) -> None:
    async with sitting_there(prod) as hand:
        await hand.press("escape", "C")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, ConnectScreen))
        await hand.see("private server")
        assert hand.app.session is not None
        private = next(place for place in hand.app.desk.switching.places.list() if place.private)
        await hand.app.session.move(private)
        assert not hand.app.session.why_read_only


async def open_screen(hand: Hand, name: str) -> None:
    """From wherever one is; the desk is one of them."""
    desk = hand.app.desk
    while hand.app.screen is not desk:
        before = hand.app.screen
        hand.app.screen.dismiss()
        await until(hand.pilot, lambda: hand.app.screen is not before)  # noqa: B023
    if name != "desk":
        go_over(desk, name)
        await until(hand.pilot, lambda: hand.app.screen is not desk)
    await hand.pilot.pause()


def that_send(hand: Hand) -> dict[str, Reachable]:
    found = commands(hand.app.screen)
    return {each.command.id: each for each in found if each.command.sends}


async def run_anyhow(hand: Hand, reachable: Reachable) -> None:
    """As if nothing held it back."""
    command, node = reachable.command, reachable.node

    async def wait() -> None:
        await cast(Awaitable[object], command.run(node))

    if command.waits:
        node.run_worker(wait)
    else:
        command.run(node)
    await hand.pilot.pause()


async def test_no_command_gets_past_the_gate(
    prod: tuple[dict[str, Any], RecordingProxy],
) -> None:
    async with sitting_there(prod) as hand:
        await hand.write("shop.price")
        await hand.see("1 listen")
        done: set[str] = set()
        for screen in ("desk", "home", "streams", "services", "history", "collection"):
            await open_screen(hand, screen)
            for name in that_send(hand):
                await open_screen(hand, screen)
                here = hand.app.screen
                if (reachable := that_send(hand).get(name)) is None:
                    continue  # another pane's, which says the same
                await run_anyhow(hand, reachable)
                done.add(name)
                if hand.app.screen is not here:
                    for inner, again in that_send(hand).items():
                        await run_anyhow(hand, again)
                        done.add(inner)
                for key in ("ctrl+j", "enter", "y"):
                    await hand.press(key)
        assert hand.app.session is not None
        await hand.app.session.broker.link.barrier()
    assert more_than_questions(prod[1].commands) == []
    wanted = {"desk.send", "desk.burst", "burst.start", "new.add", "streams.new-stream"}
    assert wanted | {"home.host", "responders.premade", "inspect.acknowledge"} <= done
