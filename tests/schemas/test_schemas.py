"""Whose schema a message has to keep, what of an exchange breaks it, and the filter for that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack
from helpers.lens import FOREVER, headers, put

from engine.content.by_subject import BySubject, PerSide, SubjectSettings
from engine.content.content import Side
from engine.diagnosis.case import Heard
from engine.diagnosis.cause import Cause
from engine.diagnosis.judge import verdict
from engine.filter.lens import Lens
from engine.filter.state_terms import Hearsay
from engine.journal import Journal
from engine.journal.view import View
from engine.message import Message
from engine.schemas.learned import learned_schema
from engine.schemas.schemas import Schemas, file_problems
from engine.schemas.seen import seen_values
from engine.services.discovery import gather

NEEDS_ID: dict[str, Any] = {"type": "object", "required": ["id"]}


def played() -> Journal:
    """Requests 1, 3, 5, 7 and 9; the replies to 3, to 5 and to 9 lack an id."""
    journal = Journal()
    replies = [b'{"id": 7}', b'{"name": "x"}', msgpack.packb({"name": "x"}), b"", b"words"]
    for number, reply in enumerate(replies):
        inbox = b"_INBOX.a.%d" % number
        put(journal, b"orders.%d.get" % number, inbox, b'{"id": 1}')
        head = headers(b"Nats-Service-Error: no") if number == 3 else b""
        put(journal, inbox, b"", reply, head)
    return journal


def pinned(side: Side = Side.REPLY, raw: dict[str, Any] = NEEDS_ID) -> Schemas:
    schemas = Schemas()
    schemas.pin("orders.*.get", side, raw)
    return schemas


def breaches(schemas: Schemas, journal: Journal) -> dict[int, str]:
    found = {
        number: schemas.breach(journal, journal.exchange(number)) for number in (1, 3, 5, 7, 9)
    }
    return {number: words for number, words in found.items() if words}


def test_an_answer_that_lacks_a_field_breaks_the_schema() -> None:
    told = breaches(pinned(), played())
    assert told == {3: "id is missing", 5: "id is missing", 9: "the body is a text, not an object"}


def test_a_request_that_breaks_its_schema_is_told_too() -> None:
    wants_name = {"type": "object", "required": ["name"]}
    told = breaches(pinned(Side.REQUEST, wants_name), played())
    assert set(told.values()) == {"in the request name is missing"}
    assert len(told) == 5


def test_the_verdict_is_no_success() -> None:
    journal, schemas = played(), pinned()
    exchange = journal.exchange(3)
    found = verdict(exchange, journal, Heard(breach=schemas.breach(journal, exchange)))
    assert found.cause is Cause.BREAKS_SCHEMA
    assert found.sentence.endswith(", and breaks its schema: id is missing.")
    assert found.tone == "warn"
    fine = journal.exchange(1)
    assert verdict(fine, journal, Heard(breach="")).cause is Cause.ANSWERED


def test_the_filter_finds_what_breaks_its_schema() -> None:
    journal, schemas = played(), pinned()
    known = Hearsay(breach=lambda number: schemas.breach(journal, journal.exchange(number)))

    def found(written: str) -> list[int]:
        view = View(journal, Lens.parse(written).on(journal, known))
        view.catch_up(FOREVER)
        return list(view)

    assert found("~!valid") == [3, 5, 9]
    assert found("!~!valid") == [1, 7]
    assert found("~invalid & ~u orders.1.>") == [3]
    assert str(Lens.parse("~!valid")) == "~!valid"
    view = View(journal, Lens.parse("~!valid").on(journal))
    view.catch_up(FOREVER)
    assert list(view) == []


def test_a_file_goes_before_a_pin_and_a_pin_before_a_service(tmp_path: Path) -> None:
    file = tmp_path / "reply.json"
    file.write_text(json.dumps({"title": "file"}))
    settings = SubjectSettings(schemas=BySubject({"a": PerSide("", str(file))}))
    schemas = Schemas(lambda: settings)
    metadata = {"schema": json.dumps({"request": {"title": "in"}, "response": {"title": "out"}})}
    endpoints = [{"name": n, "subject": n, "metadata": metadata} for n in ("a", "b", "c")]
    schemas.learn(gather([{"name": "shop", "id": "1", "endpoints": endpoints}]))
    schemas.pin("b", Side.REPLY, {"title": "pin"})

    def title(subject: str, side: Side) -> str | None:
        found = schemas.of(subject, side)
        assert found is None or isinstance(found.raw, dict)
        return found.raw["title"] if found else None

    assert [title(subject, Side.REPLY) for subject in "abcd"] == ["file", "pin", "out", None]
    assert [title(subject, Side.REQUEST) for subject in "abc"] == ["in", "in", "in"]
    before = schemas.of("c", Side.REPLY)
    schemas.learn(gather([{"name": "shop", "id": "1", "endpoints": endpoints}]))
    assert schemas.of("c", Side.REPLY) is before
    schemas.pin("b", Side.REPLY, None)
    assert (title("b", Side.REPLY), schemas.pinned) == ("out", {})


def test_what_is_pinned_comes_back_and_what_cannot_be_is_left_out() -> None:
    kept = {"a": {"reply": NEEDS_ID, "other": {}}, "b..c": {"reply": {}}, "d": 7, "e": {"reply": 1}}
    assert Schemas(pinned=kept).pinned == {"a": {"reply": NEEDS_ID}}


def test_files_that_cannot_be_used_are_told(tmp_path: Path) -> None:
    for name, written in (("bad.json", "{"), ("list.json", "[]"), ("wrong.json", '{"type": "x"}')):
        (tmp_path / name).write_text(written)
    names = ("bad", "list", "wrong", "gone")
    settings = SubjectSettings(
        schemas=BySubject({name: PerSide(*[str(tmp_path / f"{name}.json")] * 2) for name in names})
    )
    schemas = Schemas(lambda: settings)
    told = dict(file_problems(settings))
    assert list(told) == [f"schemas.{name}" for name in names]
    for name, words in zip(
        names, ("not JSON", "no object", "is not valid", "No such"), strict=True
    ):
        assert words in told[f"schemas.{name}"]
        assert schemas.check(Message(name, b"{}"), name, Side.REPLY) is None


def test_a_shape_is_learned_from_what_was_seen_and_drift_is_shown() -> None:
    journal = Journal()
    for number in range(3):
        inbox = b"_INBOX.b.%d" % number
        put(journal, b"stock.%d" % number, inbox, b"{}")
        put(journal, inbox, b"", json.dumps({"id": number}).encode())
    raw = learned_schema(seen_values(journal, "stock.*", Side.REPLY, SubjectSettings()))
    assert raw is not None
    schemas = Schemas()
    schemas.pin("stock.*", Side.REPLY, raw)
    drifted = schemas.check(Message("_INBOX.x", b'{"id": 1, "n": 2}'), "stock.9", Side.REPLY)
    assert drifted is not None
    assert drifted.words == "It differs from the pinned shape: n is new, a number."
    broken = schemas.check(Message("_INBOX.x", b'{"n": 2}'), "stock.9", Side.REPLY)
    assert broken is not None
    assert broken.words == "It breaks the pinned shape: id is missing."
    empty = schemas.check(Message("_INBOX.x", b""), "stock.9", Side.REPLY)
    assert empty is not None
    assert empty.breaches == ("the body is empty",)
