"""Contexts that natstap writes: the nats CLI reads them, and nothing in them is lost."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from helpers.home import Home
from helpers.outside import NATS, nats_cli, printed

from engine.errors import InvalidProfile
from engine.profile.profile import resolve
from engine.profile.read_context import context_names
from engine.profile.write_context import KEPT, remove_context, save_context, written_line
from engine.server.server import EmbeddedServer


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def read(path: Path) -> dict[str, object]:
    found = json.loads(path.read_text())
    assert isinstance(found, dict)
    return found


def test_a_typed_address_becomes_a_context_that_resolves_to_the_same(home: Home) -> None:
    line = "nats://a:1,b:2 --user me --password 'a b' --inbox-prefix _IN --tlsfirst"
    path = save_context("prod", line, "the shop", home.env)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert context_names(home.env) == ["prod"]
    found = resolve({"context": "prod"}, home.env)
    assert found is not None
    assert found.servers == ("nats://a:1", "nats://b:2")
    assert (found.user, found.password, found.inbox_prefix) == ("me", "a b", "_IN")
    assert found.tls_first
    assert read(path)["description"] == "the shop"


def test_secrets_are_hidden_in_the_line_and_stay_as_they_are(home: Home) -> None:
    home.context(
        "prod", url="nats://u:pw1@a:1,nats://b:2", user="me", password="pw2", nkey="", more={"x": 1}
    )
    line, told = written_line("prod", home.env)
    assert "pw1" not in line + told
    assert "pw2" not in line
    path = save_context(
        "prod", f"{line} --js-domain hub", "new words", home.env, like="prod", replaces="prod"
    )
    kept = read(path)
    assert (kept["url"], kept["password"]) == ("nats://u:pw1@a:1,nats://b:2", "pw2")
    assert (kept["jetstream_domain"], kept["more"]) == ("hub", {"x": 1})
    copy = save_context("copy", line.replace(KEPT, "other"), "", home.env, like="prod")
    assert read(copy)["password"] == "other"


def test_what_the_line_leaves_out_is_taken_away(home: Home) -> None:
    home.context("prod", url="nats://a:1", user="me", password="pw", jetstream_domain="hub")
    path = save_context("prod", "nats://a:1", "", home.env, like="prod", replaces="prod")
    assert (read(path)["user"], read(path)["password"], read(path)["jetstream_domain"]) == ("",) * 3


def test_a_user_alone_is_a_token_where_it_is_typed_and_stays_a_user_where_it_was_one(
    home: Home,
) -> None:
    assert read(save_context("typed", "a --user abc", "", home.env))["token"] == "abc"
    home.context("there", url="nats://a:1", user="abc")
    line, _ = written_line("there", home.env)
    assert (
        read(save_context("there", line, "", home.env, like="there", replaces="there"))["user"]
        == "abc"
    )


@pytest.mark.parametrize("name", ["", "a/b", "..", "a\\b", " a", ".hidden", "a" * 300])
def test_what_can_be_no_name_is_refused(name: str, home: Home) -> None:
    with pytest.raises(InvalidProfile):
        save_context(name, "host", "", home.env)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "an address is needed"),
        ("host --password •••", "keeps one that is there"),
        ("host --creds /none.creds", "there is no file"),
        ("host --nope 1", "no flag"),
    ],
)
def test_what_could_not_connect_is_not_written(line: str, why: str, home: Home) -> None:
    with pytest.raises(InvalidProfile, match=why):
        save_context("prod", line, "", home.env)
    assert context_names(home.env) == []


def test_another_context_is_not_written_over(home: Home) -> None:
    home.context("prod", url="nats://a:1")
    for like in ("", "prod"):
        with pytest.raises(InvalidProfile, match="there is a context 'prod' already"):
            save_context("prod", "nats://b:2", "", home.env, like=like)


def test_a_context_gets_another_name_unless_the_cli_uses_it(home: Home) -> None:
    home.context("old", url="nats://a:1")
    save_context("new", "nats://a:1", "", home.env, like="old", replaces="old")
    assert context_names(home.env) == ["new"]
    home.select("new")
    with pytest.raises(InvalidProfile, match="select another first"):
        save_context("newer", "nats://a:1", "", home.env, like="new", replaces="new")
    assert context_names(home.env) == ["new"]


def test_a_context_is_removed_unless_the_cli_uses_it(home: Home) -> None:
    home.context("prod", url="nats://a:1")
    home.context("used", url="nats://a:1")
    home.select("used")
    with pytest.raises(InvalidProfile, match="select another first"):
        remove_context("used", home.env)
    remove_context("prod", home.env)
    assert context_names(home.env) == ["used"]
    with pytest.raises(InvalidProfile, match="cannot be removed"):
        remove_context("prod", home.env)


def test_a_folder_that_cannot_be_written_is_said(home: Home) -> None:
    Path(home.env["HOME"]).mkdir(parents=True, exist_ok=True)
    Path(home.env["HOME"], ".config").write_text("a file")
    with pytest.raises(InvalidProfile, match="cannot be written"):
        save_context("prod", "nats://a:1", "", home.env)


@nats_cli
async def test_the_nats_cli_reads_what_is_written(home: Home, server: EmbeddedServer) -> None:
    own = server.profile()
    line = f"{own.servers[0]} --user {own.user} --password {own.password}"
    save_context("mine", line, "made by natstap", home.env)
    folder = str(home.path / ".config")
    env = {"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": folder, **home.env}
    assert NATS is not None
    assert "made by natstap" in await printed(NATS, "context", "ls", env=env)
    told = await printed(NATS, "--context", "mine", "account", "info", env=env)
    assert own.user in told
