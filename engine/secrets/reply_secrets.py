"""Secrets in reply drafts: no file may hold one, and only a template has variables instead."""

from __future__ import annotations

from dataclasses import fields

from engine.drafts.draft import Draft
from engine.message import text
from engine.responders.behaviour import Recipe
from engine.responders.replaced import parse_replacements
from engine.responders.reply import ReplyDraft

from .secrets import (
    NOTHING,
    KnownSecrets,
    is_secret_name,
    is_variable,
    looks_secret,
    without_secrets,
)


def holds_secret(draft: ReplyDraft, known: KnownSecrets = NOTHING) -> bool:
    """True when its answers have a secret in plain text; raises `InvalidInput` for a bad draft."""
    if any(map(looks_secret, (draft.error, draft.description))):
        return True
    texts = (getattr(draft, field.name) for field in fields(draft))
    if any(known.holds(str(one)) for one in texts if isinstance(one, str)):
        return True
    if draft.recipe is Recipe.REPLACED and any(
        is_secret_name(one.path[-1]) and not is_variable(one.value.strip('"'))
        for one in parse_replacements(text(draft.body))
    ):
        return True
    bodies = (draft.body, *draft.more)
    return any(
        without_secrets(Draft(draft.subject, body, headers=draft.headers), known).notes
        for body in bodies
    )
