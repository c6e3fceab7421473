"""Why nobody is let in: servers that refuse, each in its own way, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from broken import refusals
from helpers.raw import FakeServer

from engine import Link, Profile
from engine.collection.files import InvalidCollection
from engine.errors import (
    AuthRefused,
    AuthSilent,
    CannotConnect,
    CertificateExpired,
    CertificateRefused,
    CertificateWanted,
    NotTlsFirst,
    ServerFull,
    TlsFailed,
    TlsFirst,
    WrongName,
)
from engine.server.server import EmbeddedServer
from tui.connect.connect_error_words import advice, sentence


def test_a_sentence_begins_with_a_capital_and_a_path_as_it_is_written() -> None:
    assert sentence(InvalidCollection("mine/env.a.toml", "odd")) == "mine/env.a.toml: odd."
    assert sentence(CannotConnect("nats://x", "odd")) == "Cannot connect to nats://x: odd."


async def why(profile: Profile, kind: type[CannotConnect]) -> CannotConnect:
    """The error with which connecting fails, which must be of exactly this kind."""
    with pytest.raises(CannotConnect) as caught:
        await Link.open(profile)
    assert type(caught.value) is kind, caught.value
    return caught.value


async def test_a_server_that_is_full_is_not_a_connection_that_was_lost() -> None:
    async with refusals.full() as profile:
        error = await why(profile, ServerFull)
        assert "max_connections" in error.why
        assert "limit" in advice(error)


async def test_an_account_that_is_full_is_told_from_a_full_server() -> None:
    async with refusals.account_full() as profile:
        assert "account" in (await why(profile, ServerFull)).why


async def test_a_login_that_nobody_decides_about_is_not_a_wrong_password() -> None:
    async with refusals.callout_hangs(wait=1.0) as profile:
        error = await why(profile, AuthSilent)
        assert "auth callout" in error.why
        assert "cannot tell" in error.why
        assert "--password" not in advice(error)


async def test_a_login_that_is_not_decided_in_time_is_not_a_server_that_is_away() -> None:
    async with refusals.callout_hangs(wait=5.0) as profile:
        error = await why(replace(profile, timeout=0.8), AuthSilent)
        assert "auth callout" in error.why


async def test_a_wrong_password_is_still_one(server: EmbeddedServer) -> None:
    profile = replace(server.profile(), password="wrong")
    assert "--password" in advice(await why(profile, AuthRefused))


async def test_a_server_that_wants_tls_first_is_connected_to_by_its_advice(tmp_path: Path) -> None:
    async with refusals.handshake_first(tmp_path) as profile:
        error = await why(replace(profile, timeout=1.0), TlsFirst)
        assert "--tlsfirst" in advice(error)
        async with Link.opened(replace(profile, tls_first=True)) as link:
            assert link.secure


async def test_a_missing_client_certificate_is_named_and_its_advice_helps(tmp_path: Path) -> None:
    async with refusals.client_certificate_wanted(tmp_path) as profile:
        error = await why(profile, CertificateWanted)
        assert "--tlscert" in advice(error)
        own = {"cert": str(tmp_path / "here.pem"), "key": str(tmp_path / "here.key")}
        async with Link.opened(replace(profile, **own)) as link:
            assert link.secure


async def test_a_client_certificate_that_is_not_accepted_is_told_from_a_missing_one(
    tmp_path: Path,
) -> None:
    async with refusals.client_certificate_of_a_stranger(tmp_path) as profile:
        await why(profile, CertificateRefused)


async def test_a_certificate_that_has_expired_is_not_about_trust(tmp_path: Path) -> None:
    async with refusals.certificate_expired(tmp_path) as profile:
        error = await why(profile, CertificateExpired)
        assert "expired" in error.why
        assert "--tlsca" not in advice(error)


async def test_a_handshake_where_the_server_speaks_first(tmp_path: Path) -> None:
    async with refusals.over_tls(tmp_path) as profile:
        error = await why(replace(profile, tls_first=True), NotTlsFirst)
        assert "Leave out --tlsfirst" in advice(error)


async def test_a_certificate_for_another_name_says_which(tmp_path: Path) -> None:
    async with refusals.certificate_for_another_name(tmp_path) as profile:
        error = await why(profile, WrongName)
        assert refusals.HOST in error.why
        assert "nats.shop.example" in error.why


async def test_a_name_mismatch_of_a_certificate_that_is_not_trusted_is_about_trust(
    tmp_path: Path,
) -> None:
    async with refusals.certificate_for_another_name(tmp_path) as profile:
        assert "--tlsca" in advice(await why(replace(profile, ca=""), TlsFailed))


async def test_a_server_that_says_nothing_to_anybody_is_not_said_to_want_tls() -> None:
    async with FakeServer.running(b"") as fake:
        await why(replace(fake.profile, timeout=0.3), CannotConnect)
