"""Secrets in reply drafts: no file may hold one, and only a template has variables instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from engine.drafts.draft import Draft
from engine.responders.recipes import RecipeBase, recipe_of
from engine.responders.reply import ReplyDraft

from .finding import NOTHING
from .known_secrets import KnownSecrets
from .patterns import is_secret_name, looks_secret
from .secrets import is_variable, without_secrets


def holds_secret(draft: ReplyDraft, known: KnownSecrets = NOTHING) -> bool:
    """True when its answers have a secret in plain text; raises `InvalidInput` for a bad draft."""
    recipe = recipe_of(draft)
    own = tuple(recipe.texts)
    if any(map(looks_secret, (draft.error, draft.description, *own))):
        return True
    texts = (*(getattr(draft, field.name) for field in fields(draft)), *own)
    if any(known.holds(str(value)) for value in texts if isinstance(value, str)):
        return True
    if any(is_secret_name(name) and not is_variable(value) for name, value in _named(recipe)):
        return True
    bodies = (draft.body, *draft.more)
    return any(
        without_secrets(Draft(draft.subject, body, headers=draft.headers), known).notes
        for body in bodies
    )


def _named(recipe: RecipeBase) -> Iterator[tuple[str, str]]:
    """Values that stand beside a name: the recipe's own, and its text fields."""
    yield from recipe.named_values()
    for field in recipe.fields:
        value = recipe.draft.value(field)
        if isinstance(value, str) and value:
            yield field.name, value
