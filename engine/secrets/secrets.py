"""Secrets in what the user made: found by name and by form, replaced by variables.

What is saved or kept in the history holds `{{name}}` in their place, so it can be sent
again by whoever has the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from engine.drafts.draft import TEXTS, Draft, Pairs
from engine.drafts.template import Action, Template, TemplateError, escape
from engine.message import raw_bytes, text

from .forms import is_secret_name, looks_secret
from .places import find_secrets

__all__ = [
    "Cleaned",
    "is_secret_name",
    "is_variable",
    "looks_secret",
    "secret_variables",
    "without_secrets",
]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A draft without secrets; `notes` say what was replaced, and never what it was."""

    draft: Draft
    notes: tuple[str, ...] = ()


def without_secrets(draft: Draft) -> Cleaned:
    """Replace each secret by a variable named after where it stood."""
    cleaned = _cleaned(draft)
    return cleaned if cleaned.notes else Cleaned(draft)


@lru_cache(maxsize=8)
def _cleaned(draft: Draft) -> Cleaned:
    """A menu asks for the same draft again and again, and a large one takes its time."""
    cleaner = _Cleaner(draft)
    texts: dict[str, Any] = {name: cleaner.field(name) for name in TEXTS}
    headers = cleaner.headers()
    body = raw_bytes(cleaner.text(text(draft.body), "the body"))
    if not cleaner.notes:
        return Cleaned(draft)
    made = replace(draft, **texts, headers=headers, body=body, templates=True)
    return Cleaned(made, tuple(dict.fromkeys(cleaner.notes)))


class _Cleaner:
    """One draft, its secrets taken out piece by piece; the same secret is the same variable."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._plain: Callable[[str], str] = str if draft.templates else escape
        self.names: dict[str, str] = {}
        """Each variable, and the secret that it stands for."""
        self.notes: list[str] = []

    def field(self, name: str) -> str:
        return self.text(getattr(self._draft, name), f"the {name.replace('_', ' ')}")

    def headers(self) -> Pairs:
        return tuple((name, self._header(name, value)) for name, value in self._draft.headers)

    def _header(self, name: str, value: str) -> str:
        found = is_secret_name(name) or looks_secret(value)
        if not found or not value.strip() or is_variable(value):
            return self._plain(value)
        self.notes.append(f"the value of {name} is a secret: it became a variable")
        return self._variable(name, value)

    def text(self, written: str, where: str) -> str:
        """The text with variables for its secrets, and otherwise as a template of itself."""
        parts, at = [], 0
        for one in find_secrets(written, is_variable, template=self._draft.templates):
            value = written[one.begin : one.end]
            parts += [self._plain(written[at : one.begin]), self._variable(one.name, value)]
            at = one.end
            what = f'"{one.name}"' if one.name else "a key or token"
            self.notes.append(f"{what} in {where} is a secret: it became a variable")
        return "".join((*parts, self._plain(written[at:])))

    def _variable(self, name: str, value: str) -> str:
        plain = re.sub(r"\W+", "_", name).strip("_").lower()
        plain = plain if plain.isidentifier() else "secret"
        number, chosen = 1, plain
        while self.names.setdefault(chosen, value) != value:
            number += 1
            chosen = f"{plain}_{number}"
        return f"{{{{{chosen}}}}}"


def is_variable(value: str) -> bool:
    """True when what could be secret in it comes from elsewhere: a variable, a request."""
    try:
        template = Template.parse(value)
    except TemplateError:
        return False
    plain = "".join(one if isinstance(one, str) else _literal(one) for one in template.parts)
    made = any(one.name for one in template.actions)
    return made and plain.strip().lower() in ("", "bearer", "basic", "token")


def _literal(action: Action) -> str:
    return "" if action.name else str(action.arguments[0])


def secret_variables(variables: Mapping[str, str]) -> list[str]:
    """The variables that hold a secret by their name or their form."""
    return [
        name for name, value in variables.items() if is_secret_name(name) or looks_secret(value)
    ]
