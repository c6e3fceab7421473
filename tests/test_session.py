"""A session: what is sent through it, what it remembers of that, and what it watches for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.waiting import until

from engine import Journal, NatsBroker, NatsMessage, Profile, Session
from engine.collection.files import InvalidCollection
from engine.collection.last_environments import MAX_COLLECTIONS, LastEnvironments
from engine.demo.demo import Demo
from engine.drafts import send as send_module
from engine.drafts.draft import Draft, Kind
from engine.drafts.draft_of_exchange import recorded_draft
from engine.drafts.send import send
from engine.errors import CannotConnect
from engine.history import example
from engine.history.example import example_body
from engine.server.server import EmbeddedServer
from engine.watching.watches import REPLIES_WATCHED


@pytest.fixture
async def session(profile: Profile, journal: Journal, tmp_path: Path) -> AsyncIterator[Session]:
    made = Session(profile, journal, None, tmp_path)
    await made.broker.start()
    yield made
    await made.close()


def publish(reply_to: str = "") -> Draft:
    return Draft("a", kind=Kind.PUBLISH, reply_to=reply_to, templates="{{" in reply_to)


async def test_what_was_sent_just_before_the_end_is_remembered(session: Session) -> None:
    await session.outbox.post(publish())
    await session.close()
    assert [one.draft.subject for one in session.history.entries()] == ["a"]


async def test_an_answer_after_the_end_reaches_the_history(
    session: Session, broker: NatsBroker
) -> None:
    asked: asyncio.Future[NatsMessage] = asyncio.get_running_loop().create_future()

    @broker.subscriber("slow", no_reply=True)
    async def slow(body: str, msg: NatsMessage) -> None:
        asked.set_result(msg)

    await broker.start()
    await session.outbox.post(Draft("slow", b"x", timeout=0.1))
    message = await asked
    await until(lambda: _outcomes(session) == ["timed out"])
    await broker.publish(b"late", message.reply_to)
    await until(lambda: _outcomes(session) == ["answered late"])


async def test_what_a_template_was_sent_as_is_remembered(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATSTAP_VAR_PIN", "4711")
    session.collection.save_variables("shop", {"sku": "coffee"})
    session.environment.name = "shop"
    written = Draft("quote.{{sku}}.{{pin}}", b"{{ID}}", kind=Kind.PUBLISH, templates=True)
    sending = await session.outbox.post(written)
    await session.close()
    [entry] = session.history.entries()
    assert entry.draft == written
    assert entry.shown.subject == "quote.coffee.<pin>"
    assert entry.shown.body == sending.draft.body


async def test_a_secret_is_hidden_though_another_environment_was_chosen_meanwhile(
    session: Session, broker: NatsBroker
) -> None:
    asked: asyncio.Future[NatsMessage] = asyncio.get_running_loop().create_future()

    @broker.subscriber("slow.*", no_reply=True)
    async def slow(body: str, msg: NatsMessage) -> None:
        asked.set_result(msg)

    await broker.start()
    session.collection.keep_variables("staging", {"pin": "1", "token": "hunter2-of-staging"})
    session.environment.name = "staging"
    await session.outbox.post(Draft("slow.a", b"as {{token}}", templates=True))
    message = await asked
    session.environment.name = ""
    await broker.publish(b"done", message.reply_to)
    await until(lambda: _outcomes(session) == ["answered"])
    assert session.history.entries()[0].shown.body == b"as <token>"
    assert "hunter2" not in session.history.path.read_text()


async def test_an_environment_that_is_none_is_refused_when_asked_for(
    journal: Journal, tmp_path: Path
) -> None:
    with pytest.raises(InvalidCollection, match=r"env\.nope\.toml"):
        await Session.open(journal, {}, {}, demo=True, collection=tmp_path, environment="nope")


def test_what_is_remembered_for_a_collection_is_its_own_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "state" / "environments.json"
    chosen = LastEnvironments(path)
    for number in range(MAX_COLLECTIONS + 1):
        chosen.remember(tmp_path / str(number), "prod")
    chosen.remember(tmp_path / "1", "")
    names = [chosen.environment(tmp_path / str(number)) for number in range(MAX_COLLECTIONS + 1)]
    assert names == ["", "", *["prod"] * (MAX_COLLECTIONS - 1)]
    for broken in (b"\xff", b"[]", b'{"a": 1}', b"[" * 100_000):
        path.write_bytes(broken)
        assert chosen.environment(tmp_path) == ""


def _outcomes(session: Session) -> list[str]:
    return [one.outcome for one in session.history.entries()]


async def test_only_the_newest_reply_subjects_are_watched(session: Session) -> None:
    mine = await session.watches.watch_subjects(["mine"])
    await session.outbox.post(publish("kept"))
    kept = await session.watches.watch_subjects(["kept"])
    await session.outbox.post(publish("mine"))
    for _ in range(REPLIES_WATCHED + 3):
        await session.outbox.post(publish("answers.{{ID}}"))
    assert len(session.watches.running) == REPLIES_WATCHED + 2
    assert session.watches.running[:2] == (mine, kept)


async def test_the_same_subject_is_watched_once(session: Session) -> None:
    one, other = await asyncio.gather(
        session.watches.watch_subjects(["a"]), session.watches.watch_subjects(["a"])
    )
    assert one is other
    assert session.watches.running == (one,)


async def test_a_dry_run_that_is_sent_again_is_a_dry_run(
    session: Session, broker: NatsBroker
) -> None:
    heard: list[bytes] = []

    @broker.subscriber("order")
    async def handle(message: NatsMessage) -> None:
        heard.append(message.body)

    await broker.start()
    dry = (("Nats-Trace-Dest", "mine"), ("Nats-Trace-Only", "true"))
    sending = await session.outbox.post(Draft("order", b"1", Kind.PUBLISH, dry))
    again = recorded_draft(session.journal, sending.number)
    await send(session.broker, again)
    await session.broker.publish(b"real", "order")
    await session.broker.link.barrier()
    await broker.link.barrier()
    await broker.stop()
    assert heard == [b"real"]


async def test_not_more_is_learned_from_than_is_quick(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "LEARNED_BYTES", 10)
    for body in (b'{"old": 1}', b'{"a": 1}', b'{"b": 2}'):
        session.broker.post(body, "learn")
    found = await example_body(session.broker, session.journal, session.history, "learn")
    assert found is not None
    assert b"old" not in found.body
    assert found.body.replace(b"\n", b"").replace(b" ", b"") == b'{"b":0,"a":0}'


async def test_of_very_many_answers_only_the_first_are_handed_back(
    session: Session, broker: NatsBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send_module, "MAX_REPLIES_KEPT", 2)

    @broker.subscriber("many", no_reply=True)
    async def handle(message: NatsMessage) -> None:
        for n in range(5):
            broker.tell(message.reply_to, b"%d" % n)

    await broker.start()
    sent = await send(session.broker, Draft("many", kind=Kind.MANY, replies=5, timeout=30))
    assert ([one.body for one in sent.replies], sent.more) == ([b"0", b"1"], 3)


async def test_demo_services_are_all_there_or_none() -> None:
    async with EmbeddedServer(config="max_connections: 4") as server:
        before = asyncio.all_tasks()
        with pytest.raises(CannotConnect):
            await Demo.start(server.profile())
        assert asyncio.all_tasks() == before
