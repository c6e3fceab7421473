"""Where natstap differs from FastStream on purpose: each row of DESIGN 6, seen on both."""

from __future__ import annotations

import asyncio
from typing import Any

import faststream.nats
import nats.errors
import pytest
from helpers.peers import AnyBroker, Tap, is_own, up, whole
from helpers.waiting import QUIET, STORE_WAIT, until

import engine
from engine import NatsBroker, NatsResponse, Profile
from engine.errors import (
    NatstapError,
    NoResponders,
    NotStored,
    RequestTimeout,
    ServiceError,
    StoredOnly,
    StreamNotFound,
)

pytestmark = pytest.mark.one_server

# -- msg.headers: the user's, as the seed asserts ------------------------------------------


async def test_headers_are_the_users_and_raw_headers_are_all(broker: NatsBroker, peer) -> None:
    seen = whole(broker, "heads", lambda message: None)
    theirs = whole(peer, "heads", lambda message: None)
    await up(broker, peer)
    await broker.publish("x", "heads", headers={"x-token": "t"}, correlation_id="c")
    await until(lambda: seen and theirs)
    everything = {"content-type": "text/plain", "correlation_id": "c", "x-token": "t"}
    assert theirs[0].headers == everything
    assert seen[0].headers == {"x-token": "t"}
    assert seen[0].raw_headers.as_dict() == everything


@pytest.mark.parametrize("given", [{"b": "1", "a": "2", "c": "3"}, {"z": "1", "y": "2"}], ids=str)
async def test_headers_stand_in_the_order_of_the_wire(
    broker: NatsBroker, peer, given: dict[str, str]
) -> None:
    seen = whole(broker, "heads", lambda message: None)
    theirs = whole(peer, "heads", lambda message: None)
    await up(broker, peer)
    await broker.publish("x", "heads", headers=given)
    await until(lambda: seen and theirs)
    assert list(seen[0].headers) == list(given)
    assert [name for name in theirs[0].headers if name in given] == list(given)


async def test_raw_headers_keep_repeats_and_order(broker: NatsBroker) -> None:
    seen = whole(broker, "heads", lambda message: None)
    await up(broker)
    given = [("b", "1"), ("a", "2"), ("b", "3")]
    await broker.publish("x", "heads", headers=given)
    await until(lambda: seen)
    assert [pair for pair in seen[0].raw_headers.items() if pair[0] in "ab"] == given
    assert list(seen[0].headers.items()) == [("b", "1"), ("a", "2")]


# -- a PubAck is never an answer -----------------------------------------------------------


async def test_a_pub_ack_is_an_answer_only_to_faststream(broker: NatsBroker, peer) -> None:
    await broker.jetstream.ensure_stream("S", ["captured"])
    await up(peer)
    taken = await peer.request("x", "captured", timeout=30)
    assert await taken.decode() == {"stream": "S", "seq": 1}
    with pytest.raises(StoredOnly) as caught:
        await broker.request("x", "captured", timeout=STORE_WAIT)
    assert (caught.value.stream, caught.value.sequence) == ("S", 2)


async def test_behind_a_pub_ack_the_real_answer_is_waited_for(broker: NatsBroker, peer) -> None:
    await broker.jetstream.ensure_stream("S", ["captured"])
    whole(peer, "captured", lambda message: "the real answer")
    await up(broker, peer)
    assert (await broker.request("x", "captured", timeout=30)).body == b"the real answer"


async def test_an_answer_that_looks_like_a_pub_ack_is_an_answer(either: AnyBroker, broker) -> None:
    whole(either, "lookalike", lambda message: {"stream": "S", "seq": 1})
    await up(either)
    answer = await broker.request("x", "lookalike", timeout=30)
    assert await answer.decode() == {"stream": "S", "seq": 1}


async def test_a_core_service_may_answer_a_request_to_a_stream(broker: NatsBroker, peer) -> None:
    """It sees only the reply subject that FastStream keeps for the PubAck."""
    await broker.jetstream.ensure_stream("S", ["both"])
    whole(broker, "both", lambda message: "from the core")
    await up(broker, peer)
    with pytest.raises((TimeoutError, ValueError)):
        await peer.request("x", "both", stream="S", timeout=0.1)
    assert (await broker.request("x", "both", stream="S", timeout=30)).body == b"from the core"


async def test_a_service_that_answers_a_publish_to_a_stream_stores_nothing(
    either: AnyBroker, broker: NatsBroker
) -> None:
    whole(either, "core.only", lambda message: "not a PubAck")
    await up(either)
    with pytest.raises(NotStored, match="a service answered"):
        await broker.publish("x", "core.only", stream="S", timeout=STORE_WAIT)


# -- NatsResponse(stream=) is honoured -----------------------------------------------------


async def test_a_response_is_stored_in_its_stream_and_acknowledged(
    either: AnyBroker, broker: NatsBroker, profile: Profile
) -> None:
    kind = NatsResponse if is_own(either) else faststream.nats.NatsResponse
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    whole(either, "ask", lambda message: kind("ok", stream="ANSWERS"))
    await up(either)
    async with Tap(profile, "answers.me") as tap:
        await broker.publish("x", "ask", reply_to="answers.me", correlation_id="c")
        await until(lambda: tap.heard)
    answer = tap.heard[0]
    assert answer.headers.get("Nats-Expected-Stream") == ("ANSWERS" if is_own(either) else None)
    assert bool(answer.reply) is is_own(either)
    found = await broker.find_response("c", "ANSWERS")
    assert (found.body, found.subject) == (b"ok", "answers.me")


async def test_a_response_that_its_stream_refuses_is_a_failure_and_told(
    broker: NatsBroker,
) -> None:
    made = {"name": "ANSWERS", "subjects": ["answers.>"], "max_msg_size": 200}
    await broker.jetstream.api("STREAM.CREATE.ANSWERS", made)
    subscriber = broker.subscriber("ask")

    @subscriber
    async def handle(body):
        return NatsResponse("x" * 500, stream="ANSWERS")

    await up(broker)
    await broker.publish("x", "ask", reply_to="answers.me", correlation_id="c")
    told = await broker.find_response("c", "ANSWERS")
    assert "message size exceeds maximum allowed" in told.raw_headers["Nats-Service-Error"]
    assert subscriber.failed == 1


async def test_a_temporary_inbox_is_answered_directly(broker: NatsBroker, peer) -> None:
    await broker.jetstream.ensure_stream("ANSWERS", ["answers.>"])
    whole(broker, "ask", lambda message: NatsResponse("ok", stream="ANSWERS"))
    await up(broker, peer)
    for asker in (broker, peer):
        answer = await asker.request("x", "ask", timeout=30)
        assert answer.body == b"ok"
    assert (await broker.jetstream.stream("ANSWERS"))["state"]["messages"] == 0


async def test_a_stream_that_is_not_there_matters_where_it_was_to_store_the_answer(
    broker: NatsBroker, peer
) -> None:
    whole(broker, "own", lambda message: NatsResponse("ok", stream="NOPE"))
    whole(peer, "theirs", lambda message: faststream.nats.NatsResponse("ok", stream="NOPE"))
    told = whole(broker, "answers", lambda message: None)
    await up(broker, peer)
    for subject in ("own", "theirs"):
        assert (await broker.request("x", subject, timeout=30)).body == b"ok"
    await broker.publish("x", "own", reply_to="answers")
    await until(lambda: told)
    assert told[0].service_error[1] == "StreamNotFound: there is no stream 'NOPE'"


# -- several answers -----------------------------------------------------------------------


async def test_faststream_takes_the_first_and_request_many_all(
    broker: NatsBroker, peer, profile: Profile
) -> None:
    others = [NatsBroker(profile) for _ in range(2)]
    for n, one in enumerate((broker, *others)):
        whole(one, "all", lambda message, n=n: n)
    await up(broker, *others, peer)
    assert await (await peer.request("x", "all", timeout=30)).decode() in (0, 1, 2)
    replies = await broker.request_many("x", "all", timeout=30, gap=QUIET).all()
    assert {await one.decode() for one in replies} == {0, 1, 2}
    for one in others:
        await one.stop()


# -- a handler that raises -----------------------------------------------------------------


async def test_a_handler_that_raises_is_a_service_error(either: AnyBroker, broker) -> None:
    @either.subscriber("fails")
    async def handle(body):
        raise LookupError("no such order")

    await up(either)
    if not is_own(either):
        with pytest.raises(RequestTimeout):
            await broker.request("x", "fails", timeout=0.1)
        return
    with pytest.raises(ServiceError, match="no such order") as caught:
        await broker.request("x", "fails", correlation_id="c", timeout=30)
    error = caught.value
    assert (error.subject, error.code, error.text) == (
        "fails",
        "500",
        "LookupError: no such order",
    )
    assert error.reply.correlation_id == "c"


async def test_silence_can_be_asked_for_on_the_broker_and_the_subscriber(connect) -> None:
    silent = await connect(silent_errors=True)
    loud = silent.subscriber("loud", silent_errors=False)
    quiet = silent.subscriber("quiet")
    for one in (loud, quiet):

        @one
        async def handle(body):
            raise ValueError("said")

        await one.start()
    with pytest.raises(RequestTimeout):
        await silent.request("x", "quiet", timeout=0.1)
    with pytest.raises(ServiceError, match="said"):
        await silent.request("x", "loud", timeout=30)


# -- a message that is given back ------------------------------------------------------------


async def test_a_request_given_back_is_not_answered_yet(
    either: AnyBroker, broker: NatsBroker
) -> None:
    """FastStream answers each try; natstap the one that was not given back."""

    async def answer(message: Any) -> str:
        if len(seen) == 1:
            await message.nack()
        return f"try {len(seen)}"

    seen = whole(either, "s", answer, stream="S")
    await up(either)
    got = await broker.request("x", "s", stream="S", timeout=30)
    assert got.body == (b"try 2" if is_own(either) else b"try 1")
    await until(lambda: len(seen) == 2)


# -- start() -------------------------------------------------------------------------------


async def test_after_start_every_request_is_answered(connect, profile: Profile) -> None:
    asker = await connect()
    for _ in range(10):
        async with NatsBroker(profile) as service:
            for n in range(5):
                whole(service, f"started.{n}", lambda message: "ok")
            await service.start()
            answers = [asker.request("x", f"started.{n}", timeout=30) for n in range(5)]
            assert [one.body for one in await asyncio.gather(*answers)] == [b"ok"] * 5


# -- streams that exist --------------------------------------------------------------------


async def test_a_stream_that_exists_keeps_its_settings(
    either: AnyBroker, broker: NatsBroker
) -> None:
    made = {"name": "S", "subjects": ["a"], "max_msgs": 10, "max_age": 3_600_000_000_000}
    await broker.jetstream.api("STREAM.CREATE.S", made)
    whole(either, "b", lambda message: None, stream="S")
    await up(either)
    config = (await broker.jetstream.stream("S"))["config"]
    assert set(config["subjects"]) == {"a", "b"}
    kept = (10, 3_600_000_000_000) if is_own(either) else (-1, 0)
    assert (config["max_msgs"], config["max_age"]) == kept


async def test_a_covered_subject_leaves_the_stream_untouched(
    broker: NatsBroker, profile: Profile
) -> None:
    await broker.jetstream.ensure_stream("S", ["a.>"])
    whole(broker, "a.{b}", lambda message: "ok", stream="S")
    async with Tap(profile, "$JS.API.STREAM.>") as tap:
        await up(broker)
        await tap.settle()
    assert [one.subject for one in tap.heard] == ["$JS.API.STREAM.INFO.S"]


async def test_without_declare_a_missing_stream_is_an_error(broker: NatsBroker) -> None:
    whole(broker, "a", lambda message: "ok", stream="S", declare=False)
    with pytest.raises(StreamNotFound) as caught:
        await broker.start()
    assert caught.value.stream == "S"


# -- old requests --------------------------------------------------------------------------


async def test_an_ephemeral_subscriber_starts_with_new_requests(
    either: AnyBroker, broker: NatsBroker
) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    await broker.publish("old", "s", stream="S")
    seen = whole(either, "s", lambda message: "ok", stream="S")
    await up(either)
    await broker.request("new", "s", stream="S", timeout=30)
    assert [one.body for one in seen] == ([b"new"] if is_own(either) else [b"old", b"new"])


# -- errors --------------------------------------------------------------------------------


async def test_every_failure_is_one_tree_with_its_facts(broker: NatsBroker, peer) -> None:
    await broker.jetstream.ensure_stream("S", ["s"])
    whole(broker, "mute", lambda message: None, no_reply=True)
    await up(broker, peer)
    cases: list[tuple[dict[str, Any], float, type[NatstapError], type[Exception]]] = [
        ({"subject": "nobody"}, 30, NoResponders, nats.errors.NoRespondersError),
        ({"subject": "mute"}, 0.1, RequestTimeout, nats.errors.TimeoutError),
        ({"subject": "s", "stream": "S"}, STORE_WAIT, StoredOnly, TimeoutError),
        ({"subject": "nobody", "stream": "S"}, 30, NotStored, nats.js.errors.NoStreamResponseError),
    ]
    for call, wait, ours, theirs in cases:
        with pytest.raises(theirs):
            await peer.request("x", timeout=wait, **call)
        with pytest.raises(NatstapError) as caught:
            await broker.request("x", timeout=wait, **call)
        assert type(caught.value) is ours
        assert caught.value.subject == call["subject"]
        assert repr(call["subject"]) in str(caught.value)
    assert not issubclass(engine.errors.NoResponders, TimeoutError)
    assert issubclass(RequestTimeout, TimeoutError)
