"""Record what the real `nats` CLI puts on the wire: `python -m tests.commands.record`.

It needs the CLI and bash, and writes recordings/{req,pub,reply}.jsonl; the tests read these.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from helpers.outside import running, signed_in
from helpers.recording_proxy import RecordingProxy

from commands.cases import ASKED, PUBLISHES, REPLIES, REQUESTS
from commands.world import world
from engine import NatsBroker, Profile
from engine.errors import NatstapError
from engine.message import Headers
from engine.rpc.inquiry import Inquiry

HERE = Path(__file__).parent / "recordings"
DEADLINE = 30.0
NOT_FOUND = 127
"""How bash says that it does not know a program."""


async def record() -> None:
    async with world() as real, RecordingProxy.before(real) as proxy:
        profile = proxy.profile
        for name, commands in (("req", REQUESTS), ("pub", PUBLISHES)):
            write(name, [await recorded(proxy, profile, each) for each in commands])
        write("reply", [await answered(proxy, profile, real, each) for each in REPLIES])


def write(name: str, lines: list[dict[str, Any]]) -> None:
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (HERE / f"{name}.jsonl").write_text(text)
    print(f"{name}: {len(lines)}", flush=True)


async def recorded(proxy: RecordingProxy, profile: Profile, command: str) -> dict[str, Any]:
    proxy.commands.clear()
    env = signed_in(profile)
    bash = ("bash", "-c", command)
    async with (
        running(*bash, stdout=PIPE, stderr=PIPE, stdin=DEVNULL, env=env) as process,
        asyncio.timeout(DEADLINE),
    ):
        _, errors = await process.communicate()
        code = process.returncode
    if code == NOT_FOUND:
        raise SystemExit("there is no nats CLI in PATH")
    frames = [written(one) for one in proxy.published if not _is_own(one)]
    if not frames:
        print(f"nothing was sent by {command!r}: {errors.decode()[-200:]}", file=sys.stderr)
    return {"command": command, "code": code, "frames": frames}


def _is_own(frame: bytes) -> bool:
    return frame.split(b" ", 2)[1].startswith(b"$JS.API")


async def answered(
    proxy: RecordingProxy, profile: Profile, real: Profile, command: str
) -> dict[str, Any]:
    """The answers' frames, one list for each request of `ASKED`."""
    proxy.commands.clear()
    frames: list[list[str]] = []
    bash = ("bash", "-c", f"exec {command}")
    async with (
        NatsBroker(real) as broker,
        running(*bash, stdout=DEVNULL, stderr=PIPE, stdin=DEVNULL, env=signed_in(profile)),
        Inquiry(broker.link) as inquiry,
    ):
        await proxy.until("SUB", "rep.")
        for number, (body, headers) in enumerate(ASKED):
            before = len(proxy.published)
            head = Headers.of(headers).encode()
            answer = await _ask(inquiry, body, head)
            while answer is None and not number:  # the server may not know it yet
                answer = await _ask(inquiry, body, head)
            frames.append([written(one) for one in proxy.published[before:]])
    return {"command": command, "answers": frames}


async def _ask(inquiry: Inquiry, body: bytes, head: bytes) -> bytes | None:
    """None where nobody answers, such as after `--count`."""
    question = inquiry.question()
    inquiry.link.publish(b"rep.a", body, question.address.encode(), head)
    try:
        return await question.next(DEADLINE)
    except NatstapError:
        return None


def written(frame: bytes) -> str:
    return base64.b64encode(frame).decode()


if __name__ == "__main__":
    asyncio.run(record())
