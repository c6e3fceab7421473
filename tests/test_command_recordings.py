"""Pasted commands send what the real CLI sent when it was recorded, or say what they cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from commands.recordings import Recording, recordings, same
from commands.world import world
from proxy import RecordingProxy

from engine import NatsBroker
from engine.commands.paste import Pasted, paste
from engine.drafts.draft import Draft
from engine.drafts.send import send
from engine.drafts.template import Context
from engine.errors import InvalidInput, LinkError, NatstapError

RECORDED = [*recordings("req"), *recordings("pub")]
SAID = {
    "nats req svc.a '{{Nope}}'": "sends a text with {{Nope}} as it is",
    "printf 'a\\nb\\n' | nats req svc.a --send-on newline": "send each line",
    "printf 'a\\nb\\n' | nats pub svc.a --send-on newline": "send each line",
    "printf 'a\\nb\\n' | nats pub -J kept.a --send-on newline": "send each line",
    "printf 'a\\n\\nb' | nats pub svc.a --send-on newline": "send each line",
    "printf 'a\\r\\nb\\n' | nats pub svc.a --send-on newline -H X:{{Count}}": "send each line",
    "printf '{{Count}}\\n{{Count}}\\n' | nats pub svc.a --send-on newline --count 2": "each line",
    "printf 'a\\nb\\nc\\n' | nats pub kept.a --atomic --send-on newline -H X:1": "--atomic",
}
"""Commands that natstap sends otherwise, and the words that say so before."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire() -> AsyncIterator[tuple[RecordingProxy, NatsBroker]]:
    """A broker, and the proxy that it sends through."""
    async with (
        world() as profile,
        RecordingProxy.before(profile) as proxy,
        NatsBroker(proxy.profile(profile)) as broker,
    ):
        yield proxy, broker


def test_there_are_recordings_of_every_command() -> None:
    assert len(RECORDED) > 100
    assert {one.command for one in RECORDED} >= set(SAID)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.command)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_pasted_command_sends_the_bytes_of_the_cli(
    wire: tuple[RecordingProxy, NatsBroker], recorded: Recording
) -> None:
    try:
        pasted = paste(recorded.command)
    except InvalidInput:
        assert not recorded.frames, "the CLI sends it"
        return
    sent = await sent_by(*wire, pasted)
    ours = [same(recorded.command, one) for one in sent]
    theirs = [same(recorded.command, one) for one in recorded.frames]
    if recorded.command in SAID:
        assert ours != theirs
        assert any(SAID[recorded.command] in one for one in pasted.notes)
    else:
        assert ours == theirs


async def sent_by(proxy: RecordingProxy, broker: NatsBroker, pasted: Pasted) -> list[bytes]:
    """What natstap publishes, but for what it asks the servers' APIs."""
    assert isinstance(pasted.what, Draft)
    proxy.published.clear()
    for count in range(1, pasted.count + 1):
        try:
            await send(broker, pasted.what, Context(count))
        except LinkError:
            raise
        except NatstapError:
            pass  # nobody answers, or a stream would not have it: it was sent all the same
    await broker.link.barrier()
    return [one for one in proxy.published if not one.split(b" ")[1].startswith(b"$JS.API")]
