"""Secrets in what the user made: found by name and by form, replaced by variables.

What is saved or kept in the history holds `{{name}}` in their place, so it can be sent
again by whoever has the value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.lab.drafts.draft import Draft, Pairs
from engine.lab.template import Template, TemplateError
from engine.message import raw_bytes, text

_NAMES = re.compile(
    r"authorization|cookie|passw(?:or)?d|passphrase|secret|token|api[-_]?key|private[-_]?key"
    r"|credential|session[-_]?id|nkey|\bjwt\b|\bcreds\b",
    re.IGNORECASE,
)
_FORMS = re.compile(
    r"\bS[UACONPX][A-Z2-7]{56}\b"
    r"|(?<![\w-])(?:[\w-]{0,64}-)?eyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{0,4096}"
    r"|-----BEGIN [^-\n]*(?:SEED|JWT|PRIVATE KEY)-----"
    r"|\b(?:Bearer|Basic) +[\w.~+/=-]{8,}"
    r"|\b[a-z][a-z0-9+.-]{0,15}://[^\s/:@\"'{}]{0,128}:[^\s/@\"'{}]{1,256}@"
)
_JSON_FIELD = re.compile(r'"([^"\\\n]{1,64})"(\s*:\s*)"((?:[^"\\]|\\.)+)"')


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A draft without secrets; `notes` say what was replaced, and never what it was."""

    draft: Draft
    notes: tuple[str, ...] = ()


def is_secret_name(name: str) -> bool:
    return bool(_NAMES.search(name))


def looks_secret(value: str) -> bool:
    """True for an nkey seed, a JWT, a private key, the value of an Authorization header, or a URL
    with a password."""
    return bool(_FORMS.search(value))


def without_secrets(draft: Draft) -> Cleaned:
    """Replace each secret by a variable named after where it stood."""
    headers, named = _clean_headers(draft.headers)
    body, found = _clean_body(text(draft.body))
    if not named and not found:
        return Cleaned(draft)
    template = draft.as_template()
    headers, _ = _clean_headers(template.headers)
    body, _ = _clean_body(text(template.body))
    notes = [f"the value of {name} is a secret: it became a variable" for name in named]
    notes += [f"{what} in the body is a secret: it became a variable" for what in found]
    return Cleaned(replace(template, headers=headers, body=raw_bytes(body)), tuple(notes))


def _clean_headers(headers: Pairs) -> tuple[Pairs, list[str]]:
    named = [name for name, value in headers if _is_secret(name, value)]
    pairs = ((key, _variable(key) if _is_secret(key, one) else one) for key, one in headers)
    return tuple(pairs), named


def _is_secret(name: str, value: str) -> bool:
    suspicious = (is_secret_name(name) or looks_secret(value)) and value.strip()
    return bool(suspicious) and not is_variable(value)


def is_variable(value: str) -> bool:
    """True when what could be secret in it comes from a variable."""
    try:
        template = Template.parse(value)
    except TemplateError:
        return False
    rest = "".join(one for one in template.parts if isinstance(one, str))
    return bool(template.variables) and rest.strip().lower() in ("", "bearer", "basic", "token")


def _clean_body(body: str) -> tuple[str, list[str]]:
    found: list[str] = []

    def field(match: re.Match[str]) -> str:
        name, colon, value = match.groups()
        if not is_secret_name(name) or is_variable(value):
            return match[0]
        found.append(f'"{name}"')
        return f'"{name}"{colon}"{_variable(name)}"'

    def form(match: re.Match[str]) -> str:
        found.append("a key or token")
        return _variable("secret")

    return _FORMS.sub(form, _JSON_FIELD.sub(field, body)), found


def _variable(name: str) -> str:
    plain = re.sub(r"\W+", "_", name).strip("_").lower() or "secret"
    return f"{{{{{plain if plain.isidentifier() else 'secret'}}}}}"


def secret_variables(variables: Mapping[str, str]) -> list[str]:
    """The variables that hold a secret by their name or their form."""
    return [
        name for name, value in variables.items() if is_secret_name(name) or looks_secret(value)
    ]
