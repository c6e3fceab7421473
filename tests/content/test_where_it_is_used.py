"""Templates, replaced fields, skeletons and comparisons work on what a body is read as."""

from __future__ import annotations

import json
from dataclasses import replace

import cbor2
import msgpack
import pytest
from helpers.packed import gzipped

from engine.compare.compare import compare
from engine.drafts.template import Context, render
from engine.message import Headers, Message
from engine.responders.answering import Answering
from engine.responders.behaviour import InvalidReply
from engine.responders.reply import ReplyDraft
from engine.rpc.message import NatsMessage
from engine.services.skeleton import learn

ORDER = {"id": 7, "item": "tea"}
PACKED = msgpack.packb(ORDER)


def request(body: bytes, content_type: str = "") -> NatsMessage:
    head = Headers([("content-type", content_type)] if content_type else ()).encode()
    frame = b"HMSG orders.new 1 _INBOX.a %d %d\r\n%b%b" % (
        len(head),
        len(head) + len(body),
        head,
        body,
    )
    return NatsMessage(frame, frame.index(b"\r\n") + 2, len(head), b"_INBOX.a")


def test_a_template_names_a_field_of_any_body() -> None:
    for body in (PACKED, cbor2.dumps(ORDER), gzipped(json.dumps(ORDER).encode())):
        context = Context(subject="orders.new", body=body)
        assert render("{{.Body.item}} {{.Body.id}}", context) == "tea 7"


def test_replaced_fields_go_back_as_what_was_asked_in() -> None:
    draft = ReplyDraft("orders.>", "replaced", b'status = "accepted"')
    answering = Answering(draft, {}, lambda: 1 << 20)
    answer = answering.reply(request(PACKED, "application/msgpack"), 0)
    assert msgpack.unpackb(answer.body) == {**ORDER, "status": "accepted"}
    assert Headers.parse(answer.head).get("content-type") == "application/msgpack"
    plain = answering.reply(request(b'{"id": 7}'), 0)
    assert json.loads(plain.body) == {"id": 7, "status": "accepted"}
    assert Headers.parse(plain.head).get("content-type") == "application/json"


def test_a_skeleton_is_learned_from_any_body() -> None:
    skeleton = learn([PACKED, cbor2.dumps({"id": 8}), b"\0\1", b"words"])
    assert skeleton.seen == 2
    assert skeleton.value() == {"id": 0, "item": ""}
    assert list(skeleton.lines()) == ["id: number", "item: string, optional (1 of 2)"]


def test_bodies_are_compared_as_they_are_read() -> None:
    def compared(left: bytes, right: bytes) -> tuple[bool, bool, list[str]]:
        found = compare(Message("a", left), Message("a", right))
        return found.body.same, found.body.equal, [str(value.path) for value in found.body.values]

    milk = {"id": 7, "item": "milk"}
    same, equal, values = compared(PACKED, cbor2.dumps(milk))
    assert (same, equal, len(values)) == (False, False, 1)
    assert compared(PACKED, cbor2.dumps(ORDER))[:2] == (False, True)
    assert compared(gzipped(b'{"a":1}', 1), gzipped(b'{"a":1}', 9))[1]
    assert compared(PACKED, PACKED)[:2] == (True, True)


def test_a_responder_answers_as_the_content_that_it_names() -> None:
    draft = ReplyDraft("orders.>", "template", b'{"id": {{.Body.id}}}', content="cbor")
    draft.check()
    answering = Answering(draft, {}, lambda: 1 << 20)
    answer = answering.reply(request(PACKED), 0)
    assert cbor2.loads(answer.body) == {"id": 7}
    assert Headers.parse(answer.head).get("content-type") == "application/cbor"
    assert ReplyDraft.from_dict(draft.to_dict()) == draft
    with pytest.raises(InvalidReply, match="cannot be written"):
        replace(draft, content="gzip").check()
    broken = Answering(replace(draft, recipe="canned", body=b"{"), {}, lambda: 1 << 20)
    with pytest.raises(InvalidReply, match="Expecting"):
        broken.reply(request(b""), 0)
