"""Pasted commands send what the real CLI sent when it was recorded, or say what they cannot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest
import pytest_asyncio
from helpers.drafts import DRAFTS
from helpers.outside import nats_cli, printed, signed_in
from helpers.recording_proxy import RecordingProxy

from commands.cases import ASKED
from commands.recordings import Recording, answers, recordings, same
from commands.world import world
from engine import Link, NatsBroker
from engine.commands.copyas import nats_command
from engine.commands.paste import Pasted, paste
from engine.drafts.draft import Draft, Kind
from engine.drafts.send import send
from engine.drafts.template import Context
from engine.errors import InvalidInput, LinkError, NatstapError
from engine.message import Headers
from engine.responders.reply import ReplyDraft
from engine.responders.responder import Responder
from engine.rpc.inquiry import Inquiry

RECORDED = [*recordings("req"), *recordings("pub")]
SAID = {
    "nats req 'svc.{{Nope}}' b": "sends a text with {{Nope}} as it is",
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
REFUSED = {
    "nats req svc.a '{{if true}}x{{end}}'": "if is Go's",
    "nats req svc.a '{{printf \"%03d\" 7}}'": "printf is not known",
    "nats req svc.a '{{}}'": "nothing between",
    "nats req svc.a '{{Random 3}}'": "Random needs",
    "nats req svc.a '{{.Request}}'": "no request here",
    "nats req svc.a '{{Header \"x\"}} {{Count}}'": "no header 'x'",
}
"""Commands whose templates mean something else to the CLI: natstap will not guess."""


ANSWERED = [*answers()]
ANSWERS_SAID = {
    "nats reply rep.a 'no. {{Count}}: {{Request}}'": "request without a body",
    "nats reply rep.a '{{Nope}}'": "{{Nope}} as it is",
    "nats reply rep.a 'a {{1}} b'": "a token of the subject",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wire() -> AsyncIterator[tuple[RecordingProxy, NatsBroker]]:
    """A broker, and the proxy that it sends through."""
    async with (
        world() as profile,
        RecordingProxy.before(profile) as proxy,
        NatsBroker(proxy.profile) as broker,
    ):
        yield proxy, broker


def test_there_are_recordings_of_every_command() -> None:
    assert len(RECORDED) > 100
    assert {one.command for one in RECORDED} >= {*SAID, *REFUSED}


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: one.command)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_pasted_command_sends_the_bytes_of_the_cli(
    wire: tuple[RecordingProxy, NatsBroker], recorded: Recording
) -> None:
    if recorded.command in REFUSED or not recorded.frames:
        words = REFUSED.get(recorded.command)
        with pytest.raises(InvalidInput, match=re.escape(words) if words else None):
            paste(recorded.command).what.rendered(Context())
        return
    pasted = paste(recorded.command)
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
    proxy.commands.clear()
    for count in range(1, pasted.count + 1):
        try:
            await send(broker, pasted.what, Context(count))
        except LinkError:
            raise
        except NatstapError:
            pass  # nobody answers, or a stream would not have it: it was sent all the same
    await broker.link.barrier()
    return [one for one in proxy.published if not one.split(b" ")[1].startswith(b"$JS.API")]


@pytest.mark.parametrize("recorded", ANSWERED, ids=lambda one: one[0])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_pasted_reply_answers_with_the_bytes_of_the_cli(
    wire: tuple[RecordingProxy, NatsBroker], recorded: tuple[str, list[list[bytes]]]
) -> None:
    command, theirs = recorded
    if "--command" in command:
        with pytest.raises(InvalidInput, match="--command runs a program"):
            paste(command)
        return
    pasted = paste(command)
    ours = await answered_by(*wire, pasted)
    same_answers = [[same(command, one) for one in each] for each in ours] == [
        [same(command, one) for one in each] for each in theirs
    ]
    if command in ANSWERS_SAID:
        assert not same_answers
        assert any(ANSWERS_SAID[command] in one for one in pasted.notes)
    else:
        assert same_answers, (ours, theirs)


async def answered_by(
    proxy: RecordingProxy, broker: NatsBroker, pasted: Pasted
) -> list[list[bytes]]:
    """What a responder publishes for each request, which another connection sends."""
    assert isinstance(pasted.what, ReplyDraft)
    responder = Responder(broker, pasted.what)
    await responder.start()
    found = []
    async with Link.opened(broker.link.profile) as asker, Inquiry(asker) as inquiry:
        for body, headers in ASKED:
            await ended(responder)
            before = len(proxy.published)
            question = inquiry.question()
            asker.publish(b"rep.a", body, question.address.encode(), Headers.of(headers).encode())
            with suppress(NatstapError):  # nobody listens after --count
                await question.next(20)
            answers = [one for one in proxy.published[before:] if one.split(b" ")[1] != b"rep.a"]
            found.append(answers)
    await responder.stop()
    return found


async def ended(responder: Responder) -> None:
    """Wait until one that has taken what it was to take has stopped listening."""
    async with asyncio.timeout(60):
        while responder.on and 0 < responder.draft.limit <= responder.served:
            await asyncio.sleep(0.01)


COPIED = [
    (name, replace(draft, adds_headers=adds))
    for name, draft in DRAFTS.items()
    for adds in (True, False)
    if draft.kind is not Kind.STREAM_REQUEST  # of which the CLI knows nothing
]


@nats_cli
@pytest.mark.parametrize(
    "draft", [each[1] for each in COPIED], ids=[f"{a}, {b.adds_headers}" for a, b in COPIED]
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_copied_sends_the_same_bytes_by_the_cli(
    wire: tuple[RecordingProxy, NatsBroker], draft: Draft
) -> None:
    proxy, broker = wire
    subject = draft.subject.replace("ask.", "svc.")  # where somebody answers
    draft = replace(draft, subject=subject, message_id="")
    copied = nats_command(draft)
    ours = await sent_by(proxy, broker, Pasted(draft))
    proxy.commands.clear()
    await printed("bash", "-c", copied.text, env=signed_in(broker.link.profile))
    theirs = proxy.published
    assert ours
    assert [same(copied.text, one) for one in ours] == [same(copied.text, one) for one in theirs]
