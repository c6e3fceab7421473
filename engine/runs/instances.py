"""One request answered by every instance of a service in turn, as far as chance lets each answer.

A queue group gives each message to one of its members, so the request is sent again until each of
them has answered. The servers say who that was.
"""

from __future__ import annotations

from engine.clients.listeners import Listener
from engine.collection.collection import Saved
from engine.drafts.draft import Draft
from engine.errors import NatstapError

from .result import Result, RunOutcome
from .run import Run

TRIES_EACH = 12
"""Requests for each instance, after which one that never answered is given up."""
MAX_TRIES = 400


async def ask_instances(run: Run, saved: Saved) -> dict[str, Result]:
    """The first result of each instance, by its name; what did not pass at all is under ""."""
    draft = saved.what
    assert isinstance(draft, Draft)
    try:
        found = await run.look(run.rendered(draft).subject)
    except NatstapError as error:
        why = f"not sent: {error}"
        return {"": Result(saved.name, draft.subject, RunOutcome.ERROR, why=why, error=error)}
    labels = label_instances(found.answering)
    results: dict[str, Result] = {}
    for _ in range(min(MAX_TRIES, TRIES_EACH * len(labels)) or 1):
        result = await run.ask(saved, learn_who=True)
        label = labels.get(result.answer.cid if result.answer else 0, "")
        results.setdefault(label, result)
        if len(results.keys() - {""}) == len(labels):
            break
    return _all_of_them(saved, draft, labels, results)


def label_instances(listeners: tuple[Listener, ...]) -> dict[int, str]:
    """A name for each connection, which tells it from the others."""
    titles = [listener.title for listener in listeners]
    return {
        one.cid: one.title if titles.count(one.title) == 1 else f"{one.title} (cid {one.cid})"
        for one in listeners
    }


def _all_of_them(
    saved: Saved, draft: Draft, labels: dict[int, str], results: dict[str, Result]
) -> dict[str, Result]:
    """An instance that never answered is one of them; what nobody is known for counts alone."""
    if not labels:
        return results
    why = "it answered none of the requests"
    silent = Result(saved.name, draft.subject, RunOutcome.SKIPPED, why=why)
    return {label: results.get(label, silent) for label in labels.values()}
