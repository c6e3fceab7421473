"""A command is performed after its key: what it was for can have gone by then."""

from __future__ import annotations

from helpers.desk import sitting_alone

from tui.body.commands import BODY
from tui.kit.command import perform


async def test_for_a_body_that_has_gone_there_is_nothing_to_do() -> None:
    """Found by keys in a hurry: the pane went between a key and what it does."""
    async with sitting_alone() as hand:
        inspect = hand.app.desk.inspect
        assert inspect.body_pane is None
        for command in BODY:
            if command.waits:
                perform(command, inspect)
                begun = [worker for worker in hand.app.workers if worker.node is inspect]
                await hand.app.workers.wait_for_complete(begun)
