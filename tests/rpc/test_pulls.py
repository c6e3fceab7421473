"""Pulls: what a stream hands over under the stored message's subject is the pull's answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from helpers.outside import address
from helpers.peers import INBOXES, Tap
from helpers.systems import accounts, login, users
from helpers.waiting import until
from nats.js.api import ConsumerConfig

from engine import Journal, NatsBroker, Profile, Session
from engine.drafts.draft import Draft, Kind
from engine.drafts.send import begin
from engine.errors import NoResponders, RequestTimeout, StatusReply
from engine.journal import Exchange, State
from engine.rpc.call import Call
from engine.rpc.message import AckStatus
from engine.rpc.request_many import Ending, Replies
from engine.server.server import EmbeddedServer
from engine.watching.subject_watch import SubjectWatch

pytestmark = pytest.mark.one_server

PATIENCE = 60.0
NEXT = "$JS.API.CONSUMER.MSG.NEXT.WQ.w"


async def make_queue(broker: NatsBroker, count: int = 5) -> None:
    """Stream WQ with `count` messages, each on a subject of its own, and its consumer w."""
    api = broker.jetstream
    await api.api(
        "STREAM.CREATE.WQ", {"name": "WQ", "subjects": ["wq.>"], "retention": "workqueue"}
    )
    config = {"name": "w", "durable_name": "w", "ack_policy": "explicit", "ack_wait": int(60e9)}
    await api.create_consumer("WQ", config)
    for n in range(count):
        await broker.publish(f"job {n}", f"wq.{n}", stream="WQ")


@pytest.fixture
async def queue(broker: NatsBroker) -> NatsBroker:
    await make_queue(broker)
    return broker


def exchange_of(journal: Journal, asked: Call | Replies) -> Exchange:
    return journal.exchange(asked.number)


def bodies(journal: Journal, exchange: Exchange) -> list[bytes]:
    found = (journal.message(number) for number in exchange.replies)
    return [message.body for message in found if not message.status]


async def pending(broker: NatsBroker) -> tuple[int, int]:
    """Messages that wait to be acknowledged, and messages in the stream."""
    info = await broker.jetstream.consumer("WQ", "w")
    stream = await broker.jetstream.stream("WQ")
    return info["num_ack_pending"], stream["state"]["messages"]


async def nothing_left(broker: NatsBroker, subscriptions: int) -> None:
    """Every subscription that a pull made is gone again, and nobody waits."""
    await until(lambda: broker.link.subscription_count <= subscriptions)
    assert not broker.inbox.own
    assert not broker.inbox.waiting


# -- one message -----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"1", b'{"batch":1}', b'{"no_wait":true}'])
async def test_a_pulled_message_is_the_answer(
    queue: NatsBroker, journal: Journal, body: bytes
) -> None:
    call = queue.call(body, NEXT, timeout=PATIENCE)
    message = await call.answer()
    assert (message.subject, message.body) == ("wq.0", b"job 0")
    assert message.from_stream
    exchange = exchange_of(journal, call)
    assert exchange.state is State.ANSWERED
    assert bodies(journal, exchange) == [b"job 0"]
    assert journal.message(exchange.replies[0]).reply.startswith("$JS.ACK.WQ.w.")
    await nothing_left(queue, 1)


@pytest.mark.parametrize(
    ("how", "status", "left"),
    [
        ("ack", AckStatus.ACKED, (0, 4)),
        ("reject", AckStatus.REJECTED, (0, 4)),
        ("in_progress", None, (1, 5)),
    ],
)
async def test_a_pulled_message_can_be_acknowledged(
    queue: NatsBroker, how: str, status: AckStatus | None, left: tuple[int, int]
) -> None:
    message = await queue.request(b"1", NEXT, timeout=PATIENCE)
    assert await pending(queue) == (1, 5)
    await getattr(message, how)()
    await queue.link.barrier()
    await eventually_pending(queue, left)
    assert message.committed is status


async def test_a_message_given_back_comes_again(queue: NatsBroker) -> None:
    message = await queue.request(b"1", NEXT, timeout=PATIENCE)
    await message.nack()
    again = queue.request_many({"batch": 5, "expires": int(10e9)}, NEXT, timeout=PATIENCE)
    assert {one.body for one in await again.all()} == {b"job %d" % n for n in range(5)}


async def eventually_pending(broker: NatsBroker, wanted: tuple[int, int]) -> None:
    async with asyncio.timeout(PATIENCE):
        while await pending(broker) != wanted:
            await asyncio.sleep(0.01)


async def test_what_natstap_pulled_and_acknowledged_another_client_does_not_get(
    queue: NatsBroker, profile: Profile
) -> None:
    for _ in range(2):
        await (await queue.request(b"1", NEXT, timeout=PATIENCE)).ack()
    await eventually_pending(queue, (0, 3))
    client = await nats.connect(address(profile))
    try:
        theirs = await client.jetstream().pull_subscribe_bind("w", "WQ")
        fetched = await theirs.fetch(10, timeout=30)
        assert [one.data for one in fetched] == [b"job 2", b"job 3", b"job 4"]
        assert [one.subject for one in fetched] == ["wq.2", "wq.3", "wq.4"]
    finally:
        await client.close()


async def test_a_pulled_acknowledgement_or_error_is_a_message_as_any(broker: NatsBroker) -> None:
    """What looks like a stream's word, or a service's error, was stored long ago by somebody."""
    await make_queue(broker, 0)
    await broker.publish({"stream": "WQ", "seq": 7}, "wq.a", stream="WQ")
    headers = {"Nats-Service-Error": "kaput", "Nats-Service-Error-Code": "500"}
    await broker.publish("x", "wq.b", stream="WQ", headers=headers)
    first = await broker.request(b"1", NEXT, timeout=PATIENCE)
    second = await broker.request(b"1", NEXT, timeout=PATIENCE)
    assert json.loads(first.body) == {"stream": "WQ", "seq": 7}
    assert (second.body, second.headers["Nats-Service-Error"]) == (b"x", "kaput")


async def test_a_stored_request_shows_whom_to_answer(broker: NatsBroker) -> None:
    await make_queue(broker, 0)
    asked = broker.call("?", "wq.ask", stream="WQ", timeout=PATIENCE)
    pulled = await broker.request({"expires": int(10e9)}, NEXT, timeout=PATIENCE)
    await broker.publish("!", pulled.reply_to)
    assert (await asked.answer()).body == b"!"


# -- several, none, and the ends -------------------------------------------------------------


async def test_one_request_shows_all_that_its_batch_brings(
    queue: NatsBroker, journal: Journal
) -> None:
    call = queue.call({"batch": 5}, NEXT, timeout=PATIENCE)
    assert (await call.answer()).body == b"job 0"
    await until(lambda: len(exchange_of(journal, call).replies) == 5)
    await nothing_left(queue, 1)
    exchange = exchange_of(journal, call)
    assert bodies(journal, exchange) == [b"job %d" % n for n in range(5)]
    assert exchange.state is State.ANSWERED


@pytest.mark.parametrize(
    ("asked", "came", "ending"),
    [
        ({"batch": 5}, 5, Ending.COUNT),
        ({"batch": 3, "expires": int(10e9)}, 3, Ending.COUNT),
        ({"batch": 9, "no_wait": True}, 5, Ending.STATUS),
        ({"batch": 9, "expires": int(2e9)}, 5, Ending.STATUS),
        ({"batch": 9, "expires": int(2e9), "idle_heartbeat": int(0.5e9)}, 5, Ending.STATUS),
        (2, 2, Ending.COUNT),
    ],
)
async def test_many_replies_take_the_whole_batch(
    queue: NatsBroker, journal: Journal, asked: object, came: int, ending: Ending
) -> None:
    replies = queue.request_many(asked, NEXT, timeout=PATIENCE)
    messages = await replies.all()
    assert [one.subject for one in messages] == [f"wq.{n}" for n in range(came)]
    assert all(one.from_stream for one in messages)
    assert replies.ending is ending
    assert exchange_of(journal, replies).state is State.ANSWERED
    await nothing_left(queue, 1)


async def test_fewer_wanted_than_the_batch_ends_at_the_wanted(queue: NatsBroker) -> None:
    replies = queue.request_many({"batch": 5}, NEXT, timeout=PATIENCE, count=2)
    assert [one.body for one in await replies.all()] == [b"job 0", b"job 1"]
    assert replies.ending is Ending.COUNT
    await nothing_left(queue, 1)


async def test_fewer_than_wanted_are_not_all(queue: NatsBroker, journal: Journal) -> None:
    replies = queue.request_many({"batch": 9, "expires": int(9e9)}, NEXT, timeout=4, count=7)
    assert len(await replies.all()) == 5
    assert replies.ending is Ending.TIMEOUT
    await nothing_left(queue, 1)
    assert exchange_of(journal, replies).state is State.PARTLY


async def test_an_empty_consumer_answers_with_a_status(broker: NatsBroker) -> None:
    await make_queue(broker, 0)
    with pytest.raises(StatusReply) as caught:
        await broker.request({"no_wait": True}, NEXT, timeout=PATIENCE)
    assert (caught.value.code, caught.value.text) == (404, "No Messages")
    with pytest.raises(StatusReply) as caught:
        await broker.request({"expires": int(0.1e9)}, NEXT, timeout=PATIENCE)
    assert caught.value.code == 408
    await nothing_left(broker, 1)


async def test_heartbeats_are_no_answer(broker: NatsBroker, profile: Profile) -> None:
    await make_queue(broker, 0)
    body = {"expires": int(20e9), "idle_heartbeat": int(0.1e9)}
    async with Tap(profile, INBOXES) as tap:
        call = broker.call(body, NEXT, timeout=PATIENCE)
        await until(lambda: [one.status for one in tap.heard].count(100) >= 3)
    await broker.link.barrier()
    assert not call.done
    await broker.publish("at last", "wq.x", stream="WQ")
    assert (await call.answer()).body == b"at last"


async def test_a_consumer_that_is_not_there(queue: NatsBroker) -> None:
    with pytest.raises(NoResponders):
        await queue.request(b"1", "$JS.API.CONSUMER.MSG.NEXT.WQ.nosuch", timeout=PATIENCE)
    await nothing_left(queue, 1)


async def test_a_consumer_deleted_meanwhile_ends_the_pull(broker: NatsBroker) -> None:
    await make_queue(broker, 0)
    call = broker.call({"expires": int(20e9)}, NEXT, timeout=PATIENCE)
    # A barrier is not enough: the server hands a pull to the consumer after it took it.
    while not (await broker.jetstream.consumer("WQ", "w"))["num_waiting"]:
        await broker.link.barrier()
    await broker.jetstream.delete_consumer("WQ", "w")
    with pytest.raises(StatusReply) as caught:
        await call.answer()
    assert (caught.value.code, caught.value.text) == (409, "Consumer Deleted")


async def test_next_after_an_acknowledgement_is_an_answer_too(queue: NatsBroker) -> None:
    first = await queue.request(b"1", NEXT, timeout=PATIENCE)
    ack_subject = first.raw_message.reply
    following = await queue.request(b"+NXT", ack_subject, timeout=PATIENCE)
    assert following.body == b"job 1"
    rest = queue.request_many(b'+NXT {"batch": 2}', following.raw_message.reply, timeout=PATIENCE)
    assert [one.body for one in await rest.all()] == [b"job 2", b"job 3"]


async def test_a_pull_that_timed_out_takes_no_job_along(broker: NatsBroker) -> None:
    """Who no longer listens is not delivered to: the job stays for the next who asks."""
    await make_queue(broker, 0)
    with pytest.raises(RequestTimeout):
        await broker.request({"expires": int(60e9)}, NEXT, timeout=0.1)
    await nothing_left(broker, 1)
    await broker.publish("late", "wq.late", stream="WQ")
    assert await pending(broker) == (0, 1)
    assert (await broker.request(b"1", NEXT, timeout=PATIENCE)).body == b"late"


async def test_pulls_in_flight_together_get_each_its_own(queue: NatsBroker) -> None:
    calls = [queue.call({"batch": 1}, NEXT, timeout=PATIENCE) for _ in range(5)]
    got = [(await call.answer()).body for call in calls]
    assert sorted(got) == [b"job %d" % n for n in range(5)]
    await nothing_left(queue, 1)


async def test_a_cancelled_pull_leaves_nothing(broker: NatsBroker) -> None:
    await make_queue(broker, 0)
    task = asyncio.ensure_future(broker.request({"expires": int(9e9)}, NEXT, timeout=PATIENCE))
    await broker.link.barrier()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await nothing_left(broker, 1)


# -- where the name does not tell ------------------------------------------------------------

_MAPPED = 'mappings { "jobs.next": "$JS.API.CONSUMER.MSG.NEXT.WQ.w" }'


@pytest.fixture
async def mapped(journal: Journal) -> AsyncIterator[NatsBroker]:
    """Where `jobs.next` is another name for the pull."""
    config = accounts(A=f"jetstream: enabled\n{_MAPPED}")
    async with (
        EmbeddedServer(config=config) as server,
        NatsBroker(login(server, "a"), journal=journal) as broker,
    ):
        await make_queue(broker)
        yield broker


async def test_a_pull_by_another_name_is_answered_and_from_then_on_known(
    mapped: NatsBroker, journal: Journal
) -> None:
    call = mapped.call(b"1", "jobs.next", timeout=PATIENCE)
    message = await call.answer()
    await message.ack()
    assert (message.subject, message.body) == ("wq.0", b"job 0")
    assert bodies(journal, exchange_of(journal, call)) == [b"job 0"]
    calls = [mapped.call(b"1", "jobs.next", timeout=PATIENCE) for _ in range(2)]
    assert [(await one.answer()).body for one in calls] == [b"job 1", b"job 2"]


async def test_whose_a_message_is_is_not_guessed(mapped: NatsBroker, journal: Journal) -> None:
    """Two could have asked for it: neither is told that it is theirs, and next time it is known."""
    both = [mapped.call(b"1", "jobs.next", timeout=3) for _ in range(2)]
    for call in both:
        with pytest.raises(RequestTimeout):
            await call.answer()
        assert exchange_of(journal, call).replies == ()
    await until(
        lambda: {journal.exchange(n).subject for n, _ in journal.heads()} >= {"wq.0", "wq.1"}
    )
    assert (await mapped.request(b"1", "jobs.next", timeout=PATIENCE)).body == b"job 2"


async def test_a_pull_across_an_import(journal: Journal) -> None:
    export = '{ service: "$JS.API.CONSUMER.MSG.NEXT.WQ.w", response_type: stream }'
    source = 'account: A, subject: "$JS.API.CONSUMER.MSG.NEXT.WQ.w"'
    config = accounts(
        A=f"jetstream: enabled\nexports: [ {export} ]",
        B=f'imports: [ {{ service: {{ {source} }}, to: "from.a.next" }} ]',
    )
    async with (
        EmbeddedServer(config=config) as server,
        NatsBroker(login(server, "a")) as owner,
        NatsBroker(login(server, "b"), journal=journal) as asker,
    ):
        await make_queue(owner)
        message = await asker.request(b"1", "from.a.next", timeout=PATIENCE)
        assert message.body == b"job 0"


async def test_a_user_with_an_inbox_of_its_own(broker: NatsBroker) -> None:
    """The subscription that a pull needs is within what the user may hear."""
    rights = (
        'permissions { publish: ["$JS.API.CONSUMER.MSG.NEXT.WQ.w", "$JS.ACK.WQ.w.>"],'
        ' subscribe: "_INBOX_u1.>" }'
    )
    async with EmbeddedServer(config=users(rights)) as server:
        async with NatsBroker(server.profile()) as owner:
            await make_queue(owner)
            user = login(server, "u1", inbox_prefix="_INBOX_u1")
            async with NatsBroker(user) as asker:
                message = await asker.request(b"1", NEXT, timeout=PATIENCE)
                await message.ack()
                assert message.body == b"job 0"
                await eventually_pending(owner, (0, 4))


# -- where natstap watches the reply subject -------------------------------------------------


async def test_a_pull_with_a_watched_reply_subject_shows_what_came(
    queue: NatsBroker, profile: Profile, journal: Journal
) -> None:
    async with SubjectWatch(profile, journal, ["my.jobs"]):
        number = queue.post(b'{"batch":3}', NEXT, reply_to="my.jobs")
        await until(lambda: len(journal.exchange(number).replies) == 3)
    assert bodies(journal, journal.exchange(number)) == [b"job 0", b"job 1", b"job 2"]


async def test_what_is_composed_as_a_publish_with_a_reply_subject_shows_what_came(
    queue: NatsBroker, profile: Profile, journal: Journal, tmp_path: Path
) -> None:
    session = Session(profile, journal, None, tmp_path)
    await session.broker.start()
    try:
        draft = Draft(NEXT, b"2", Kind.PUBLISH, reply_to="my.jobs")
        sending = await session.outbox.post(draft)
        await until(lambda: len(journal.exchange(sending.number).replies) == 2)
    finally:
        await session.close()
    assert bodies(journal, journal.exchange(sending.number)) == [b"job 0", b"job 1"]


@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.MANY])
async def test_a_pull_that_is_composed(queue: NatsBroker, journal: Journal, kind: Kind) -> None:
    sending = begin(queue, Draft(NEXT, b'{"batch":4}', kind, timeout=PATIENCE))
    sent = await sending.outcome()
    assert len(sent.replies) == (1 if kind is Kind.REQUEST else 4)
    await until(lambda: len(journal.exchange(sending.number).replies) == 4)


async def test_a_pull_by_a_client_of_theirs_is_no_business_of_this_inbox(
    queue: NatsBroker, profile: Profile, journal: Journal
) -> None:
    """Their pull, on the same consumer and beside ours, keeps what it was given."""
    client = await nats.connect(address(profile))
    try:
        js = client.jetstream()
        config = ConsumerConfig(durable_name="w", ack_policy="explicit")
        theirs = await js.pull_subscribe("wq.>", "w", stream="WQ", config=config)
        first = await theirs.fetch(2, timeout=30)
        ours = queue.request_many({"batch": 5, "no_wait": True}, NEXT, timeout=PATIENCE)
        assert [one.body for one in await ours.all()] == [b"job 2", b"job 3", b"job 4"]
        assert [one.data for one in first] == [b"job 0", b"job 1"]
    finally:
        await client.close()
