"""The server itself is silent, or the connection went: then silence means nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from helpers.asking import SHORT, asking, failed, journal_of, newest, why
from helpers.freezing import frozen
from helpers.systems import jetstream_cluster, responder
from helpers.waiting import until

from engine import Profile
from engine.diagnosis.cause import Cause
from engine.errors import LinkLost, NatstapError, RequestTimeout
from engine.journal import State
from engine.link.link import LinkState
from engine.server.server import EmbeddedServer


async def test_a_frozen_server_is_named_and_no_listener_is_made_up(server: EmbeddedServer) -> None:
    async with asking(server.profile()) as broker:
        await broker.link.barrier()
        with frozen(server.pid):
            with pytest.raises(RequestTimeout):
                await broker.request("?", "no.body", timeout=SHORT)
            found = await why(broker, "no.body", timeout=1.0)
        assert found.cause is Cause.SERVER_SILENT
        assert str(broker.link.server.info["server_name"]) in found.sentence


async def test_an_answer_after_a_reconnect_is_not_called_too_slow(profile: Profile) -> None:
    go = asyncio.Event()
    async with asking(profile) as broker, asking(profile) as host:

        @host.subscriber("svc")
        async def answer(body: str) -> str:
            await go.wait()
            return "done"

        await host.start()
        call = broker.call("?", "svc", timeout=20)
        await broker.link.barrier()
        broker.link._client._transport._io_writer.transport.abort()
        with pytest.raises(LinkLost):
            await call.answer()
        await until(lambda: broker.link.state is LinkState.CONNECTED)
        await broker.link.barrier()
        go.set()
        number = newest(broker, "svc")
        await until(lambda: journal_of(broker).state(number) is State.LATE)
        found = await why(broker, "svc")
        assert found.cause is Cause.AFTER_RECONNECT
        assert "20 s" not in found.sentence


async def test_an_answer_after_natstap_gave_up_is_not_called_too_slow(profile: Profile) -> None:
    go = asyncio.Event()
    async with asking(profile) as broker, asking(profile) as host:

        @host.subscriber("svc")
        async def answer(body: str) -> str:
            await go.wait()
            return "done"

        await host.start()
        call = broker.call("?", "svc", timeout=20)
        waiting = asyncio.create_task(call.answer())
        await broker.link.barrier()
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        go.set()
        number = newest(broker, "svc")
        await until(lambda: journal_of(broker).state(number) is State.LATE)
        assert (await why(broker, "svc")).cause is Cause.AFTER_CANCEL


async def test_a_stream_without_quorum_is_said_to_have_none() -> None:
    """Whoever was its leader: until it steps down the publish is silent, then it is refused."""
    async with jetstream_cluster(3) as servers:
        first, *others = servers
        async with asking(first.profile()) as broker:
            await broker.jetstream.api(
                "STREAM.CREATE.R3", {"name": "R3", "subjects": ["r3.>"], "num_replicas": 3}
            )
            with pytest.raises(NatstapError):
                await broker.request("?", "r3.a", timeout=SHORT)
            for server in others:
                await server.stop()
            expected = {
                Cause.NO_QUORUM,
                Cause.JETSTREAM_UNAVAILABLE,
                Cause.STREAM_NOT_REACHED,
                Cause.STREAM_SILENT,
            }
            for _ in range(3):
                with pytest.raises(NatstapError):
                    await broker.request("?", "r3.a", timeout=1.0)
                found = await why(broker, "r3.a")
                assert found.cause in expected, found
                assert "keep the subject out" not in found.advice


async def test_a_service_is_not_hidden_by_a_stream_that_is_well(profile: Profile) -> None:
    async with asking(profile) as broker, responder(profile, "cap.a", name="svc"):
        await broker.jetstream.ensure_stream("CAP", ["cap.>"])
        found = await failed(broker, "cap.none", NatstapError)
        assert found.cause is Cause.STORED_ONLY
