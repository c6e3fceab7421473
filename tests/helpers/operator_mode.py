"""A server in operator mode: users log in with JWTs that accounts signed, and those an operator.

What `nsc` would make, with keys made up for one test; see ADR-14 and github.com/nats-io/jwt.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import nkeys

from engine import Profile
from engine.profile.credentials import join_creds
from engine.server.server import EmbeddedServer

ANYTHING = {"subs": -1, "data": -1, "payload": -1, "conn": -1, "leaf": -1, "imports": -1}
WIDE = ANYTHING | {"exports": -1, "wildcards": True}


class Key:
    """A key pair; `kind` is nkeys.PREFIX_BYTE_OPERATOR, _ACCOUNT or _USER."""

    def __init__(self, kind: int) -> None:
        self.seed = nkeys.encode_seed(os.urandom(32), kind)
        self._pair = nkeys.from_seed(bytearray(self.seed))
        self.public = self._pair.public_key.decode()

    def sign(self, about: str, name: str, claims: Mapping[str, Any]) -> str:
        """A JWT in which this key says something about another one."""
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        body: dict[str, Any] = {
            "jti": about,
            "iat": 0,
            "iss": self.public,
            "name": name,
            "sub": about,
        }
        body["nats"] = {**claims, "version": 2}
        text = f"{_encoded(head)}.{_encoded(body)}"
        return f"{text}.{_base64(self._pair.sign(text.encode()))}"


@dataclass(slots=True)
class Operator:
    """`account` makes what `config` then tells a server of."""

    key: Key = field(default_factory=lambda: Key(nkeys.PREFIX_BYTE_OPERATOR))
    accounts: dict[str, str] = field(default_factory=dict)
    """JWTs by public key."""

    def account(self, name: str, **claims: Any) -> Key:
        """`claims` are those of an account: exports, imports, mappings."""
        made = Key(nkeys.PREFIX_BYTE_ACCOUNT)
        said = {"type": "account", "limits": WIDE, **claims}
        self.accounts[made.public] = self.key.sign(made.public, name, said)
        return made

    def config(self) -> str:
        system = self.account("SYS").public
        said = {"type": "operator", "system_account": system}
        operator = self.key.sign(self.key.public, "OP", said)
        known = "\n".join(f"{key}: {jwt}" for key, jwt in self.accounts.items())
        return (
            f"authorization {{}}\noperator: {operator}\nsystem_account: {system}\n"
            f"resolver: MEMORY\nresolver_preload {{\n{known}\n}}\n"
        )


def login(server: EmbeddedServer, account: Key, name: str, **permissions: Any) -> Profile:
    """How a new user of an account connects."""
    user = Key(nkeys.PREFIX_BYTE_USER)
    said = {"type": "user", **ANYTHING, **permissions}
    jwt = account.sign(user.public, name, said)
    return Profile((server.url,), credentials=join_creds(jwt, user.seed.decode()))


def _encoded(part: Mapping[str, Any]) -> str:
    return _base64(json.dumps(part).encode())


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
