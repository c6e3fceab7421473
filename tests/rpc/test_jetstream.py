"""RPC through streams, on a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import nats
import pytest
from helpers.outside import address
from helpers.systems import login, users
from helpers.waiting import STORE_WAIT, eventually, until

from engine import Journal, NatsBroker, NatsMessage, NatsResponse, Profile, PullSub
from engine.errors import (
    InvalidHandler,
    JetStreamOff,
    NotStored,
    RequestTimeout,
    StoredOnly,
    StreamNotFound,
    WrongStream,
)
from engine.journal import State
from engine.link.link import LinkState
from engine.rpc.handling.stream_options import AckPolicy
from engine.server.server import EmbeddedServer

pytestmark = pytest.mark.one_server


def canned(body: str) -> Callable[[NatsMessage], Awaitable[str]]:
    """A handler that always answers this."""

    async def answer(message: NatsMessage) -> str:
        return body

    return answer


async def config_of(broker: NatsBroker, stream: str) -> dict:
    return (await broker.jetstream.stream(stream))["config"]


async def settled(broker: NatsBroker, sequence: int) -> bool:
    info = await broker.jetstream.consumer("S", "D")
    return info["ack_floor"]["stream_seq"] >= sequence


@pytest.mark.parametrize("settings", [{}, {"durable": "D"}, {"durable": "P", "pull_sub": True}])
async def test_a_stored_request_is_answered(broker: NatsBroker, settings: dict) -> None:
    @broker.subscriber("work.{kind}", stream="WORK", **settings)
    async def handle(kind: str, body):
        return {"kind": kind, "body": body}

    await broker.start()
    for n in range(3):
        answer = await broker.request(n, "work.a", stream="WORK", timeout=30)
        assert await answer.decode() == {"kind": "a", "body": n}
    info = await broker.jetstream.stream("WORK")
    assert info["state"]["messages"] == 3


async def test_a_pub_ack_is_never_an_answer(broker: NatsBroker, journal: Journal) -> None:
    await broker.jetstream.ensure_stream("S", ["captured.*"])
    with pytest.raises(StoredOnly) as caught:
        await broker.request("x", "captured.core", timeout=STORE_WAIT)
    assert (caught.value.stream, caught.value.sequence, caught.value.timeout) == (
        "S",
        1,
        STORE_WAIT,
    )
    number = next(n for n, _ in journal.heads() if journal.exchange(n).subject == "captured.core")
    assert journal.exchange(number).state is State.STORED

    @broker.subscriber("captured.core")
    async def handle(body):
        return "the real answer"

    await broker.start()
    answer = await broker.request("x", "captured.core", timeout=30)
    assert answer.body == b"the real answer"


async def test_a_stream_that_exists_gets_the_subject_and_keeps_the_rest(
    broker: NatsBroker,
) -> None:
    made = {"name": "KEEP", "subjects": ["a"], "max_msgs": 10, "storage": "memory"}
    await broker.jetstream.api("STREAM.CREATE.KEEP", made)
    before = await config_of(broker, "KEEP")

    @broker.subscriber("b.{x}", stream="KEEP")
    async def handle(x: str, body):
        return x

    await broker.start()
    after = await config_of(broker, "KEEP")
    assert after.pop("subjects") == ["a", "b.*"]
    before.pop("subjects")
    assert after == before


async def test_an_ephemeral_subscriber_begins_with_new_messages(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    await broker.publish("old", "s", stream="S")
    seen: list[str] = []

    @broker.subscriber("s", stream="S")
    async def handle(body):
        seen.append(body)
        return body

    await broker.start()
    assert (await broker.request("new", "s", stream="S", timeout=30)).body == b"new"
    assert seen == ["new"]


async def test_an_ephemeral_consumer_goes_with_its_subscriber(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("s", stream="S")

    @subscriber
    async def handle(body):
        return body

    await broker.start()
    listing = await broker.jetstream.api("CONSUMER.NAMES.S")
    assert len(listing["consumers"]) == 1
    await broker.remove(subscriber)
    listing = await broker.jetstream.api("CONSUMER.NAMES.S")
    assert not listing["consumers"]


async def test_the_answer_precedes_the_acknowledgement(
    broker: NatsBroker, journal: Journal
) -> None:
    @broker.subscriber("s", stream="S")
    async def handle(body):
        return body

    await broker.start()
    await broker.request("x", "s", stream="S", timeout=30)

    def sent() -> list[str]:
        return [
            m.subject
            for m in (journal.message(n) for n in range(1, journal.next))
            if m.sent and (m.subject.startswith("$JS.ACK.") or m.body == b"x")
        ]

    await until(lambda: any(one.startswith("$JS.ACK.") for one in sent()))
    assert [one.split(".")[0] for one in sent()] == ["s", "_INBOX", "$JS"]


async def test_nack_delivers_again(broker: NatsBroker) -> None:
    tries = 0

    @broker.subscriber("s", stream="S")
    async def handle(message: NatsMessage):
        nonlocal tries
        tries += 1
        if tries == 1:
            await message.nack()
            return None
        return f"try {tries}"

    await broker.start()
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"try 2"


async def test_reject_never_delivers_again(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("s", stream="S", durable="D", ack_wait=2)

    @subscriber
    async def handle(message: NatsMessage):
        await message.reject()

    await broker.start()
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b""

    async def rejected() -> bool:
        info = await broker.jetstream.consumer("S", "D")
        return (info["num_ack_pending"], info["num_redelivered"]) == (0, 0)

    await eventually(rejected)
    assert subscriber.served == 1


async def test_a_failing_handler_answers_and_terminates_by_policy(broker: NatsBroker) -> None:
    tries = 0

    @broker.subscriber("s", stream="S", ack_policy=AckPolicy.NACK_ON_ERROR, silent_errors=True)
    async def handle(body):
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ValueError("not yet")
        return "at last"

    await broker.start()
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"at last"


async def test_in_progress_keeps_a_slow_message_from_coming_again(broker: NatsBroker) -> None:
    subscriber = broker.subscriber("s", stream="S", ack_wait=3)

    @subscriber
    async def handle(message: NatsMessage):
        for _ in range(20):
            await asyncio.sleep(0.2)
            await message.in_progress()
        return "done"

    await broker.start()
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"done"
    assert subscriber.served == 1


async def test_manual_acknowledgement_comes_again_after_the_wait(broker: NatsBroker) -> None:
    tries = 0

    @broker.subscriber("s", stream="S", ack_policy=AckPolicy.MANUAL, ack_wait=0.3, no_reply=True)
    async def handle(message: NatsMessage):
        nonlocal tries
        tries += 1
        if tries == 2:
            await message.ack()

    await broker.start()
    await broker.publish("x", "s", stream="S")
    await until(lambda: tries == 2)


async def test_a_queue_shares_the_messages(connect, broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    other = await connect()
    for one, name in ((broker, "first"), (other, "second")):
        one.subscriber("s", "group", stream="S")(canned(name))

        await one.start()
    answers = {(await broker.request(n, "s", stream="S", timeout=30)).body for n in range(30)}
    assert answers == {b"first", b"second"}


async def test_a_durable_that_somebody_uses_is_not_taken(connect, broker: NatsBroker) -> None:
    @broker.subscriber("s", stream="S", durable="D")
    async def handle(body):
        return body

    await broker.start()
    other = await connect()
    rival = other.subscriber("s", stream="S", durable="D")
    rival(handle)
    with pytest.raises(InvalidHandler, match="already delivers"):
        await rival.start()


async def test_a_durable_of_the_other_kind_is_refused(connect, broker: NatsBroker) -> None:
    @broker.subscriber("s", stream="S", durable="D", pull_sub=5)
    async def handle(body):
        return body

    await broker.start()
    other = await connect()
    rival = other.subscriber("s", stream="S", durable="D")
    rival(handle)
    with pytest.raises(InvalidHandler, match="is pulled from"):
        await rival.start()


async def test_workers_handle_pulled_messages_side_by_side(broker: NatsBroker) -> None:
    together = asyncio.Barrier(8)

    @broker.subscriber("s", stream="S", durable="D", pull_sub=8, max_workers=8)
    async def handle(body):
        await together.wait()
        return body

    await broker.start()
    calls = [broker.call(n, "s", stream="S", timeout=10) for n in range(8)]
    assert [await (await call.answer()).decode() for call in calls] == list(range(8))


async def test_a_response_is_stored_where_its_subject_belongs(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])

    @broker.subscriber("s", stream="S")
    async def handle(body):
        return NatsResponse(f"re: {body}", stream="ANSWERS")

    await broker.start()
    await broker.publish("q", "s", stream="S", reply_to="answers.me", correlation_id="c-1")
    found = await broker.find_response("c-1", "ANSWERS", "answers.*", timeout=30)
    assert (found.body, found.subject) == (b"re: q", "answers.me")


async def test_a_response_stored_before_it_was_looked_for_is_found(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    for n in range(600):
        await broker.publish(n, "answers.x", correlation_id=f"c-{n}")
    found = await broker.find_response("c-599", "ANSWERS", timeout=30)
    assert await found.decode() == 599
    names = await broker.jetstream.api("CONSUMER.NAMES.ANSWERS")
    assert not names["consumers"]


async def test_a_response_is_found_by_one_who_may_delete_nothing() -> None:
    denied = 'permissions { publish: { allow: ">", deny: "$JS.API.CONSUMER.DELETE.>" } }'
    async with EmbeddedServer(config=users(denied)) as server:
        async with NatsBroker(login(server, "u1")) as broker:
            await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
            await broker.publish("x", "answers.x", stream="ANSWERS", correlation_id="c")
            assert (await broker.find_response("c", "ANSWERS", timeout=30)).body == b"x"


async def test_a_search_and_a_stop_wait_for_no_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What they ask the server has a longer deadline than they have."""
    monkeypatch.setattr("engine.rpc.jetstream.API_TIMEOUT", 3600.0)
    async with EmbeddedServer() as server:
        broker = NatsBroker(server.profile())

        @broker.subscriber("s", stream="S")
        async def handle(body: str) -> None: ...

        await broker.start()
        await server.stop()
        async with asyncio.timeout(60):
            with pytest.raises(RequestTimeout, match=r"within 0\.1 s"):
                await broker.find_response("c", "S", timeout=0.1)
            await until(lambda: broker.link.state is not LinkState.CONNECTED)
            await broker.stop()


async def test_who_pulls_pulls_again_once_the_server_is_back(tmp_path: Path) -> None:
    """The pull that it had forgotten would have been waited for as long as it was to be held."""
    async with EmbeddedServer(store_dir=tmp_path) as server:
        async with NatsBroker(server.profile()) as broker:
            pull = PullSub(1, timeout=3600)

            @broker.subscriber("s", stream="S", durable="D", pull_sub=pull)
            async def handle(body: str) -> str:
                return body

            await broker.start()
            lost = asyncio.Event()
            broker.link.events.listeners.append(lambda event: lost.set())
            await server.restart()
            await lost.wait()
            await until(lambda: broker.link.state is LinkState.CONNECTED)
            answer = await broker.request("y", "s", stream="S", timeout=60)
            assert answer.body == b"y"


async def test_a_response_that_never_comes_is_a_timeout(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    with pytest.raises(RequestTimeout, match="no message with correlation id 'none'"):
        await broker.find_response("none", "ANSWERS", timeout=0.3)
    with pytest.raises(StreamNotFound):
        await broker.find_response("none", "NOPE", timeout=0.3)


async def test_publish_returns_the_acknowledgement(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    first = await broker.publish("x", "s", stream="S", headers={"Nats-Msg-Id": "1"})
    again = await broker.publish("x", "s", stream="S", headers={"Nats-Msg-Id": "1"})
    assert first is not None
    assert again is not None
    assert (first.stream, first.seq, first.duplicate) == ("S", 1, False)
    assert (again.seq, again.duplicate) == (1, True)


async def test_what_a_stream_refuses_says_why(broker: NatsBroker) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    with pytest.raises(WrongStream) as wrong:
        await broker.request("x", "s", stream="OTHER", timeout=30)
    assert (wrong.value.stream, wrong.value.err_code) == ("OTHER", 10060)
    with pytest.raises(NotStored, match="no stream stores"):
        await broker.publish("x", "nowhere", stream="S")
    headers = {"Nats-Expected-Last-Sequence": "99"}
    with pytest.raises(NotStored, match="last sequence") as late:
        await broker.publish("x", "s", stream="S", headers=headers)
    assert late.value.err_code == 10071


async def test_a_full_stream_does_not_hide_a_services_answer(broker: NatsBroker) -> None:
    full = {"name": "FULL", "subjects": ["f"], "max_msgs": 1, "discard": "new"}
    await broker.jetstream.api("STREAM.CREATE.FULL", full)
    await broker.publish("first", "f", stream="FULL")
    with pytest.raises(NotStored, match="maximum messages"):
        await broker.request("x", "f", timeout=STORE_WAIT)
    broker.subscriber("f")(canned("answered all the same"))
    await broker.start()
    answer = await broker.request("x", "f", timeout=30)
    assert answer.body == b"answered all the same"


async def test_without_jetstream_the_error_says_so() -> None:
    async with EmbeddedServer(jetstream=False) as plain:
        async with NatsBroker(plain.profile()) as broker:
            with pytest.raises(JetStreamOff):
                await broker.jetstream.stream("S")


async def test_a_deleted_stream_is_noticed_and_its_return_too(
    broker: NatsBroker, journal: Journal
) -> None:
    subscriber = broker.subscriber("s", stream="S", durable="D")

    @subscriber
    async def handle(body):
        return body

    await broker.start()
    assert subscriber.consumer is not None
    await broker.jetstream.api("STREAM.DELETE.S")
    await until(lambda: "stream S is gone" in subscriber.consumer.trouble)
    notes = [journal.exchange(n).why for n, _ in journal.heads()]
    assert any("stream S is gone" in note for note in notes)
    await broker.jetstream.ensure_stream("S", ["s"])
    await until(lambda: not subscriber.consumer.trouble)
    assert (await broker.request("x", "s", stream="S", timeout=30)).body == b"x"


@pytest.mark.parametrize("pull", [False, True])
async def test_a_durable_that_is_deleted_is_made_again_and_begins_at_what_is_open(
    broker: NatsBroker, pull: bool
) -> None:
    await broker.start()
    subscriber = broker.subscriber("s", stream="S", durable="D", pull_sub=pull, ack_policy="manual")
    heard: list[str] = []

    @subscriber
    async def handle(body: str, message: NatsMessage) -> None:
        heard.append(body)
        if not body.startswith("open"):
            await message.ack()

    await subscriber.start()
    for body in ("done", "open", "done too", "gone"):
        await broker.publish(body, "s", stream="S")
    await until(lambda: len(heard) == 4)
    await broker.jetstream.delete_consumer("S", "D")
    await broker.publish("while away", "s", stream="S")
    await until(lambda: "while away" in heard)
    assert heard[4:] == ["open", "done too", "gone", "while away"]


async def test_a_durable_that_is_deleted_while_idle_begins_where_it_stood(
    broker: NatsBroker,
) -> None:
    await broker.start()
    await broker.jetstream.ensure_stream("S", ["s"])
    for body in ("one", "two"):
        await broker.publish(body, "s", stream="S")
    heard: list[str] = []
    for number in range(2):  # the second finds the consumer of the first, who is done
        subscriber = broker.subscriber("s", stream="S", durable="D", pull_sub=True)

        @subscriber
        async def handle(body: str) -> None:
            heard.append(body)

        await subscriber.start()
        await until(lambda: len(heard) == 2)
        if number == 0:
            await broker.remove(subscriber)
            # The server takes acknowledgements in later.
            await eventually(lambda: settled(broker, 2))
    await broker.jetstream.delete_consumer("S", "D")
    await broker.publish("three", "s", stream="S")
    await until(lambda: len(heard) > 2)
    assert heard == ["one", "two", "three"]


async def test_what_others_acknowledge_meanwhile_is_not_handled_again(
    broker: NatsBroker, profile: Profile
) -> None:
    await broker.start()
    await broker.jetstream.ensure_stream("S", ["s"])
    await broker.publish("one", "s", stream="S")
    other = await nats.connect(address(profile))
    pull = await other.jetstream().pull_subscribe("s", durable="D", stream="S")
    (held,) = await pull.fetch(1, timeout=10)
    heard: list[str] = []
    subscriber = broker.subscriber("s", stream="S", durable="D", pull_sub=True)

    @subscriber
    async def handle(body: str) -> None:
        heard.append(body)

    await subscriber.start()
    await held.ack_sync()
    await until(
        lambda: subscriber.consumer.deliveries.last_sequence == 1
    )  # nothing came here; it was asked for
    await broker.jetstream.delete_consumer("S", "D")
    await broker.publish("two", "s", stream="S")
    await until(lambda: len(heard) > 0)
    assert heard == ["two"]
    await other.close()


async def test_a_hostile_api_answer_is_an_error_and_no_crash(broker: NatsBroker) -> None:
    from engine.errors import JetStreamError
    from engine.rpc.jetstream import JetStream

    for answer in (b"", b"[", b"[]", b"[" * 100_000, json.dumps({"error": 7}).encode()):

        async def ask(subject: str, body: bytes, timeout: float, answer=answer) -> bytes:
            return answer

        with pytest.raises(JetStreamError):
            await JetStream(ask).stream("S")


async def test_a_service_that_is_quicker_than_the_stream_does_not_hide_that_it_is_stored(
    broker: NatsBroker,
) -> None:
    """In a cluster the stream asks its replicas before it acknowledges."""

    @broker.subscriber("both", no_reply=True)
    async def handle(message: NatsMessage) -> None:
        for answer in (b"from the service", b'{"stream":"S","seq":7}'):
            broker.tell(message.reply_to, answer)

    await broker.start()
    stored = await broker.publish("x", "both", stream="S", timeout=30)
    assert stored is not None
    assert (stored.stream, stored.seq) == ("S", 7)
