"""Finding one's way on the streams screen, with FastStream and the nats CLI as the other side."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from helpers.composer import write
from helpers.desk import sitting, small, until
from helpers.outside import nats, nats_cli
from helpers.peers import faststream, up, whole
from helpers.stream_screen import on, opened, show, streams
from helpers.streams import fill, forget, make
from helpers.systems import login, users
from textual.binding import Binding
from textual.widgets import Input

from engine import NatsBroker, Profile
from engine.drafts.draft import Kind
from engine.journal import State
from engine.server.server import EmbeddedServer
from engine.streams.listing import list_consumers, look
from tui.compose.compose import Compose
from tui.desk.desk import Desk
from tui.palette_commands import commands
from tui.streams.find_id import FindId
from tui.streams.stored_list import StoredList
from tui.streams.streams import StreamsScreen
from tui.table.table import Table

# -- the demo, in a minute -------------------------------------------------------------------


@small
async def test_a_stored_request_and_its_stored_answer_by_keys(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        shown = await opened(hand)
        await shown.into("PRINTING")
        await hand.see("print.invoice")
        await shown.at(1)
        await hand.press("e")
        await on(hand, Desk)
        await hand.see("Stream publish", "print.invoice")
        assert hand.app.desk.query_one(Compose).draft().reply_to == "printed.desk"
        await hand.press("ctrl+j")
        await hand.see("Stored by stream PRINTING in", "as sequence 2", "Reply 2")
        shown = await opened(hand)
        await hand.press("C")
        await on(hand, FindId)
        own = hand.app.journal.message(hand.exchange.number).headers["correlation_id"]
        await hand.see(own)
        await hand.press("enter")
        await hand.see("2 messages found, all 4 searched.", "PRINTING", "PRINTED", "printed.desk")
        await hand.press("enter")
        await on(hand, StreamsScreen)
        await hand.see("Messages of PRINTED")
        await shown.at(2)
        await hand.press("right")
        await hand.see("Message 2 of PRINTED", '"printed": 3', own[:8])


async def test_an_id_is_found_where_no_screen_has_listed_the_streams_yet() -> None:
    async with sitting() as hand:
        assert hand.app.session is not None
        hand.app.push_screen(FindId(hand.app.session.broker, "print-1001"))
        await on(hand, FindId)
        await hand.press("enter")
        await hand.see("2 messages found, all 2 searched.")


async def test_an_id_is_found_and_gone_to_by_mouse() -> None:
    async with sitting() as hand:
        shown = await opened(hand)
        await shown.choose("AUDIT")
        await hand.press("C")
        await on(hand, FindId)
        await hand.press("enter")
        await hand.see("nothing to look for")
        await hand.write("print-1001")
        await hand.press("enter")
        await hand.see("2 messages found, all 2 searched.")
        await hand.pilot.click("#find-close")
        await on(hand, StreamsScreen)
        await hand.press("C")
        await on(hand, FindId)
        await hand.write("print-1001")
        await hand.press("enter")
        await hand.see("2 messages found, all 2 searched.")
        await hand.pilot.click("#find-list", offset=(10, 1))
        await hand.pilot.click("#find-go")
        await on(hand, StreamsScreen)
        await hand.see("Messages of PRINTING", "Message 1 of PRINTING")


async def test_the_id_of_the_message_at_hand_is_the_one_to_look_for() -> None:
    """It begins at the message that the exchange was stored as."""
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 5)
        await shown.hand.app.push_screen(
            StreamsScreen(shown.hand.app.session, "brought", ("S", 3)), shown.left.append
        )
        await shown.at(3)
        field = shown.screen.query_one("#place", Input)
        await shown.hand.press("c")
        await until(shown.hand.pilot, lambda: field.has_focus)
        assert field.value == "brought"
        await shown.hand.press("escape")
        await shown.at(3)
        await shown.hand.press("up", "c")
        await until(shown.hand.pilot, lambda: field.has_focus)
        assert field.value == "c2"
        await shown.hand.press("enter")
        await shown.hand.see("1 found, all 5 searched")
        await shown.at(2)


@pytest.mark.parametrize("direct", [True, False], ids=["batches", "singles"])
async def test_an_answer_that_is_stored_after_it_was_looked_for_is_found(direct: bool) -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=direct)
        await fill(shown.broker, "S", ["s"], 30)
        await show(shown)
        await shown.choose("S")
        await shown.ask("c", "yet-to-come")
        await shown.hand.see("No message has yet-to-come.", "all 30 searched")
        for number in range(250):
            shown.broker.post(number, "s")
        await shown.broker.publish("here", "s", stream="S", correlation_id="yet-to-come")
        await shown.hand.see("1 found, all 281 searched")
        await shown.at(281)
        await shown.hand.press("escape")
        await shown.hand.see("Messages of S")
        await shown.at(281)


@pytest.mark.parametrize("direct", [True, False], ids=["batches", "singles"])
async def test_what_was_found_and_is_gone_is_shown_no_more(direct: bool) -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=direct)
        await fill(shown.broker, "S", ["s"], 10)
        for number in range(3):
            await shown.broker.publish(number, "s", stream="S", correlation_id="mine")
        await show(shown)
        await shown.choose("S")
        await shown.ask("c", "mine")
        await shown.hand.see("3 found, all 13 searched")
        await shown.at(13)
        await shown.hand.press("d")
        await shown.hand.see("Message 13 of stream S goes")
        await shown.hand.press("y")
        await shown.hand.see("2 found, all 12 searched")
        await shown.at(12)
        await shown.hand.press("p")
        await shown.hand.see("All 12 messages of stream S (1.0 KB) go")
        await shown.hand.pilot.click("#removing-name")
        await shown.hand.write("S")
        await shown.hand.press("enter")
        await shown.hand.see("No message has mine.", "0 found")


async def test_a_stream_that_was_made_anew_is_searched_anew() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 5)
        await show(shown)
        await shown.choose("S")
        await shown.ask("c", "c4")
        await shown.at(4)
        await shown.broker.jetstream.api("STREAM.DELETE.S", stream="S")
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 3)
        await shown.broker.publish("later", "s", stream="S", correlation_id="c4")
        await shown.hand.see("1 found, all 4 searched", "later")


@small
async def test_esc_goes_back_to_the_streams_before_it_leaves(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await show(shown)
        await shown.into("PRINTING")
        await shown.hand.press("enter")
        await until(shown.hand.pilot, lambda: shown.screen.folio.front == "message")
        for pane, place in (("messages", "stored-list"), ("streams", "stream-list")):
            await shown.hand.press("escape")
            await until(shown.hand.pilot, lambda p=pane: shown.screen.folio.front == p)
            await until(shown.hand.pilot, lambda p=place: shown.hand.app.focused.id == p)
        assert shown.left == []
        await shown.hand.press("escape")
        await until(shown.hand.pilot, lambda: shown.left == [None])


# -- FastStream is the other side ------------------------------------------------------------


async def test_what_faststream_answers_into_a_stream_is_found_by_its_id() -> None:
    async with sitting() as hand:
        broker = hand.app.session.broker
        await make(broker, "REPLIES", "replies.*", allow_direct=True)
        theirs = faststream(hand.app.session.profile)
        whole(theirs, "work.run", lambda message: {"done": True}, stream="WORK")
        await up(theirs)
        try:
            options = {"reply_to": "replies.me", "stream": "WORK", "correlation_id": "w-1"}
            await write(hand, Kind.STREAM_PUBLISH, "work.run", '{"job": 7}', **options)
            await hand.press("ctrl+j")
            await hand.see("Stored by stream WORK in", "Reply 2")
            assert hand.exchange.state is State.KEPT
            shown = await opened(hand)
            await shown.choose("REPLIES")
            await shown.ask("c", "w-1")
            await hand.see("1 found, all 1 searched", "replies.me")
            await hand.press("right")
            await hand.see("Message 1 of REPLIES", '"done": true', "w-1")
        finally:
            await theirs.stop()


async def test_a_faststream_worker_is_seen_to_fall_behind_and_catch_up() -> None:
    gate = asyncio.Event()

    async def hold(_: Any) -> str:
        await gate.wait()
        return "ok"

    async with streams() as shown:
        theirs = faststream(shown.hand.app.session.profile)
        whole(theirs, "slow.run", hold, stream="SLOW", queue="slow")
        await up(theirs)
        try:
            await fill(shown.broker, "SLOW", ["slow.run"], 6)
            await show(shown)
            await shown.choose("SLOW")
            await shown.hand.press("right")
            await shown.hand.see("slow", "○ unacked", "6")
            gate.set()
            await shown.hand.see("✓ done", "acknowledged up to 6")
        finally:
            gate.set()
            await theirs.stop()


async def test_an_answer_that_comes_after_the_acknowledgement_is_the_one_shown() -> None:
    gate = asyncio.Event()

    async def hold(_: Any) -> str:
        await gate.wait()
        return "here at last"

    async with sitting() as hand:
        theirs = faststream(hand.app.session.profile)
        whole(theirs, "late.run", hold, stream="LATE")
        await up(theirs)
        try:
            options = {"stream": "LATE", "timeout": "15 s"}
            await write(hand, Kind.STREAM_REQUEST, "late.run", "{}", **options)
            await hand.press("ctrl+j")
            await hand.see('"stream": "LATE"')
            gate.set()
            await hand.see("here at last", "Reply 2")
        finally:
            gate.set()
            await theirs.stop()


# -- the nats CLI is the other side ----------------------------------------------------------


@nats_cli
async def test_the_cli_sees_nothing_of_the_browsing_and_what_it_does_is_seen() -> None:
    async with streams() as shown:
        profile = shown.hand.app.session.profile

        async def facts() -> tuple[Any, Any]:
            stream = json.loads(await nats(profile, "stream", "info", "WORK", "--json"))
            worker = json.loads(await nats(profile, "consumer", "info", "WORK", "w", "--json"))
            return stream["config"] | stream["state"], (worker["ack_floor"], worker["delivered"])

        await make(shown.broker, "WORK", "work.*", retention="workqueue")
        await fill(shown.broker, "WORK", ["work.a", "work.b"], 20)
        await nats(
            profile, "consumer", "add", "WORK", "w", "--pull", "--ack", "explicit", "--defaults"
        )
        before = await facts()
        await show(shown)
        await shown.into("WORK")
        await shown.at(20)
        await shown.hand.press("home", "end", "pageup")
        await shown.ask("slash", "work.a")
        await shown.hand.see("on work.a")
        await shown.ask("slash", "-1h")
        await shown.ask("c", "c7")
        await shown.hand.see("1 found, all 20 searched")
        await shown.hand.press("escape", "2")
        assert await facts() == before
        await nats(profile, "consumer", "next", "WORK", "w", "--count", "3", "--ack")
        await shown.hand.see("17", "acknowledged up to 3")
        await nats(profile, "consumer", "rm", "WORK", "w", "--force")
        await shown.hand.see("No consumers.")


# -- many streams ----------------------------------------------------------------------------


@small
async def test_streams_are_filtered_by_name_and_subject(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        for number in range(40):
            await make(shown.broker, f"S{number:02}", f"s.{number}.>")
        await make(shown.broker, "PAID", "orders.paid")
        await show(shown)
        await shown.hand.see("44 streams")
        await shown.hand.press("f")
        field = shown.screen.query_one("#stream-filter", Input)
        await until(shown.hand.pilot, lambda: field.has_focus)
        await shown.hand.write("ORDERS. paid")
        await shown.hand.see("Streams, 1 of 44", "PAID")
        await until(shown.hand.pilot, lambda: shown.screen._turned == "PAID")
        await shown.hand.press("enter", "enter")
        await shown.hand.see("Messages of PAID")
        await shown.hand.press("f", "home", "shift+end", "delete")
        await shown.hand.write("nothing")
        await shown.hand.see("No stream has these words.", "Streams, 0 of 44")
        assert shown.screen.stream is None
        await shown.hand.press("escape")
        await until(shown.hand.pilot, lambda: shown.screen._turned)
        assert field.value == ""
        assert isinstance(shown.hand.app.focused, Table)
        await shown.hand.pilot.click("#stream-filter")
        await until(shown.hand.pilot, lambda: field.has_focus)


async def test_a_hit_in_a_stream_that_is_filtered_away_is_gone_to() -> None:
    async with sitting() as hand:
        shown = await opened(hand)
        await shown.choose("AUDIT")
        await hand.press("f")
        await hand.write("audit")
        await hand.press("enter", "C")
        await on(hand, FindId)
        await hand.write("print-1001")
        await hand.press("enter")
        await hand.see("2 messages found")
        await hand.press("enter")
        await hand.see("Messages of PRINTED", "Message 1 of PRINTED")
        assert shown.screen.query_one("#stream-filter", Input).value == ""


# -- a consumer goes, and comes back ---------------------------------------------------------


@small
async def test_a_consumer_is_deleted_where_one_is_at_it(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 4)
        fields = {"name": "w", "durable_name": "w", "ack_policy": "explicit"}
        await shown.broker.jetstream.create_consumer("S", fields)
        await show(shown)
        await shown.choose("S")
        await shown.hand.press("right")
        await until(shown.hand.pilot, lambda: shown.screen.consumers.chosen)
        await shown.hand.press("d")
        await shown.hand.see("Delete a consumer of S?", "Consumer w of stream S goes", "4 not del")
        await shown.hand.pilot.click("#removing-cancel")
        await on(shown.hand, StreamsScreen)
        assert len(await list_consumers(shown.broker, "S")) == 1
        await shown.hand.press("d")
        await shown.hand.see("Consumer w of stream S goes")
        await shown.hand.write("w")
        await shown.hand.press("enter")
        await shown.hand.see("No consumers.")
        assert (await look(shown.broker, "S")).messages == 4
        await shown.hand.press("u")
        await shown.hand.see("nobody asks for them")
        assert len(await list_consumers(shown.broker, "S")) == 1


async def test_a_consumer_that_is_paused_says_for_how_long() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s")
        until_then = (datetime.now(UTC) + timedelta(days=3, hours=1)).isoformat()
        fields = {"name": "w", "durable_name": "w", "ack_policy": "explicit"}
        await shown.broker.jetstream.create_consumer("S", {**fields, "pause_until": until_then})
        await show(shown)
        await shown.choose("S")
        await shown.hand.see("– paused", "It is paused for 3d")


async def test_where_there_is_no_consumer_delete_takes_nothing() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s")
        await show(shown)
        await shown.choose("S")
        await shown.hand.press("right")
        await shown.hand.see("No consumers.")
        await shown.hand.press("d")
        await shown.hand.pilot.pause()
        assert isinstance(shown.hand.app.screen, StreamsScreen)


# -- by mouse, and in the palette ------------------------------------------------------------


async def test_a_stream_is_made_and_purged_by_mouse() -> None:
    async with streams() as shown:
        await show(shown)
        await shown.hand.press("n")
        await shown.hand.see("New stream")
        await shown.hand.pilot.click("#stream-cancel")
        await on(shown.hand, StreamsScreen)
        await shown.hand.press("n")
        await shown.hand.see("New stream")
        await shown.hand.pilot.click("#stream-name")
        await shown.hand.write("MADE")
        await shown.hand.pilot.click("#stream-subjects")
        await shown.hand.write("made.*")
        await shown.hand.pilot.click("#stream-create")
        await until(shown.hand.pilot, lambda: shown.screen.server.streams.named("MADE"))
        await fill(shown.broker, "MADE", ["made.a"], 1)
        await shown.choose("MADE")
        await shown.hand.press("p")
        await shown.hand.see("The only message of stream MADE")
        await shown.hand.pilot.click("#removing-name")
        await shown.hand.write("MADE")
        await shown.hand.pilot.click("#removing-do")
        await shown.hand.see("empty; the next is 2")
        assert (await look(shown.broker, "MADE")).messages == 0


async def test_every_key_of_the_screen_is_in_the_palette() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s")
        await show(shown)
        offered = {one.title for one in commands(shown.screen)}
        for binding in StreamsScreen.BINDINGS:
            assert isinstance(binding, Binding)
            assert binding.id
            assert f"{binding.description}: {binding.tooltip}" in offered


# -- what it says is so ----------------------------------------------------------------------


async def test_what_was_not_looked_through_is_not_called_empty(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s.*")
        await fill(shown.broker, "S", ["s.rare", *["s.noise"] * 199], 200)
        await show(shown)
        await shown.into("S")
        await shown.at(200)
        monkeypatch.setattr("engine.streams.browse.READ_TIMEOUT", 0.0)
        await shown.ask("slash", "s.rare")
        await shown.hand.see("None from sequence 201 on.", "Page up looks further back.")
        monkeypatch.undo()
        await shown.hand.press("pageup")
        await shown.at(1)


async def test_a_failure_that_is_no_refusal_is_not_called_one() -> None:
    """A server that is a member of a cluster without a leader: at first it is silent."""
    async with EmbeddedServer(config=_ALONE, jetstream=False) as server:
        own = server.profile()
        flags = {"server": server.url, "user": own.user, "password": own.password}
        async with streams(demo=False, **flags) as shown:
            await show(shown)
            silent = ("JetStream does not answer", "more than half of the servers must run")
            sure = ("JetStream has no quorum", "half of the cluster's servers must run")
            await until(
                shown.hand.pilot, lambda: shown.hand.sees(*silent) or shown.hand.sees(*sure)
            )
            assert "may not" not in shown.hand.screen


_ALONE = """
server_name: n1
jetstream { max_mem: 1MB, max_file: 1MB }
cluster { name: c, listen: "127.0.0.1:-1", routes: ["nats-route://127.0.0.1:1"] }
"""


async def test_who_may_only_look_is_told_where_a_consumer_cannot_go() -> None:
    config = users('permissions { publish: { deny: ["$JS.API.CONSUMER.DELETE.>"] } }')
    async with EmbeddedServer(config=config) as server:
        async with NatsBroker(login(server)) as broker:
            await make(broker, "S", "s")
            fields = {"name": "w", "durable_name": "w", "ack_policy": "explicit"}
            await broker.jetstream.create_consumer("S", fields)
        own: Profile = login(server, "u1")
        flags = {"server": server.url, "user": own.user, "password": own.password}
        async with streams(demo=False, **flags) as shown:
            await show(shown)
            await shown.choose("S")
            await shown.hand.press("right")
            await until(shown.hand.pilot, lambda: shown.screen.consumers.chosen)
            await shown.hand.press("d")
            await shown.hand.see("Consumer w of stream S goes")
            await shown.hand.write("w")
            await shown.hand.press("enter")
            await shown.hand.see("$JS.API.CONSUMER.DELETE.S.w")
            await shown.hand.press("escape")
            assert len(await list_consumers(shown.broker, "S")) == 1


async def test_a_message_of_a_megabyte_and_bytes_of_any_kind_are_shown() -> None:
    async with streams() as shown:
        await make(shown.broker, "BIG", "big.*", allow_direct=True)
        rows = json.dumps({"rows": [{"id": n, "name": "x" * 40} for n in range(15_000)]})
        for body in (bytes(range(256)), rows.encode()[:1_000_000], rows.encode()[:900_000]):
            await shown.broker.publish(body, "big.a", stream="BIG")
        await show(shown)
        await shown.into("BIG")
        await shown.at(3)
        await shown.hand.see("Message 3 of BIG", '"rows"')
        await shown.hand.press("home")
        await shown.at(1)
        await shown.hand.see("Message 1 of BIG", "00000000  00 01 02 03")
        await forget(shown.broker, "BIG", 2)
        await shown.hand.see("1 gone")
        assert shown.screen.query_one(StoredList).cursor == 1


@pytest.mark.parametrize(
    "settings",
    [{"allow_direct": True}, {}, {"allow_direct": True, "max_msgs": 150}],
    ids=["batches", "singles", "limited"],
)
async def test_the_end_is_followed_however_much_comes_at_once(settings: dict[str, Any]) -> None:
    async with streams() as shown:
        await make(shown.broker, "FAST", "fast", **settings)
        await fill(shown.broker, "FAST", ["fast"], 5)
        await show(shown)
        await shown.into("FAST")
        await shown.at(5)
        for sent in (2000, 4000):
            for number in range(2000):
                shown.broker.post(number, "fast")
            await shown.at(5 + sent)
        await shown.hand.see("of 4,005")
        await shown.hand.press("up", "up")
        await shown.at(4003)
        for number in range(100):
            shown.broker.post(number, "fast")
        await shown.hand.see("of 4,105")
        await shown.at(4003)
