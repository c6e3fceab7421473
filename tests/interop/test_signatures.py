"""Calls written for FastStream's broker work on ours: same names, same order."""

from __future__ import annotations

import inspect

import faststream
import pytest
from faststream.nats import NatsBroker as Peer

from engine import AckPolicy, NatsBroker
from engine.errors import InvalidOption
from engine.rpc.handling.stream_options import policy_of


@pytest.mark.parametrize("method", ["request", "publish"])
def test_what_is_given_by_position_means_the_same(method: str) -> None:
    theirs = list(inspect.signature(getattr(Peer, method)).parameters)
    ours = list(inspect.signature(getattr(NatsBroker, method)).parameters)
    shared = [name for name in theirs if name in ours]
    assert ours[: len(shared)] == shared


async def test_arguments_by_position(broker: NatsBroker) -> None:
    @broker.subscriber("s")
    async def handle(body):
        return body

    await broker.start()
    answer = await broker.request("x", "s", {"k": "v"}, "c-1", None, 5)
    assert (answer.body, answer.correlation_id) == (b"x", "c-1")


async def test_no_timeout_is_a_long_one(broker: NatsBroker) -> None:
    @broker.subscriber("s")
    async def handle(body):
        return body

    await broker.start()
    assert (await broker.request("x", "s", timeout=None)).body == b"x"


def test_policies_go_by_name() -> None:
    assert policy_of("nack_on_error") is AckPolicy.NACK_ON_ERROR
    assert policy_of(faststream.AckPolicy.MANUAL) is AckPolicy.MANUAL
    assert {policy_of(policy) for policy in faststream.AckPolicy} == set(AckPolicy)
    with pytest.raises(InvalidOption, match="not one of"):
        policy_of("never")
