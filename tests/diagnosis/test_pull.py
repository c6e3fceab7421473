"""Pulls and gets that bring nothing: the consumer, the status and the end mark are named."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from helpers.asking import SHORT, asking, failed, why
from helpers.pulls import NEXT, PATIENT, stream

from engine import Profile, Response
from engine.diagnosis.cause import Cause
from engine.diagnosis.jetstream_facts import read_request
from engine.diagnosis.result import Tone
from engine.errors import NatstapError, NoResponders

AT_ONCE = {"batch": 1, "no_wait": True}


async def test_an_empty_consumer_has_nothing_to_deliver(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        found = await failed(broker, NEXT, body=PATIENT)
        assert found.cause is Cause.NO_MESSAGES
        assert "consumer w" in found.sentence


async def test_a_paused_consumer_is_said_to_be(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker, pause_until="2099-01-01T00:00:00Z")
        await broker.publish(b"work", "s.a")
        assert (await failed(broker, NEXT, body=PATIENT)).cause is Cause.CONSUMER_PAUSED


async def test_a_consumer_that_waits_for_acknowledgements_says_how_many(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker, max_ack_pending=1)
        await broker.publish(b"one", "s.a")
        await broker.publish(b"two", "s.a")
        async with asking(profile) as worker:
            with suppress(NatstapError):  # the message goes out, wherever its answer is looked for
                await worker.request(PATIENT, NEXT, timeout=SHORT)
        found = await failed(broker, NEXT, body=PATIENT)
        assert found.cause is Cause.CONSUMER_FULL
        assert "1 of at most 1" in found.sentence


async def test_a_consumer_that_is_not_there_is_said_not_to_be(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        found = await failed(broker, NEXT.replace(".w", ".x"), NoResponders, body=PATIENT)
        assert found.cause is Cause.NOT_IN_API


async def test_a_push_consumer_is_not_said_to_be_missing(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker, deliver_subject="to.me")
        with suppress(NatstapError):
            await broker.request(PATIENT, NEXT, timeout=10)
        found = await why(broker, NEXT)
        assert found.cause is Cause.STATUS
        assert found.sentence.startswith("JetStream ended the pull from consumer w: ")


@pytest.mark.parametrize(
    ("subject", "body", "words"),
    [
        (NEXT, AT_ONCE, "No messages for consumer w."),
        (NEXT, {"batch": 1, "expires": 100_000_000}, "No messages for consumer w until"),
        ("$JS.API.DIRECT.GET.S", {"seq": 99}, "Message not found in stream S."),
        ("$JS.API.DIRECT.GET.S.s.none", None, "Message not found in stream S."),
    ],
)
async def test_a_status_is_no_success_and_is_named(
    profile: Profile, subject: str, body: Any, words: str
) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        with suppress(NatstapError):  # a status is raised or returned: the same is said of it
            await broker.request(body, subject, timeout=10)
        found = await why(broker, subject)
        assert found.cause is Cause.STATUS
        assert found.tone is not Tone.GOOD
        assert found.sentence.startswith(words)


async def test_an_end_mark_alone_is_no_message(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        await broker.publish(b"one", "s.a")
        subject = "$JS.API.DIRECT.GET.S"
        batch = {"seq": 1, "batch": 5, "next_by_subj": "s.>"}
        await broker.request_many(batch, subject, timeout=1).all()
        found = await why(broker, subject)
        assert "2 replies" not in found.sentence


@pytest.mark.parametrize("subject", ["s.a"])
async def test_what_the_stream_has_already_is_said_not_to_be_stored_again(
    profile: Profile, subject: str
) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        for _ in range(2):
            with pytest.raises(NatstapError):
                await broker.request(b"x", subject, headers={"Nats-Msg-Id": "1"}, timeout=SHORT)
        found = await why(broker, subject)
        assert found.cause is Cause.STORED_BEFORE
        assert found.tone is Tone.WARN


async def test_a_request_that_jetstream_knows_is_not_called_unknown(profile: Profile) -> None:
    known = read_request("$JS.API.CONSUMER.MSG.NEXT.S.c")
    assert known is not None
    assert (known.stream, known.consumer) == ("S", "c")
    domain = read_request("$JS.far.API.STREAM.INFO.S")
    assert domain is not None
    assert (domain.prefix, domain.verb, domain.stream) == ("$JS.far.API", "STREAM.INFO", "S")
    unknown = read_request("$JS.API.STREAM.INFOO.S")
    assert unknown is not None
    assert unknown.verb == ""
    assert read_request("$JS.ACK.S.c.1.1.1.1.0") is None
    assert read_request("svc.API") is None


async def test_an_acknowledgement_for_nobody_is_not_jetstream_off(profile: Profile) -> None:
    async with asking(profile) as broker:
        await stream(broker)
        found = await failed(broker, "$JS.ACK.NONE.c.1.1.1.1700000000000000000.0", NoResponders)
        assert found.cause is not Cause.JETSTREAM_OFF


async def test_a_service_that_answers_with_a_status_header_is_no_success(profile: Profile) -> None:
    async with asking(profile) as broker, asking(profile) as host:

        @host.subscriber("svc")
        async def answer(body: str) -> Response:
            return Response("nothing here", headers={"Status": "404", "Description": "no tea"})

        await host.start()
        with suppress(NatstapError):
            await broker.request("?", "svc", timeout=10)
        found = await why(broker, "svc")
        assert found.cause is Cause.STATUS
        assert "404 no tea" in found.sentence
