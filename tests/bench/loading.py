"""Bursts and hosted responders, as in the app: against the engine's own requests and subscriber,
and against `nats bench service request` and `nats reply`, where the CLI is."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from engine import Journal, NatsBroker
from engine.burst.burst import Burst
from engine.drafts.draft import Draft
from engine.profile.profile import Profile

from .answerer import SUBJECT
from .asking import BODY, CONCURRENT, IN_FLIGHT, answering, rate, url_of
from .rounds import Contest, interleave, row
from .sockets import Plain

CLI = shutil.which("nats")
_RATE = re.compile(r"aggregated stats: ([\d,]+) msgs/sec")


async def burst(broker: NatsBroker) -> float:
    """Replies a second that a burst gets."""
    draft = Draft(SUBJECT, BODY, timeout=10)
    report = await Burst(broker, draft, CONCURRENT, in_flight=IN_FLIGHT).run()
    if report.done != CONCURRENT:
        raise RuntimeError(report.summary)
    return report.throughput


async def nats_bench(url: str) -> float:
    """Replies a second that `nats bench` gets."""
    load = ("--msgs", str(CONCURRENT), "--clients", str(IN_FLIGHT), "--size", str(len(BODY)))
    process = await asyncio.create_subprocess_exec(
        CLI or "nats",
        *("--server", url, "bench", "service", "request", SUBJECT, "--no-progress", *load),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told, _ = await process.communicate()
    found = _RATE.search(told.decode())
    if found is None:
        raise RuntimeError("nats bench did not tell its rate")
    return float(found[1].replace(",", ""))


@asynccontextmanager
async def nats_reply(url: str, asker: NatsBroker) -> AsyncIterator[None]:
    """`nats reply --echo`; it does not say when it listens."""
    process = await asyncio.create_subprocess_exec(
        *(CLI or "nats", "--server", url, "reply", SUBJECT, "--echo"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            while not (await asker.audience(SUBJECT)).answering:
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    report = ["Bursts: 64 in flight, everything recorded, to a plain socket in another process"]
    url = url_of(profile)
    async with NatsBroker(profile, journal=Journal()) as broker, answering("plain", url):
        contest: Contest = {
            "burst": lambda: burst(broker),
            "request": lambda: rate(lambda: broker.request(BODY, SUBJECT, timeout=10)),
        }
        if CLI:
            contest["nats bench"] = lambda: nats_bench(url)
        asked = await interleave(contest, rounds)
    report.append("  " + ", ".join(f"{name} {speed:,.0f}/s" for name, speed in asked.items()))
    report.append(row("a burst, vs natstap's requests", asked["burst"] / asked["request"], 0.75))
    if CLI:
        report.append(f"       a burst, vs nats bench {asked['burst'] / asked['nats bench']:.2f}x")
    return report + await _hosted(profile, url, rounds)


async def _hosted(profile: Profile, url: str, rounds: int) -> list[str]:
    """Echoes asked by natstap's own request, the fastest asker here."""
    async with NatsBroker(profile) as asker:

        def serving(kind: str) -> AbstractAsyncContextManager[None]:
            return nats_reply(url, asker) if kind == "nats reply" else answering(kind, url)

        async def asked(kind: str) -> float:
            async with serving(kind):
                await rate(lambda: asker.request(BODY, SUBJECT, timeout=10))
                return await rate(lambda: asker.request(BODY, SUBJECT, timeout=10))

        kinds = ["hosted", "recording", *(["nats reply"] if CLI else [])]
        contest: Contest = {kind: (lambda kind=kind: asked(kind)) for kind in kinds}
        found = await interleave(contest, rounds)
    report = ["Hosted responders: an echo in another process, everything recorded"]
    report.append("  " + ", ".join(f"{kind} {speed:,.0f}/s" for kind, speed in found.items()))
    ratio = found["hosted"] / found["recording"]
    report.append(row("a hosted responder, vs a recording subscriber", ratio, 0.5))
    if CLI:
        ratio = found["hosted"] / found["nats reply"]
        report.append(row("a hosted responder, vs nats reply", ratio, 0.76))
    return report
