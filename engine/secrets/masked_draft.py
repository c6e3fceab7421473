"""A draft for other eyes: its secrets as `<name>`, to be written in by whoever has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.drafts.draft import TEXTS, Draft
from engine.drafts.template import Context, Template, TemplateError
from engine.message import raw_bytes, text

from .finding import NOTHING
from .known_secrets import KnownSecrets
from .secrets import secret_variables, without_secrets


@dataclass(frozen=True, slots=True)
class Masked:
    """A draft and the variables to render it with; `hidden` are the names that were put in."""

    draft: Draft
    variables: Mapping[str, str]
    hidden: tuple[str, ...] = ()


def mask(draft: Draft, variables: Mapping[str, str], known: KnownSecrets = NOTHING) -> Masked:
    """Without secrets, whether they stand in the draft or in the variables that it names."""
    cleaned = without_secrets(draft, known).draft
    own = _named(draft) if draft.templates else set()
    named = _named(cleaned) if cleaned.templates else set()
    held = {name for name, value in variables.items() if known.holds(value)}
    secret = (named - own) | (named & (held | set(secret_variables(variables))))
    if not secret:
        return Masked(draft, variables)
    shown = {**variables, **{name: f"<{name}>" for name in secret}}
    if not draft.templates:
        cleaned = cleaned.rendered(Context(variables=shown))
    return Masked(cleaned, shown, tuple(sorted(secret)))


def hide(rendered: Draft, hidden: Mapping[str, str], known: KnownSecrets = NOTHING) -> Draft:
    """A rendered draft with `<name>` for the values that are hidden, and for other secrets."""
    longest_first = sorted(hidden.items(), key=lambda one: -len(one[1]))
    for name, value in longest_first:
        if value:
            rendered = _replaced(rendered, value, f"<{name}>")
    return mask(rendered, {}, known).draft


def _replaced(draft: Draft, value: str, other: str) -> Draft:
    texts = {name: getattr(draft, name).replace(value, other) for name in TEXTS}
    headers = tuple((name, header.replace(value, other)) for name, header in draft.headers)
    body = draft.body.replace(raw_bytes(value), raw_bytes(other))
    return replace(draft, **texts, headers=headers, body=body)


def without_idle_templates(draft: Draft) -> Draft:
    """The same message with `templates` off where nothing in it is one."""
    try:
        idle = not any(Template.parse(written).actions for written in _texts(draft))
    except TemplateError:
        return draft
    return draft.rendered(Context()) if idle else draft


def _named(draft: Draft) -> set[str]:
    """The variables that it names; what is no template names none."""
    found: set[str] = set()
    for written in _texts(draft):
        try:
            found.update(Template.parse(written).variables)
        except TemplateError:
            continue
    return found


def _texts(draft: Draft) -> list[str]:
    """Everything in it that may hold templates."""
    texts = [getattr(draft, name) for name in TEXTS]
    return [*texts, text(draft.body), *(value for _, value in draft.headers)]
