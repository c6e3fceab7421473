"""The desk, driven by keys alone, as the real app on a real embedded server."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from helpers.composer import option
from helpers.desk import (
    HOSTILE,
    Hand,
    all_sizes,
    ask,
    assert_inert,
    sitting,
    small,
    type_ahead,
    until,
)
from textual.widgets import Input, Select, Static, TextArea

from engine import NatsBroker
from engine.demo.demo import FIRST
from engine.drafts.draft import Draft, Kind
from engine.journal import ExchangeKind, State
from engine.responders.reply import ReplyDraft
from engine.server.server import EmbeddedServer
from tui.app import NatstapApp
from tui.compose.compose import Compose
from tui.connect.connect_error import Trouble
from tui.desk.desk import Desk
from tui.exchanges.exchange_list import ExchangeList
from tui.kit.editor import Field, JsonEditor
from tui.kit.headline import Headline
from tui.kit.palette import Palette
from tui.kit.tab_line import TabLine
from tui.palette_commands import commands


async def test_asking_again_replaces_a_body_of_several_lines() -> None:
    async with sitting() as hand:
        for body in ('{\n  "a": 1,\n  "b": 2\n}', "short"):
            await ask(hand, "math.add", body)
            await until(
                hand.pilot,
                lambda one=body: (
                    hand.app.journal.message(hand.exchange.number).body == one.encode()
                ),
            )


# -- what a newcomer does --------------------------------------------------------------------


@all_sizes
async def test_the_waiting_request_is_sent_with_one_key_and_answered(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in ", " by a reply of ", "x-served-by", "correlation_id")
        assert hand.exchange.state is State.ANSWERED
        assert "orders-" in hand.screen
        assert '"total": 8.4' in hand.screen


async def test_a_click_on_a_screens_first_line_opens_the_palette() -> None:
    async with sitting((80, 24)) as hand:
        for key in ("s", "S", "t", "c", "ctrl+r", "ctrl+b"):
            await hand.press("escape", key)
            await until(hand.pilot, lambda: hand.app.screen.query(Headline))
            await hand.pilot.click(Headline)
            await until(hand.pilot, lambda: isinstance(hand.app.screen, Palette))
            await hand.press("escape", "escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


async def test_garbage_is_collected_once_the_desk_is_there() -> None:
    gc.disable()  # as the command does while it starts
    try:
        async with sitting():
            assert gc.isenabled()
    finally:
        gc.enable()


async def test_a_key_never_overtakes_the_letters_before_it() -> None:
    async with sitting() as hand:
        type_ahead(hand, "ctrl+n", *"stock.check", "ctrl+j")
        await hand.see("Nobody listens on stock.check")
        assert hand.exchange.subject == "stock.check"


async def test_keys_typed_right_after_a_jump_are_the_panes() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in ")
        subject = hand.app.desk.query_one("#subject", Input)
        written, tabs = subject.value, hand.app.desk.query_one("#inspect-tabs", TabLine)
        before = tabs.active
        type_ahead(hand, "ctrl+o", "3", "right_square_bracket")
        await until(hand.pilot, lambda: tabs.active == before + 1)
        assert subject.value == written


async def test_who_does_not_jump_stays_where_they_were() -> None:
    async with sitting() as hand:
        await hand.see("Who listens here")
        await hand.press("escape")
        before = hand.app.focused
        await hand.press("ctrl+o", "escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert hand.app.focused is before


@small
async def test_nobody_listening_is_told_at_once(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await ask(hand, "stock.check")
        await hand.see("Nobody listens on stock.check")
        assert hand.exchange.state is State.NO_RESPONDERS
        assert hand.exchange.latency is not None
        assert hand.exchange.latency < hand.exchange.timeout


@small
async def test_an_echo_responder_answers_until_it_is_switched_off(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+o", "4", "a")
        await hand.see("New responder")
        await hand.write("svc.echo")
        await hand.press("enter")
        await hand.see("● on", "svc.echo", " 0×")
        await ask(hand, "svc.echo")
        await hand.see("Answered in ", "by a reply of 25 bytes")
        await hand.press("ctrl+o", "4")
        await hand.see(" 1×")
        await hand.press("space")
        await hand.see("○ off")
        await ask(hand, "svc.echo")
        await hand.see("Nobody listens on svc.echo")
        await hand.press("ctrl+o", "4", "space")
        await hand.see("● on")
        await hand.press("delete")
        await hand.see("No responders.")


# -- what else is asked ----------------------------------------------------------------------


async def test_each_demo_service_gets_its_own_verdict() -> None:
    async with sitting() as hand:
        cases = {
            ("math.div", b"[1, 0]"): "The service answered with error 422: division by zero.",
            (
                "orders.audit",
                b"x",
            ): "Stream AUDIT stores this subject and acknowledged as sequence 1",
        }
        for (subject, body), words in cases.items():
            hand.app.desk.sending.transmit(Draft(subject, body))
            await hand.see(words)


async def test_a_slow_answer_is_waited_for_then_late() -> None:
    ready = asyncio.Event()
    async with sitting() as hand, NatsBroker(hand.app.session.profile) as service:

        @service.subscriber("report.later")
        async def report(_: Any) -> str:
            await ready.wait()
            return "here"

        await service.start()
        hand.app.desk.sending.transmit(Draft("report.later", timeout=5))
        await hand.see("Waiting for an answer on report.later, at most 5 s.")
        await hand.see("listens on report.later and has been sent 1", "no answer came within")
        ready.set()
        await hand.see(" too late: after ", "and you waited 5 s")


async def test_headers_options_and_errors_in_place() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+t")
        await hand.write("X-One: 1")
        await hand.press("enter")
        await hand.write("no colon here")
        await hand.press("ctrl+j")
        await hand.see("header line 2 has no colon", "Headers 2")
        await hand.press("ctrl+t")
        await hand.write("my-id")
        await hand.press("tab", "home", "shift+end", "delete")
        await hand.write("soon")
        await hand.press("ctrl+o", "1", "ctrl+j")
        await hand.see("header line 2 has no colon")
        headers = hand.app.desk.query_one("#headers", TextArea)
        headers.load_text("X-One: 1\nX-One: 2")
        await hand.press("ctrl+j")
        await hand.see("the timeout 'soon' is not a duration")
        option(hand, "timeout").value = "500ms"
        await hand.press("ctrl+j")
        await hand.see("Answered in", "my-id")
        sent = hand.app.journal.message(hand.exchange.number)
        assert sent.headers.get_all("X-One") == ["1", "2"]
        assert sent.headers["correlation_id"] == "my-id"
        assert sent.headers["content-type"] == "application/json"
        assert hand.exchange.timeout == 0.5


async def test_what_cannot_be_sent_is_said_and_kept() -> None:
    async with sitting() as hand:
        await ask(hand, "orders.>")
        await hand.see("! subject: a message goes to one")
        assert hand.app.desk.query_one("#subject", Field).value == "orders.>"
        assert hand.app.desk.query_one("#body", JsonEditor).text == FIRST[1]


async def test_an_exchange_is_sent_again_and_edited() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        first = hand.exchange.number
        await hand.press("ctrl+o", "2", "r")
        await until(hand.pilot, lambda: hand.exchange.number > first)
        bodies = [hand.app.journal.message(one).body for one in (first, hand.exchange.number)]
        assert bodies[0] == bodies[1]
        ask_again = Draft(
            "stock.check", b"\xff\x00\r\n\x85 bytes", headers=(("X-A", "1"), ("X-A", "2"))
        )
        hand.app.desk.sending.transmit(ask_again)
        await hand.see("Nobody listens on stock.check")
        await hand.press("ctrl+o", "2", "e")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "body")
        edited = hand.app.desk.query_one(Compose).draft()
        assert (edited.subject, edited.body) == ("stock.check", ask_again.body)
        assert edited.headers[1:] == ask_again.headers


async def test_a_publish_names_its_reply_subject_where_answers_are_watched() -> None:
    async with sitting() as hand:
        hand.app.desk.query_one("#what", Select).value = Kind.PUBLISH
        option(hand, "reply_to").value = "answers.there"
        await hand.press("ctrl+j")
        await hand.see("Answered in", "answers.there")
        assert [one.label for one in hand.app.session.watches.running] == ["answers.there"]
        option(hand, "watch").value = False
        option(hand, "reply_to").value = "answers.here"
        await hand.press("ctrl+j")
        await hand.see("No answer on orders.create has been seen")
        assert hand.exchange.reply_subject == "answers.here"
        option(hand, "reply_to").value = ""
        await hand.press("ctrl+j")
        await hand.see("Published to orders.create.")


async def test_subjects_complete_from_what_is_known() -> None:
    async with sitting() as hand:
        subject = hand.app.desk.query_one("#subject", Field)
        await hand.press("down")
        await until(hand.pilot, lambda: subject.value == "math.add")
        await hand.press("up", "up")
        await until(hand.pilot, lambda: subject.value == "stock.check")
        await hand.press("home", "shift+end", "delete", *"rep")
        await hand.see("report.slow")
        await hand.press("right")
        await until(hand.pilot, lambda: subject.value == "report.slow")


async def test_the_pages_of_inspect_are_a_key_apart() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        await hand.press("ctrl+o", "3", "right")
        await hand.see("→ request", "← reply", "+0.00 ms")
        await hand.press("right_square_bracket")
        await hand.see("of headers and 74 bytes of body", "4e 41 54 53 2f 31 2e 30")
        await hand.press("right")
        await hand.see("to orders.create", "reply to _INBOX.")


async def test_what_happened_to_the_connection_has_no_subject() -> None:
    async with sitting() as hand:
        hand.app.journal.note("connection lost")
        await hand.press("escape", "2", "end", "enter")
        await hand.see("Inspect", "Something that happened to the connection.", "no headers")
        facts = hand.app.desk.query("#facts").results(Static)
        (when,) = (str(each.render()).split() for each in facts if each.region)
        assert len(when) == 1


async def test_the_list_is_filtered_by_subject() -> None:
    async with sitting() as hand:
        for subject in ("alpha.one", "beta.two"):
            hand.app.desk.sending.transmit(Draft(subject))
            await hand.see(f"Nobody listens on {subject}")
        await hand.press("escape", "slash", *"beta", "enter")
        view = hand.app.desk.query_one(ExchangeList)
        await until(hand.pilot, lambda: len(view.view) == 1)
        await hand.press("escape")
        await until(hand.pilot, lambda: len(view.view) == 2)


# -- promises --------------------------------------------------------------------------------


@small
async def test_hostile_content_is_inert_everywhere(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        desk = hand.app.desk
        assert desk.session is not None
        await desk.session.responders.add(ReplyDraft("evil.*"))
        word = HOSTILE.replace(" ", "_").replace("\x1b", "␛").replace("\x07", "")
        subject = "evil." + HOSTILE.translate({ord(c): None for c in " \x1b\x07."})
        desk.sending.transmit(
            Draft(subject, HOSTILE.encode(), headers=(("X-Evil", HOSTILE), ("X-Evil", word)))
        )
        await hand.see("Answered in", "[@click=app.quit]")
        assert_inert(hand)
        for keys in (["ctrl+o", "3", "right"], ["right"], ["right"], ["ctrl+o", "2"], ["e"]):
            await hand.press(*keys)
            await hand.pilot.pause()
            assert_inert(hand)
        await hand.press("ctrl+t")
        await hand.pilot.pause()
        assert_inert(hand)
        await hand.press("ctrl+o", "1", "ctrl+j")
        await until(hand.pilot, lambda: hand.exchange.state is State.ANSWERED)
        assert_inert(hand)
        assert hand.app.is_running


@small
async def test_what_is_told_of_a_hostile_subject_is_inert_too(size: tuple[int, int]) -> None:
    async with sitting(size, notifications=True) as hand:
        desk = hand.app.desk
        subject = "evil.[/]." + HOSTILE.translate({ord(c): None for c in " \x1b\x07."})
        desk.sending.transmit(Draft(subject))
        await hand.see("Nobody listens on", "evil.[/].")
        await hand.press("ctrl+o", "2", "m")
        await hand.see("evil.[/].", "is marked")
        assert_inert(hand)
        assert hand.app.is_running


async def test_who_starts_with_a_watch_begins_in_the_list_and_sends_nothing_by_typing() -> None:
    async with EmbeddedServer() as server:
        own = server.profile()
        flags = {"server": server.url, "user": own.user, "password": own.password}
        app = NatstapApp(flags, {}, watch=("orders.>",))
        async with app.run_test(size=(120, 40)) as pilot:
            hand = Hand(app, pilot)
            await until(pilot, lambda: isinstance(app.focused, ExchangeList))
            await until(pilot, lambda: app.session is not None)
            await hand.press("2", "j", "x")
            await hand.press("slash", "a", "enter")
            await hand.see("0 of 0")
            assert app.desk.composer.subject.value == ""
            kinds = {code >> 4 for _, code in app.journal.heads()}
            assert kinds == {ExchangeKind.NOTE}


async def test_a_failed_connection_is_one_sentence_and_can_be_retried() -> None:
    async with EmbeddedServer() as server:
        pass
    async with sitting(demo=False, server=server.url) as hand:
        await hand.see("Cannot connect to nats://127.0.0.1:", "nothing listens there", "Try again")
        await hand.press("r")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, Trouble))
        await hand.press("q")
        await until(hand.pilot, lambda: not hand.app.is_running)


async def test_the_status_bar_says_where_and_why() -> None:
    async with EmbeddedServer() as server:
        flags = {
            "server": server.url,
            "user": server.profile().user,
            "password": server.profile().password,
        }
        async with sitting(demo=False, **flags) as hand:
            await hand.see(f"127.0.0.1:{server.port}", "connected", "JetStream", "--server")
            assert server.profile().password not in hand.screen
            await server.stop()
            await hand.see("reconnecting")
            await server.restart()
            await hand.see("connected")


async def test_the_session_and_its_server_end_with_the_app() -> None:
    async with sitting() as hand:
        assert hand.app.session is not None
        server = hand.app.session.server
        assert server is not None
        assert server.pid
    assert not server.pid


async def test_the_palette_offers_what_the_keys_do() -> None:
    async with sitting() as hand:
        offered = {each.title for each in commands(hand.app.desk)}
        wanted = {b.tooltip for b in Desk.BINDINGS if getattr(b, "tooltip", "")}
        assert all(any(tip in title for title in offered) for tip in wanted)
        await hand.press("ctrl+p", *"send what", "enter")
        await hand.see("Answered in")


async def test_every_binding_has_an_id_and_a_tooltip() -> None:
    async with sitting() as hand:
        for node in (hand.app.desk, *hand.app.desk.query("*")):
            if type(node).__module__.startswith("tui."):
                for binding in type(node).__dict__.get("BINDINGS", ()):
                    assert binding.id, binding
                    assert binding.tooltip, binding


@small
async def test_every_pane_is_reached_and_left_by_keys(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        homes = {"1": "subject", "2": "list", "3": "inspect-tabs", "4": "responder-list"}
        for key, home in homes.items():
            await hand.press("ctrl+o", key)
            await until(hand.pilot, lambda home=home: getattr(hand.app.focused, "id", "") == home)
        await hand.press("escape")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "list")
        await hand.press("question_mark")
        await hand.see("Show only some exchanges")
        await hand.press("escape")


async def test_turning_the_terminal_keeps_everything_usable() -> None:
    async with sitting((120, 40)) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in", "1 Compose", "4 Responders")
        await hand.pilot.resize_terminal(60, 18)
        await hand.see("1 Compose")
        await hand.press("ctrl+o", "3")
        await hand.see("Answered in")
        await hand.pilot.resize_terminal(200, 60)
        await hand.see("Answered in", "Responders", "Exchanges")


@pytest.mark.parametrize("turns", [0, 1, 20, 100, 200])
async def test_quitting_while_it_starts_leaves_nothing_behind(turns: int) -> None:
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test():
        for _ in range(turns):
            await asyncio.sleep(0)
        app.exit()
    if app.session is not None:
        assert app.session.server is not None
        assert not app.session.server.pid
