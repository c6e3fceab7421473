"""What the user asked for: flags over NATS_* variables over a nats context, field by field.

So a context's credentials stay in force when only the server is overridden, as they do in
the nats CLI; the source says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .outside_tools import tool_of
from .read_context import CliContext, load_context, selected_context

# context key: (our flag, variable); all three are the nats CLI's names
NAMES = {
    "url": ("server", "NATS_URL"),
    "user": ("user", "NATS_USER"),
    "password": ("password", "NATS_PASSWORD"),
    "token": ("token", "NATS_TOKEN"),
    "creds": ("creds", "NATS_CREDS"),
    "nkey": ("nkey", "NATS_NKEY"),
    "user_jwt": ("jwt", "NATS_JWT"),
    "user_seed": ("seed", "NATS_SEED"),
    "cert": ("tlscert", "NATS_CERT"),
    "key": ("tlskey", "NATS_KEY"),
    "ca": ("tlsca", "NATS_CA"),
    "socks_proxy": ("socks_proxy", "NATS_SOCKS_PROXY"),
    "tls_first": ("tlsfirst", ""),
    "inbox_prefix": ("inbox_prefix", ""),
    "jetstream_domain": ("js_domain", ""),
    "jetstream_api_prefix": ("js_api_prefix", ""),
    "jetstream_event_prefix": ("js_event_prefix", ""),
    "name": ("connection_name", ""),
    "timeout": ("timeout", "NATS_TIMEOUT"),
}
MANNERS = {
    "inbox_prefix",
    "jetstream_domain",
    "jetstream_api_prefix",
    "jetstream_event_prefix",
    "name",
    "timeout",
}
"""What says how to speak, but not where: alone it is no configuration."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`values` are by context key, none of them empty; `source` is a few words for people.

    `context` is the name of the one that is used, "" for none.
    """

    values: Mapping[str, Any] = field(repr=False)
    source: str
    context: str = ""

    def text(self, key: str, default: str = "") -> str:
        return str(self.values.get(key, default))

    @property
    def tools(self) -> tuple[str, ...]:
        """Other programs that must be asked, by name."""
        found = {tool_of(key, value) for key, value in self.values.items()}
        return tuple(sorted(found - {""}))

    def without_tools(self) -> Settings:
        """What is known without asking another program."""
        kept = {key: value for key, value in self.values.items() if not tool_of(key, value)}
        return replace(self, values=kept)


def gather_settings(
    flags: Mapping[str, Any], env: Mapping[str, str], *, alone: bool = False
) -> Settings | None:
    """None when nothing says where to connect; raises `InvalidProfile`.

    With `alone` the variables do not count, nor does a context that no flag names.
    """
    given = _given(flags, {} if alone else env)
    context = _context(flags, env, alone)
    if context is None and given.keys() <= MANNERS:
        return None
    kept = _without_name(context.settings) if context else {}
    values = _merged(kept, given)
    return Settings(values, _source(flags, given, context), context.name if context else "")


def _given(flags: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    found = {key: flags.get(flag) or env.get(name) for key, (flag, name) in NAMES.items()}
    return {key: value for key, value in found.items() if value}


def _context(flags: Mapping[str, Any], env: Mapping[str, str], alone: bool) -> CliContext | None:
    if flags.get("no_context"):
        return None
    name = flags.get("context")
    if not name and not alone:
        name = env.get("NATS_CONTEXT") or selected_context(env)
    return load_context(name, env) if name else None


def _without_name(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A context's name is not the connection's."""
    return {key: value for key, value in settings.items() if key != "name"}


def _merged(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A user given without a password is a token, beside whatever user the context has."""
    if "user" in given and "password" not in given:
        others = {key: value for key, value in given.items() if key != "user"}
        return {**kept, **others, "token": given["user"]}
    return {**kept, **given}


def _source(flags: Mapping[str, Any], given: Mapping[str, Any], context: CliContext | None) -> str:
    for key, (flag, variable) in NAMES.items():
        if key in given and key not in MANNERS and (key == "url" or context is None):
            source = f"--{flag}" if flags.get(flag) else variable
            return f"{source} with context {context.name}" if context else source
    return f"context {context.name}" if context else ""
