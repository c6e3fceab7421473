"""A recorded flow of three services, served as stubs: its client cannot tell the difference."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import cast

import cbor2
import msgpack
import pytest
import pytest_asyncio
from helpers.desk import sitting_alone, until
from helpers.lens import headers, put
from helpers.packed import gzipped
from helpers.screens import profile_of
from helpers.three_services import HOLD, ORDER, PRICE, WATCHED, shop

from engine import Journal, NatsBroker, NatsMessage, Profile
from engine.errors import InvalidInput, NoResponders, RequestTimeout, ServiceError
from engine.journal import State
from engine.message import Headers, Message
from engine.playback.answer_choice import Pick
from engine.playback.recorded_answers import MaskedKey, Matching, collect_answers
from engine.playback.replay import Replay, ReplayOptions, ReplayOutcome
from engine.playback.replay_report import report
from engine.playback.stub_set import StubOptions, StubSet, Unseen, renewed_head
from engine.recording.open_file import read_journal
from engine.recording.session_file import save_session
from engine.secrets.known_secrets import KnownSecrets
from engine.server.server import EmbeddedServer
from engine.watching.subject_watch import SubjectWatch

pytestmark = pytest.mark.asyncio(loop_scope="module")
ID = "X-Correlation-Id"
ERROR = "Nats-Service-Error"
SERVED_ONCE = r"ers\.create(?: +\d+)? +1 +1 "
"""A row: asked once, answered once."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen() -> Journal:
    """The journal of somebody who watched the shop."""
    journal = Journal()
    async with EmbeddedServer() as server:
        watch = SubjectWatch(server.profile(), journal, WATCHED, lambda reply: False)
        await watch.start()
        async with shop(server.profile(), orders=9):
            pass
        await watch.stop()
    for number, _ in journal.heads():
        if not watch.tap.missed(number):
            journal.unanswered.overdue(number)
    return journal


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def profile() -> AsyncIterator[Profile]:
    async with EmbeddedServer() as server:
        yield server.profile()


@asynccontextmanager
async def serving(
    profile: Profile, journal: Journal, options: StubOptions | None = None
) -> AsyncIterator[tuple[StubSet, NatsBroker]]:
    """The stubs on one connection, and a client on another."""
    host, client = NatsBroker(profile, journal=Journal()), NatsBroker(profile, journal=Journal())
    async with host, client:
        await host.start()
        await client.start()
        stubs = StubSet(host, collect_answers(journal), options, Random(1))
        await stubs.start()
        yield stubs, client
        await stubs.stop()


def asked(journal: Journal, subject: str) -> list[tuple[Message, list[Message]]]:
    """Each request on a subject, with what came back, as far as it could be heard."""
    found = (journal.exchange(number) for number, _ in journal.heads())
    return [
        (journal.message(each.number), [journal.message(number) for number in each.replies])
        for each in found
        if each.subject == subject and each.state is not State.WAITING
    ]


async def answered(
    client: NatsBroker, subject: str, body: bytes, headers: dict[str, str]
) -> NatsMessage:
    """The reply, an error or not."""
    try:
        return await client.request(body, subject, headers=headers, timeout=30)
    except ServiceError as error:
        return cast(NatsMessage, error.reply)


async def test_the_original_client_gets_what_it_got(seen: Journal, profile: Profile) -> None:
    async with serving(profile, seen) as (stubs, client):
        assert set(stubs.subjects) == {ORDER, PRICE, HOLD}
        assert ORDER in stubs.sentences()[0]
        for subject in (ORDER, PRICE):
            for request, replies in asked(seen, subject):
                headers = {ID: f"again-{request.headers[ID]}"}
                got = await answered(client, subject, request.body, headers)
                assert got.body == replies[0].body
                assert got.raw_headers.get(ERROR) == replies[0].headers.get(ERROR)
        assert stubs.figures[ORDER].answered == len(asked(seen, ORDER)) > 0
        with pytest.raises(NoResponders):
            await client.request(b'{"never": "seen"}', ORDER, timeout=30)
        assert stubs.figures[ORDER].unseen == 1


async def test_a_slow_service_is_slow_and_a_silent_one_silent(
    seen: Journal, profile: Profile
) -> None:
    body = asked(seen, HOLD)[0][0].body
    options = StubOptions(matching=Matching("subject"))
    async with serving(profile, seen, options) as (stubs, client):
        began = time.perf_counter()
        for _, replies in asked(seen, HOLD):
            if replies:
                await client.request(body, HOLD, timeout=30)
                continue
            with pytest.raises(RequestTimeout):
                await client.request(body, HOLD, timeout=0.2)
        took = time.perf_counter() - began
        recorded = (
            reply.at - reply.spread - request.at
            for request, replies in asked(seen, HOLD)
            for reply in replies
        )
        assert took > sum(max(0.0, each) for each in recorded) * 0.5
        assert stubs.figures[HOLD].silent == sum(not replies for _, replies in asked(seen, HOLD))


async def test_what_was_never_seen_goes_on_to_the_real_service(
    seen: Journal, profile: Profile
) -> None:
    options = StubOptions(unseen=Unseen.PASS_ON, pass_to="real.{subject}")
    async with NatsBroker(profile) as real:

        @real.subscriber(f"real.{ORDER}")
        async def answer(body: bytes) -> str:
            return "the real one"

        await real.start()
        async with serving(profile, seen, options) as (_, client):
            got = await client.request(b'{"never": "seen"}', ORDER, timeout=30)
            assert got.body == b"the real one"


async def test_fields_and_headers_decide_when_they_are_named(
    seen: Journal, profile: Profile
) -> None:
    options = StubOptions(matching=Matching.parse(f"$.sku, {ID}"), pick=Pick.RANDOM, speed=0)
    async with serving(profile, seen, options) as (_, client):
        request, replies = asked(seen, ORDER)[0]
        fields = json.loads(request.body) | {"more": "than was recorded"}
        got = await client.request(
            json.dumps(fields).encode(), ORDER, headers={ID: request.headers[ID]}, timeout=30
        )
        assert got.body == replies[0].body
        with pytest.raises(NoResponders):
            await client.request(request.body, ORDER, headers={ID: "another"}, timeout=30)


@pytest.mark.parametrize(
    "written", ["order.id", "order.id, X-Tenant", "order-no", "lines[0].sku", "X-Order"]
)
async def test_a_name_is_a_header_or_else_a_field_of_the_body(
    profile: Profile, written: str
) -> None:
    def asks(number: int) -> bytes:
        fields = {"order": {"id": number}, "order-no": number, "lines": [{"sku": number}]}
        return json.dumps(fields).encode()

    seen = Journal()
    for number in (1, 2):
        inbox = b"_INBOX.%d" % number
        tenant = headers(b"X-Tenant: eu", b"X-Order: %d" % number)
        put(seen, b"orders.get", inbox, asks(number), tenant)
        put(seen, inbox, b"", b"order %d" % number)
    options = StubOptions(Matching.parse(written), speed=0)
    async with serving(profile, seen, options) as (_, client):
        for number in (2, 1):
            given = {"x-tenant": "eu", "x-order": str(number)}
            got = await client.request(asks(number), "orders.get", headers=given, timeout=30)
            assert got.body == b"order %d" % number
        given = {"X-Tenant": "eu", "X-Order": "3"}
        with pytest.raises(NoResponders):
            await client.request(asks(3), "orders.get", headers=given, timeout=30)


@pytest.mark.parametrize("matching", ["body", "$.sku, x-tenant", "$.sku"])
async def test_what_bodies_are_read_as_decides(profile: Profile, matching: str) -> None:
    """The recorded client sent MessagePack; one that packs it otherwise gets the same answers."""
    seen = Journal()
    tenant = headers(b"X-Tenant: eu")
    for sku in ("tea", "milk"):
        inbox = b"_INBOX.%s" % sku.encode()
        put(seen, b"stock.get", inbox, msgpack.packb({"sku": sku, "n": 1}), tenant)
        put(seen, inbox, b"", msgpack.packb({"left": len(sku)}))
    options = StubOptions(Matching.parse(matching), speed=0)
    async with serving(profile, seen, options) as (stubs, client):
        for sku in ("milk", "tea"):
            for body in (
                msgpack.packb({"n": 1, "sku": sku}),
                gzipped(msgpack.packb({"sku": sku, "n": 1})),
                cbor2.dumps({"sku": sku, "n": 1}),
                json.dumps({"sku": sku, "n": 1}).encode(),
            ):
                given = {"X-Tenant": "eu"}
                got = await client.request(body, "stock.get", headers=given, timeout=30)
                assert msgpack.unpackb(got.body) == {"left": len(sku)}
        body = msgpack.packb({"sku": "salt", "n": 1})
        with pytest.raises(NoResponders):
            await client.request(body, "stock.get", headers={"X-Tenant": "eu"}, timeout=30)
        assert stubs.figures["stock.get"].answered == 8


async def test_a_replay_says_what_is_the_same_and_what_is_not(
    seen: Journal, profile: Profile
) -> None:
    heads = [number for number, _ in seen.heads()]
    async with serving(profile, seen, StubOptions(speed=0)) as (_, client):
        told = "\n".join(Replay(seen, heads, client).sentences("nats://here"))
        assert f"9 to {ORDER}" in told
        asked_again = (seen.exchange(number) for number in heads)
        good = [each.number for each in asked_again if each.subject != HOLD and each.replies]
        replay = Replay(seen, good, client, ReplayOptions(speed=0, timeout=30))
        results = [result async for result in replay.run()]
        assert len(results) == len(replay.requests)
        assert {result.outcome for result in results} == {ReplayOutcome.SAME}
    async with NatsBroker(profile, journal=Journal()) as client:
        changed = NatsBroker(profile)

        @changed.subscriber(f"test.{ORDER}")
        async def answer(body: bytes) -> dict[str, str]:
            return {"order": "B-2002"}

        async with changed:
            await changed.start()
            await client.start()
            options = ReplayOptions(subject="test.{subject}", speed=1000, timeout=30)
            replay = Replay(seen, heads, client, options)
            results = [result async for result in replay.run()]
    good = [result for result in results if result.recorded.state is State.ANSWERED]
    outcomes = {result.request.draft.subject: result.outcome for result in good}
    assert outcomes[f"test.{ORDER}"] is ReplayOutcome.DIFFERENT
    assert outcomes[f"test.{PRICE}"] is ReplayOutcome.STATE
    text = report(results)
    assert '-  "order": "A-1001"' in text
    assert '+  "order": "B-2002"' in text
    assert "no responders now" in text


async def test_what_only_natstap_heard_is_the_same_where_nobody_listens(profile: Profile) -> None:
    """Without natstap the asker would have got no responders then."""
    journal = Journal()
    alone, waits = (put(journal, b"shop.order", b"_INBOX.a.%d" % n) for n in range(2))
    async with NatsBroker(profile, journal=Journal()) as client:
        await client.start()
        options = ReplayOptions(subject="nobody.{subject}", speed=0, timeout=30)
        replay = Replay(journal, (alone, waits), client, options, lambda number: number == alone)
        found = {result.request.number: result async for result in replay.run()}
    assert found[alone].outcome is ReplayOutcome.SAME
    assert found[waits].words == "waiting then, no responders now"


async def test_a_replay_may_go_to_one_subject(seen: Journal, profile: Profile) -> None:
    heads = [number for number, _ in seen.heads()]
    async with NatsBroker(profile, journal=Journal()) as client:
        await client.start()
        replay = Replay(seen, heads, client, ReplayOptions(subject="one.place"))
        assert {request.draft.subject for request in replay.requests} == {"one.place"}
        assert f"  {len(replay.requests)} to one.place" in replay.sentences("nats://here")


def masked(tmp_path: Path, asked: list[tuple[bytes, bytes]]) -> Journal:
    """A recording of requests with a secret, whose answers are numbered."""
    journal, known = Journal(), KnownSecrets({})
    known.learn("token", "s3cr3t-of-then")
    journal.sources.add("login")
    for number, (head, body) in enumerate(asked, 1):
        put(journal, b"login", b"_INBOX.%d" % number, body, head)
        put(journal, b"_INBOX.%d" % number, b"", b"answer %d" % number)
    save_session(tmp_path / "masked.gz", journal, known)
    return read_journal(tmp_path / "masked.gz")


async def test_markup_stands_for_no_secret() -> None:
    assert MaskedKey.of(b"<order><id>7</id></order>") is None
    login = MaskedKey.of(b"<login><key><token></key></login>")
    assert login is not None
    assert login.names == ("<token>",)
    assert login.fits(b"<login><key>another</key></login>")
    assert not login.fits(b"<logout><key>another</key></logout>")


async def test_where_a_secret_was_masked_any_value_fits(tmp_path: Path, profile: Profile) -> None:
    login = {"user": "ann", "token": "s3cr3t-of-then", "n": 1}
    bodies = [json.dumps(login), json.dumps({**login, "user": "bob"}), "Key s3cr3t-of-then"]
    packed = msgpack.packb({**login, "raw": b"\x00"})
    journal = masked(tmp_path, [*((b"", body.encode()) for body in bodies), (b"", packed)])
    async with serving(profile, journal, StubOptions(speed=0)) as (stubs, client):
        assert "Where <token> stands for a secret, any value fits." in "\n".join(stubs.sentences())
        bob = json.dumps({"n": 1, "token": "another", "user": "bob"}).encode()
        for body, answer in (
            (bob, b"answer 2"),
            (json.dumps(login).encode(), b"answer 1"),
            (b"Key any", b"answer 3"),
            (msgpack.packb({**login, "raw": b"\x00", "token": "x" * 14}), b"answer 4"),
        ):
            assert (await client.request(body, "login", timeout=30)).body == answer
        with pytest.raises(NoResponders):
            await client.request(bob.replace(b"bob", b"eve"), "login", timeout=30)


async def test_so_it_does_where_fields_and_headers_are_named(
    tmp_path: Path, profile: Profile
) -> None:
    key = "s3cr3t-of-then"
    asked = [
        (headers(f"Authorization: Bearer {key}".encode(), b"X-Tenant: %c" % tenant), b"{}")
        for tenant in b"ab"
    ]
    journal = masked(tmp_path, asked)
    matching = Matching.parse("Authorization, X-Tenant")
    async with serving(profile, journal, StubOptions(matching, speed=0)) as (_, client):
        given = {"Authorization": "Bearer new", "X-Tenant": "b"}
        reply = await client.request(b"{}", "login", headers=given, timeout=30)
        assert reply.body == b"answer 2"
        wrong = {"Authorization": "Basic new", "X-Tenant": "b"}
        with pytest.raises(NoResponders):
            await client.request(b"{}", "login", headers=wrong, timeout=30)


async def test_what_only_a_watch_heard_is_not_served_as_silence() -> None:
    journal = Journal()
    for subject in (b"slow", b"nobody"):
        journal.unanswered.overdue(put(journal, subject, b"_INBOX." + subject))
    assert set(collect_answers(journal)) == {"slow", "nobody"}
    assert set(collect_answers(journal, excused=lambda number: number == 2)) == {"slow"}


async def test_ids_of_the_request_of_then_become_those_of_now() -> None:
    head = b"NATS/1.0\r\nX-Id: old\r\nOther: old\r\n\r\n"
    made = renewed_head(head, Headers([("X-Id", "old")]), Headers([("X-Id", "new")]))
    assert made == b"NATS/1.0\r\nX-Id: new\r\nOther: old\r\n\r\n"


async def test_options_that_make_no_sense_are_refused() -> None:
    for options in (
        StubOptions(unseen=Unseen.PASS_ON, pass_to="elsewhere"),
        StubOptions(unseen=Unseen.PASS_ON, pass_to="{subject}"),
        StubOptions(speed=-1),
    ):
        with pytest.raises(InvalidInput):
            options.check()
    with pytest.raises(InvalidInput):
        Matching.parse("$.[")
    with pytest.raises(InvalidInput):
        ReplayOptions(subject="two words").check()


async def test_the_screen_serves_and_replays(seen: Journal, tmp_path: Path) -> None:
    path = tmp_path / "shop.ndjson.gz"
    save_session(path, seen, KnownSecrets({}))
    async with sitting_alone() as hand:
        await hand.press("escape", "U")
        await hand.write(str(path))
        await hand.see("on 3 subjects", "in order", "no responders")
        await hand.press("ctrl+s")
        served = sum(
            len(replies) for subject in (ORDER, PRICE, HOLD) for _, replies in asked(seen, subject)
        )
        await hand.see("Serving", f"serving   {served} answers   3 subjects")
        async with NatsBroker(profile_of(hand)) as client:
            await client.start()
            request, replies = asked(seen, ORDER)[0]
            got = await client.request(request.body, ORDER, timeout=30)
            assert got.body == replies[0].body
        await until(hand.pilot, lambda: re.search(SERVED_ONCE, hand.screen))
        await hand.press("ctrl+t", "ctrl+n")
        await hand.see("will be sent to", "9 to", "1 of 25 requests sent")
        await hand.see("1 same")
        await hand.press("ctrl+t", "ctrl+s")
        await hand.see("not serving")
