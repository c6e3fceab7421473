"""Every way in of the nats CLI, right and wrong, on a real server that is configured for it.

Flags, variables and contexts give the same profile, so each way is tried as one of them; who is
let in asks something of a service there.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys
import pytest
import pytest_asyncio
from broken.refusals import certificates
from helpers.operator_mode import ANYTHING, Key, Operator

from engine import NatsBroker
from engine.errors import CannotConnect
from engine.profile.credentials import join_creds
from engine.profile.profile import Profile, resolve
from engine.server.server import EmbeddedServer

NKEY = Key(nkeys.PREFIX_BYTE_USER)
STRANGER = Key(nkeys.PREFIX_BYTE_USER)


REFUSED = "refuses these credentials"


@dataclass(frozen=True)
class Way:
    """Flags, or a context's settings, with how a wrong one is refused."""

    right: dict[str, Any]
    wrong: dict[str, Any]
    words: str = REFUSED
    by: str = "flags"


def _profile(server: EmbeddedServer, way: dict[str, Any], by: str, home: Path) -> Profile:
    env = {"XDG_CONFIG_HOME": str(home), "ANN_WORD": "tea"}
    if by == "context":
        folder = home / "nats" / "context"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "here.json").write_text(json.dumps({"url": server.url, **way}))
        found = resolve({"context": "here", "timeout": "3s"}, env)
    elif by == "variables":
        found = resolve({"timeout": "3s"}, {**env, "NATS_URL": server.url, **way})
    else:
        found = resolve({"server": server.url, "timeout": "3s", **way}, env)
    assert found is not None
    return found


async def _asks(profile: Profile) -> bytes:
    broker = NatsBroker(profile)

    @broker.subscriber("ways.in")
    async def answer(body: bytes) -> bytes:
        return body

    async with broker:
        await broker.start()
        return (await broker.request(b"here", "ways.in", timeout=30)).body


async def _is_told_apart(server: EmbeddedServer, way: Way, home: Path) -> None:
    assert await _asks(_profile(server, way.right, way.by, home)) == b"here"
    with pytest.raises(CannotConnect) as refused:
        await _asks(_profile(server, way.wrong, way.by, home))
    assert way.words in str(refused.value).lower(), refused.value


# -- users, tokens and nkeys -----------------------------------------------------------------


def _data(raw: bytes) -> str:
    return f"data:;base64,{b64encode(raw).decode()}"


USERS = f"""authorization {{ users: [
    {{ user: ann, password: tea }},
    {{ user: bob, password: tea, permissions: {{ subscribe: ["_BOB.>", "ways.in"] }} }},
    {{ nkey: {NKEY.public} }},
] }}"""
PLAIN = {
    "user": Way({"user": "ann", "password": "tea"}, {"user": "ann", "password": "milk"}),
    "user-by-variables": Way(
        {"NATS_USER": "ann", "NATS_PASSWORD": "tea"},
        {"NATS_USER": "ann", "NATS_PASSWORD": ""},
        by="variables",
    ),
    "user-by-context": Way(
        {"user": "ann", "password": "env://ANN_WORD"},
        {"user": "ann", "password": "data:;base64,bWlsaw=="},
        by="context",
    ),
    "inbox-prefix": Way(
        {"user": "bob", "password": "tea", "inbox_prefix": "_BOB"},
        {"user": "bob", "password": "milk", "inbox_prefix": "_BOB"},
    ),
    "nkey-by-context": Way(
        {"nkey": _data(NKEY.seed)},
        {"nkey": _data(STRANGER.seed)},
        by="context",
    ),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def users() -> AsyncIterator[EmbeddedServer]:
    async with EmbeddedServer(config=USERS, jetstream=False) as server:
        yield server


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", PLAIN)
async def test_users_and_nkeys(name: str, users: EmbeddedServer, tmp_path: Path) -> None:
    await _is_told_apart(users, PLAIN[name], tmp_path)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_nkey_file(users: EmbeddedServer, tmp_path: Path) -> None:
    for name, key in (("right", NKEY), ("wrong", STRANGER)):
        (tmp_path / name).write_bytes(key.seed)
    way = Way({"nkey": str(tmp_path / "right")}, {"nkey": f"file://{tmp_path / 'wrong'}"})
    await _is_told_apart(users, way, tmp_path)


async def test_a_token(tmp_path: Path) -> None:
    config = 'authorization { token: "secret-token" }'
    async with EmbeddedServer(config=config, jetstream=False) as server:
        for right in ({"token": "secret-token"}, {"user": "secret-token"}):
            way = Way(right, {"token": "another"})
            await _is_told_apart(server, way, tmp_path)


# -- operator mode ---------------------------------------------------------------------------


async def test_creds_jwt_and_bearer_in_operator_mode(tmp_path: Path) -> None:
    operator = Operator()
    account, stranger = operator.account("SHOP"), Key(nkeys.PREFIX_BYTE_ACCOUNT)
    user = Key(nkeys.PREFIX_BYTE_USER)
    said = {"type": "user", **ANYTHING}
    jwt, forged = (each.sign(user.public, "ann", said) for each in (account, stranger))
    bearer = account.sign(user.public, "ann", {**said, "bearer_token": True})
    seed = user.seed.decode()
    (tmp_path / "ann.creds").write_text(join_creds(jwt, seed))
    (tmp_path / "bad.creds").write_text(join_creds(forged, seed))
    right, wrong = str(tmp_path / "ann.creds"), str(tmp_path / "bad.creds")
    ways = (
        Way({"creds": right}, {"creds": wrong}),
        Way({"creds": f"file://{right}"}, {"creds": f"file://{wrong}"}, REFUSED, "context"),
        Way({"NATS_CREDS": right}, {"NATS_CREDS": wrong}, REFUSED, "variables"),
        Way({"jwt": jwt, "seed": seed}, {"jwt": jwt, "seed": STRANGER.seed.decode()}),
        Way({"jwt": bearer}, {"jwt": jwt}),
        Way({"user_jwt": bearer}, {"user_jwt": forged}, REFUSED, "context"),
    )
    async with EmbeddedServer(config=operator.config(), jetstream=False) as server:
        for way in ways:
            await _is_told_apart(server, way, tmp_path)


# -- TLS -------------------------------------------------------------------------------------


async def test_an_authority_and_a_client_certificate(tmp_path: Path) -> None:
    """A handshake before any word is tried in `tests/connect/test_connect_causes.py`."""
    made = certificates(tmp_path)
    own = {"tlscert": str(made / "here.pem"), "tlskey": str(made / "here.key")}
    trust = {"tlsca": str(made / "here.pem")}
    tls = f'cert_file: "{made}/here.pem", key_file: "{made}/here.key"'
    known = f'tls {{ {tls}, ca_file: "{made}/here.pem", verify: true }}'
    ways = (
        (f"tls {{ {tls} }}", Way(trust, {}, "certificate")),
        (known, Way({**trust, **own}, trust, "certificate")),
    )
    for config, way in ways:
        async with EmbeddedServer(config=config, jetstream=False) as server:
            user = server.profile()
            login = {"user": user.user, "password": user.password}
            await _is_told_apart(
                server, Way({**login, **way.right}, {**login, **way.wrong}, way.words), tmp_path
            )
