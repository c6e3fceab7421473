"""The composer's fields: what is typed where, what is said of it there, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.composer import composer, option, peer, state, write
from helpers.desk import Hand, sitting, until
from textual.widgets import OptionList, TextArea

from engine import NatsBroker
from engine.audience.known_subjects import known_subjects
from engine.drafts.draft import Draft, Kind
from engine.drafts.file_body import UnreadableFile, files_beginning, read_file
from engine.drafts.template import Context, render
from engine.errors import InvalidInput
from engine.journal import Journal, State
from engine.message import text
from engine.responders.reply import ReplyDraft
from engine.watching.subject_watch import SubjectWatch
from tui.body.json_format import tidy
from tui.compose.body_page import MAX_EDITED, BodyPage, SealedView
from tui.compose.compose_pages import ComposePages
from tui.kit.editor import Field

ODD = bytes(range(256)) + b"\r\n\x0b\x85 {{x \r"


def page(hand: Hand) -> BodyPage:
    return hand.app.desk.query_one(BodyPage)


def focused(hand: Hand) -> str:
    return getattr(hand.app.focused, "id", "") or ""


async def at(hand: Hand, place: str) -> None:
    await until(hand.pilot, lambda: focused(hand) == place)


# -- keys --------------------------------------------------------------------------------------


async def test_what_is_typed_right_after_tab_goes_to_the_next_field() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+n")
        await at(hand, "subject")
        for key in ("s", "v", "c", "tab", "h", "i", "shift+tab", "1"):
            hand.app.simulate_key(key)  # without waiting, as from a quick hand
        await until(hand.pilot, lambda: page(hand).body == b"hi")
        await until(hand.pilot, lambda: hand.app.desk.query_one("#subject", Field).value == "svc1")


async def test_tab_goes_from_the_subject_to_what_is_written_next_on_each_page() -> None:
    async with sitting() as hand:
        for place in ("body", "headers"):
            await hand.press("ctrl+o", "1")
            await at(hand, "subject")
            await hand.press("tab")
            await at(hand, place)
            await hand.press("shift+tab")
            await at(hand, "subject")
            await hand.press("ctrl+t")


async def test_an_emptied_composer_shows_its_body() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+t", "ctrl+t")
        book = hand.app.desk.query_one(ComposePages)
        assert book.front == "options"
        await hand.press("ctrl+n")
        await until(hand.pilot, lambda: book.front == "body-page")


async def test_what_is_half_written_comes_back_too() -> None:
    async with sitting() as hand:
        await write(hand, Kind.MANY, "a.b", "mine", timeout="soon", replies="x")
        hand.app.desk.query_one("#headers", TextArea).load_text("no colon")
        await hand.press("ctrl+n")
        await until(hand.pilot, lambda: not composer(hand).touched)
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: page(hand).body == b"mine")
        assert option(hand, "timeout").value == "soon"
        assert option(hand, "replies").value == "x"
        assert hand.app.desk.query_one("#headers", TextArea).text == "no colon"


async def test_the_page_that_goes_leaves_the_right_tab_in_front() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "a.{{Count}}")
        await hand.see("Rendered")
        book = hand.app.desk.query_one(ComposePages)
        book.bring("rendered")
        await hand.see("a.1")
        await write(hand, Kind.REQUEST, "a.b")
        await until(hand.pilot, lambda: book.front == "body-page")
        assert hand.app.desk.query_one("#compose-tabs").active == 0  # type: ignore[attr-defined]


async def test_a_mark_is_there_or_not() -> None:
    async with sitting() as hand:
        trace = option(hand, "trace")
        assert trace.BUTTON_INNER == " "
        trace.value = True
        assert trace.BUTTON_INNER == "✓"
        trace.value = False
        assert trace.BUTTON_INNER == " "


# -- subjects that are known -------------------------------------------------------------------


def _is_under_the_mouse(hand: Hand, offers: OptionList) -> bool:
    """Laid out where it will be clicked, and not only wanted."""
    place = offers.region
    return bool(place) and hand.app.screen.get_widget_at(place.x + 2, place.y)[0] is offers


async def test_known_subjects_are_offered_and_taken_with_keys_or_the_mouse() -> None:
    async with sitting() as hand:
        offers = hand.app.desk.query_one("#offers", OptionList)
        await hand.press("ctrl+n")
        await at(hand, "subject")
        composer(hand).know(["pay.card", "pay.cash", "shop.pay", "pay.", "pay.later."])
        assert list(composer(hand).known)[-3:] == ["pay.cash", "shop.pay", "pay.later."]
        await hand.press(*"pay")
        await hand.see("pay.cash", "shop.pay")
        await hand.press("down", "down")
        field = hand.app.desk.query_one("#subject", Field)
        await until(hand.pilot, lambda: field.value == "pay.cash")
        assert offers.highlighted == 1
        await hand.press("escape")
        await until(hand.pilot, lambda: not offers.display)
        assert focused(hand) == "subject"
        await hand.press("backspace")
        await until(hand.pilot, lambda: offers.display and offers.option_count == 1)
        forecast = composer(hand).forecast  # whose lines move the offers when it is made
        await until(
            hand.pilot, lambda: forecast.audience and forecast.audience.subject == "pay.cas"
        )
        await hand.see("pay.cash")
        await until(hand.pilot, lambda: _is_under_the_mouse(hand, offers))
        await hand.pilot.click("#offers", offset=(2, 0))
        await until(hand.pilot, lambda: field.value == "pay.cash")
        await hand.press("backspace", "tab")
        await until(hand.pilot, lambda: not offers.display)


async def test_where_somebody_listens_with_wildcards_the_beginning_is_offered(
    broker: NatsBroker,
) -> None:
    for pattern in ("greet.*", "shop.>", "a.*.b", "*.x", ">", "x*.y", "plain"):
        broker.subscriber(pattern)(lambda body: None)
    await broker.start()
    assert await known_subjects(broker) == ("a.", "greet.", "plain", "shop.", "x*.y")


async def test_where_natstap_only_watches_nobody_listens(broker: NatsBroker) -> None:
    broker.subscriber("greet.*")(lambda body: None)
    await broker.start()
    async with SubjectWatch(broker.profile, Journal(), ["pay.*", "greet.*"]):
        assert await known_subjects(broker) == ("greet.",)


async def test_a_beginning_is_offered_while_no_subject_is_known_that_has_it() -> None:
    async with sitting() as hand:
        compose = composer(hand)
        compose.known.clear()
        compose.know(("math.", "math.add", "shop."))
        assert list(compose.known) == ["math.add", "shop."]


async def test_what_is_no_text_is_copied_and_pasted() -> None:
    odd = text(b"odd.\xff")
    async with sitting() as hand:
        field = hand.app.desk.query_one("#subject", Field)
        composer(hand).load(Draft(odd))
        await hand.press("ctrl+o", "1", "home", "shift+end")
        await until(hand.pilot, lambda: field.selected_text == odd)
        await hand.press("ctrl+c", "end", "ctrl+v")
        await until(hand.pilot, lambda: field.value == odd * 2)


# -- what is wrong is said where it is ---------------------------------------------------------

WRONG = [
    ({"subject": ""}, "a subject is needed", "subject"),
    ({"subject": "a b"}, "subject: it has a space", "subject"),
    ({"subject": "a.*"}, "no wildcards", "subject"),
    ({"timeout": "soon"}, "is not a duration: try 2 s", "timeout"),
    ({"correlation_id": "a\u2028{{"}, "template in the correlation id", "correlation-id"),
    ({"kind": Kind.MANY, "replies": "two"}, "'two' is no whole number", "replies"),
    ({"kind": Kind.PUBLISH, "reply_to": "a..b"}, "reply to: two dots touch", "reply-to"),
    ({"kind": Kind.STREAM_PUBLISH, "expected_subject": "a"}, "needs the", "expected-subject"),
    ({"kind": Kind.STREAM_PUBLISH, "stream": "a b"}, "cannot be a stream's name", "stream"),
]


async def test_a_mistake_is_told_and_gone_to() -> None:
    async with sitting() as hand:
        for fields, says, place in WRONG:
            composer(hand).load(Draft("a.b", templates=True))
            given = {"kind": Kind.REQUEST, "subject": "a.b", **fields}
            await write(hand, given.pop("kind"), given.pop("subject"), "body", **given)
            await hand.press("ctrl+j")
            await hand.see("! ", says)
            await at(hand, place)
            assert not len(hand.app.journal)
            assert page(hand).body == b"body"


async def test_a_template_is_told_where_it_breaks_in_the_body() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "a.b", "{\n  {{count}}\n}")
        hand.app.desk.query_one(ComposePages).bring("options")
        await hand.press("ctrl+j")
        await hand.see("template in the body, line 2", "you may")
        await at(hand, "body")
        assert page(hand).editor.cursor_location == (1, 2)


async def test_a_header_that_is_none_is_gone_to() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "a.b")
        hand.app.desk.query_one("#headers", TextArea).load_text("X-A: 1\nno colon")
        await hand.press("ctrl+j")
        await at(hand, "headers")


async def test_json_that_is_none_is_told_when_typing_rests_and_goes_all_the_same() -> None:
    async with sitting() as hand:
        await hand.app.session.responders.add(ReplyDraft("svc.echo"))
        await write(hand, Kind.REQUEST, "svc.echo", '{"a": 1,, "n": {{Count}}}')
        await hand.see("no JSON, so it goes as text", "character 9: a name in double quotes")
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        message = hand.app.journal.message(hand.exchange.number)
        assert message.headers["content-type"] == "text/plain"


# -- JSON on lines -----------------------------------------------------------------------------


async def test_a_body_is_tidied_and_comes_back() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "a.b", '{"a":[1,2.50],"n":{{Count}}}')
        await hand.press("ctrl+o", "1", "f4")
        wanted = '{\n  "a": [\n    1,\n    2.50\n  ],\n  "n": {{Count}}\n}'
        await until(hand.pilot, lambda: page(hand).editor.text == wanted)
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: page(hand).body == b'{"a":[1,2.50],"n":{{Count}}}')
        await write(hand, Kind.REQUEST, "a.b", "[1")
        await hand.press("f4")
        await hand.see("the body is no JSON", "it ends too early")
        assert page(hand).body == b"[1"


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ('{"b":1,"a":2,"a":3}', '{\n  "b": 1,\n  "a": 2,\n  "a": 3\n}'),
        ("[1e999,0.10]", "[\n  1e999,\n  0.10\n]"),
        ('["{{ID}}",{{Random 1 2}}]', '[\n  "{{ID}}",\n  {{Random 1 2}}\n]'),
        ('["a  b"]', '[\n  "a  b"\n]'),
        ('"\ue0000\ue001"', '"\ue0000\ue001"'),
        ('[{{"}}"}},1]', '[\n  {{"}}"}},\n  1\n]'),
    ],
)
def test_tidying_changes_only_white_space(written: str, tidied: str) -> None:
    assert tidy(written) == tidied


# -- bodies that are not edited ----------------------------------------------------------------


async def test_bytes_are_shown_sealed_and_sent_as_they_are() -> None:
    async with sitting() as hand:
        await hand.app.session.responders.add(ReplyDraft("svc.echo"))
        composer(hand).load(Draft("svc.echo", ODD))
        await hand.see(f"{len(ODD)} bytes, sent as they are", "00000000")
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        sent = hand.exchange.number
        assert hand.app.journal.message(sent).body == ODD
        await hand.press("escape", "r")
        await until(hand.pilot, lambda: hand.exchange.number != sent)
        assert hand.app.journal.message(hand.exchange.number).body == ODD
        await hand.press("e")
        await until(hand.pilot, lambda: page(hand).sealed and page(hand).body == ODD)


async def test_sealed_bytes_have_no_templates_though_the_subject_has() -> None:
    async with sitting() as hand:
        composer(hand).load(Draft("a.b", ODD))
        await write(hand, Kind.PUBLISH, "tpl.{{Count}}", templates=True)
        draft = composer(hand).draft()
        composer(hand).load(draft)
        assert composer(hand).draft() == draft
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: hand.app.desk.query_one("Inspect").number)
        message = hand.app.journal.message(hand.exchange.number)
        assert (message.subject, message.body) == ("tpl.1", ODD)


async def test_sealed_bytes_go_with_a_key_and_come_back() -> None:
    async with sitting() as hand:
        composer(hand).load(Draft("a.b", ODD))
        hand.app.desk.query_one(SealedView).focus()
        await at(hand, "sealed-bytes")
        await hand.press("delete")
        await at(hand, "body")
        assert page(hand).body == b""
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: page(hand).body == ODD)


async def test_more_than_is_edited_is_kept_aside() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+n")
        await at(hand, "subject")
        await hand.press("a", "tab")
        await at(hand, "body")
        await hand.write("x" * (MAX_EDITED + 1))
        await hand.see("2,097,153 bytes, sent as they are", "bytes over 1,048,576")
        assert page(hand).sealed


# -- a file's content --------------------------------------------------------------------------


async def test_a_file_becomes_the_body(tmp_path: Path) -> None:
    (tmp_path / "order.bin").write_bytes(ODD)
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "a.b", "mine")
        await hand.press("f9")
        await hand.see("Body from a file")
        await hand.write(f"{tmp_path}/nothing")
        await hand.press("enter")
        await hand.see("no such file or directory")
        await hand.press(*["backspace"] * len("nothing"), *"ord")
        await until(hand.pilot, lambda: hand.app.screen._known)  # type: ignore[attr-defined]
        await hand.press("down", "enter")
        await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        assert page(hand).body == ODD
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: page(hand).body == b"mine")


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    for path, why in (
        ("", "its path is needed"),
        (str(tmp_path), "a folder"),
        ("/dev/zero", "no plain file"),
        (f"{tmp_path}/none", "no such file"),
        ("a\0b", "null"),
    ):
        with pytest.raises(UnreadableFile, match=why):
            read_file(path)
    (tmp_path / "a.json").write_text(json.dumps([1]))
    (tmp_path / "sub").mkdir()
    assert read_file(f"{tmp_path}/a.json") == b"[1]"
    assert files_beginning(f"{tmp_path}/") == (f"{tmp_path}/a.json", f"{tmp_path}/sub/")
    assert files_beginning(f"{tmp_path}/none/x") == ()


@pytest.mark.parametrize("name", ["count", "Nope"])
def test_a_name_that_is_none_comes_with_advice(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"may mean Count|NATSTAP_VAR_NOPE"):
        render("{{" + name + "}}", Context())


async def test_one_pane_gets_all_the_room_and_gives_it_back() -> None:
    async with sitting() as hand:
        pane = composer(hand)
        before = pane.size.width
        await hand.press("f2")
        await until(hand.pilot, lambda: pane.size.width > 100)
        await hand.see("2 Exchanges", "4 Responders")
        await hand.press("f2")
        await until(hand.pilot, lambda: pane.size.width == before)


async def test_subjects_of_what_is_published_are_known_from_the_traffic() -> None:
    async with sitting() as hand:
        await hand.app.session.watches.watch_subjects(["news.>"])
        async with peer(hand) as client:
            await client.publish("news.tea", b"hot")
            await until(hand.pilot, lambda: "news.tea" in composer(hand).known)
