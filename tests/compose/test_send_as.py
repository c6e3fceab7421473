"""MessagePack from the composer to a service and back into the composer, and what Inspect shows."""

from __future__ import annotations

import json

import msgpack
from helpers.composer import composer, state, write
from helpers.desk import sitting, until
from textual.content import Content

from engine.drafts.draft import Kind
from engine.journal import State
from engine.responders.reply import ReplyDraft
from tui.inspect.message_view import MessageView
from tui.kit.tab_line import TabLine

ORDER = {"id": 7, "item": "tea"}


async def test_a_body_is_sent_as_messagepack_and_read_again() -> None:
    async with sitting() as hand:
        await hand.app.session.responders.add(ReplyDraft("svc.echo"))
        await write(hand, Kind.REQUEST, "svc.echo", json.dumps(ORDER), timeout="30 s")
        await hand.press("alt+t")
        await hand.press(*"messagepack", "enter")
        tabs = hand.app.desk.query_one("#compose-tabs", TabLine)
        await until(hand.pilot, lambda: tabs.labels[0] == "Body as MessagePack")
        assert composer(hand).draft().content == "msgpack"
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        number = hand.exchange.number
        sent = hand.app.journal.message(number)
        assert sent.body == msgpack.packb(ORDER)
        assert sent.headers.get("content-type") == "application/msgpack"
        pane = hand.app.desk.query_one("#message", MessageView).body
        await until(hand.pilot, lambda: pane.view.reading.title == "MessagePack")
        title = pane.border_title
        said = title.plain if isinstance(title, Content) else str(title)
        assert "the content-type is application/msgpack" in said
        assert json.loads(pane.view.reading.text) == ORDER
        composer(hand).lay_out(b"")
        hand.app.desk.sending.edit()
        await until(hand.pilot, lambda: composer(hand).draft().content == "msgpack")
        assert json.loads(composer(hand).draft().body) == ORDER


async def test_the_tab_says_what_was_chosen_last() -> None:
    async with sitting() as hand:
        tabs = hand.app.desk.query_one("#compose-tabs", TabLine)
        assert not composer(hand).pages.options.complete  # as long as nobody turned to that page
        for typed, label in (
            ("messagepack", "Body as MessagePack"),
            ("cbor", "Body as CBOR"),
            ("typed", "Body"),
        ):
            await hand.press("alt+t")
            before = composer(hand).edits
            await hand.press(*typed, "enter")
            await until(hand.pilot, lambda label=label: tabs.labels[0] == label)
            assert composer(hand).edits > before  # or it is said when something else changes


async def test_a_body_that_cannot_be_written_so_is_refused_where_it_is() -> None:
    async with sitting() as hand:
        before = hand.app.journal.next
        await write(hand, Kind.REQUEST, "svc.echo", "{", content="msgpack")
        await hand.press("ctrl+j")
        await hand.see("! body: Expecting")
        await write(hand, Kind.REQUEST, "svc.echo", "{}", content="xml")
        await hand.press("ctrl+j")
        await hand.see("cannot be written: use one of")
        assert hand.app.journal.next == before
