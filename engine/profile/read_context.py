"""The contexts of the nats CLI: which there are, which is selected, what one says.

They live in $XDG_CONFIG_HOME (or ~/.config) under nats/context/NAME.json, and
nats/context.txt names the selected one. They are written by `engine.profile.write_context`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import InvalidProfile
from engine.fields import read_json

MAX_SIZE = 1 << 20
"""Bytes that are read of a context."""
UNSUPPORTED = {
    "windows_cert_store": "Windows certificate store: set cert, key and ca to files",
}
_TEXTS = (
    *("name", "description", "url", "socks_proxy", "token", "user", "password", "creds", "nkey"),
    *("cert", "key", "ca", "nsc", "jetstream_domain", "jetstream_api_prefix"),
    *("jetstream_event_prefix", "inbox_prefix", "user_jwt", "user_seed", "color_scheme"),
    *("windows_cert_store", "windows_cert_match_by", "windows_cert_match"),
)
KINDS: dict[str, tuple[type, str]] = {
    **dict.fromkeys(_TEXTS, (str, "text")),
    "tls_first": (bool, "true or false"),
    "windows_ca_certs_match": (list, "a list"),
}
"""The settings of a context and what they must be, as the nats CLI reads them."""


@dataclass(frozen=True, slots=True)
class CliContext:
    """`settings` are the JSON keys that are set, unexpanded; they may be secret.

    `unknown` are the names of those that the nats CLI does not know either.
    """

    name: str
    settings: Mapping[str, str | bool] = field(repr=False)
    unknown: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        return str(self.settings.get("description", ""))


def context_names(env: Mapping[str, str]) -> list[str]:
    """The known contexts, sorted; empty files and other files are not contexts."""
    folder = _folder(env)
    if folder is None:
        return []
    files = (folder / "context").glob("*.json")
    return sorted(file.stem for file in files if _is_name(file.stem) and _has_content(file))


def selected_context(env: Mapping[str, str]) -> str:
    """The name in context.txt, "" when none is selected."""
    folder = _folder(env)
    try:
        return (folder / "context.txt").read_text("utf-8").strip() if folder else ""
    except (OSError, ValueError):
        return ""


def load_context(name: str, env: Mapping[str, str]) -> CliContext:
    """A context by its name, or by the path of a .json file as `nats --context` takes it.

    Raises `InvalidProfile` that lists the known names, or says what is wrong in the file.
    """
    path = Path(name)
    if name.endswith(".json") and path.is_file():
        return _read(path.stem, path)
    folder = _folder(env)
    if folder is None or name not in context_names(env):
        known = ", ".join(context_names(env)) or "there are none"
        raise InvalidProfile(f"unknown nats context {name!r}; known: {known}")
    return _read(name, folder / "context" / f"{name}.json")


def context_path(name: str, env: Mapping[str, str]) -> Path:
    """Where a context of this name is kept; raises `InvalidProfile` for what can be no name."""
    folder = _folder(env)
    if folder is None:
        raise InvalidProfile("there is no home folder to keep contexts in: set HOME")
    if not _is_name(name) or "/" in name or name != name.strip() or name.startswith("."):
        raise InvalidProfile(
            f"{name!r} cannot be a context's name: letters, digits, - and _ will do"
        )
    return folder / "context" / f"{name}.json"


def read_document(name: str, path: Path) -> dict[str, Any]:
    """All that the file says, unchecked; raises `InvalidProfile`."""
    try:
        with path.open("rb") as file:
            found = read_json(file.read(MAX_SIZE).decode())
    except OSError as error:
        raise InvalidProfile(f"context {name!r} cannot be read: {error.strerror}") from None
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidProfile(f"context {name!r} is not valid JSON{where or f': {error}'}") from None
    if not isinstance(found, dict):
        raise InvalidProfile(f"context {name!r} is not a JSON object")
    return found


def home(env: Mapping[str, str]) -> str:
    return env.get("HOME") or env.get("USERPROFILE") or ""


def _folder(env: Mapping[str, str]) -> Path | None:
    root = env.get("XDG_CONFIG_HOME")
    if root:
        return Path(root) / "nats"
    return Path(home(env)) / ".config" / "nats" if home(env) else None


def _is_name(name: str) -> bool:
    return bool(name) and ".." not in name and "\\" not in name


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _read(name: str, path: Path) -> CliContext:
    found = read_document(name, path)
    settings = {key: value for key, value in found.items() if value and key in KINDS}
    _check(name, settings)
    kept = {key: value for key, value in settings.items() if isinstance(value, str | bool)}
    return CliContext(name, kept, tuple(sorted(found.keys() - KINDS.keys())))


def _check(name: str, settings: Mapping[str, Any]) -> None:
    for key, value in settings.items():
        if key in UNSUPPORTED:
            raise InvalidProfile(f"context {name!r}: natstap has no {UNSUPPORTED[key]}")
        kind, told = KINDS[key]
        if not isinstance(value, kind):
            raise InvalidProfile(f"context {name!r}: {key} must be {told}")
