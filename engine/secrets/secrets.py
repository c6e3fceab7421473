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
from engine.drafts.template import KEYWORDS, Action, Template, TemplateError, escape
from engine.drafts.template_functions import FUNCTIONS
from engine.message import raw_bytes, text

from .finding import NOTHING, SCHEMES, find_all
from .known_secrets import KnownSecrets
from .patterns import is_secret_name, looks_secret


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A draft without secrets; `notes` say what was replaced, and never what it was."""

    draft: Draft
    notes: tuple[str, ...] = ()


def without_secrets(draft: Draft, known: KnownSecrets = NOTHING) -> Cleaned:
    """Replace each secret by a variable: the one whose value it is, else one that is named after
    where it stood.
    """
    cleaned = _cleaned(draft, known, known.version)
    return cleaned if cleaned.notes else Cleaned(draft)


@lru_cache(maxsize=8)
def _cleaned(draft: Draft, known: KnownSecrets, _version: int) -> Cleaned:
    """A menu asks for the same draft again and again, and a large one takes its time."""
    cleaner = _Cleaner(draft, known)
    texts: dict[str, Any] = {name: cleaner.field(name) for name in TEXTS}
    headers = cleaner.headers()
    body = raw_bytes(cleaner.text(text(draft.body), "the body"))
    if not cleaner.notes:
        return Cleaned(draft)
    made = replace(draft, **texts, headers=headers, body=body, templates=True)
    return Cleaned(made, tuple(dict.fromkeys(cleaner.notes)))


class _Cleaner:
    """One draft, its secrets taken out piece by piece; the same secret is the same variable."""

    def __init__(self, draft: Draft, known: KnownSecrets = NOTHING) -> None:
        self._draft = draft
        self._known = known
        self._plain: Callable[[str], str] = str if draft.templates else escape
        self.names: dict[str, str] = dict(known.variables)
        """Each variable, and the secret that it stands for."""
        self.notes: list[str] = []

    def field(self, name: str) -> str:
        return self.text(getattr(self._draft, name), f"the {name.replace('_', ' ')}")

    def headers(self) -> Pairs:
        return tuple(
            (self._name(name), self._header(name, value)) for name, value in self._draft.headers
        )

    def _name(self, name: str) -> str:
        """A header's name has no variables: what is secret in it goes without a trace."""
        spots = self._known.find(name)
        for spot in reversed(spots):
            name = f"{name[: spot.begin]}{spot.name}{name[spot.end :]}"
        if spots:
            self.notes.append("the name of a header holds a secret: it was left out")
        return name

    def _header(self, name: str, value: str) -> str:
        if self._known.holds(value) and is_variable(made := self.text(value, f"value of {name}")):
            return made
        found = is_secret_name(name) or looks_secret(value) or self._known.holds(value)
        if not found or not value.strip() or is_variable(value):
            return self._plain(value)
        if not (is_secret_name(name) or looks_secret(value)):
            return self.text(value, f"value of {name}")
        self.notes.append(f"the value of {name} is a secret: it became a variable")
        return self._variable(name, value)

    def text(self, written: str, where: str) -> str:
        """The text with variables for its secrets, and otherwise as a template of itself."""
        parts, at = [], 0
        for found in find_all(written, is_variable, self._known, template=self._draft.templates):
            value = written[found.begin : found.end]
            parts += [self._plain(written[at : found.begin]), self._variable(found.name, value)]
            at = found.end
            what = f'"{found.name}"' if found.name else "a key or token"
            what = f"the value of {found.name}" if found.known else what
            self.notes.append(f"{what} in {where} is a secret: it became a variable")
        return "".join((*parts, self._plain(written[at:])))

    def _variable(self, name: str, value: str) -> str:
        if self._known.variables.get(name) == value:
            return write_variable(name)
        plain = re.sub(r"\W+", "_", name).strip("_").lower()
        plain = plain if plain.isidentifier() else "secret"
        number, chosen = 1, plain
        while self.names.setdefault(chosen, value) != value:
            number += 1
            chosen = f"{plain}_{number}"
        return write_variable(chosen)


def write_variable(name: str) -> str:
    """What asks for a variable in a template; some names mean something else when they are bare."""
    if name in FUNCTIONS or name in KEYWORDS or not name.isidentifier():
        return f'{{{{Var "{name}"}}}}'
    return f"{{{{{name}}}}}"


def is_variable(value: str) -> bool:
    """True when what could be secret in it comes from elsewhere: a variable, a request."""
    try:
        template = Template.parse(value)
    except TemplateError:
        return False
    plain = "".join(part if isinstance(part, str) else _literal(part) for part in template.parts)
    made = any(action.name for action in template.actions)
    return made and plain.strip().lower() in SCHEMES


def _literal(action: Action) -> str:
    return "" if action.name else str(action.arguments[0])


def secret_variables(variables: Mapping[str, str]) -> list[str]:
    """The variables that hold a secret by their name or their form."""
    return [
        name for name, value in variables.items() if is_secret_name(name) or looks_secret(value)
    ]
