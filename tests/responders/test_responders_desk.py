"""Responders on the desk: the form, changing, undoing, looking closely, in the real app."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.desk import (
    HOSTILE,
    Hand,
    asked,
    assert_inert,
    sitting,
    sitting_alone,
    small,
    until,
)
from helpers.screens import hosted, open_form, put
from textual import events
from textual.widgets import Select, TextArea

from engine.journal import State
from engine.responders.behaviour import Correlation, Recipe, Then
from engine.responders.delay_spread import Spread
from engine.responders.examples import PREMADE
from engine.responders.overlapping_listeners import Company
from engine.responders.recipes import by_place
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from tui.palette_commands import commands
from tui.responders.new_responder import NewResponder
from tui.responders.reply_rows import of_draft
from tui.responders.responder_detail import ResponderDetail
from tui.responders.responders import Responders
from tui.table.table import Table

EVERYTHING = ReplyDraft(
    "shop.*",
    Recipe.TEMPLATE,
    b'{"n": {{Count}}}\n',
    (("X-A", "1"), ("X-A", "2")),
    "group",
    Spread.NORMAL,
    0.0,
    9.0,
    1.5,
    0.25,
    limit=3,
    error="no tea",
    error_code="409",
    more=(b"2", b"\xff"),
    fail_chance=0.125,
    silent_chance=0.2,
    duplicate_chance=0.01,
    replies=3,
    pause=0.4,
    end_mark=True,
    no_reply=True,
    correlation=Correlation.CHANGE,
    store_in="KEPT",
    rate=7,
    stream="WORK",
    durable="D",
    then=Then.NAK,
    nak_delay=2.0,
    ack_wait=3.0,
    version="2.0.0",
    description="d",
)


async def host(hand: Hand, draft: ReplyDraft, name: str = "") -> Responder:
    """Host it through the pane, with the pane in front."""
    await hand.press("ctrl+o", "4")
    count = len(hosted(hand))
    hand.app.desk.query_one(Responders).add(draft, name)
    await until(hand.pilot, lambda: len(hosted(hand)) == count + 1)
    await hand.see(draft.subject)
    return hosted(hand)[-1]


# -- the form --------------------------------------------------------------------------------


@small
async def test_a_responder_is_written_with_the_keys(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+o", "4")
        await open_form(hand, "a")
        await hand.see("New responder", "Not ready: a subject is needed")
        await hand.write("svc.tea")
        await hand.see("It answers svc.tea in group natstap with the request back.")
        await hand.press("ctrl+t", "ctrl+t", "ctrl+t")
        await hand.see("Service", "nats service ls")
        assert hand.app.focused.id == "reply-service"
        await hand.press("enter")
        await hand.see("● on", "svc.tea", "0×")
        await asked(hand, "svc.tea", State.ANSWERED)


async def test_where_nobody_listened_the_form_offers_that_subject() -> None:
    async with sitting((120, 40)) as hand:
        await asked(hand, "stock.check", State.NO_RESPONDERS)
        form = await open_form(hand, "escape", "a")
        await hand.see("It answers stock.check")
        await put(hand, reply_start="canned")
        assert form.draft().subject == "stock.check"
        await hand.press("enter")
        await hand.see("● on", "stock.check")
        await asked(hand, "stock.look", State.NO_RESPONDERS)
        form = await open_form(hand, "escape", "a")
        await hand.press(*"x.y")
        assert form.draft().subject == "x.y"


async def test_turning_the_page_brings_the_focus_along() -> None:
    async with sitting((120, 40)) as hand:
        form = await open_form(hand, "escape", "a")
        await put(hand, new_subject="x.y", new_kind="canned")
        for field in ("reply-delay", "reply-stream", "reply-service", "reply-body"):
            await hand.press("ctrl+t")
            await until(hand.pilot, lambda f=field: getattr(hand.app.focused, "id", "") == f)
        await hand.press("5", "ctrl+t", "tab")
        assert form.draft().body == b"5"
        assert hand.app.focused.id == "reply-fail-chance"


async def test_what_follows_the_delay_stays_in_its_column() -> None:
    async with sitting((120, 40)) as hand:
        await open_form(hand, "escape", "a")
        await hand.press("ctrl+t")
        chance = hand.app.screen.query_one("#reply-fail-chance")
        await until(hand.pilot, lambda: chance.region.height)
        column = chance.region.x
        for kind, rows in (("none", 1), ("fixed", 1), ("between", 2), ("normal", 3)):
            await put(hand, reply_delay=kind)
            delay = hand.app.screen.query_one("#reply-delay")
            down = 2 * rows
            await until(
                hand.pilot, lambda d=down, field=delay: chance.region.y - field.region.y == d
            )
            assert chance.region.x == column


async def test_what_was_written_stays_when_something_to_start_from_is_chosen() -> None:
    async with sitting((120, 40)) as hand:
        form = await open_form(hand, "escape", "a")
        await put(hand, new_subject="x.y", new_kind="canned", reply_body="mine")
        own = form.draft()
        canned = next(sample for sample in PREMADE if sample.name == "canned").draft
        await put(hand, reply_start="canned")
        assert form.draft() == replace(canned, subject="x.y")
        assert form.written_name == "canned"
        await put(hand, reply_start="flaky")
        assert (form.draft().subject, form.written_name) == ("x.y", "flaky")
        await put(hand, reply_start="own")
        assert (form.draft(), form.written_name) == (own, "")


async def test_what_is_typed_while_the_form_opens_goes_into_it() -> None:
    async with sitting((120, 40)) as hand:
        await hand.press("ctrl+o", "4")
        hand.app.post_message(events.Key("a", "a"))
        async with asyncio.timeout(60):
            while not isinstance(hand.app.screen, NewResponder):
                await asyncio.sleep(0)
        for letter in "svc.x":
            hand.app.post_message(events.Key("full_stop" if letter == "." else letter, letter))
        hand.app.post_message(events.Key("enter", None))
        await hand.see("● on", "svc.x")


async def test_what_is_found_out_while_natstap_quits_troubles_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def find_company(*_: object, **__: object) -> Company:
        form = hand.app.screen
        asked.set()
        while form.query("#new-company"):
            await asyncio.sleep(0)  # the lines of a form go before it does
        told.set()
        return Company()

    monkeypatch.setattr("tui.responders.new_responder.company", find_company)
    async with sitting((120, 40)) as hand:
        await open_form(hand, "escape", "a")
        await hand.write("svc.tea")
        await until(hand.pilot, asked.is_set)
    assert told.is_set()


async def test_every_field_of_a_draft_comes_back_from_the_form() -> None:
    async with sitting((120, 40)) as hand:
        await hand.press("ctrl+o", "4")
        form = await open_form(hand, "a")
        drafts = [EVERYTHING, *(sample.draft for sample in PREMADE)]
        drafts.append(
            replace(EVERYTHING, spread=Spread.EXPONENTIAL, deviation=0.0, least_delay=0.5)
        )
        drafts.append(replace(EVERYTHING, mean_delay=0.0))
        drafts.append(ReplyDraft("a", least_delay=2.0, most_delay=2.0, service="s"))
        drafts.append(ReplyDraft("a", Recipe.CANNED, b"\xff\x00\r\n\x85"))
        drafts.append(ReplyDraft("a", Recipe.OVERSIZE, size=5))
        for draft in drafts:
            form.load(draft, "name")
            await hand.pilot.pause()
            assert form.draft() == draft
            assert form.written_name == "name"
    assert of_draft(EVERYTHING)["delay"] == "normal"


WRONG = [
    ({"new_subject": ""}, "a subject is needed", "new-subject"),
    ({"new_subject": ">"}, "everyone's messages", "new-subject"),
    ({"new_subject": "a b"}, "it has a space", "new-subject"),
    ({"reply_fail_chance": "lots"}, "'lots' is no chance", "reply-fail-chance"),
    ({"reply_fail_chance": "120"}, "'120' is more than 100 %", "reply-fail-chance"),
    ({"reply_replies": "x"}, "is no whole number", "reply-replies"),
    ({"reply_replies": "0"}, "there are 1 to 10,000", "reply-replies"),
    ({"reply_queue": "a b"}, "no spaces", "reply-queue"),
    ({"reply_delay": "fixed", "reply_time": "soon"}, "'soon' is not a duration", "reply-time"),
    (
        {"reply_delay": "between", "reply_least": "3 s", "reply_most": "2 s"},
        "at least the minimum",
        "reply-most",
    ),
    ({"reply_delay": "normal"}, "Mean: a time is needed", "reply-mean"),
    ({"reply_stream": "a.b"}, "cannot be its name", "reply-stream"),
    ({"reply_service": "a b"}, "letters, digits", "reply-service"),
    ({"reply_version": "1"}, "1.0.0", "reply-version"),
    ({"reply_headers": "no colon"}, "header line 1 has no colon", "reply-headers"),
    ({"reply_headers": "a b: c"}, "a name is printable", "reply-headers"),
    ({"new_kind": "template", "reply_body": "{{nope}} {{"}, "unclosed {{", "reply-body"),
    ({"new_kind": "replaced", "reply_body": "a = b"}, "has no JSON value", "reply-body"),
    ({"new_kind": "oversize", "reply_size": "1.5"}, "is no whole number", "reply-size"),
]


async def test_what_is_wrong_is_said_and_its_field_is_there() -> None:
    async with sitting((80, 24)) as hand:
        form = await open_form(hand, "escape", "a")
        for values, words, focus in WRONG:
            form.load(ReplyDraft("svc.a"), "")
            await put(hand, **values)
            await hand.press("ctrl+j")
            await hand.see(words)
            assert isinstance(hand.app.screen, NewResponder)
            await until(hand.pilot, lambda f=focus: getattr(hand.app.focused, "id", "") == f)
            assert hand.app.focused is not None
            assert hand.app.focused.region.height
            assert len(form.query(".-bad")) == (focus not in ("reply-headers", "reply-body"))
        assert not hosted(hand)


async def test_what_is_premade_fills_the_form_and_the_whole_set_is_one_key() -> None:
    async with sitting((120, 40)) as hand:
        await hand.press("ctrl+o", "4")
        await open_form(hand, "a")
        await put(hand, reply_start="flaky")
        await hand.see("svc.flaky", "20 % fail")
        await hand.press("ctrl+j")
        await hand.see("● on", "svc.flaky", "1 of 1 on")
        await hand.press("p")
        await hand.see(f"{len(PREMADE)} of {len(PREMADE)} on")
        await hand.press("u")
        await hand.see("1 of 1 on")
        assert [responder.name for responder in hosted(hand)] == ["flaky"]


@small
async def test_the_whole_set_is_hosted_among_others_only_when_asked_for(
    size: tuple[int, int],
) -> None:
    async with sitting_alone(size) as hand:
        await hand.press("escape", "4", "p")
        await hand.see(f"Host {len(PREMADE)} responders", "is not natstap's own", "svc.echo")
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert not hosted(hand)
        await hand.press("p")
        await hand.see("Host them")
        assert hand.app.screen.query_one("#sure").size.height < 12  # its style came along
        await hand.press("y")
        await hand.see(f"{len(PREMADE)} of {len(PREMADE)} on")
        await hand.press("delete", "p")
        await hand.see("Host 1 responder on this server?")
        await hand.press("escape", "u", "u")
        await until(hand.pilot, lambda: not hosted(hand))


async def test_a_form_that_is_left_changes_nothing() -> None:
    async with sitting((80, 24)) as hand:
        await open_form(hand, "escape", "a")
        await hand.write("svc.a")
        await hand.press("escape")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert not hosted(hand)


async def test_what_the_server_does_not_take_is_said_in_the_form() -> None:
    """Nothing that was written is lost."""
    async with sitting((120, 40)) as hand:
        form = await open_form(hand, "escape", "a")
        await put(hand, new_subject="orders.audit", reply_description="mine", reply_stream="NONE")
        await hand.press("ctrl+j")
        await hand.see("! there is no stream 'NONE'")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "reply-stream")
        assert form.draft().description == "mine"
        await hand.press("ctrl+shift+end", "delete")
        await hand.write("AUDIT")
        await hand.see("consumes stream AUDIT and acknowledges")
        await put(hand, reply_store_in="NONE")
        await hand.press("enter")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "reply-store-in")
        await put(hand, reply_store_in="")
        await hand.press("enter")
        await hand.see("● on", "orders.audit")
        assert hosted(hand)[0].draft.description == "mine"


async def test_who_is_on_the_subject_already_is_said_before() -> None:
    async with sitting((120, 40)) as hand:
        await open_form(hand, "escape", "a")
        for subject, words in (
            ("orders.create", "! 2 others answer here (queue orders): requests get more than one"),
            ("orders.*", "! 2 others answer here (queue orders)"),
            ("orders.audit", "! stream AUDIT stores the subject, and acknowledges before any"),
        ):
            await put(hand, new_subject=subject)
            await hand.see(words)
        await put(hand, reply_stream="AUDIT")
        await until(hand.pilot, lambda: "! " not in hand.screen)
        await put(hand, new_subject="math.add")
        await hand.see("! stream AUDIT does not store math.add: nothing would come.")
        await put(hand, reply_stream="", reply_queue="calculators")
        await hand.see("! shares its requests with 1 other in the group.")


async def test_natstaps_own_responders_are_company_but_not_to_themselves() -> None:
    async with sitting((120, 40)) as hand:
        await host(hand, ReplyDraft("nobody.here"))
        await open_form(hand, "a")
        await put(hand, new_subject="nobody.*")
        await hand.see("! shares its requests with 1 other in the group.")
        await hand.press("escape")
        form = await open_form(hand, "e")
        await put(hand, new_subject="math.add")
        await hand.see("! 1 other answers here (queue calculators)")
        await put(hand, new_subject="nobody.*")
        await until(hand.pilot, lambda: form.draft().subject == "nobody.*")
        await until(hand.pilot, lambda: "! " not in hand.screen)


async def test_each_of_several_replies_has_a_body_of_its_own() -> None:
    async with sitting((80, 24)) as hand:
        form = await open_form(hand, "escape", "a")
        await put(hand, new_subject="svc.a", new_kind="canned", reply_body="one")
        place = hand.app.screen.query_one("#reply-place", Select)
        assert not place.region.height
        await put(hand, reply_replies="4", reply_place=2, reply_body="three")
        assert form.draft().more == (b"one", b"three")
        await put(hand, reply_place=1)
        assert hand.app.screen.query_one("#reply-body", TextArea).text == "one"
        await put(hand, reply_body="two", reply_place=3)
        assert hand.app.screen.query_one("#reply-body", TextArea).text == "three"
        await put(hand, reply_replies="2")
        assert (form.draft().body, form.draft().more) == (b"one", (b"two",))
        await hand.see("with one body after another")
        await put(hand, new_kind="echo")
        assert (form.draft().body, form.draft().more) == (b"", ())


async def test_what_cannot_be_hosted_is_said_in_the_pane() -> None:
    async with sitting((120, 40)) as hand:
        await hand.press("ctrl+o", "4")
        hand.app.desk.query_one(Responders).add(ReplyDraft("a", stream="NONE"))
        await hand.see("! there is no stream 'NONE'")
        assert not hosted(hand)


# -- changing and undoing ----------------------------------------------------------------------


@small
async def test_it_is_changed_and_changed_back(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        first = ReplyDraft("svc.a", Recipe.CANNED, b"one")
        responder = await host(hand, first, "mine")
        form = await open_form(hand, "e")
        await hand.see("Responder", "Change", "svc.a", "mine")
        assert form.draft() == first
        await put(hand, new_subject="svc.b", reply_name="other")
        await hand.press("ctrl+j")
        await hand.see("svc.b")
        assert (responder.subject, responder.name, responder.on) == ("svc.b", "other", True)
        await asked(hand, "svc.b", State.ANSWERED)
        await hand.press("ctrl+o", "4", "u")
        await hand.see("svc.a")
        assert (responder.draft, responder.name) == (first, "mine")


async def test_a_change_that_cannot_be_leaves_it_as_it_was() -> None:
    async with sitting((120, 40)) as hand:
        responder = await host(hand, ReplyDraft("svc.a"))
        await open_form(hand, "e")
        await put(hand, reply_stream="NONE")
        await hand.press("ctrl+j")
        await hand.see("! there is no stream 'NONE'")
        assert responder.on
        assert responder.draft == ReplyDraft("svc.a")


async def test_what_was_removed_comes_back_as_it_was() -> None:
    async with sitting((120, 40)) as hand:
        one, two, three = [await host(hand, ReplyDraft(f"svc.{name}")) for name in "abc"]
        listing = hand.app.desk.query_one("#responder-list", Table)
        listing.choose(two)
        await hand.press("space")
        await hand.see("○ off", "2 of 3 on")
        await hand.press("d")
        await hand.see("2 of 2 on")
        listing.choose(one)
        await hand.press("delete")
        await hand.see("1 of 1 on")
        await hand.press("u")
        await until(hand.pilot, lambda: hosted(hand) == [one, three])
        await until(hand.pilot, lambda: one.on)
        await hand.press("u")
        await until(hand.pilot, lambda: hosted(hand) == [one, two, three])
        assert not two.on
        await hand.press("u")
        await until(hand.pilot, lambda: two.on)
        await hand.press("u", "u", "u")
        await hand.see("No responders.")
        await hand.press("u")


# -- looking closely ---------------------------------------------------------------------------


@small
async def test_it_is_looked_at_closely(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        responder = await host(hand, ReplyDraft("svc.a", Recipe.FAILING, error="no"), "mine")
        await hand.press("enter")
        await hand.see("Responder mine", 'the service error "no"', "0 requests")
        await hand.see("Nothing was answered yet.", "No request was heard yet.")
        assert isinstance(hand.app.screen, ResponderDetail)
        await hand.press("escape")
        await asked(hand, "svc.a", State.SERVICE_ERROR)
        number = hand.exchange.number
        await asked(hand, "orders.create", State.ANSWERED)
        await hand.press("ctrl+o", "4", "i")
        await hand.see("1 request ", "1 failed on purpose", "p50", "svc.a", "! failed on purpose")
        assert responder.last[0].number == number
        await hand.press("enter")
        await until(hand.pilot, lambda: hand.exchange.number == number)
        await hand.see("no")


async def test_its_exchanges_are_one_key_away() -> None:
    async with sitting((120, 40)) as hand:
        await host(hand, ReplyDraft("svc.{what}"))
        await asked(hand, "svc.a", State.ANSWERED)
        await asked(hand, "orders.create", State.ANSWERED)
        await hand.press("ctrl+o", "4", "x")
        await hand.see("2 Exchanges / ~u svc.*", "1 of 2")
        await hand.press("escape")
        await hand.see("2 exchanges")


async def test_an_error_is_told_under_the_list() -> None:
    async with sitting((120, 40)) as hand:
        await host(hand, ReplyDraft("svc.a", Recipe.OVERSIZE))
        await asked(hand, "svc.a", State.SERVICE_ERROR)
        await hand.press("ctrl+o", "4")
        await hand.see("! last error: the message is 1,048,577 bytes")


async def test_what_is_held_back_is_told_in_its_row() -> None:
    async with sitting((120, 40)) as hand:
        await host(hand, ReplyDraft("svc.a", rate=1))
        await asked(hand, "svc.a", State.ANSWERED)
        await hand.press("ctrl+o", "4")
        assert hand.app.session is not None
        ask_again = hand.app.session.broker.post

        def full() -> bool:
            ask_again(b"", "svc.a", reply_to="answers")
            return "◐ full" in hand.screen

        await until(hand.pilot, full)
        await hand.see("held back, without an answer")


async def test_one_without_a_name_is_called_what_it_does() -> None:
    async with sitting((200, 60)) as hand:
        responder = await host(hand, ReplyDraft("svc.a"))
        await open_form(hand, "e")
        await put(hand, new_kind="no_responders")
        await hand.press("ctrl+j")
        await hand.see("no responders", "svc.a")
        assert responder.named == ""
        await hand.press("u")
        await until(hand.pilot, lambda: responder.name == "echo")


async def test_the_mouse_chooses_and_opens() -> None:
    async with sitting((120, 40)) as hand:
        await host(hand, ReplyDraft("svc.a"))
        two = await host(hand, ReplyDraft("svc.b"))
        listing = hand.app.desk.query_one("#responder-list", Table)
        await hand.pilot.click("#responder-list", offset=(5, 1))
        assert listing.cursor is two
        await hand.pilot.click("#responder-list", offset=(5, 1), times=2)
        await hand.see("Responder echo", "svc.b")


async def test_it_is_saved_and_hosted_from_the_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with sitting((120, 40)) as hand:
        responder = await host(hand, replace(PREMADE[4].draft, subject="svc.mine"))
        await hand.press("s")
        await hand.see("Save the responder in the collection")
        await hand.write("mine/flaky")
        await hand.press("enter")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert hand.app.session is not None
        saved = hand.app.session.collection.read("mine/flaky")
        assert saved == responder.draft


# -- answering like what was seen ----------------------------------------------------------------


async def test_an_exchange_is_answered_like_that_again() -> None:
    async with sitting((120, 40)) as hand:
        await asked(hand, "math.pow", State.SERVICE_ERROR)
        await open_form(hand, "ctrl+o", "2", "h")
        await hand.see("math.pow", "recorded", "I cannot pow")
        await put(hand, new_subject="copy.pow")
        await hand.press("ctrl+j")
        await hand.see("● on", "copy.pow")
        await asked(hand, "copy.pow", State.SERVICE_ERROR)
        replies = [hand.app.journal.message(number) for number in hand.exchange.replies]
        assert "I cannot pow" in replies[0].headers["Nats-Service-Error"]


async def test_the_form_offers_the_chosen_exchange_to_start_from() -> None:
    async with sitting((120, 40)) as hand:
        await asked(hand, "math.pow", State.SERVICE_ERROR)
        form = await open_form(hand, "ctrl+o", "4", "a")
        await put(hand, reply_start="seen")
        await hand.see("as math.pow was answered", 'the service error "I cannot pow')
        assert form.draft().recipe == Recipe.FAILING


async def test_what_was_no_request_cannot_be_repeated() -> None:
    async with sitting((80, 24)) as hand:
        await hand.press("escape", "h")
        await until(hand.pilot, lambda: len(hand.app._notifications))
        (notification,) = hand.app._notifications
        assert "Choose a request" in notification.message
        assert hand.app.screen is hand.app.desk


# -- promises ------------------------------------------------------------------------------------


async def test_all_of_it_is_in_the_palette() -> None:
    async with sitting((80, 24)) as hand:
        titles = " ".join(command.title for command in commands(hand.app.screen))
        for words in (
            "Host a stand-in service",
            "answers as the chosen exchange was answered",
            "Switch the responder on or off",
            "Change what the responder does",
            "Remove the responder",
            "Undo what was last done to the responders",
            "only the exchanges of the responder",
            "Counters, latency and last requests",
            "Save the responder in the collection",
            "whole set of pre-made responders",
        ):
            assert words in titles


@small
async def test_hostile_words_are_inert(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        word = "".join(letter for letter in HOSTILE if letter not in " \x1b\x07.\x9b\x00")
        draft = ReplyDraft("evil.*", Recipe.FAILING, HOSTILE.encode(), error=word)
        await host(hand, draft, HOSTILE)
        await asked(hand, f"evil.{word}", State.SERVICE_ERROR)
        await hand.press("ctrl+o", "4")
        assert_inert(hand)
        await hand.press("enter")
        await hand.see("1 request ")
        assert_inert(hand)
        await hand.press("escape")
        await open_form(hand, "e")
        assert_inert(hand)
        await hand.press("escape", "ctrl+o", "4", "x")
        await hand.see("~u evil.*")
        assert_inert(hand)


async def test_an_empty_pane_names_what_a_responder_can_do_where_there_is_room() -> None:
    titles = [recipe.title.partition(": ")[0] for recipe in by_place()]
    async with sitting((200, 60)) as hand:
        await hand.see("No responders.", *titles)
