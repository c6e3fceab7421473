"""Typed as JSON, sent as MessagePack, CBOR or Protobuf: what goes out, what is kept and copied."""

from __future__ import annotations

import json

import cbor2
import msgpack
import pytest

from engine import NatsBroker
from engine.commands.copyas import COMMAND, WAYS, copy_as
from engine.content.by_subject import BySubject, PerSide, SubjectSettings
from engine.content.protobuf_types import ProtobufTypes
from engine.drafts.draft import Draft, InvalidDraft
from engine.drafts.send import send
from engine.drafts.template import Context
from engine.drafts.written_content import encoded, typed

ORDER = {"id": 7, "name": "grün", "tags": ["a", "b"]}
TYPED = json.dumps(ORDER, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> SubjectSettings:
    file = tmp_path_factory.mktemp("proto") / "shop.proto"
    file.write_text(
        'syntax = "proto3"; package shop; message Order '
        "{ int32 id = 1; string name = 2; repeated string tags = 3; }"
    )
    return SubjectSettings(
        types=BySubject({"orders.>": PerSide("shop.Order", "")}),
        protobuf=ProtobufTypes((str(file),)),
    )


def test_the_body_and_its_content_type_go_out() -> None:
    packed = encoded(Draft("a", TYPED, content="msgpack"))
    assert (packed.body, packed.headers) == (
        msgpack.packb(ORDER),
        (("content-type", "application/msgpack"),),
    )
    assert ("content-type", "application/msgpack") in Draft("a", TYPED, content="msgpack").outgoing
    assert ("content-type", "application/msgpack") in packed.outgoing
    own = (("Content-Type", "mine"),)
    assert encoded(Draft("a", TYPED, headers=own, content="cbor")).headers == own
    assert encoded(Draft("a", TYPED, adds_headers=False, content="cbor")).headers == ()
    assert encoded(Draft("$JS.x", TYPED, content="cbor")).headers == ()
    assert encoded(Draft("a", TYPED, content="cbor"), headers=False).body == cbor2.dumps(ORDER)
    assert encoded(Draft("a", TYPED)).body == TYPED


def test_templates_are_rendered_before_the_body_is_written() -> None:
    draft = Draft("a", b'{"n": {{Count}}, "who": "{{who}}"}', templates=True, content="msgpack")
    rendered = draft.rendered(Context(3, {"who": "ann"}))
    assert msgpack.unpackb(encoded(rendered).body) == {"n": 3, "who": "ann"}


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (Draft("a", b"{", content="msgpack"), "body", "Expecting"),
        (Draft("a", b"{}", content="xml"), "content", "use one of msgpack, cbor"),
        (Draft("a", b"{}", content="nope"), "content", "'nope' cannot be written"),
        (Draft("a", b"{}", content="protobuf"), "body", "Protobuf needs a type"),
        (Draft("a", b"{}", content="protobuf:a.B"), "content", "no file describes 'a.B'"),
    ],
)
def test_what_cannot_be_written_names_the_field(draft: Draft, field: str, words: str) -> None:
    with pytest.raises(InvalidDraft) as caught:
        encoded(draft)
    assert caught.value.field == field
    assert words in str(caught.value)


def test_a_content_that_cannot_be_written_is_no_draft() -> None:
    Draft("a", content="msgpack").check()
    with pytest.raises(InvalidDraft, match="cannot be written"):
        Draft("a", content="gzip").check()


@pytest.mark.parametrize("content", ["msgpack", "cbor"])
def test_a_received_body_is_typed_again(content: str) -> None:
    body = encoded(Draft("a", TYPED, content=content)).body
    again = typed(Draft("a", body))
    assert again.content == content
    assert json.loads(again.body) == ORDER
    assert encoded(again).body == body


def test_a_received_body_stays_as_it_is_where_typing_would_change_it() -> None:
    odd = msgpack.packb({1: "a", 2: "b"})
    for draft in (Draft("a", odd), Draft("a", TYPED), Draft("a", b"\0\1"), Draft("a", b"hi")):
        assert typed(draft) == draft


def test_protobuf_goes_by_the_type_of_the_subject(settings: SubjectSettings) -> None:
    sent = encoded(Draft("orders.new", TYPED, content="protobuf"), settings)
    assert sent.body == b"\x08\x07\x12\x05gr\xc3\xbcn\x1a\x01a\x1a\x01b"
    named = encoded(Draft("x", TYPED, content="protobuf:shop.Order"), settings)
    assert named.body == sent.body
    again = typed(Draft("orders.new", sent.body), settings)
    assert (again.content, json.loads(again.body)) == ("protobuf:shop.Order", ORDER)


def test_it_is_kept_in_files_and_in_copied_commands() -> None:
    draft = Draft("a", TYPED, content="msgpack")
    assert Draft.from_dict(draft.to_dict()) == draft
    assert draft.to_dict()["content"] == "msgpack"
    for way in WAYS:
        copied = copy_as(way, draft)
        assert "the body is written as MessagePack here" in copied.notes
    assert "application/msgpack" in copy_as(COMMAND, draft).text


async def test_a_service_gets_it(profile) -> None:
    broker = NatsBroker(profile)
    got: list[bytes] = []

    @broker.subscriber("orders.new")
    async def answer(body: bytes) -> str:
        got.append(body)
        return "thanks"

    async with broker:
        await broker.start()
        sent = await send(broker, encoded(Draft("orders.new", TYPED, timeout=30, content="cbor")))
        assert len(sent.replies) == 1
    assert got == [cbor2.dumps(ORDER)]
