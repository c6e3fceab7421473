"""What a draft asks variables for, and what to do about those that have no value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.drafts.draft import TEXTS, Draft
from engine.drafts.template import Template, TemplateError
from engine.message import text
from engine.responders.reply import ReplyDraft

from .known_secrets import ENVIRONMENT
from .patterns import is_secret_name

_UNNAMED = re.compile(r"secret(?:_\d+)?")
"""What a secret's variable is called that stood beside no name."""


def wanted_variables(draft: Draft) -> tuple[str, ...]:
    """The variables that its templates name, each once; a template that is none names none."""
    if not draft.templates:
        return ()
    return tuple(dict.fromkeys(name for text in _texts(draft) for name in _variables(text)))


def missing_variables(draft: Draft | ReplyDraft, given: Mapping[str, str]) -> tuple[str, ...]:
    """Those that have no value among the `given`; a responder's are its own business."""
    wanted = wanted_variables(draft) if isinstance(draft, Draft) else ()
    return tuple(name for name in wanted if name not in given)


def environment_name(variable: str) -> str:
    """The variable of the process that gives a variable of templates its value."""
    return ENVIRONMENT + (variable.upper() if variable.islower() else variable)


def advise(missing: tuple[str, ...]) -> str:
    """One sentence that says what to do about variables without a value; "" for none."""
    secret = [name for name in missing if is_secret_name(name) or _UNNAMED.fullmatch(name)]
    plain = [name for name in missing if name not in secret]
    words = []
    if secret:
        names = " and ".join(map(environment_name, secret))
        which = "a secret was" if len(secret) == 1 else "secrets were"
        words.append(
            f"{which} not kept: set {names} in the environment of natstap, or write it in: into "
            "the message, or for this run among the variables of the collection"
        )
    if plain:
        first = environment_name(plain[0])
        where = f"set it in an environment of the collection, or {first}"
        words.append(f"no value for {', '.join(plain)}: {where}")
    return "; ".join(words)


def _texts(draft: Draft) -> Iterator[str]:
    yield from (str(getattr(draft, name)) for name in TEXTS)
    yield from (value for _, value in draft.headers)
    yield text(draft.body)


def _variables(written: str) -> tuple[str, ...]:
    try:
        return Template.parse(written).variables
    except TemplateError:
        return ()
