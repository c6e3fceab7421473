"""What a saved request expects, looked at when it is sent from the composer."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.drafts.draft import Draft
from engine.errors import InvalidInput
from engine.journal import Journal, State
from engine.words import counted

from .workspace import Workspace

if TYPE_CHECKING:
    from engine.runs.result import Result
    from engine.session import Session

_OPEN = (State.WAITING, State.PARTLY)
_LOOK = 0.05
"""Seconds between two looks at whether it is over."""
_PATIENCE = 2.0
"""Seconds after its timeout for which the end of a request is awaited."""


async def check_sent(desk: Workspace, session: Session, number: int, draft: Draft) -> None:
    """Once it is over, tell whether the answer is as the request in the composer expects.

    What came of it is in `Session.results`. Who answered is looked at in a run only.
    """
    from tui.collection.expecting import find_sent

    collection, name = session.collection, desk.composer.saved_as
    sent = await asyncio.to_thread(find_sent, collection, name, draft)
    if not sent.name or not sent.checks.expect:
        return
    await _over(desk.journal, number, draft.timeout + _PATIENCE)
    from engine.checks.answer import answer_of
    from engine.checks.judge_answer import judge_answer
    from engine.runs.result import Result, RunOutcome

    expect = replace(sent.checks.expect, who=None)
    try:
        answer = answer_of(desk.journal, number)
        schema = expect.schema
        if isinstance(schema, str):
            from engine.runs.run import read_schema  # and all that a run takes

            folder = collection.path_of(name).parent
            schema = await asyncio.to_thread(read_schema, folder / schema, collection.folder)
    except (InvalidInput, KeyError) as error:
        desk.app.notify(f"{name} cannot be checked: {error}", severity="warning")
        return
    judged = judge_answer(expect, answer, schema)
    holds = all(each.holds for each in judged)
    outcome = RunOutcome.PASSED if holds else RunOutcome.FAILED
    result = Result(name, draft.subject, outcome, answer, judged, number=number)
    session.results[name] = result
    _tell(desk, result)


def _tell(desk: Workspace, result: Result) -> None:
    if result.passed:
        held = counted(len(result.judged), "expectation holds", "expectations hold")
        desk.app.notify(f"✓ {result.name}: {held}")
    else:
        desk.app.notify(f"✗ {result.name}: {result.faults[0]}", severity="warning")


async def _over(journal: Journal, number: int, seconds: float) -> None:
    """Until the exchange has ended, or the journal forgot it."""
    with suppress(TimeoutError, KeyError):
        async with asyncio.timeout(seconds):
            async for _ in journal.pulse.beats(_LOOK):
                if journal.exchange(number).state not in _OPEN:
                    return
