"""The ways to what a request expects: from the collection, from the composer, from an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.screen import Screen

from engine.checks.answer import Answer
from engine.checks.checks import NO_CHECKS, Checks
from engine.checks.expect_answer import expect_answer
from engine.collection.collection import Collection, Saved
from engine.drafts.draft import Draft
from engine.errors import InvalidInput

from .checks_dialog import ChecksDialog

if TYPE_CHECKING:
    from engine.session import Session


async def edit_expectations(
    screen: Screen[Any], session: Session, name: str, answer: Answer | None = None
) -> str | None:
    """Edit those of a saved request; where it has none, they begin with what was answered."""
    saved = await asyncio.to_thread(find_request, session.collection, name)
    if saved is None or not isinstance(saved.what, Draft):
        screen.app.bell()
        return None
    checks = saved.checks
    if answer is not None and not checks.expect:
        checks = replace(checks, expect=expect_answer(answer))
    return await edit(screen, session, saved.what, name, checks, answer)


async def edit(
    screen: Screen[Any],
    session: Session,
    draft: Draft,
    name: str,
    checks: Checks,
    answer: Answer | None = None,
) -> str | None:
    """The name under which it was saved; None where nothing was."""
    dialog = ChecksDialog(session, draft, name, checks, answer)
    saved: str | None = await screen.app.push_screen_wait(dialog)
    return saved


def find_request(collection: Collection, name: str) -> Saved | None:
    """In a thread; None where there is none of that name, or it cannot be read."""
    try:
        return collection.read_saved(name) if name and collection.holds(name) else None
    except InvalidInput:
        return None


class SentRequest(NamedTuple):
    """A request that was sent, with the name and the checks that it was saved with."""

    draft: Draft
    name: str = ""
    checks: Checks = NO_CHECKS


def find_sent(collection: Collection, name: str, draft: Draft) -> SentRequest:
    """In a thread; as it was saved under the name, templates and all, where that is the same."""
    saved = find_request(collection, name)
    if saved is None or not isinstance(saved.what, Draft):
        return SentRequest(draft)
    same = saved.what.subject == draft.subject or saved.what.templates
    return SentRequest(saved.what, name, saved.checks) if same else SentRequest(draft)


def checks_of(collection: Collection, name: str) -> Checks:
    """In a thread; those of a saved request, none where there is no such request."""
    saved = find_request(collection, name)
    return saved.checks if saved is not None else NO_CHECKS
