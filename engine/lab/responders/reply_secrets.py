"""Secrets in reply drafts: no file may hold one, and only a template has variables instead."""

from __future__ import annotations

from engine.lab.drafts.draft import Draft
from engine.lab.keeping.secrets import is_secret_name, is_variable, looks_secret, without_secrets
from engine.message import text

from .behaviour import Recipe
from .replaced import parse_replacements
from .reply import ReplyDraft


def holds_secret(draft: ReplyDraft) -> bool:
    """True when its answers have a secret in plain text; raises `InvalidInput` for a bad draft."""
    if any(map(looks_secret, (draft.error, draft.description))):
        return True
    if draft.recipe is Recipe.REPLACED and any(
        is_secret_name(one.path[-1]) and not is_variable(one.value.strip('"'))
        for one in parse_replacements(text(draft.body))
    ):
        return True
    bodies = (draft.body, *draft.more)
    return any(
        without_secrets(Draft(draft.subject, body, headers=draft.headers)).notes for body in bodies
    )
