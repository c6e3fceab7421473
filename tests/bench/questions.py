"""Questions: what natstap asks by itself for a subject that is typed, and for a failure.

The real app without a terminal, counted at the one place where everything is published.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import nats
from textual.pilot import Pilot
from textual.widgets import Input

from engine.link.link import Link
from engine.profile.profile import Profile
from tui.app import NatstapApp
from tui.compose.forecast_line import Forecast

from .rounds import limit
from .sockets import Plain

SUBJECT = "pay.charge"
DEADLINE = 20.0
Asked = list[tuple[str, int]]
"""Subjects and bytes of what was published, in order."""


def _counted() -> tuple[Asked, Callable[[], None]]:
    """Count what any link publishes from now on; the second ends that."""
    asked: Asked = []
    publish = Link.publish

    def counting(self: Link, subject: bytes, *more: Any, **named: Any) -> bytes:
        frame = publish(self, subject, *more, **named)
        what = "dry run" if b"Nats-Trace-Only" in frame else subject.decode()
        asked.append((what, len(frame)))
        return frame

    Link.publish = counting  # type: ignore[method-assign]

    def end() -> None:
        Link.publish = publish  # type: ignore[method-assign]

    return asked, end


async def _until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not true():
            await pilot.pause(0.02)


async def _use(app: NatstapApp, asked: Asked) -> tuple[Asked, Asked]:
    """Type the subject, send it in vain; what each of the two made natstap publish."""
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(pilot, lambda: app.session is not None)
        field = app.desk.query_one("#subject", Input)
        forecast = app.desk.query_one(Forecast)
        field.value = SUBJECT
        await _until(pilot, lambda: forecast.audience is not None)
        await pilot.pause(0.5)
        asked.clear()
        field.value = f"{SUBJECT}.now"
        await _until(pilot, lambda: forecast.subject == f"{SUBJECT}.now" and forecast.audience)
        typed = list(asked)
        app.desk.composer.pages.bring_field("timeout")
        app.desk.query_one("#timeout", Input).value = "300ms"
        asked.clear()
        await pilot.press("ctrl+j")
        await _until(pilot, lambda: app.desk.known.diagnoses)
        await pilot.pause(0.5)
        return typed, [one for one in asked if not one[0].startswith(SUBJECT)]


def _row(what: str, asked: Asked, budget: int) -> list[str]:
    size = sum(size for _, size in asked)
    kinds: dict[str, int] = {}
    for subject, _ in asked:
        kinds[subject] = kinds.get(subject, 0) + 1
    named = ", ".join(f"{count}x {kind}" if count > 1 else kind for kind, count in kinds.items())
    return [
        limit(f"questions for {what}", float(len(asked)), "", budget),
        f"       {size:,} bytes: {named}",
    ]


async def measure(profile: Profile, plain: Plain, rounds: int) -> list[str]:
    async def silent(_: Any) -> None:
        """A service that takes every request and answers none."""

    client = await nats.connect(
        profile.servers[0], user=profile.user, password=profile.password, name="pay-1"
    )
    await client.subscribe(f"{SUBJECT}.>", cb=silent)
    await client.subscribe(SUBJECT, cb=silent)
    await client.flush()
    asked, end = _counted()
    flags = {"server": profile.servers[0], "user": profile.user, "password": profile.password}
    try:
        typed, failed = await _use(NatstapApp(flags, {}), asked)
    finally:
        end()
        await client.close()
    return [
        "Questions that natstap asks the servers by itself",
        *_row("a subject that was typed", typed, 6),
        *_row("a request that was not answered", failed, 8),
    ]
