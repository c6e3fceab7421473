"""Which credentials to show a server, when settings and URLs name several.

The nats CLI's order: user, creds, nkey, JWT with seed, bearer JWT; a token goes beside any
of them; what a URL says before its @ replaces user, password and token.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .address import Addresses
from .credentials import join_creds, read_creds, read_nkey, read_secret
from .settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """`credentials` is the text of a creds file; `user_jwt` a bearer's, without a seed."""

    user: str = ""
    password: str = ""
    token: str = ""
    credentials: str = ""
    nkey_seed: str = ""
    user_jwt: str = ""


def choose_login(settings: Settings, addresses: Addresses, env: Mapping[str, str]) -> Login:
    """Read what is chosen, and only that; raises `InvalidProfile` when it is unusable."""
    login = _first(settings, env)
    if addresses.has_login:
        return replace(
            login,
            user=addresses.user or "",
            password=addresses.password or "",
            token=addresses.token or "",
        )
    return replace(login, token=read_secret("token", settings.text("token"), env))


def _first(settings: Settings, env: Mapping[str, str]) -> Login:
    if user := settings.text("user"):
        return Login(user, read_secret("password", settings.text("password"), env))
    if creds := settings.text("creds") or _nsc_reference(settings):
        return Login(credentials=read_creds(creds, env))
    if nkey := settings.text("nkey"):
        return Login(nkey_seed=read_nkey(nkey, env))
    jwt = read_secret("user_jwt", settings.text("user_jwt"), env)
    seed = read_secret("user_seed", settings.text("user_seed"), env)
    if jwt and seed:
        return Login(credentials=join_creds(jwt, seed))
    return Login(user_jwt=jwt)


def _nsc_reference(settings: Settings) -> str:
    """What the setting that came before nsc:// references says, as such a reference."""
    old = settings.text("nsc")
    return old if not old or old.lower().startswith("nsc://") else f"nsc://{old}"
