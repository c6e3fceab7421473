"""The jobs of a newcomer, on a server that is not natstap's own, each with the keys it may take.

What is typed or pasted, a word or an address, is no key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from helpers.desk import Hand, sitting_alone, type_ahead, until
from helpers.screens import hosted, on_the_desk, profile_of
from textual import events

from engine import NatsBroker, NatsMessage
from engine.server.server import EmbeddedServer
from tui.body.view import BodyView
from tui.burst.burst import BurstScreen
from tui.flow.flow import FlowScreen

SUBJECT = "orders.new"


class Job:
    """Presses keys for a user, and counts them."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.keys: list[str] = []

    async def press(self, *keys: str) -> None:
        self.keys += keys
        await self.hand.press(*keys)

    async def until(self, true: object) -> None:
        assert callable(true)
        await until(self.hand.pilot, true)


@asynccontextmanager
async def at_work() -> AsyncIterator[tuple[Hand, NatsBroker]]:
    """A service that answers, and a request that was sent to it from Compose."""
    async with sitting_alone() as hand:
        service = NatsBroker(profile_of(hand))

        @service.subscriber(SUBJECT)
        async def answer(message: NatsMessage) -> dict[str, str]:
            return {"got": message.body.decode(), "id": "A-1001"}

        async with service:
            await service.start()
            await hand.write(SUBJECT)
            await hand.press("ctrl+j")
            await hand.see("Answered in ", "A-1001")
            yield hand, service


def sent(hand: Hand) -> int:
    heads = [hand.app.journal.exchange(number) for number, _ in hand.app.journal.heads()]
    return sum(each.subject == SUBJECT and each.own for each in heads)


async def test_after_sending_the_keys_are_for_the_new_row() -> None:
    async with at_work() as (hand, _):
        rows = hand.app.desk.exchanges.list
        await until(hand.pilot, lambda: hand.app.focused is rows)
        assert rows.cursor == hand.exchange.number


async def test_who_writes_on_while_it_is_sent_keeps_the_keys() -> None:
    async with at_work() as (hand, _):
        await hand.press("1")
        type_ahead(hand, "ctrl+j", "x")
        await until(hand.pilot, lambda: sent(hand) == 2)
        await hand.see("Answered in ")
        assert hand.app.focused is hand.app.desk.composer.subject
        assert hand.app.desk.composer.subject.value == f"{SUBJECT}x"


async def test_a_setting_keeps_the_keys_in_compose(tmp_path: Path) -> None:
    settings = tmp_path / "config" / "natstap" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('after_sending = "compose"\n')
    async with at_work() as (hand, _):
        assert hand.app.focused is hand.app.desk.composer.subject


async def test_repeat_with_a_change_is_two() -> None:
    async with at_work() as (hand, _):
        job = Job(hand)
        await job.press("e")
        await hand.write("changed")
        await job.press("ctrl+j")
        await hand.see('"got": "changed"')
        assert (len(job.keys), sent(hand)) == (2, 2)


async def test_copy_save_search_editor_and_flow_of_a_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "true")
    async with at_work() as (hand, _):
        copy = Job(hand)
        await copy.press("Y")
        await copy.until(lambda: '"id"' in hand.app.clipboard)
        assert len(copy.keys) == 1

        save = Job(hand)
        await save.press("D", "enter")
        await save.until(lambda: list(tmp_path.glob("body*.json")))
        await on_the_desk(hand)
        assert len(save.keys) == 2

        flow = Job(hand)
        await flow.press("F")
        await flow.until(lambda: isinstance(hand.app.screen, FlowScreen))
        assert len(flow.keys) == 1
        await hand.press("escape")
        await on_the_desk(hand)

        asked: list[str] = []
        monkeypatch.setattr(
            hand.app, "notify", lambda message, **_: asked.append(message)
        )  # a test has no terminal to give away
        edit = Job(hand)
        await edit.press("E")
        await edit.until(lambda: asked)
        assert "terminal" in asked[0]
        assert len(edit.keys) == 1

        search = Job(hand)
        await search.press("enter", "slash")
        await hand.press(*"1001")
        await search.until(lambda: hand.app.desk.inspect.body_pane.search.active)  # type: ignore[union-attr]
        assert isinstance(hand.app.desk.inspect.body_pane.view, BodyView)  # type: ignore[union-attr]
        await hand.see("1 of 1")
        assert len(search.keys) == 2


async def test_an_echo_for_a_subject_where_nobody_listens_is_two() -> None:
    async with sitting_alone() as hand:
        await hand.write("shop.nobody")
        await hand.press("ctrl+j")
        await hand.see("Nobody listens on shop.nobody")
        job = Job(hand)
        await job.press("a", "ctrl+j")
        await job.until(lambda: [each.subject for each in hosted(hand)] == ["shop.nobody"])
        assert len(job.keys) == 2


async def test_a_pasted_id_is_found_by_two() -> None:
    async with at_work() as (hand, service):
        session = hand.app.session
        assert session is not None
        await session.watches.watch_subjects([SUBJECT])
        await service.request("b", SUBJECT, correlation_id="order-000042", timeout=5)
        rows = hand.app.desk.exchanges.list
        await until(hand.pilot, lambda: len(rows.view) > 2)
        job = Job(hand)
        hand.app.post_message(events.Paste("order-000042"))
        await job.until(lambda: len(rows.view) == 1)
        await job.press("enter")
        await job.until(lambda: rows.has_focus)
        assert len(job.keys) <= 2


@pytest.mark.parametrize("place", ["Compose", "the list", "Home"])
async def test_watching_what_others_ask_is_two(place: str) -> None:
    async with sitting_alone() as hand:
        service = NatsBroker(profile_of(hand))

        @service.subscriber(SUBJECT)
        async def answer(body: bytes) -> bytes:
            return body

        async with service:
            await service.start()
            if place != "Compose":
                await hand.press("escape")
            if place == "Home":
                await hand.see("Who listens here:", SUBJECT)
            job = Job(hand)
            await job.press(*(("space",) if place == "Home" else ("f10", "enter")))
            session = hand.app.session
            assert session is not None
            await job.until(
                lambda: (
                    [watch.subjects.patterns for watch in session.watches.running] == [(SUBJECT,)]
                )
            )
            await on_the_desk(hand)
            assert len(job.keys) <= 2
            await service.request("b", SUBJECT, timeout=5)
            rows = hand.app.desk.exchanges.list
            await until(hand.pilot, lambda: len(rows.view) > rows.view.notes)
            await until(hand.pilot, lambda: hand.app.focused is rows)


async def test_a_burst_is_two() -> None:
    async with at_work() as (hand, _):
        job = Job(hand)
        await job.press("ctrl+b")
        await job.until(lambda: isinstance(hand.app.screen, BurstScreen))
        await hand.see("100 messages to nats://127.0.0.1")
        await hand.press("enter")  # which means nothing that repeats, anywhere
        await hand.pilot.pause()
        screen = hand.app.screen
        assert isinstance(screen, BurstScreen)
        assert screen._burst is None
        await job.press("ctrl+j")
        await job.until(lambda: screen.ended)
        assert screen._burst.report().done == 100  # type: ignore[union-attr]
        assert len(job.keys) == 2


@pytest.mark.parametrize("key", ["C", "alt+c"])
async def test_another_server_is_two_and_its_address(key: str) -> None:
    async with at_work() as (hand, _), EmbeddedServer() as other:
        own = other.profile()
        if key == "alt+c":
            await hand.press("1")
        job = Job(hand)
        await job.press(key)
        await hand.see("Another address")
        await hand.press(*"qj.example")
        assert "qj.example" in hand.screen
        await hand.press("escape")
        await hand.write(f"nats://{own.user}:{own.password}@127.0.0.1:{other.port}")
        await job.press("enter")
        await job.until(lambda: profile_of(hand).servers[0].endswith(f":{other.port}"))
        await on_the_desk(hand)
        assert len(job.keys) == 2
