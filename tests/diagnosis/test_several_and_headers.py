"""Several replies are counted against what was wanted and who listens; headers by a table."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from helpers.asking import asking, journal_of, newest, why
from helpers.outside import NATS, STDOUT, nats_cli, running, signed_in
from helpers.systems import listener, reachable, responder
from helpers.waiting import QUIET

from engine import Journal, Message, NatsResponse, Profile
from engine.clients.activity import Activity, Presence
from engine.diagnosis.cause import Cause
from engine.diagnosis.gather import investigate
from engine.diagnosis.judge import judge
from engine.diagnosis.result import Tone
from engine.diagnosis.rules.header_case import ignored_headers
from engine.message import Headers


@pytest.mark.parametrize("wanted", [4, 0])
async def test_who_of_four_did_not_answer_is_among_those_that_are_named(
    profile: Profile, wanted: int
) -> None:
    async with AsyncExitStack() as stack:
        for n in range(3):
            await stack.enter_async_context(responder(profile, "svc", n, name=f"svc-{n}"))
        await stack.enter_async_context(listener(profile, "svc", name="mute"))
        broker = await stack.enter_async_context(asking(profile))
        replies = broker.request_many("?", "svc", timeout=30, gap=QUIET, count=wanted or None)
        assert len(await replies.all()) == 3
        found = await why(broker, "svc")
        assert found.cause is Cause.SILENT
        assert found.tone is Tone.WARN
        assert found.sentence.startswith(f"Only 3 {'of 4 ' if wanted else ''}replies")
        assert "mute (cid" in found.sentence
        case = await investigate(broker, journal_of(broker), newest(broker, "svc"))
        acted = tuple(
            Activity(one, Presence.STAYED, 1, int(one.client != "mute")) for one in case.listeners
        )
        named = judge(replace(case, activity=acted))
        assert named.cause is Cause.SILENT
        assert "mute (cid" in named.sentence
        assert "svc-0" not in named.sentence


async def test_when_all_who_listen_answered_nobody_is_missing(profile: Profile) -> None:
    async with responder(profile, "svc", 1, name="a"), responder(profile, "svc", 2, name="b"):
        async with asking(profile) as broker:
            await broker.request_many("?", "svc", timeout=30, gap=QUIET).all()
            assert (await why(broker, "svc")).cause is Cause.ANSWERED
            await broker.request_many("?", "svc", timeout=QUIET, count=3).all()
            assert (await why(broker, "svc")).cause is Cause.TOO_FEW


@pytest.mark.parametrize(
    "name", ["NATS-Reply-Counter", "nats-request-id", "NATS-Msg-Kind", "nats-UpTo-sequence"]
)
async def test_a_header_that_nobody_acts_on_may_have_any_capitals(
    profile: Profile, name: str
) -> None:
    """`nats reply --echo` adds NATS-Reply-Counter to each of its answers."""
    async with asking(profile) as broker, asking(profile) as host:

        @host.subscriber("svc")
        async def echo(body: str) -> NatsResponse:
            return NatsResponse(body, headers={name: "1"})

        await host.start()
        await broker.request("?", "svc", headers={name: "1"}, timeout=10)
        found = await why(broker, "svc")
        assert (found.cause, found.tone) == (Cause.ANSWERED, Tone.GOOD)


@nats_cli
async def test_the_echo_of_the_nats_cli_is_a_plain_answer(profile: Profile) -> None:
    command = (str(NATS), "--no-context", "reply", "--echo", "svc.cli")
    async with running(*command, stderr=STDOUT, env=signed_in(profile)) as process:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            while b"Listening on" not in await process.stdout.readline():
                pass
        async with asking(profile) as broker:
            await reachable(broker, "svc.cli")
            answer = await broker.request("?", "svc.cli", timeout=10)
            assert "NATS-Reply-Counter" in answer.raw_headers
            assert (await why(broker, "svc.cli")).cause is Cause.ANSWERED


@pytest.mark.parametrize(
    ("name", "in_request", "in_reply"),
    [
        ("nats-msg-id", "Nats-Msg-Id", ""),
        ("NATS-EXPECTED-STREAM", "Nats-Expected-Stream", ""),
        ("nats-service-error", "", "Nats-Service-Error"),
        ("Content-Type", "", ""),
        ("Nats-Msg-Id", "", ""),
    ],
)
def test_a_header_is_judged_where_somebody_looks_for_it(
    name: str, in_request: str, in_reply: str
) -> None:
    message = Message("svc", head=Headers([(name, "1")]).encode())
    for is_request, official in ((True, in_request), (False, in_reply)):
        found = ignored_headers(message, is_request)
        assert found == ([(name, official)] if official else [])


def test_a_journal_alone_calls_too_few_replies_too_few() -> None:
    from engine.diagnosis.judge import verdict
    from engine.journal import Event

    journal = Journal()
    number = journal.record(0, b"svc", b"_INBOX.1", b"PUB svc _INBOX.1 0\r\n", 20, 0)
    journal.own.expect(number, wanted=4, timeout=5)
    for _ in range(3):
        journal.record(1, b"_INBOX.1", b"", b"MSG _INBOX.1 1 2\r\nok", 18, 0)
    journal.own.settle(number, Event.COMPLETE)
    found = verdict(journal.exchange(number), journal)
    assert (found.cause, found.tone) == (Cause.TOO_FEW, Tone.WARN)
