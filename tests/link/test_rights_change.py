"""Rights that a reload takes away and gives back, and a server that is about to leave."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.reloading import Reloading, reloading
from helpers.waiting import eventually, until

from engine import Journal, Link, NatsBroker, NatstapError
from engine.link import refused_subscriptions
from engine.link.events import Happening, LinkEvent
from engine.link.link import LinkState
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.watching.subject_watch import SubjectWatch

OPEN = "authorization { users: [{user: u, password: p}, {user: other, password: p}] }"
CLOSED = """authorization { users: [
  {user: other, password: p}
  {user: u, password: p, permissions: {subscribe: {deny: ["orders.>"]}}}
] }"""
NOTHING_HEARD = """authorization { users: [
  {user: other, password: p}
  {user: u, password: p, permissions: {subscribe: {deny: [">"]}}}
] }"""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_subscriptions, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(refused_subscriptions, "LONGEST_WAIT", 0.2)


@pytest.fixture
async def changing(tmp_path: Path) -> AsyncIterator[Reloading]:
    async with reloading(tmp_path, OPEN) as server:
        yield server


async def test_a_subscription_comes_back_with_its_rights_and_tells_once(
    changing: Reloading,
) -> None:
    async with Link.opened(changing.profile("u", "p")) as link:
        told: list[LinkEvent] = []
        link.events.listeners.append(told.append)
        heard: list[bytes] = []
        link.subscribe(b"orders.new", lambda subject, *_: heard.append(subject))
        link.subscribe(b"other", lambda *_: None)
        await link.barrier()

        await changing.reload(CLOSED)
        await until(lambda: told)
        await link.barrier()
        refused = [event for event in told if event.what is Happening.REFUSED]
        assert [event.subject for event in refused] == ["orders.new"]

        await changing.reload(OPEN)
        await until(lambda: told[-1].what is Happening.PERMITTED)
        assert told[-1].subject == "orders.new"
        link.publish(b"orders.new", b"x")
        await until(lambda: heard)
        assert [event.what for event in told] == [Happening.REFUSED, Happening.PERMITTED]


async def test_what_is_ended_meanwhile_is_not_asked_for_again(changing: Reloading) -> None:
    async with Link.opened(changing.profile("u", "p")) as link:
        told: list[LinkEvent] = []
        link.events.listeners.append(told.append)
        subscription = link.subscribe(b"orders.new", lambda *_: None)
        kept = link.subscribe(b"orders.old", lambda *_: None)
        await link.barrier()
        await changing.reload(CLOSED)
        await until(lambda: len(told) == 2)
        subscription.end()
        await changing.reload(OPEN)
        await until(lambda: len(told) == 3)
        assert (told[-1].what, told[-1].subject) == (Happening.PERMITTED, kept.subject)


async def test_a_responder_answers_again(changing: Reloading) -> None:
    async with (
        NatsBroker(changing.profile("u", "p"), journal=Journal()) as broker,
        NatsBroker(changing.profile("other", "p")) as other,
    ):
        await broker.start()
        await other.start()
        responder = Responder(broker, ReplyDraft(subject="orders.new", recipe="echo"))
        await responder.start()
        assert (await other.request("x", "orders.new", timeout=20)).body == b"x"
        await changing.reload(CLOSED)
        await until(lambda: "refuses to let natstap listen" in responder.trouble)
        await changing.reload(OPEN)
        await until(lambda: not responder.trouble)
        assert (await other.request("y", "orders.new", timeout=20)).body == b"y"
        await responder.stop()


async def test_a_watch_hears_again(changing: Reloading) -> None:
    journal = Journal()
    async with NatsBroker(changing.profile("other", "p")) as other:
        await other.start()
        async with SubjectWatch(changing.profile("u", "p"), journal, ("orders.>",)) as watch:
            assert watch.hearing
            await changing.reload(CLOSED)
            await until(lambda: not watch.hearing)
            assert watch.subjects.refused == {"orders.>"}
            await changing.reload(OPEN)
            await until(lambda: watch.hearing)
            await other.publish("x", "orders.new")
            await until(lambda: watch.subjects.seen["orders.>"] == 1)


async def test_requests_are_answered_again_once_the_inbox_may_be_heard(
    changing: Reloading,
) -> None:
    async with NatsBroker(changing.profile("u", "p")) as broker:

        @broker.subscriber("echo")
        async def echo(said: str) -> str:
            return said

        await broker.start()
        await broker.request("x", "echo", timeout=20)
        await changing.reload(NOTHING_HEARD)
        await changing.reload(OPEN)

        async def answered() -> bool:
            try:
                return await (await broker.request("y", "echo", timeout=0.5)).decode() == "y"
            except NatstapError:  # refused, or nobody listens yet
                return False

        await eventually(answered)


async def test_a_server_that_is_about_to_close_says_so_and_is_left(changing: Reloading) -> None:
    async with Link.opened(changing.profile("u", "p")) as link:
        told: list[LinkEvent] = []
        link.events.listeners.append(told.append)
        changing.tell(signal.SIGUSR2)
        await until(lambda: told)
        assert told[0].what is Happening.LEAVING
        assert str(changing.port) in told[0].words
        await until(lambda: link.state is LinkState.RECONNECTING)


async def test_a_changed_password_is_told_and_what_is_refused_ends_no_link(
    changing: Reloading,
) -> None:
    async with Link.opened(changing.profile("u", "p")) as link:
        told: list[LinkEvent] = []
        link.events.listeners.append(told.append)
        await changing.reload(
            OPEN.replace("password: p}, {user: other", "password: q}, {user: other")
        )
        await until(lambda: any(event.what is Happening.LOST for event in told))
        assert link.state is LinkState.RECONNECTING
        await changing.reload(OPEN)
        await until(lambda: link.state is LinkState.CONNECTED)
