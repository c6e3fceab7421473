"""Copying drafts as commands and programs, and pasting commands: what goes out comes back."""

from __future__ import annotations

from helpers.desk import HOSTILE, Hand, assert_inert, sitting, sizes, small, until
from helpers.drafts import DRAFTS, as_written
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Button, TextArea

from engine.commands.copyas import WAYS, copy_as
from engine.commands.paste import Pasted
from engine.drafts.draft import Draft, Kind
from engine.drafts.template import Context, TemplateError
from engine.responders.reply import ReplyDraft
from engine.secrets.masked_draft import mask, without_idle_templates
from tui.app import NatstapApp
from tui.compose.compose import Compose
from tui.compose.copy_as import CopyAs
from tui.compose.paste_command import PasteCommand
from tui.kit.code_view import CodeView
from tui.palette_commands import commands

ORDER = Draft("orders.create", b'{"item": "tea"}', headers=(("x-who", "ann"),), timeout=3)
SECRET = "Bearer abcdefghijklmnop"


async def copied(hand: Hand, draft: Draft, *keys: str, **variables: str) -> str | None:
    """What the dialog gives for these keys and Enter."""
    given: list[str | None] = []
    await hand.app.push_screen(CopyAs(draft, variables), given.append)
    await hand.see("Copy as", "1 nats command", "4 natstap's engine")
    await hand.press(*keys, "enter")
    await until(hand.pilot, lambda: given)
    return given[0]


async def taken(hand: Hand, command: str) -> Pasted | None:
    given: list[Pasted | None] = []
    await hand.app.push_screen(PasteCommand(), given.append)
    await hand.see("Paste a nats command")
    await hand.write(command)
    await until(hand.pilot, lambda: hand.app.screen.query_one(TextArea).text)
    await hand.press("enter")
    await until(hand.pilot, lambda: given)
    return given[0]


# -- there and back --------------------------------------------------------------------------


async def test_what_is_copied_and_pasted_is_the_same_draft() -> None:
    async with sitting() as hand:
        for name, draft in DRAFTS.items():
            command = await copied(hand, draft)
            assert command == hand.app.clipboard, name
            pasted = await taken(hand, command)
            if draft.kind is not Kind.STREAM_REQUEST:  # of which the CLI knows nothing
                assert pasted is not None
                assert pasted.what == as_written(draft), name


async def test_every_way_is_one_key_away() -> None:
    async with sitting() as hand:
        for place, way in enumerate(WAYS, 1):
            expected = copy_as(way, ORDER).text
            assert await copied(hand, ORDER, str(place)) == expected
            for key in ("right", "down"):
                assert await copied(hand, ORDER, *[key] * (place - 1)) == expected
        for key in ("left", "up"):
            assert await copied(hand, ORDER, key) == copy_as(WAYS[-1], ORDER).text


# -- copying ---------------------------------------------------------------------------------


@sizes
async def test_the_text_and_its_notes_are_shown(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        many = Draft("a", b"x", Kind.MANY, replies=2)
        given: list[str | None] = []
        await hand.app.push_screen(CopyAs(many, {}), given.append)
        await hand.see("nats req --timeout=2s --replies=2", "• The nats CLI also ends", "Shift")
        await hand.press("3")
        await hand.see("import asyncio", "• FastStream takes the first answer only.")
        await hand.pilot.click("#copy-ways", offset=(22, 0))
        await hand.see("import nats")
        await hand.press("escape")
        await until(hand.pilot, lambda: given == [None])
        assert not hand.app.clipboard


async def test_by_mouse_and_from_the_palette() -> None:
    async with sitting() as hand:
        given: list[str | None] = []
        screen = CopyAs(ORDER, {})
        await hand.app.push_screen(screen, given.append)
        await hand.see("Copy as")
        titles = {one.title.partition(":")[0] for one in commands(screen)}
        assert {"Copy", "nats-py", "FastStream", "Close"} <= titles
        await hand.pilot.click("#copy-now")
        await until(hand.pilot, lambda: given)
        assert given[0] == copy_as(WAYS[0], ORDER).text


async def test_secrets_are_left_out_until_they_are_asked_for() -> None:
    draft = Draft("a", b'{"password": "hunter22"}', headers=(("Authorization", SECRET),))
    async with sitting() as hand:
        for place in range(1, len(WAYS) + 1):
            text = await copied(hand, draft, str(place))
            assert text is not None
            assert SECRET not in text
            assert "hunter22" not in text
            assert "<authorization>" in text
            assert "<password>" in text
        shown = await copied(hand, draft, "s")
        assert shown is not None
        assert SECRET in shown
        assert "hunter22" in shown
        await hand.app.push_screen(CopyAs(draft, {}))
        await hand.see("Secrets are left out", "<authorization>, <password>")
        await hand.pilot.click("#copy-notes")
        await hand.see("It holds a secret in plain text", SECRET)
        await hand.press("escape")
        templated = Draft("a", b"{{api_key}} {{item}}", templates=True)
        text = await copied(hand, templated, api_key="k-123", item="tea")
        assert text is not None
        assert "<api_key> tea" in text


async def test_a_large_body_is_copied_whole_and_drawn_in_part() -> None:
    draft = Draft("a", b"x" * 500_000 + b" end")
    async with sitting() as hand:
        given: list[str | None] = []
        await hand.app.push_screen(CopyAs(draft, {}), given.append)
        await hand.see("characters more are copied and not shown")
        assert len(hand.app.screen.query_one(CodeView).text) == 20_000
        await hand.press("enter")
        await until(hand.pilot, lambda: given)
        assert given[0] == copy_as(WAYS[0], draft).text


async def test_what_cannot_be_written_is_said() -> None:
    async with sitting() as hand:
        await hand.app.push_screen(CopyAs(Draft("a", b"{{who}}", templates=True), {}))
        await hand.press("2")
        await hand.see("! ", "who")
        assert hand.app.screen.query_one("#copy-now", Button).disabled
        await hand.press("enter", "escape")
        hostile = Draft("a", HOSTILE.encode(), headers=(("x", HOSTILE),))
        await hand.app.push_screen(CopyAs(hostile, {}))
        for place in range(1, len(WAYS) + 1):
            await hand.press(str(place))
            assert_inert(hand)


secretive = st.sampled_from(["Authorization", "x-token", "x-who", "x"])
values = st.sampled_from([SECRET, "plain", "{{who}}", "{{token}}", "{{", "Basic QWxhZGRpbg=="])


@given(st.lists(st.tuples(secretive, values), max_size=4), values, st.booleans())
def test_no_secret_survives_masking(pairs: list, body: str, templates: bool) -> None:
    draft = Draft("a", body.encode(), headers=tuple(pairs), templates=templates)
    variables = {"token": "t-secret-1", "who": "ann"}
    masked = mask(draft, variables)
    for way in WAYS:
        try:
            text = copy_as(way, masked.draft, masked.variables).text
        except TemplateError:
            continue  # a lone {{ is none, masked or not
        for secret in (SECRET, "QWxhZGRpbg", "t-secret-1"):
            assert secret not in text


def test_templates_that_render_nothing_are_put_out() -> None:
    idle = Draft("a", b'{"x": 1} {{"{{"}}', templates=True)
    assert without_idle_templates(idle) == Draft("a", b'{"x": 1} {{')
    busy = Draft("a", b"{{Count}}", templates=True)
    assert without_idle_templates(busy) is busy
    assert without_idle_templates(idle).rendered(Context()).body == b'{"x": 1} {{'


# -- pasting ---------------------------------------------------------------------------------


@small
async def test_what_a_command_means_is_shown_while_it_is_written(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        given: list[Pasted | None] = []
        await hand.app.push_screen(PasteCommand(), given.append)
        await hand.see("Such as", "nats reply svc.echo --echo")
        await hand.write('nats req orders.create \\\n \'{"item": "tea"}\' -H x:1 --count 10 -s u@h')
        await hand.see("a request, 10 times", "orders.create", "x: 1", '{"item": "tea"}')
        await hand.see("✓ Enter puts it into the composer", "--server was dropped")
        assert "u@h was" not in hand.screen
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: given)
        assert given[0] is not None
        assert given[0].count == 10
        assert given[0].what == Draft(
            "orders.create",
            b'{"item": "tea"}',
            headers=(("x", "1"),),
            timeout=5,
            adds_headers=False,
        )


async def test_a_reply_is_a_responder_and_the_mouse_takes_it() -> None:
    async with sitting() as hand:
        given: list[Pasted | None] = []
        await hand.app.push_screen(PasteCommand(), given.append)
        await hand.see("Such as")
        await hand.write("nats reply svc.echo --echo --sleep 2s --count 3")
        await hand.see("a responder that sends the request back", "up to 2 s", "after 3 requests")
        await hand.see("Enter hosts this responder.")
        await hand.pilot.click("#paste-take")
        await until(hand.pilot, lambda: given)
        assert given[0] is not None
        assert isinstance(given[0].what, ReplyDraft)


async def test_what_cannot_be_read_says_where_and_is_not_taken() -> None:
    async with sitting() as hand:
        given: list[Pasted | None] = []
        await hand.app.push_screen(PasteCommand(), given.append)
        await hand.see("Such as")
        await hand.write("nats req a \\\n 'b")
        await hand.see("! Line 2, character 2: a ' has no second ' that ends it.")
        await hand.press("enter")
        assert not given
        await hand.write("' --nope")
        await hand.see("has no flag --nope")
        await hand.press("escape")
        await until(hand.pilot, lambda: given == [None])


async def test_a_hostile_command_is_inert() -> None:
    async with sitting() as hand:
        await hand.app.push_screen(PasteCommand())
        await hand.write(f"nats req a {HOSTILE!r}")
        await hand.pilot.pause()
        assert_inert(hand)
        hand.app.screen.query_one(TextArea).text = ""
        await hand.write("nats req a '" + HOSTILE.replace("'", "") + "' -H 'x:" + HOSTILE + "'")
        await hand.see("a request")
        assert_inert(hand)


async def test_a_command_is_pasted_where_the_subject_goes() -> None:
    written = (
        "kubectl exec -it box -- nats -s $NATS_URL req \\\n"
        "  orders.create '{}' -H \"Authorization: Bearer $TOKEN\""
    )
    async with sitting() as hand:
        await hand.press("ctrl+n")
        await hand.write(written)
        await hand.see("orders.create", "Headers 1")
        assert hand.app.desk.query_one(Compose).draft() == Draft(
            "orders.create",
            b"{}",
            headers=(("Authorization", "Bearer {{TOKEN}}"),),
            timeout=5,
            templates=True,
            adds_headers=False,
        )


@small
async def test_what_is_told_meanwhile_leaves_the_keys_in_sight(size: tuple[int, int]) -> None:
    app = NatstapApp({}, {}, demo=True)
    async with app.run_test(size=size, notifications=True) as pilot:
        hand = Hand(app, pilot)
        await until(pilot, lambda: app.session is not None)
        await hand.see("orders.create")
        app.notify("--server was dropped: natstap sends where it is connected.", timeout=60)
        await hand.see("--server was dropped")
        await hand.press("f6")
        await hand.see("Copy as", "1 nats command", "4 natstap", "Enter copies   Esc closes ─╯")
        await hand.see("--server was dropped")
