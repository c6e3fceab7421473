"""Credentials that other programs keep: asked once, only for where one goes, and told of truly."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import nkeys  # type: ignore[import-untyped]
import pytest

from engine.errors import InvalidProfile
from engine.profile.known_places import Places
from engine.profile.outside_tools import forget_answers
from engine.profile.profile import resolve

JWT = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJVIn0.c2ln-bmF0_dXJl"
SEED = nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_USER).decode()
CREDS = f"""-----BEGIN NATS USER JWT-----
{JWT}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
{SEED}
------END USER NKEY SEED------
"""


class Desk:
    """A home with contexts, and programs that answer as `op` and `nsc` do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked = path / "asked"
        self.env = {"HOME": str(path), "PATH": f"{path}/bin:{os.environ['PATH']}"}
        (path / "bin").mkdir()

    def tool(self, name: str, script: str) -> None:
        file = self.path / "bin" / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.asked}"\n{script}\n')
        file.chmod(0o755)

    def context(self, name: str, **settings: object) -> None:
        file = self.path / ".config/nats/context" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))

    @property
    def questions(self) -> list[str]:
        return self.asked.read_text().splitlines() if self.asked.exists() else []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    forget_answers()
    yield Desk(tmp_path)
    forget_answers()


def test_op_is_asked_for_a_secret(desk: Desk) -> None:
    desk.tool("op", "echo s3cret")
    found = resolve({"server": "host", "user": "me", "password": "op://v/i/f"}, desk.env)
    assert found is not None
    assert found.password == "s3cret"
    assert desk.questions == ["op read op://v/i/f"]


def test_nsc_names_the_creds_and_the_servers(desk: Desk) -> None:
    creds = desk.path / "user.creds"
    creds.write_text(CREDS)
    told = {"user_creds": str(creds), "operator": {"service": ["nats://a:1", "nats://b:2"]}}
    desk.tool("nsc", f"echo '{json.dumps(told)}'")
    for settings in ({"nsc": "nsc://O/A/U"}, {"nsc": "O/A/U"}):
        desk.context("old", **settings)
        found = resolve({"context": "old"}, desk.env)
        assert found is not None
        assert found.servers == ("nats://a:1", "nats://b:2")
        assert SEED in found.credentials
    desk.context("new", creds="NSC://O/A/U", url="nats://c:3")
    found = resolve({"context": "new"}, desk.env)
    assert found is not None
    assert found.servers == ("nats://c:3",)
    assert JWT in found.credentials
    assert desk.questions == ["nsc generate profile nsc://O/A/U"]


def test_a_list_of_places_asks_nobody(desk: Desk) -> None:
    desk.tool("op", "echo s3cret")
    desk.context("vault", url="nats://host", user="me", password="op://v/i/f")
    desk.context("plain", url="nats://host2", user="me", password="known")
    places = Places({}, desk.env)
    vault = next(place for place in places.list() if place.name == "context vault")
    assert vault.asks == ("op",)
    assert vault.profile is not None
    assert vault.profile.servers == ("nats://host:4222",)
    assert desk.questions == []

    learned: list[str] = []
    places = Places({}, desk.env, lambda profile: learned.append(profile.password))
    complete = places.complete(vault)
    assert complete.profile is not None
    assert complete.profile.password == "s3cret"
    assert "s3cret" in learned
    (again,) = (place for place in places.list() if place.name == "context vault")
    assert (again.asks, again.profile) == ((), complete.profile)
    assert len(desk.questions) == 1


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo no such vault >&2; exit 3", "password: op failed: no such vault"),
        ("echo s3cret; exit 3", "password: op failed: exit code 3"),
        ("printf '\\377'", "password: what op answers is not text"),
    ],
)
def test_a_program_that_fails_is_told_of_and_asked_again(
    script: str, sentence: str, desk: Desk
) -> None:
    desk.tool("op", script)
    flags = {"server": "host", "user": "me", "password": "op://v/i/f"}
    for _ in range(2):
        with pytest.raises(InvalidProfile) as caught:
            resolve(flags, desk.env)
        assert sentence in str(caught.value)
        assert "s3cret" not in str(caught.value)
    assert len(desk.questions) == 2


@pytest.mark.parametrize("told", ["", "[]", "{}", "not json", '{"user_creds": 3}', "[" * 9999])
def test_what_nsc_does_not_know_is_said(told: str, desk: Desk) -> None:
    desk.tool("nsc", f"cat <<'E'\n{told}\nE")
    with pytest.raises(InvalidProfile, match="nsc knows no credentials for nsc://O/A/U"):
        resolve({"server": "host", "creds": "nsc://O/A/U"}, desk.env)


def test_unknown_settings_are_kept_out_of_the_way_and_said(desk: Desk) -> None:
    desk.context("new", url="nats://host", shape={"of": "things"}, later=[1], tls_first=False)
    (place,) = (place for place in Places({}, desk.env).list() if place.name == "context new")
    assert place.trouble is None
    assert place.note == "unknown to natstap: later, shape"
    desk.context("wrong", url=["nats://host"])
    with pytest.raises(InvalidProfile, match="url must be text"):
        resolve({"context": "wrong"}, desk.env)


def test_a_typed_seed_is_written_nowhere(desk: Desk) -> None:
    places = Places({}, desk.env)
    for line in (
        f"host --jwt {JWT} --seed {SEED}",
        "host --socks-proxy socks5://me:pass@proxy:1080",
        "wss://host/?token=abc",
        "host --user me --password pass",
    ):
        places.take(line)
        assert places.written == []
    places.take("host --socks-proxy socks5://proxy:1080")
    assert len(places.written) == 1
