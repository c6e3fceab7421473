"""Deadlines: one timer for all who wait equally long; and ids that are drawn in advance."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from time import monotonic
from typing import Any

import pytest
from helpers.waiting import until

from engine import NatsBroker
from engine.errors import RequestTimeout
from engine.rpc.deadlines import MAX_IDLE, Deadlines


class Waiting:
    def __init__(self, over: list[str], name: str) -> None:
        self._over = over
        self._name = name

    def expire(self) -> None:
        self._over.append(self._name)


def timers() -> int:
    """How many timers the loop has that will ring."""
    scheduled: Any = asyncio.get_running_loop()
    return sum(not timer.cancelled() for timer in scheduled._scheduled)


async def test_whoever_waits_longer_is_told_later_and_who_was_taken_out_never() -> None:
    over: list[str] = []
    deadlines = Deadlines()
    deadlines.begin(Waiting(over, "long"), 0.05)
    gone = Waiting(over, "gone")
    lane = deadlines.begin(gone, 0.02)
    deadlines.begin(Waiting(over, "short"), 0.02)
    deadlines.begin(Waiting(over, "at once"), 0)
    del lane[gone]
    await until(lambda: len(over) == 3)
    assert over == ["at once", "short", "long"]


async def test_a_wait_that_begins_later_ends_later_though_it_shares_the_timer() -> None:
    over: list[str] = []
    deadlines = Deadlines()
    deadlines.begin(Waiting(over, "first"), 0.03)
    before = monotonic()
    await until(lambda: monotonic() > before + 0.02)
    begun = monotonic()
    deadlines.begin(Waiting(over, "second"), 0.03)
    await until(lambda: len(over) == 2)
    assert over == ["first", "second"]
    assert monotonic() >= begun + 0.03
    deadlines.begin(Waiting(over, "third"), 0.01)
    await until(lambda: len(over) == 3)


async def test_waits_of_ever_other_lengths_leave_few_timers() -> None:
    before = timers()
    deadlines = Deadlines()
    for number in range(20 * MAX_IDLE):
        waiting = Waiting([], "")
        del deadlines.begin(waiting, 1000 + number)[waiting]
    assert timers() - before <= MAX_IDLE
    deadlines.end_idle()
    assert timers() == before


async def test_requests_in_flight_share_a_timer_and_a_stop_leaves_none(broker: NatsBroker) -> None:
    gate = asyncio.Event()

    @broker.subscriber("slow", max_workers=500)
    async def handle(body: Any) -> Any:
        await gate.wait()
        return body

    await broker.start()
    before = timers()
    calls = [broker.call(number, "slow", timeout=30) for number in range(200)]
    assert timers() == before + 1
    gate.set()
    assert [await (await call.answer()).decode() for call in calls] == list(range(200))
    with pytest.raises(RequestTimeout):
        await broker.request("x", "slow", timeout=0)
    await broker.stop()
    assert timers() < before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_draws_ids_of_its_own() -> None:
    program = """
import os
from engine.rpc.ids import new_id
new_id()
child = os.fork()
if child:
    os.waitpid(child, 0)
print(new_id(), flush=True)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    ids = told.stdout.split()
    assert len(set(ids)) == len(ids) == 2, told.stderr
