"""Servers that let nobody in: each says nothing, too little, or goes away."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import nkeys
import pytest
from helpers.operator_mode import WIDE, Key, Operator, login
from helpers.outside import running
from helpers.systems import PASSWORD

from engine import Link, Profile
from engine.server.binary import find_binary
from engine.server.server import EmbeddedServer

from .workers import worker

HOST = "127.0.0.1"


@asynccontextmanager
async def full() -> AsyncIterator[Profile]:
    """max_connections is reached: two may connect, two are there."""
    async with AsyncExitStack() as stack:
        config = "max_connections: 2"
        server = await stack.enter_async_context(EmbeddedServer(config=config, jetstream=False))
        for _ in range(2):
            await stack.enter_async_context(Link.opened(server.profile()))
        yield server.profile()


@asynccontextmanager
async def account_full() -> AsyncIterator[Profile]:
    """The account's own limit of connections is reached."""
    operator = Operator()
    account = operator.account("A", limits=WIDE | {"conn": 1})
    async with EmbeddedServer(config=operator.config(), jetstream=False) as server:
        profile = login(server, account, "alice")
        async with Link.opened(profile):
            yield profile


@asynccontextmanager
async def callout_hangs(wait: float = 1.0) -> AsyncIterator[Profile]:
    """Who may log in is asked of a service that takes the question and says nothing.

    The server waits `wait` seconds for it.
    """
    issuer = Key(nkeys.PREFIX_BYTE_ACCOUNT)
    config = (
        f"accounts {{ AUTH {{ users: [{{ user: auth, password: {PASSWORD} }}] }}, APP {{ }} }}\n"
        f'authorization {{ timeout: {wait}, auth_callout {{ issuer: "{issuer.public}", '
        "auth_users: [auth], account: AUTH } }"
    )
    async with EmbeddedServer(config=config, jetstream=False) as server:
        auth = replace(server.profile(), user="auth", password=PASSWORD)
        async with worker(auth, "$SYS.REQ.USER.AUTH", "silent", name="auth-service"):
            yield replace(server.profile(), user="guest", password="guest")


# -- TLS ---------------------------------------------------------------------------------------


def certificates(folder: Path) -> Path:
    """Makes self-signed certificates in it: `here` for 127.0.0.1, `elsewhere` for other hosts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    names = {"here": f"IP:{HOST}", "elsewhere": "DNS:nats.shop.example,DNS:*.eu.shop.example"}
    for name, who in names.items():
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
            f"-days 2 -subj /CN={name} -addext subjectAltName={who} "
            f"-keyout {folder}/{name}.key -out {folder}/{name}.pem"
        )
        subprocess.run(command.split(), check=True, capture_output=True)
    return folder


@asynccontextmanager
async def over_tls(folder: Path, more: str = "", name: str = "here") -> AsyncIterator[Profile]:
    """A server with TLS, and a profile that trusts its certificate."""
    made = certificates(folder)
    files = f'cert_file: "{made}/{name}.pem", key_file: "{made}/{name}.key"'
    async with EmbeddedServer(config=f"tls {{ {files}\n{more} }}", jetstream=False) as server:
        profile = server.profile()
        urls = tuple(url.replace("nats://", "tls://") for url in profile.servers)
        yield replace(profile, servers=urls, ca=os.fspath(made / f"{name}.pem"))


@asynccontextmanager
async def handshake_first(folder: Path) -> AsyncIterator[Profile]:
    """It waits for the client's handshake before it says a word, and the profile does not.

    Started without `EmbeddedServer`, which waits for a word.
    """
    made = certificates(folder)
    files = f'cert_file: "{made}/here.pem", key_file: "{made}/here.key"'
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "{HOST}:-1"\nports_file_dir: "{folder}"\ntls {{ {files}, handshake_first: true }}'
    )
    async with running(str(find_binary()), "-c", str(config), stderr=DEVNULL):
        async with asyncio.timeout(60):
            while not (port := _port(folder)):
                await asyncio.sleep(0.01)
        yield Profile((f"tls://{HOST}:{port}",), ca=os.fspath(made / "here.pem"))


def _port(folder: Path) -> str:
    """Where the server that runs there listens; "" before it does."""
    told = [file.read_text() for file in folder.glob("*.ports")]
    return json.loads(told[0])["nats"][0].rpartition(":")[2] if any(told) else ""


def client_certificate_wanted(folder: Path) -> AbstractAsyncContextManager[Profile]:
    """It wants the client's certificate, and the profile has none."""
    return over_tls(folder, f'verify: true, ca_file: "{folder}/here.pem"')


@asynccontextmanager
async def client_certificate_of_a_stranger(folder: Path) -> AsyncIterator[Profile]:
    """The profile has a certificate, and the server does not know who signed it."""
    async with client_certificate_wanted(folder) as profile:
        own = {"cert": f"{folder}/elsewhere.pem", "key": f"{folder}/elsewhere.key"}
        yield replace(profile, **own)


@asynccontextmanager
async def certificate_expired(folder: Path) -> AsyncIterator[Profile]:
    """It was valid until yesterday."""
    made = certificates(folder)
    old, key = f"{made}/old.pem", f"{made}/here.key"
    again = f"openssl x509 -in {made}/here.pem -signkey {key} -days -1 -out {old}"
    signed = await asyncio.to_thread(subprocess.run, again.split(), capture_output=True)
    if signed.returncode:
        pytest.skip("this openssl signs nothing that is over")
    tls = f'tls {{ cert_file: "{old}", key_file: "{key}" }}'
    async with EmbeddedServer(config=tls, jetstream=False) as server:
        urls = tuple(url.replace("nats://", "tls://") for url in server.profile().servers)
        yield replace(server.profile(), servers=urls, ca=old)


def certificate_for_another_name(folder: Path) -> AbstractAsyncContextManager[Profile]:
    return over_tls(folder, name="elsewhere")
