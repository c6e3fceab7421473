"""Sending to a stream: what comes back decides, and no look at the streams does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import nats
import pytest
from helpers.outside import address
from helpers.systems import accounts, leaf, login, reachable, responder, users
from helpers.waiting import STORE_WAIT, eventually, until

from engine import Journal, NatsBroker, NatsResponse, Profile, Session
from engine.burst.burst import Burst
from engine.diagnosis.cause import Cause
from engine.diagnosis.diagnosis import diagnose
from engine.drafts.draft import Draft, Kind
from engine.drafts.draft_of_exchange import recorded_draft
from engine.drafts.send import begin, send
from engine.errors import NotAcknowledged, NotStored, StoredOnly, WrongStream
from engine.journal import State
from engine.server.server import EmbeddedServer

pytestmark = pytest.mark.one_server

PATIENCE = 60.0
PUBLISH = Draft("orders.new", b"x", Kind.STREAM_PUBLISH, timeout=PATIENCE)
REQUEST = Draft("orders.new", b"x", Kind.STREAM_REQUEST, timeout=PATIENCE)


async def make(broker: NatsBroker, name: str, *subjects: str, **config: Any) -> None:
    await broker.jetstream.api(
        f"STREAM.CREATE.{name}", {"name": name, "subjects": list(subjects), **config}
    )


async def worker(broker: NatsBroker, stream: str, subject: str) -> None:
    """Answers what the stream stores."""

    @broker.subscriber(subject, stream=stream, declare=False)
    async def handle(body: Any) -> str:
        return "done"

    await broker.start()


# -- where no look would find the stream -----------------------------------------------------

_WORKING = "jetstream: enabled"


async def _stored(owner: NatsBroker, asker: NatsBroker, subject: str = "orders.new") -> None:
    """Stored for the asker, and the acknowledgement says where."""
    draft = Draft(subject, b"x", Kind.STREAM_PUBLISH, timeout=PATIENCE)
    stored = (await send(asker, draft)).stored
    assert stored is not None
    assert (stored.stream, stored.seq) == ("ORDERS", 1)
    assert (await owner.jetstream.stream("ORDERS"))["state"]["messages"] == 1


async def test_a_mapped_subject_is_stored_and_answered() -> None:
    config = accounts(A=f'{_WORKING}\nmappings {{ "orders.new": "stored.orders.new" }}')
    async with (
        EmbeddedServer(config=config) as server,
        NatsBroker(login(server, "a")) as service,
        NatsBroker(login(server, "a")) as broker,
    ):
        await make(broker, "ORDERS", "stored.>")
        await _stored(broker, broker)
        await worker(service, "ORDERS", "stored.>")
        assert (await send(broker, REQUEST)).replies[0].body == b"done"


async def test_an_import_under_another_name_is_stored() -> None:
    config = accounts(
        A=f'{_WORKING}\nexports: [ {{ service: "orders.>" }} ]',
        B='imports: [ { service: { account: A, subject: "orders.>" }, to: "a.orders.>" } ]',
    )
    async with (
        EmbeddedServer(config=config) as server,
        NatsBroker(login(server, "a")) as owner,
        NatsBroker(login(server, "b")) as asker,
    ):
        await make(owner, "ORDERS", "orders.>")
        await _stored(owner, asker, "a.orders.new")


async def test_a_stream_in_another_domain_stores_and_says_so() -> None:
    async with leaf() as (hub, edge), AsyncExitStack() as stack:
        owner, asker, service = [
            await stack.enter_async_context(NatsBroker(login(server)))
            for server in (hub, edge, hub)
        ]
        await make(owner, "ORDERS", "orders.>")
        async with responder(login(hub), "are.you.there"):
            await reachable(asker, "are.you.there")
        stored = (await send(asker, PUBLISH)).stored
        assert stored is not None
        assert (stored.stream, stored.domain) == ("ORDERS", "hub")
        await worker(service, "ORDERS", "orders.>")
        assert (await send(asker, REQUEST)).replies[0].body == b"done"


_PRODUCER = 'permissions { publish: ["orders.>"], subscribe: ["_INBOX.>"] }'


@pytest.fixture
async def producing() -> AsyncIterator[tuple[NatsBroker, Profile]]:
    """The owner of stream ORDERS, and a user who may publish there and hear its inbox only."""
    async with (
        EmbeddedServer(config=users(_PRODUCER)) as server,
        NatsBroker(server.profile()) as owner,
    ):
        await make(owner, "ORDERS", "orders.>")
        yield owner, login(server, "u1")


async def test_a_producer_without_rights_to_look(producing: tuple[NatsBroker, Profile]) -> None:
    owner, user = producing
    async with NatsBroker(user) as asker:
        await _stored(owner, asker)
        again = (await send(asker, PUBLISH)).stored
        assert again is not None
        assert again.seq == 2
        await worker(owner, "ORDERS", "orders.>")
        assert (await send(asker, REQUEST)).replies[0].body == b"done"
        burst = await Burst(asker, PUBLISH, 20).run()
        assert (burst.done, burst.failed) == (20, {})


async def test_a_session_of_such_a_producer(
    producing: tuple[NatsBroker, Profile], journal: Journal, tmp_path: Path
) -> None:
    session = Session(producing[1], journal, None, tmp_path)
    await session.broker.start()
    try:
        sending = await session.outbox.post(PUBLISH)
        await until(lambda: journal.exchange(sending.number).state is State.KEPT)
    finally:
        await session.close()


async def test_another_client_stores_the_same(producing: tuple[NatsBroker, Profile]) -> None:
    """What nats-py's publish is told is what natstap is told."""
    _, user = producing
    client = await nats.connect(address(user))
    try:
        theirs = await client.jetstream().publish("orders.new", b"x")
        async with NatsBroker(user) as asker:
            ours = (await send(asker, PUBLISH)).stored
            assert ours is not None
            assert (theirs.stream, theirs.seq) == (ours.stream, ours.seq - 1)
    finally:
        await client.close()


# -- a stream is named only by the user ------------------------------------------------------


async def test_the_stream_is_expected_only_where_the_user_names_it(
    broker: NatsBroker, journal: Journal
) -> None:
    await make(broker, "ORDERS", "orders.>")
    in_field = Draft(PUBLISH.subject, b"x", Kind.STREAM_PUBLISH, stream="ORDERS")
    in_header = Draft(
        PUBLISH.subject, b"x", Kind.STREAM_PUBLISH, headers=(("Nats-Expected-Stream", "ORDERS"),)
    )
    for draft, expected in ((PUBLISH, None), (in_field, "ORDERS"), (in_header, "ORDERS")):
        sending = begin(broker, draft)
        await sending.outcome()
        sent = journal.message(sending.number).headers
        assert sent.get("Nats-Expected-Stream") == expected
        assert sending.draft.stream == (expected or "")
    with pytest.raises(WrongStream):
        await send(broker, Draft(PUBLISH.subject, kind=Kind.STREAM_PUBLISH, stream="OTHER"))


@pytest.mark.parametrize("draft", [PUBLISH, REQUEST], ids=["publish", "request"])
async def test_what_was_sent_to_any_stream_is_sent_again_to_any(
    broker: NatsBroker, journal: Journal, draft: Draft
) -> None:
    await make(broker, "ORDERS", "orders.>")
    await worker(broker, "ORDERS", "orders.>")
    sending = begin(broker, draft)
    await sending.outcome()
    again = recorded_draft(journal, sending.number)
    assert (again.kind, again.stream, again.reply_to) == (draft.kind, "", "")
    await send(broker, again)


# -- what comes back instead -----------------------------------------------------------------


async def cause_of(broker: NatsBroker, journal: Journal, number: int) -> Cause:
    return (await diagnose(broker, journal, number)).cause


@pytest.mark.parametrize("draft", [PUBLISH, REQUEST], ids=["publish", "request"])
async def test_nobody_stores_it_and_nobody_listens(
    broker: NatsBroker, journal: Journal, draft: Draft
) -> None:
    sending = begin(broker, draft)
    with pytest.raises(NotStored) as caught:
        await sending.outcome()
    assert (caught.value.code, caught.value.reply) == (503, None)
    assert journal.exchange(sending.number).state is State.NO_RESPONDERS
    assert await cause_of(broker, journal, sending.number) is Cause.NOT_ACKNOWLEDGED


@pytest.mark.parametrize("kind", [Kind.STREAM_PUBLISH, Kind.STREAM_REQUEST])
@pytest.mark.parametrize("stream", ["", "NOSUCH"])
async def test_a_service_answers_where_no_stream_stores(
    broker: NatsBroker, profile: Profile, journal: Journal, kind: Kind, stream: str
) -> None:
    draft = Draft("orders.new", b"x", kind, stream=stream, timeout=STORE_WAIT)
    async with responder(profile, "orders.>", {"stream": "a lie"}):
        sending = begin(broker, draft)
        with pytest.raises(NotStored) as caught:
            await sending.outcome()
    assert caught.value.stream == stream
    assert caught.value.reply.body == b'{"stream":"a lie"}'
    exchange = journal.exchange(sending.number)
    assert exchange.state is State.TIMED_OUT
    assert len(exchange.replies) == 1
    assert await cause_of(broker, journal, sending.number) is Cause.NOT_ACKNOWLEDGED


async def test_the_engines_request_does_not_take_a_services_answer_for_a_stored_one(
    broker: NatsBroker, profile: Profile
) -> None:
    async with responder(profile, "orders.>"):
        for stream in ("NOSUCH", ""):
            with pytest.raises(NotStored):
                await broker.request("x", "orders.new", stream=stream, timeout=STORE_WAIT)
        assert (await broker.request("x", "orders.new", timeout=PATIENCE)).body == b"answer"


async def test_a_silent_listener_where_no_stream_stores(
    broker: NatsBroker, journal: Journal
) -> None:
    @broker.subscriber("orders.>", no_reply=True)
    async def handle(body: Any) -> None: ...

    await broker.start()
    draft = Draft("orders.new", b"x", Kind.STREAM_PUBLISH, timeout=0.3)
    sending = begin(broker, draft)
    with pytest.raises(NotAcknowledged) as caught:
        await sending.outcome()
    assert (caught.value.timeout, caught.value.stream) == (0.3, "")
    assert journal.exchange(sending.number).state is State.TIMED_OUT
    assert await cause_of(broker, journal, sending.number) is Cause.NOT_ACKNOWLEDGED


async def test_a_service_answers_first_and_the_stream_stores(
    broker: NatsBroker, profile: Profile, journal: Journal
) -> None:
    """Whichever is quicker: the service's answer counts once the message is stored."""
    await make(broker, "ORDERS", "orders.>")
    async with responder(profile, "orders.>"):
        for _ in range(20):
            sending = begin(broker, REQUEST)
            assert (await sending.outcome()).replies[0].body == b"answer"
            assert journal.exchange(sending.number).state is State.ANSWERED
            published = begin(broker, PUBLISH)
            assert (await published.outcome()).stored is not None
            await until(lambda n=published.number: len(journal.exchange(n).replies) == 2)
            assert journal.exchange(published.number).state in (State.KEPT, State.ANSWERED)


async def test_a_full_stream_says_so(broker: NatsBroker, journal: Journal) -> None:
    await make(broker, "ORDERS", "orders.>", max_msgs=1, discard="new")
    await send(broker, PUBLISH)
    for draft in (PUBLISH, REQUEST):
        sending = begin(broker, draft)
        with pytest.raises(NotStored, match="maximum messages") as caught:
            await sending.outcome()
        assert caught.value.err_code == 10077
        assert journal.exchange(sending.number).state.failed


async def test_a_stream_without_acknowledgements(broker: NatsBroker, journal: Journal) -> None:
    """It stores and says nothing: that it stored is not claimed, nor that it did not."""
    await make(broker, "ORDERS", "orders.>", no_ack=True)
    draft = Draft("orders.new", b"x", Kind.STREAM_PUBLISH, timeout=0.3)
    sending = begin(broker, draft)
    with pytest.raises(NotAcknowledged):
        await sending.outcome()
    assert (await broker.jetstream.stream("ORDERS"))["state"]["messages"] == 1
    assert journal.exchange(sending.number).state is State.TIMED_OUT
    await worker(broker, "ORDERS", "orders.>")
    assert (await send(broker, REQUEST)).replies[0].body == b"done"


async def test_stored_and_nobody_answers(broker: NatsBroker) -> None:
    await make(broker, "ORDERS", "orders.>")
    draft = Draft("orders.new", b"x", Kind.STREAM_REQUEST, timeout=STORE_WAIT)
    with pytest.raises(StoredOnly) as caught:
        await send(broker, draft)
    assert (caught.value.stream, caught.value.sequence) == ("ORDERS", 1)


async def test_what_is_sent_while_a_stream_is_made_is_not_asked_about(
    broker: NatsBroker, journal: Journal
) -> None:
    """One message goes out for a publish, and no question before it."""
    await make(broker, "ORDERS", "orders.>")
    since = journal.next
    await send(broker, PUBLISH)
    asked = [journal.exchange(number).subject for number, _ in journal.heads(since)]
    assert asked == ["orders.new"]


async def test_an_answer_for_a_stream_goes_out_where_nobody_may_look() -> None:
    """A look that is refused makes no error of an answer that the handler has given."""
    rights = 'permissions { publish: ["_INBOX.>", "answers.>"], subscribe: ["ask", "_INBOX.>"] }'
    async with (
        EmbeddedServer(config=users(rights)) as server,
        NatsBroker(login(server, "u1")) as service,
        NatsBroker(server.profile()) as asker,
    ):
        await make(asker, "ANSWERS", "answers.>")

        @service.subscriber("ask")
        async def handle(body: Any) -> NatsResponse:
            return NatsResponse("ok", stream="ANSWERS")

        await service.start()
        for _ in range(2):
            assert (await asker.request("?", "ask", timeout=PATIENCE)).body == b"ok"
        await asker.publish("?", "ask", reply_to="answers.me")

        async def stored() -> bool:
            state = (await asker.jetstream.stream("ANSWERS"))["state"]
            return bool(state["messages"] == 1)

        await eventually(stored)
