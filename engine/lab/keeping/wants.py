"""What a draft asks variables for, and what to do about those that have no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.lab.drafts.draft import TEXTS, Draft
from engine.lab.responders.reply import ReplyDraft
from engine.lab.template import Template, TemplateError
from engine.message import text

from .secrets import is_secret_name

ENVIRONMENT = "NATSTAP_VAR_"
"""How the environment's variables begin whose values templates may name."""


def wanted_variables(draft: Draft) -> tuple[str, ...]:
    """The variables that its templates name, each once; a template that is none names none."""
    if not draft.templates:
        return ()
    return tuple(dict.fromkeys(name for one in _texts(draft) for name in _variables(one)))


def missing_variables(draft: Draft | ReplyDraft, given: Mapping[str, str]) -> tuple[str, ...]:
    """Those that have no value among the `given`; a responder's are its own business."""
    wanted = wanted_variables(draft) if isinstance(draft, Draft) else ()
    return tuple(name for name in wanted if name not in given)


def environment_name(variable: str) -> str:
    """The variable of the process that gives a variable of templates its value."""
    return ENVIRONMENT + (variable.upper() if variable.islower() else variable)


def advise(missing: tuple[str, ...]) -> str:
    """One sentence that says what to do about variables without a value; "" for none."""
    if not missing:
        return ""
    names = " and ".join(environment_name(name) for name in missing)
    if any(is_secret_name(name) or name == "secret" for name in missing):
        return f"a secret was not kept: set {names} in the environment of natstap, or write it in"
    return (
        f"no value for {', '.join(missing)}: set it in an environment of the collection, or {names}"
    )


def _texts(draft: Draft) -> Iterator[str]:
    yield from (str(getattr(draft, name)) for name in TEXTS)
    yield from (value for _, value in draft.headers)
    yield text(draft.body)


def _variables(written: str) -> tuple[str, ...]:
    try:
        return Template.parse(written).variables
    except TemplateError:
        return ()
