"""The streams screen, by keys and mouse, in the real app on a real server."""

from __future__ import annotations

from helpers.desk import HOSTILE, all_sizes, assert_inert, small, until
from helpers.stream_screen import StreamsUser, show, streams
from helpers.streams import fill, forget, holds, make
from helpers.systems import login, users
from helpers.waiting import eventually
from textual.widgets import Button, Input

from engine.drafts.draft import Kind
from engine.server.server import EmbeddedServer
from engine.streams.listing import list_streams, look
from tui.palette_commands import commands
from tui.streams.stored_list import StoredList
from tui.streams.streams import StreamsScreen


async def out(shown: StreamsUser) -> None:
    """Leave by Esc: where one pane is shown at a time, pane by pane."""
    for _ in range(4):
        if not shown.left:
            await shown.hand.press("escape")
            await shown.hand.pilot.pause()


# -- what is shown ---------------------------------------------------------------------------


@all_sizes
async def test_streams_consumers_and_messages_are_shown(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "SHOP", "shop.>", allow_direct=True, max_msgs=500)
        await fill(shown.broker, "SHOP", ["shop.new", "shop.paid"], 30)
        await shown.broker.jetstream.create_consumer(
            "SHOP", {"name": "late", "durable_name": "late", "ack_policy": "explicit"}
        )
        recorded = shown.hand.app.journal.next
        await show(shown)
        await shown.choose("SHOP")
        await shown.hand.see("natstap", "SHOP", "30", "shop.>", "in memory, 500 messages")
        await shown.hand.press("right")
        await shown.hand.see("late", "∅ no pull", "30", "nobody asks for them")
        await shown.hand.press("right")
        await shown.hand.see("Messages of SHOP", "1 to 30 of 30", "shop.paid")
        await shown.at(30)
        await shown.hand.press("right")
        await shown.hand.see("Message 30 of SHOP", "correlation_id", "c30")
        await shown.hand.press("3")
        await until(shown.hand.pilot, lambda: shown.hand.app.focused is shown.list)
        await shown.hand.press("up", "up")
        await shown.at(28)
        await shown.hand.press("enter")
        await shown.hand.see("Message 28 of SHOP")
        await out(shown)
        assert shown.left == [None]
        assert shown.hand.app.journal.next == recorded


async def test_it_is_live_and_the_cursor_stays() -> None:
    async with streams() as shown:
        await make(shown.broker, "B", "b", allow_direct=True)
        await fill(shown.broker, "B", ["b"], 3)
        await show(shown)
        await shown.into("B")
        await shown.at(3)
        await shown.broker.publish("new", "b", stream="B")
        await shown.at(4)
        await shown.hand.press("up")
        await make(shown.broker, "A", "a")
        await shown.broker.publish("newer", "b", stream="B")
        await shown.hand.see("1 to 5 of 5", " A ")
        assert shown.list.cursor == 3
        assert shown.screen.stream is not None
        assert shown.screen.stream.name == "B"
        await forget(shown.broker, "B", 3)
        await shown.hand.see("1 gone")
        await shown.broker.jetstream.api("STREAM.DELETE.B")
        await until(shown.hand.pilot, lambda: shown.screen._turned not in ("B", ""))


async def test_hostile_streams_and_messages_are_inert() -> None:
    async with streams() as shown:
        name = "[bold]x\u202egpj"
        await make(shown.broker, name, "evil", description=HOSTILE, allow_direct=True)
        await shown.broker.publish(HOSTILE, "evil", headers={"x": "[/] \u202e"}, stream=name)
        await show(shown)
        await shown.into(name)
        await shown.hand.see("[bold]x", "[@click=app.quit]")
        assert_inert(shown.hand)
        await shown.hand.press("left", "left", "d")
        await shown.hand.see("Delete stream", "[bold]x")
        assert_inert(shown.hand)


# -- browsing --------------------------------------------------------------------------------


@small
async def test_going_to_a_sequence_a_time_and_a_subject(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "S", "s.*", allow_direct=True)
        await fill(shown.broker, "S", ["s.a", "s.b"], 1200)
        await forget(shown.broker, "S", *range(600, 610))
        await show(shown)
        await shown.into("S")
        await shown.at(1200)
        await shown.ask("slash", "555")
        await shown.at(555)
        await shown.ask("g", "605")
        await shown.at((600, 609))
        await shown.hand.see("10 gone", "600 to 609")
        await shown.ask("slash", "-1h")
        await shown.at(1)
        await shown.ask("slash", "s.b")
        await shown.at(1200)
        await shown.hand.see("on s.b")
        await shown.hand.press("up")
        await shown.at(1198)
        await shown.ask("slash", "s.nobody")
        await shown.hand.see("No message is on that subject.")
        await shown.ask("slash", "s..b")
        await shown.hand.see("is no sequence, no time")
        await shown.hand.press("escape", "escape")
        await shown.at(1200)
        await shown.hand.see("Messages of S ")
        await out(shown)
        assert shown.left == [None]


async def test_the_whole_stream_is_reached_by_keys_and_wheel() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 1000)
        await show(shown)
        await shown.into("S")
        await shown.at(1000)
        await shown.hand.press("home")
        await shown.at(1)
        await shown.hand.see("1 to 100 of 1,000")
        for wanted in (100, 200, 300):
            await shown.hand.press(*["pagedown"] * 10)
            await until(shown.hand.pilot, lambda: not shown.screen.messages._busy)
            assert int(str(shown.list.cursor)) >= wanted
        await shown.hand.press("end")
        await shown.at(1000)
        top = shown.list.top
        shown.list.scroll_to_row(0)
        in_sight = shown.list.cursor
        shown.list.scroll_by(-3)
        await until(shown.hand.pilot, lambda: shown.list.rows > 150 and shown.list.top > 0)
        assert shown.list.cursor == in_sight
        assert top >= 0


async def test_a_consumer_leads_to_what_it_waits_for() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s.*", allow_direct=True)
        await fill(shown.broker, "S", ["s.a", "s.b"], 20)
        consumer = {"name": "c", "durable_name": "c", "filter_subject": "s.b", "ack_policy": "all"}
        await shown.broker.jetstream.create_consumer("S", consumer)
        await show(shown)
        await shown.choose("S")
        await shown.hand.press("right")
        await until(shown.hand.pilot, lambda: shown.screen.consumers.chosen)
        await shown.hand.press("enter")
        await shown.at(2)
        await shown.hand.see("on s.b")


async def test_rows_and_tabs_answer_to_the_mouse() -> None:
    async with streams((80, 24)) as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 5)
        await show(shown)
        await shown.choose("S")
        await shown.hand.pilot.click("#pane-tabs", offset=(33, 0))
        await shown.hand.see("Messages of S")
        await shown.at(5)
        await shown.hand.pilot.click(StoredList, offset=(10, 2))
        await shown.at(2)
        await shown.hand.pilot.click(StoredList, offset=(10, 3), times=2)
        await shown.hand.see("Message 3 of S")


async def test_the_palette_offers_it_all() -> None:
    async with streams() as shown:
        await show(shown)
        offered = {one.title.partition(":")[0] for one in commands(shown.screen)}
        assert {"Go to", "Find", "Compose", "New", "Purge", "Delete", "Undo"} <= offered


# -- finding and composing -------------------------------------------------------------------


@small
async def test_a_correlation_id_is_found_and_composed_from(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "S", "s.>", allow_direct=True)
        await fill(shown.broker, "S", ["s.noise"], 300)
        await shown.broker.publish(
            {"ok": True}, "s.answer", headers={"x": "1"}, correlation_id="c7", stream="S"
        )
        await show(shown)
        await shown.choose("S")
        await shown.ask("c", "c7")
        await shown.hand.see("Found in S", "2 found, all 301 searched", "s.answer")
        await shown.at(301)
        await shown.hand.press("up")
        await shown.at(7)
        await shown.hand.press("down", "e")
        await until(shown.hand.pilot, lambda: shown.left)
        (draft,) = shown.left
        assert draft is not None
        assert (draft.subject, draft.body, draft.kind) == ("s.answer", b'{"ok":true}', Kind.REQUEST)
        assert ("x", "1") in draft.headers
        assert draft.correlation_id == ""


async def test_a_search_is_left_where_it_found_something() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 900)
        await show(shown)
        await shown.into("S")
        await shown.ask("c", "c400")
        await shown.at(400)
        await shown.hand.press("escape")
        await shown.hand.see("Messages of S")
        await shown.at(400)
        await shown.hand.press("down")
        await shown.at(401)
        await shown.ask("c", "nothing")
        await shown.hand.see("No message has nothing.", "0 found, all 900 searched")
        await shown.hand.press("escape")
        await shown.at(900)


# -- making and taking away ------------------------------------------------------------------


@small
async def test_a_stream_is_made_and_taken_away_again(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "HELD", "held.>")
        await show(shown)
        await shown.hand.see("HELD")
        await shown.hand.press("n")
        await shown.hand.see("New stream", "Name", "Subjects", "10,000", "Create ^J")
        await shown.hand.press("enter")
        await shown.hand.see("Name: a name is needed")
        await shown.hand.write("DEMO")
        await shown.hand.press("tab")
        await shown.hand.write("held.x")
        await shown.hand.press("enter")
        await shown.hand.see("Subjects: held.x overlaps with what stream HELD")
        await shown.hand.press("home", "shift+end", "delete")
        await shown.hand.write("demo.>, more")
        await shown.hand.press("tab", "tab", "home", "shift+end", "delete")
        await shown.hand.write("some")
        await shown.hand.press("ctrl+j")
        await shown.hand.see("Messages: the limit 'some' is no whole number")
        await shown.hand.press("home", "shift+end", "delete")
        await shown.hand.write("500")
        await shown.hand.press("ctrl+j")
        await shown.hand.see("DEMO")
        await until(shown.hand.pilot, lambda: shown.screen.server.streams.named("DEMO"))
        state = await look(shown.broker, "DEMO")
        assert (state.subjects, state.max_messages) == (("demo.>", "more"), 500)
        await shown.hand.press("u")
        await until(shown.hand.pilot, lambda: shown.screen.server.streams.named("DEMO") is None)


@small
async def test_a_stream_is_deleted_only_by_its_name(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "GONE", "gone.*")
        await fill(shown.broker, "GONE", ["gone.a"], 7)
        await shown.broker.jetstream.create_consumer(
            "GONE", {"name": "w", "durable_name": "w", "ack_policy": "explicit"}
        )
        await show(shown)
        await shown.choose("GONE")
        await shown.hand.press("d")
        await shown.hand.see(
            "Delete stream GONE?", "7 messages (", "sequence 1 to 7, go.", "w (7 not delivered)"
        )
        await shown.hand.press("ctrl+j")
        assert (await look(shown.broker, "GONE")).messages == 7
        await shown.hand.press("enter")
        await shown.hand.see("! type GONE to delete it")
        await shown.hand.write("gone")
        await shown.hand.press("enter")
        await shown.hand.see("! type GONE to delete it")
        assert await holds(shown.broker, "GONE", 7)
        await shown.hand.press("home", "shift+end", "delete")
        await shown.hand.write("GONE")
        await shown.broker.publish("late", "gone.b", stream="GONE")
        await shown.hand.press("enter")
        await shown.hand.see("1 message more than a moment ago", "Nothing was done yet", "8 mess")
        assert await holds(shown.broker, "GONE", 8)
        await shown.hand.press("enter")
        await until(shown.hand.pilot, lambda: isinstance(shown.hand.app.screen, StreamsScreen))
        await until(shown.hand.pilot, lambda: shown.screen.server.streams.named("GONE") is None)
        await shown.hand.press("u")
        await until(shown.hand.pilot, lambda: shown.screen.server.streams.named("GONE") is not None)
        state = await look(shown.broker, "GONE")
        assert (state.messages, state.subjects, state.consumers) == (0, ("gone.*",), 1)


async def test_what_is_cancelled_takes_nothing() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 3)
        await show(shown)
        await shown.choose("S")
        for key, title in (("d", "Delete stream S?"), ("p", "Purge stream S?")):
            await shown.hand.press(key)
            await shown.hand.see(title)
            await shown.hand.press("escape")
            await until(shown.hand.pilot, lambda: isinstance(shown.hand.app.screen, StreamsScreen))
        assert (await look(shown.broker, "S")).messages == 3


@small
async def test_a_purge_says_how_many_of_how_many(size: tuple[int, int]) -> None:
    async with streams(size) as shown:
        await make(shown.broker, "S", "s.*", allow_direct=True)
        await fill(shown.broker, "S", ["s.a", "s.b"], 20)
        await show(shown)
        await shown.into("S")
        await shown.at(20)
        await shown.hand.press("p")
        await shown.hand.see("Purge stream S?", "All 20 messages of stream S", "cannot be undone")
        await pick(shown, "subject")
        await shown.hand.see("a subject is needed")
        await shown.hand.write("s.a")
        await shown.hand.see("10 of 20 messages of stream S go: those on s.a")
        await pick(shown, "below")
        await shown.hand.see("19 of 20 messages of stream S go: those before sequence 20")
        await pick(shown, "subject")
        await shown.hand.write("s.b")
        await shown.hand.see("those on s.b")
        await shown.hand.pilot.click("#removing-do")
        await shown.hand.see("type S to purge it")
        await shown.hand.write("S")
        await shown.hand.press("enter")
        await until(shown.hand.pilot, lambda: isinstance(shown.hand.app.screen, StreamsScreen))
        await shown.hand.see("1 gone")
        state = await look(shown.broker, "S")
        assert (state.messages, state.deleted) == (10, 10)


async def pick(shown: StreamsUser, which: str) -> None:
    from textual.widgets import Select

    shown.hand.app.screen.query_one("#removing-which", Select).value = which
    field = shown.hand.app.screen.query_one("#removing-value", Input)
    await until(shown.hand.pilot, lambda: field.has_focus)


async def test_one_message_is_deleted_by_its_key() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", allow_direct=True)
        await fill(shown.broker, "S", ["s"], 9)
        await show(shown)
        await shown.into("S")
        await shown.at(9)
        await shown.hand.press("up", "up", "delete")
        await shown.hand.see("Delete a message of S?", "Message 7 of stream S goes: on s")
        await shown.hand.press("ctrl+j", "y")
        await shown.hand.see("1 gone", "Sequence 7 is not in the stream any more")
        assert (await look(shown.broker, "S")).messages == 8


async def test_what_the_stream_forbids_has_no_button() -> None:
    async with streams() as shown:
        await make(shown.broker, "S", "s", deny_purge=True, allow_direct=True)
        await fill(shown.broker, "S", ["s"], 2)
        await show(shown)
        await shown.choose("S")
        await shown.hand.press("p")
        await shown.hand.see("Stream S is set to deny purges.")
        assert shown.hand.app.screen.query_one("#removing-do", Button).disabled
        await shown.hand.press("ctrl+j")
        assert (await look(shown.broker, "S")).messages == 2


# -- where there is nothing to show ----------------------------------------------------------


async def test_no_jetstream_is_said_with_what_to_do() -> None:
    async with EmbeddedServer(jetstream=False) as server:
        profile = server.profile()
        async with streams(
            demo=False, server=server.url, user=profile.user, password=profile.password
        ) as shown:
            await show(shown)
            await shown.hand.see("JetStream is off for this account", "-js")
            for key in ("enter", "slash", "c", "e", "p", "d"):
                await shown.hand.press(key)
            await shown.hand.press("escape")
            await until(shown.hand.pilot, lambda: shown.left == [None])


async def test_a_user_who_may_not_is_told() -> None:
    config = users('permissions { publish: { deny: ["$JS.API.STREAM.LIST"] } }')
    async with EmbeddedServer(config=config) as server:
        own = login(server, "u1")
        async with streams(
            demo=False, server=server.url, user=own.user, password=own.password
        ) as shown:
            await show(shown)
            await shown.hand.see("This user may not list streams.", "$JS.API.STREAM.LIST")


async def test_an_account_without_streams_says_how_to_make_one() -> None:
    async with EmbeddedServer() as server:
        own = server.profile()
        async with streams(
            demo=False, server=server.url, user=own.user, password=own.password
        ) as shown:
            await show(shown)
            await shown.hand.see("There are no streams here.", "n makes one")
            await make(shown.broker, "FIRST", "first")
            await shown.hand.see("FIRST", "It holds no messages.")
            assert len((await list_streams(shown.broker)).streams) == 1
            await eventually(lambda: holds(shown.broker, "FIRST", 0))
