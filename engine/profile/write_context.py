"""Contexts, written as the nats CLI writes them: it and natstap read the same files.

Every key that the CLI knows is there, as in its own files; keys that neither knows stay as they
were. A file is replaced whole or not at all, and readable by its owner only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import InvalidProfile
from engine.profile.connect_line import read_written, settings_of, write_line
from engine.profile.profile import resolve
from engine.profile.read_context import KINDS, context_path, read_document, selected_context
from engine.profile.settings import NAMES
from engine.whole_file import replace_file

_EMPTY: dict[type, Any] = {str: "", bool: False, list: None}
_SECRETS = ("password", "token", "user_jwt", "user_seed")
_URLS = ("url", "socks_proxy")
_LOGIN = re.compile(r"(?<=//)[^/@,]+(?=@)")
_BY_LINE = NAMES.keys() - {"name", "timeout"}
"""Settings that a line says, also by leaving them out."""
_REFERENCE = re.compile(r"(file|env|op|nsc)://|data:", re.IGNORECASE)
KEPT = "•••"
"""Stands in a line for a secret that is there and stays as it is."""


def written_line(name: str, env: Mapping[str, str]) -> tuple[str, str]:
    """A context's address with flags, its secrets hidden, and its description.

    Raises `InvalidProfile`.
    """
    found = read_document(name, context_path(name, env))
    shown = {key: _hidden(key, value) for key, value in found.items()}
    return write_line(shown), str(found.get("description") or "")


def save_context(
    name: str,
    line: str,
    description: str,
    env: Mapping[str, str],
    *,
    like: str = "",
    replaces: str = "",
) -> Path:
    """Write a context; gives its path. `like` is the one whose hidden secrets are meant, and
    whose other settings stay; `replaces` is the one that is changed, perhaps in its name.

    Raises `InvalidProfile`, also for a name that is taken by a context that was not to be changed.
    """
    path = context_path(name, env)
    if path.exists() and name != replaces:
        raise InvalidProfile(f"there is a context {name!r} already: take another name, or edit it")
    if replaces and replaces != name:
        _check_unused(replaces, env)
    before = read_document(like, context_path(like, env)) if like else {}
    given = settings_of(read_written(line))
    settings = {key: _meant(key, value, before) for key, value in given.items()}
    if "password" not in settings and settings.get("user", before.get("user")) != before.get(
        "user"
    ):
        settings["token"] = settings.pop("user")  # so the nats CLI reads a user alone
    if not settings.get("url") and not before.get("nsc"):
        raise InvalidProfile("an address is needed, such as nats://host:4222")
    document = {key: _EMPTY[kind] for key, (kind, _) in KINDS.items()}
    document |= {key: value for key, value in before.items() if key not in _BY_LINE}
    document |= settings | {"description": description}
    document.pop("name", None)
    flags = {flag: settings[key] for key, (flag, _) in NAMES.items() if key in settings}
    resolve({**flags, "no_context": True}, env, alone=True, ask_tools=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise InvalidProfile(f"context {name!r} cannot be written: {error.strerror}") from None
    if replaces and replaces != name:
        context_path(replaces, env).unlink(missing_ok=True)
    return path


def remove_context(name: str, env: Mapping[str, str]) -> None:
    """Raises `InvalidProfile`; the one that the CLI has selected stays, as it does there."""
    _check_unused(name, env)
    try:
        context_path(name, env).unlink()
    except OSError as error:
        raise InvalidProfile(f"context {name!r} cannot be removed: {error.strerror}") from None


def _check_unused(name: str, env: Mapping[str, str]) -> None:
    if selected_context(env) == name:
        raise InvalidProfile(
            f"context {name!r} is the one that the nats CLI uses: select another first"
        )


def _hidden(key: str, value: Any) -> Any:
    """A setting as it may be shown; a reference to where a secret is kept is none."""
    if not isinstance(value, str):
        return value
    if key in _URLS:
        return _LOGIN.sub(KEPT, value)
    return KEPT if value and key in _SECRETS and not _REFERENCE.match(value) else value


def _meant(key: str, value: Any, before: Mapping[str, Any]) -> Any:
    """What is written, with the secrets that it hides."""
    if not isinstance(value, str) or KEPT not in value:
        return value
    old = str(before.get(key) or "")
    if key in _URLS:
        logins = iter(_LOGIN.findall(old))
        return re.sub(re.escape(KEPT), lambda _: next(logins, ""), value)
    if value != KEPT or not old:
        raise InvalidProfile(f"{key}: write the secret itself; {KEPT} keeps one that is there")
    return old
