"""A connection step by step: what each found, how long it took, and which one failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from broken.refusals import client_certificate_wanted, over_tls
from helpers.raw import FakeServer
from helpers.tunnels import PathProxy, Socks, standing_between

from engine import Profile
from engine.connect.connect_check import CheckedStep, StepOutcome, check
from engine.errors import CertificateWanted
from engine.link.connect_steps import ConnectStep
from engine.server.server import EmbeddedServer


async def checked(profile: Profile) -> dict[str, CheckedStep]:
    return {one.step: one async for one in check(profile)}


async def test_every_step_of_a_good_connection_has_its_time(server: EmbeddedServer) -> None:
    found = await checked(server.profile())
    assert list(found) == ["name", "connection", "greeting", "login", "JetStream", "permissions"]
    assert {one.outcome for one in found.values()} == {StepOutcome.PASSED}
    assert all(one.seconds is not None and one.seconds >= 0 for one in found.values())
    assert server.version in found["greeting"].words
    assert found["JetStream"].words == "0 streams, 0 consumers"
    assert found["permissions"].words == "everything is allowed"


async def test_over_tls_the_handshake_is_a_step(tmp_path: Path) -> None:
    async with over_tls(tmp_path) as profile:
        found = await checked(profile)
        assert list(found)[:5] == ["name", "connection", "greeting", "TLS", "login"]
        assert found["TLS"].outcome is StepOutcome.PASSED
        assert found["JetStream"].words == "off: no streams here"
        assert found["JetStream"].outcome is StepOutcome.LIMITED
        untrusted = await checked(replace(profile, ca=""))
        assert untrusted["TLS"].outcome is StepOutcome.FAILED
        assert untrusted["login"].outcome is StepOutcome.SKIPPED


async def test_a_missing_client_certificate_fails_the_handshake_or_the_login(
    tmp_path: Path,
) -> None:
    async with client_certificate_wanted(tmp_path) as profile:
        found = await checked(profile)
        (failed,) = (one for one in found.values() if one.outcome is StepOutcome.FAILED)
        assert isinstance(failed.error, CertificateWanted)


async def test_a_name_that_nobody_knows(server: EmbeddedServer) -> None:
    found = await checked(replace(server.profile(), servers=("nats://nobody.invalid:4222",)))
    assert found["name"].outcome is StepOutcome.FAILED
    assert "no address is found" in str(found["name"].error)
    assert {one.outcome for one in found.values()} == {StepOutcome.FAILED, StepOutcome.SKIPPED}


async def test_a_port_where_nobody_listens() -> None:
    found = await checked(Profile(("nats://127.0.0.1:1",)))
    assert (found["name"].outcome, found["connection"].outcome) == (
        StepOutcome.PASSED,
        StepOutcome.FAILED,
    )


async def test_what_listens_but_says_nothing_fails_at_the_greeting() -> None:
    async with FakeServer.running(b"") as fake:
        found = await checked(replace(fake.profile, timeout=0.5))
        assert found["connection"].outcome is StepOutcome.PASSED
        assert found["greeting"].outcome is StepOutcome.FAILED


async def test_a_wrong_password_fails_at_the_login(server: EmbeddedServer) -> None:
    found = await checked(replace(server.profile(), password="wrong"))
    assert found["greeting"].outcome is StepOutcome.PASSED
    assert found["login"].outcome is StepOutcome.FAILED
    assert found["permissions"].outcome is StepOutcome.SKIPPED


async def test_through_a_proxy_the_name_is_the_proxys(server: EmbeddedServer) -> None:
    async with standing_between(Socks()) as proxy:
        found = await checked(replace(server.profile(), proxy=proxy.url))
        assert ConnectStep.NAME not in found
        assert found["connection"].words == "through the proxy"
    refused = await checked(replace(server.profile(), proxy=proxy.url))
    assert refused["connection"].outcome is StepOutcome.FAILED


async def test_a_web_servers_404_fails_at_the_web_socket() -> None:
    async with standing_between(PathProxy(1, "/nats")) as front:
        found = await checked(Profile((f"ws://127.0.0.1:{front.port}/other",)))
        assert found["connection"].outcome is StepOutcome.PASSED
        assert found["WebSocket"].outcome is StepOutcome.FAILED


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ('publish: ["$SYS.REQ.USER.INFO", "$JS.API.INFO", "a.>"]', "publishing: only"),
        ('publish: {deny: ["b.>"]}', "publishing: not on b.>"),
        ('subscribe: ["_INBOX.>"]', "listening: only _INBOX.> is allowed"),
        ('subscribe: ["a.>"]', "no reply can come"),
    ],
)
async def test_what_a_user_may_not_do_is_said(rights: str, words: str) -> None:
    config = f"authorization {{ users: [{{user: u, password: p, permissions: {{{rights}}}}}] }}"
    async with EmbeddedServer(config=config) as server:
        found = await checked(replace(server.profile(), user="u", password="p"))
        assert found["login"].outcome is StepOutcome.PASSED
        assert found["permissions"].outcome is StepOutcome.LIMITED
        assert words in found["permissions"].words
