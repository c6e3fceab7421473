"""Drafts: what goes out, what is refused, what is warned of, and sending for real."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from helpers.peers import Tap
from helpers.waiting import QUIET
from hypothesis import given
from hypothesis import strategies as st

from engine import NatsBroker, NatsMessage, Profile
from engine.drafts.draft import Draft, InvalidDraft, Kind, endpoint_draft
from engine.drafts.send import PreparedDraft, begin, send
from engine.drafts.template import Context, TemplateError
from engine.errors import InvalidInput, NoResponders, NotStored, RequestError, TooLarge, WrongStream
from engine.services.service import Endpoint
from engine.tracing.trace import Tracing

pytestmark = pytest.mark.one_server


def test_the_content_type_is_guessed_unless_it_is_named() -> None:
    assert Draft("a", b'{"a": 1}').outgoing == (("content-type", "application/json"),)
    assert Draft("a", b"tea", headers=(("x", "1"),)).outgoing == (
        ("content-type", "text/plain"),
        ("x", "1"),
    )
    assert Draft("a").outgoing == ()
    named = (("Content-Type", "x/y"),)
    assert Draft("a", b"{}", headers=named).outgoing == named
    assert Draft("a", b'{"n": {{Count}}}', templates=True).outgoing[0][1] == "application/json"
    assert Draft("a", b"NaN").outgoing[0][1] == "text/plain"


def test_fields_become_the_headers_that_the_server_knows() -> None:
    draft = Draft(
        "a",
        kind=Kind.STREAM_PUBLISH,
        message_id="m",
        expected_sequence=0,
        expected_subject_sequence=3,
        expected_subject="a.*",
        expected_message_id="l",
        ttl="1h30m",
    )
    draft.check()
    assert dict(draft.outgoing) == {
        "Nats-Msg-Id": "m",
        "Nats-Expected-Last-Sequence": "0",
        "Nats-Expected-Last-Subject-Sequence": "3",
        "Nats-Expected-Last-Subject-Sequence-Subject": "a.*",
        "Nats-Expected-Last-Msg-Id": "l",
        "Nats-TTL": "1h30m",
    }


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"subject": ""}, "it is empty"),
    ({"subject": "a.*"}, "wildcards"),
    ({"headers": (("a b", "1"),)}, "printable ASCII"),
    ({"headers": (("a", "1\n2"),)}, "line break"),
    ({"correlation_id": "1\n2"}, "line break"),
    ({"timeout": 0.0}, "timeout: it is longer than nothing"),
    ({"timeout": float("nan")}, "timeout"),
    ({"kind": Kind.MANY, "gap": -1.0}, "gap"),
    ({"kind": Kind.MANY, "replies": -1}, "replies: 0 means"),
    ({"replies": 3}, "only a request for many"),
    ({"reply_to": "a"}, "inbox of its own"),
    ({"kind": Kind.PUBLISH, "reply_to": "a b"}, "has a space"),
    ({"stream": "S"}, "stream: only a stream"),
    ({"kind": Kind.STREAM_PUBLISH, "stream": "a.b"}, "cannot be a stream's name"),
    ({"kind": Kind.STREAM_PUBLISH, "stream": "é" * 200}, "cannot be a stream's name"),
    ({"expected_sequence": -1}, "0 or more"),
    ({"expected_subject": "a"}, "needs the sequence"),
    ({"ttl": "5"}, ""),
    ({"ttl": "soon"}, "no time to live"),
    ({"ttl": ""}, ""),
    ({"message_id": "1", "headers": (("Nats-Msg-Id", "2"),)}, "one of them must go"),
    ({"correlation_id": "1", "headers": (("correlation_id", "2"),)}, "one of them must go"),
    ({"templates": True, "body": b"{{"}, "unclosed {{"),
]


@pytest.mark.parametrize(("fields", "words"), WRONG)
def test_what_cannot_be_sent_is_said(fields: dict[str, Any], words: str) -> None:
    draft = Draft(**{"subject": "a", **fields})
    if not words:
        draft.check()
        return
    with pytest.raises(InvalidInput, match=words):
        draft.check()


def test_a_known_name_in_other_letters_does_nothing() -> None:
    wrong = Draft("a", headers=(("nats-msg-id", "1"), ("Nats-Msg-ID", "2"), ("x-own", "3")))
    [first, second] = wrong.warnings()
    assert first.startswith("nats-msg-id does nothing: the server knows Nats-Msg-Id")
    assert "Nats-Msg-ID" in second
    assert not Draft("a", headers=(("Nats-Msg-Id", "1"), ("Content-Type", "x"))).warnings()
    assert "know correlation_id" in Draft("a", headers=(("Correlation_Id", "1"),)).warnings()[0]


def test_templates_are_rendered_everywhere_and_only_when_asked() -> None:
    draft = Draft(
        "a.{{Count}}",
        b"{{Count}}\xff",
        headers=(("x", "{{v}}"),),
        message_id="{{Count}}",
        templates=True,
    )
    made = draft.rendered(Context(3, {"v": "y"}))
    assert made == Draft("a.3", b"3\xff", headers=(("x", "y"),), message_id="3")
    plain = replace(draft, templates=False)
    assert plain.rendered(Context()) is plain
    assert plain.as_template().rendered(Context()) == plain
    with pytest.raises(TemplateError):
        draft.rendered(Context())


texts = st.text(st.characters(codec="utf-8"), max_size=12)
headers = st.lists(
    st.tuples(
        st.from_regex(r"[a-zA-Z-]{1,8}", fullmatch=True), texts.map(lambda s: s.strip(" \t"))
    ),
    max_size=3,
).map(tuple)
drafts = st.builds(
    Draft,
    subject=texts,
    body=st.binary(max_size=30) | texts.map(str.encode),
    kind=st.sampled_from(Kind),
    headers=headers,
    correlation_id=texts,
    timeout=st.floats(0.001, 1000),
    replies=st.integers(0, 99),
    gap=st.none() | st.floats(0.001, 10),
    until_empty=st.booleans(),
    reply_to=texts,
    stream=texts,
    expected_sequence=st.none() | st.integers(0, 1 << 62),
    ttl=st.sampled_from(["", "5s", "never"]),
    templates=st.booleans(),
)


@given(drafts)
def test_a_draft_survives_as_plain_values(draft: Draft) -> None:
    assert Draft.from_dict(json.loads(json.dumps(draft.to_dict()))) == draft


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "subject"),
        ({"subject": "a", "sbject": "b"}, "sbject"),
        ({"subject": 1}, "subject"),
        ({"subject": "a", "timeout": "2"}, "timeout"),
        ({"subject": "a", "timeout": True}, "timeout"),
        ({"subject": "a", "kind": "ask"}, "kind"),
        ({"subject": "a", "kind": ["ask"]}, "kind"),
        ({"subject": "a", "headers": ["x"]}, "headers"),
        ({"subject": "a", "headers": "x: 1"}, "headers"),
        ({"subject": "a", "body": 1}, "body"),
        ({"subject": "a", "body_base64": "?"}, "body_base64"),
        ({"subject": "a", "subject_base64": ""}, "subject_base64"),
        ({"subject": "a", "templates": 1}, "templates"),
    ],
)
def test_a_bad_field_is_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        Draft.from_dict(fields)
    assert caught.value.field == field


@pytest.mark.parametrize("kind", list(Kind))
async def test_the_size_is_what_goes_over_the_wire(
    profile: Profile, broker: NatsBroker, kind: Kind
) -> None:
    await broker.jetstream.ensure_stream("S", ["a.>"])
    draft = Draft(
        "a.{{Count}}", b"body {{Count}}", kind, headers=(("x", "é"),), timeout=0.2, templates=True
    )
    size = draft.size(broker.link.server.max_payload, broker.inbox.coming)
    async with Tap(profile, "a.>") as tap:
        with suppress(RequestError):
            await send(broker, draft)
        await tap.settle(broker.link)
        [heard] = tap.on("a.1")
    assert (size.head, size.body) == (len(heard.head), len(heard.body))
    assert size.fits


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.MANY, Kind.STREAM_REQUEST])
async def test_the_size_of_what_is_traced_has_the_header_for_that(
    profile: Profile, broker: NatsBroker, kind: Kind
) -> None:
    await broker.jetstream.ensure_stream("S", ["a"])
    draft = Draft("a", b"x", kind, stream="S" if kind.streamed else "", timeout=0.2, trace=True)
    async with Tap(profile, "a") as tap, Tracing(broker, "a") as tracing:
        size = draft.size(0, broker.inbox.coming)
        with suppress(RequestError):
            await begin(broker, draft, tracing.headers).outcome()
        await tap.settle(broker.link)
        assert size.head == len(tap.on("a")[0].head)


def test_too_large_is_seen_before_it_is_sent() -> None:
    assert not Draft("a", bytes(100)).size(100).fits
    assert Draft("a", bytes(100)).size().fits


def naming(name: str) -> Any:
    async def answer(message: NatsMessage) -> str:
        return f"{name} {message.raw_headers['x']}"

    return answer


async def test_each_kind_waits_for_what_it_waits_for(connect, broker: NatsBroker) -> None:
    other = await connect()
    for name in ("one", "two"):
        other.subscriber("ask")(naming(name))
    other.subscriber("stored.*", stream="S")(lambda body: f"stored {body}")
    await other.start()
    headers = (("x", "{{Count}}"),)
    asked = Draft("ask", headers=headers, timeout=30, templates=True)
    sent = await send(broker, asked)
    assert sent.replies[0].body in (b"one 1", b"two 1")
    many = await send(broker, replace(asked, kind=Kind.MANY, gap=QUIET), Context(2))
    assert {one.body for one in many.replies} == {b"one 2", b"two 2"}
    stream = Draft("stored.a", b"x", Kind.STREAM_REQUEST, timeout=30)
    assert (await send(broker, stream)).replies[0].body == b"stored x"
    stored = (await send(broker, replace(stream, kind=Kind.STREAM_PUBLISH))).stored
    assert stored is not None
    assert (stored.stream, stored.seq) == ("S", 2)
    published = replace(stream, kind=Kind.PUBLISH)
    assert await send(broker, published) == await send(broker, published)


@pytest.mark.parametrize("kind", list(Kind))
async def test_what_is_prepared_once_is_sent_as_often_as_wanted(
    broker: NatsBroker, profile: Profile, kind: Kind
) -> None:
    """Each time the same but for what must differ; as what is prepared for one sending alone."""
    reply_to = "answers" if kind in (Kind.PUBLISH, Kind.STREAM_PUBLISH) else ""
    draft = Draft("s", b"{}", kind, headers=(("x", "%b"),), reply_to=reply_to, timeout=0.2)
    async with Tap(profile, "s") as tap:
        prepared = PreparedDraft(broker, draft)
        begun = [prepared.begin() for _ in range(3)]
        begun.append(begin(broker, draft))
        await asyncio.gather(*(sent.outcome() for sent in begun), return_exceptions=True)
        await tap.settle(broker.link)
    heard = tap.on("s")
    assert len({message.headers["correlation_id"] for message in heard}) == 4
    answered_in = {message.headers.get("reply_to", "") for message in heard}
    if kind is Kind.STREAM_REQUEST:
        assert len(answered_in) == 4
        assert all(inbox.startswith(broker.inbox.prefix) for inbox in answered_in)
    else:
        assert answered_in == {"answers" if kind is Kind.STREAM_PUBLISH else ""}
    alike = {
        (message.body, *message.headers.without("correlation_id", "reply_to").pairs)
        for message in heard
    }
    assert alike == {(b"{}", ("content-type", "application/json"), ("x", "%b"))}
    assert len({tuple(message.headers) for message in heard}) == 1


async def test_what_goes_wrong_is_raised(broker: NatsBroker) -> None:
    with pytest.raises(NoResponders):
        await send(broker, Draft("nobody"))
    with pytest.raises(NotStored, match="no stream stores"):
        await send(broker, Draft("nobody", kind=Kind.STREAM_PUBLISH))
    with pytest.raises(TooLarge):
        await send(broker, Draft("a", bytes(broker.link.server.max_payload)))


async def test_a_message_id_is_stored_once(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["a"])
    draft = Draft(
        "a", b"x", Kind.STREAM_PUBLISH, stream="S", message_id="{{Count}}", templates=True
    )
    acks = [(await send(broker, draft, Context(n))).stored for n in (1, 1, 2)]
    assert [(one.seq, one.duplicate) for one in acks if one] == [(1, False), (1, True), (2, False)]


def test_an_endpoint_lays_out_its_request() -> None:
    schema = {"properties": {"item": {"type": "string"}, "qty": {"type": "integer"}}}
    draft = endpoint_draft(Endpoint("shop", "create", "shop.create", schema=schema))
    assert (draft.subject, json.loads(draft.body)) == ("shop.create", {"item": "", "qty": 0})
    assert endpoint_draft(Endpoint("shop", "ping", "shop.ping")).body == b""


async def test_a_stream_that_is_named_in_a_header_is_the_one_that_is_expected(
    broker: NatsBroker,
) -> None:
    await broker.start()
    await broker.jetstream.ensure_stream("HERE", ["here.*"])
    await broker.jetstream.ensure_stream("THERE", ["there.*"])
    named = Draft("here.a", b"x", Kind.STREAM_PUBLISH, headers=(("Nats-Expected-Stream", "THERE"),))
    with pytest.raises(WrongStream):
        await send(broker, named)
    sent = await send(broker, replace(named, subject="there.a"))
    assert sent.stored is not None
    assert sent.stored.stream == "THERE"
    with pytest.raises(InvalidDraft, match="headers name another") as caught:
        replace(named, stream="HERE").check()
    assert caught.value.field == "stream"
    replace(named, stream="THERE").check()
