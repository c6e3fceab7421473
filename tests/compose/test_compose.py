"""Every kind of message from the composer, to FastStream and streams on the real server."""

from __future__ import annotations

import asyncio
import json
from contextlib import nullcontext
from dataclasses import replace

import nats
import nats.micro
import pytest
from helpers.composer import composer, peer, state, write
from helpers.desk import sitting, until
from helpers.peers import faststream, up, whole
from helpers.waiting import flushed
from nats.micro.request import Request
from textual.widgets import Input, TextArea

from engine import NatsBroker
from engine.drafts.draft import Draft, Kind
from engine.errors import NatstapError
from engine.journal import State
from engine.responders.reply import ReplyDraft
from tui.compose.rendered import Rendered
from tui.kit.editor import Field, HeaderEditor
from tui.kit.tab_line import TabLine

BURST = ("count", "rate", "in_flight", "deadline")


async def replies(client: nats.NATS, subject: str, *bodies: bytes) -> None:
    """Somebody who answers several times."""

    async def answer(message) -> None:
        for body in bodies:
            await message.respond(body)

    await client.subscribe(subject, cb=answer)
    await flushed(client)


# -- kinds -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({"replies": "2", "timeout": "30 s"}, 2),
        ({"gap": "2 s", "timeout": "30 s"}, 3),
        ({"until_empty": True, "timeout": "30 s"}, 3),
        ({"timeout": "3 s"}, 4),
    ],
    ids=["n", "quiet", "mark", "all"],
)
async def test_a_request_for_many_ends_as_it_was_asked_to(options, count: int) -> None:
    bodies = (b"one", b"two", b"three", b"") if "until_empty" in options else (b"a", b"b", b"c")
    if options == {"timeout": "3 s"}:
        bodies = (b"1", b"2", b"3", b"4")
    async with sitting() as hand, peer(hand) as client:
        await replies(client, "many.here", *bodies)
        await write(hand, Kind.MANY, "many.here", "?", **options)
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        answers = [hand.app.journal.message(number).body for number in hand.exchange.replies]
        assert len([body for body in answers if body]) >= count


async def test_a_stream_request_is_answered_by_faststream() -> None:
    async with sitting() as hand:
        theirs = faststream(hand.app.session.profile)
        seen = whole(theirs, "jobs.run", lambda message: b"done", stream="JOBS")
        await up(theirs)
        try:
            await write(hand, Kind.STREAM_REQUEST, "jobs.run", "{}", timeout="30 s")
            await hand.press("ctrl+j")
            await hand.see("done", "JOBS")
            assert hand.exchange.state is State.ANSWERED
            assert len(seen) == 1
        finally:
            await theirs.stop()


async def test_a_stream_publish_that_somebody_answered_says_so() -> None:
    go = asyncio.Event()
    async with sitting() as hand:
        broker = hand.app.session.broker
        await broker.jetstream.ensure_stream("LOG", ["log.*"])
        async with NatsBroker(hand.app.session.profile) as theirs:

            @theirs.subscriber("log.a")
            async def answer(body: str) -> str:
                await go.wait()
                return "thank you"

            await theirs.start()
            await write(hand, Kind.STREAM_PUBLISH, "log.a", "first")
            await hand.press("ctrl+j")
            await hand.see("Stored by stream LOG in")
            await until(hand.pilot, lambda: hand.exchange.state is State.KEPT)
            go.set()
            await hand.see("an answer came as", "▣ stored +reply", "thank you")


async def test_a_stream_publish_says_where_it_was_stored_and_expectations_hold() -> None:
    async with sitting() as hand:
        await hand.app.session.broker.jetstream.ensure_stream("LOG", ["log.*"])
        await write(hand, Kind.STREAM_PUBLISH, "log.a", "first", message_id="m-1", ttl="")
        await hand.press("ctrl+j")
        await hand.see("Stored by stream LOG in", "as sequence 1")
        assert hand.exchange.state is State.KEPT
        first = hand.exchange.number
        message = hand.app.journal.message(first)
        assert message.headers["Nats-Msg-Id"] == "m-1"
        assert "Nats-Expected-Stream" not in message.headers  # nobody named a stream
        await write(
            hand, Kind.STREAM_PUBLISH, "log.a", "second", message_id="", expected_sequence="7"
        )
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: hand.exchange.number != first)
        await hand.see("wrong last sequence")


async def test_a_message_id_that_was_stored_before_is_told() -> None:
    async with sitting() as hand:
        await hand.app.session.broker.jetstream.ensure_stream("LOG", ["log.*"])
        for words in ("Stored by stream LOG", "stream LOG has this message id already"):
            await write(hand, Kind.STREAM_PUBLISH, "log.a", "first", message_id="m-1")
            await hand.press("ctrl+j")
            await hand.see(words)


async def test_a_stream_request_that_nobody_consumes_is_explained() -> None:
    async with sitting() as hand:
        await hand.app.session.broker.jetstream.ensure_stream("LOG", ["log.*"])
        await write(hand, Kind.STREAM_REQUEST, "log.a", "?", timeout="3 s")
        await hand.press("ctrl+j")
        await hand.see("has no consumer", "Start the service that reads")
        assert hand.exchange.state is State.STORED


async def test_a_stream_that_nobody_made_is_a_clear_error() -> None:
    async with sitting() as hand:
        await write(hand, Kind.STREAM_PUBLISH, "nowhere.at.all", "x")
        await hand.press("ctrl+j")
        await hand.see("No stream stores nowhere.at.all", "nobody listens there")
        assert hand.exchange.state is State.NO_RESPONDERS
        assert hand.exchange.to_store


async def test_a_wrong_option_is_said_and_gone_to() -> None:
    async with sitting() as hand:
        await write(hand, Kind.STREAM_PUBLISH, "log.a", "x", ttl="soon")
        await hand.press("ctrl+j")
        await hand.see("'soon' is no time to live")
        await until(hand.pilot, lambda: getattr(hand.app.focused, "id", "") == "ttl")


# -- what helps to write it --------------------------------------------------------------------


async def test_templates_are_shown_rendered_and_sent_rendered() -> None:
    async with sitting() as hand:
        await hand.app.session.responders.add(ReplyDraft("svc.echo"))
        await write(hand, Kind.REQUEST, "svc.echo", "n={{Count}} {{Random 5 5}}")
        await hand.see("Rendered")
        shown = hand.app.desk.query_one(Rendered)
        await until(hand.pilot, lambda: "n=1 " in shown.text)
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        body = hand.app.journal.message(hand.exchange.number).body.decode()
        assert body.startswith("n=1 ")
        assert len(body) == 9


async def test_braces_mean_themselves_when_templates_are_off() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "orders.create", "{{nonsense}}", templates=False)
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: hand.app.desk.query_one("Inspect").number)
        assert hand.app.journal.message(hand.exchange.number).body == b"{{nonsense}}"
        assert "Rendered" not in hand.app.desk.query_one("#compose-tabs", TabLine).labels


async def test_a_variable_that_is_missing_is_said_before_anything_is_sent() -> None:
    async with sitting() as hand:
        before = hand.app.journal.next
        await write(hand, Kind.REQUEST, "orders.create", "{{token}}")
        await hand.press("ctrl+j")
        await hand.see("! template")
        assert hand.app.journal.next == before


async def test_the_meter_weighs_headers_too_and_says_what_is_too_large() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "orders.create", "abc")
        await hand.see(" of 1,048,576 bytes")
        composer(hand).load(replace(composer(hand).draft(), body=b"x" * 1_048_576))
        await hand.see("78 bytes over 1,048,576")
        await hand.press("ctrl+j")
        await hand.see("1,048,576")
        assert len(hand.app.journal) == 0


async def test_known_headers_are_completed_and_misspelt_ones_are_told() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+t", *"nats-ms")
        headers = hand.app.desk.query_one(HeaderEditor)
        await until(hand.pilot, lambda: headers.suggestion == "g-Id: ")
        await hand.press("right", *"a-1")
        assert headers.text == "Nats-Msg-Id: a-1"
        await hand.see("the stream stores a message")
        headers.load_text("nats-msg-id: a-1")
        await hand.see("nats-msg-id does nothing")


async def test_a_body_is_laid_out_from_the_schema_of_a_service() -> None:
    schema = {"type": "object", "properties": {"item": {"type": "string", "example": "tea"}}}
    async with sitting() as hand, peer(hand) as client:
        service = await nats.micro.add_service(client, name="shop", version="1.0.0")

        async def create(request: Request) -> None:
            await request.respond(b"ok")

        await service.add_endpoint(
            name="create", handler=create, metadata={"schema": json.dumps(schema)}
        )
        await client.request("$SRV.PING.shop", timeout=30)
        await write(hand, Kind.REQUEST, "create", "")
        await hand.press("ctrl+g")
        await hand.see('"item": "tea"')
        await service.add_endpoint(
            name="each", subject="each.*", handler=create, metadata={"schema": json.dumps(schema)}
        )
        await client.request("$SRV.PING.shop", timeout=30)
        await write(hand, Kind.REQUEST, "each.one", "")
        await hand.press("ctrl+g")
        await hand.see('"item": "tea"')


async def test_half_a_character_is_refused_where_it_is_written() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "orders.create", r'{{"\ud800"}}')
        await hand.press("ctrl+j")
        await hand.see("template in the body, character 3")


async def test_a_body_is_laid_out_from_what_was_seen_and_undone() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        await write(hand, Kind.REQUEST, "orders.create", "mine")
        await hand.press("ctrl+o", "1", "ctrl+g")
        body = hand.app.desk.query_one("#body", TextArea)
        await until(hand.pilot, lambda: '"qty": 0' in body.text)
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: body.text == "mine")


async def test_an_emptied_composer_comes_back() -> None:
    async with sitting() as hand:
        before = composer(hand).draft()
        await hand.press("ctrl+n")
        await until(hand.pilot, lambda: not composer(hand).touched)
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: composer(hand).touched)
        assert composer(hand).draft() == before


async def test_headers_alone_come_back_too_and_what_undoing_takes_away() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+n")
        await until(hand.pilot, lambda: not composer(hand).touched)
        headers = hand.app.desk.query_one("#headers", TextArea)
        headers.load_text("X-A: 1")
        await hand.press("ctrl+n")
        await until(hand.pilot, lambda: not headers.text)
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: headers.text == "X-A: 1")
        await hand.press("ctrl+z")
        await until(hand.pilot, lambda: composer(hand).touched)
        for before in ("X-A: 1", ""):
            await hand.press("ctrl+y")
            await until(hand.pilot, lambda written=before: headers.text == written)
        assert not composer(hand).touched


async def test_what_is_typed_after_undoing_replaces_nothing() -> None:
    async with sitting() as hand:
        await write(hand, Kind.REQUEST, "my.subject", "")
        field = hand.app.desk.query_one("#subject", Input)
        composer(hand).load(Draft("other"))
        await hand.press("ctrl+o", "1", "home", "shift+end")
        await until(hand.pilot, lambda: field.selected_text == "other")
        await hand.press("ctrl+z", *".x")
        await until(hand.pilot, lambda: field.value == "my.subject.x")


async def test_a_pasted_command_fills_the_composer() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+n")
        await hand.write("nats req svc.pay '{\"sum\": 3}' -H X-A:1 --timeout 3s")
        await until(hand.pilot, lambda: composer(hand).touched)
        assert composer(hand).draft() == Draft(
            "svc.pay", b'{"sum": 3}', headers=(("X-A", "1"),), timeout=3.0, adds_headers=False
        )


async def test_subjects_are_completed_from_listeners_and_the_history() -> None:
    async with sitting() as hand:
        hand.app.session.history.add(Draft("sent.before"))
        composer(hand).known.clear()
        hand.app.desk.completing.begin(hand.app.session)
        known = composer(hand).known
        await until(hand.pilot, lambda: {"sent.before", "report.slow"} <= set(known))


# -- what is kept of it ------------------------------------------------------------------------


async def test_what_was_sent_is_in_the_history_with_what_came_of_it() -> None:
    async with sitting() as hand:
        history = hand.app.session.history
        body = '{"item": "tea", "qty": {{Count}}}'
        await write(hand, Kind.REQUEST, "orders.create", body, timeout="3 s")
        await hand.press("ctrl+j")
        await until(hand.pilot, history.entries)
        (entry,) = history.entries()
        assert entry.outcome == "answered"
        assert entry.draft == Draft("orders.create", body.encode(), timeout=3.0, templates=True)
        await write(hand, Kind.REQUEST, "nobody.here", "")
        await hand.press("ctrl+j")
        await until(hand.pilot, lambda: len(history.entries()) == 2)
        assert history.entries()[0].outcome == "no responders"


async def test_what_was_still_open_at_the_end_is_in_the_history() -> None:
    async with sitting() as hand:
        history = hand.app.session.history
        await write(hand, Kind.REQUEST, "report.slow", "", timeout="1 min")
        await hand.press("ctrl+j")
        await state(hand, State.WAITING)
    assert [entry.draft.subject for entry in history.entries()] == ["report.slow"]


async def test_a_history_that_cannot_be_written_stops_nobody(tmp_path, monkeypatch) -> None:
    async with sitting() as hand:
        hand.app.session.history.path = tmp_path / "file" / "history.jsonl"
        (tmp_path / "file").write_text("in the way")
        await hand.press("ctrl+j")
        await state(hand, State.ANSWERED)
        await until(hand.pilot, lambda: hand.app.session.outbox.trouble)
        assert "history cannot be written" in hand.app.session.outbox.trouble


@pytest.mark.parametrize(
    "draft",
    [
        Draft("a.b", b"x", headers=(("X-A", "1"),)),
        Draft("log.a", b"x", Kind.STREAM_PUBLISH, stream="LOG"),
        Draft("log.a", b"x", Kind.STREAM_REQUEST, stream="LOG", timeout=0.2),
        Draft("a.b", b"x", Kind.PUBLISH, reply_to="back.here", watch=False),
        Draft("a.b", b"x", Kind.PUBLISH),
        Draft("a.b", b"x", Kind.MANY, replies=3, timeout=0.2),
    ],
    ids=lambda draft: draft.kind,
)
async def test_a_recorded_message_is_a_draft_again(broker, journal, draft: Draft) -> None:
    from engine.drafts.draft_of_exchange import recorded_draft
    from engine.drafts.send import begin

    await broker.jetstream.ensure_stream("LOG", ["log.*"])
    sending = begin(broker, draft)
    with pytest.raises(NatstapError) if draft.kind.asks else nullcontext():
        await sending.outcome()
    again = recorded_draft(journal, sending.number)
    asked = {} if draft.kind.asks or draft.kind.streamed else {"timeout": again.timeout}
    own = (("content-type", "text/plain"),)
    assert replace(again, headers=(), watch=draft.watch) == replace(draft, headers=(), **asked)
    assert again.headers == (*own, *draft.headers)


async def test_a_pasted_command_that_sends_many_opens_the_form_for_that() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+n")
        order = """'{"item": "tea", "qty": 1}'"""
        await hand.write(f"nats pub orders.create {order} --count 5 --sleep 10ms")
        await hand.see("Send many", "Message 1")
        fields = [hand.app.screen.query_one(f"#burst-{field}", Field).value for field in BURST]
        assert fields == ["5", "100", "1", "1 h"]
        await hand.press("ctrl+j")
        await hand.see("5 of 5")
