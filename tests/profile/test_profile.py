"""Where natstap connects: as the nats CLI would, from flags, variables and contexts."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nats
import nkeys  # type: ignore[import-untyped]
import pytest

from engine.errors import InvalidProfile
from engine.profile.profile import Profile, resolve
from engine.profile.read_context import context_names, selected_context
from engine.profile.server_info import answers
from engine.server.server import EmbeddedServer

JWT = "eyJ0eXAiOiJKV1QifQ.eyJzdWIiOiJVIn0.c2ln-bmF0_dXJl"
SEED = nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_USER).decode()
CREDS = f"""-----BEGIN NATS USER JWT-----
{JWT}
------END NATS USER JWT------

************************* IMPORTANT *************************
NKEY Seed printed below can be used to sign and prove identity.

-----BEGIN USER NKEY SEED-----
{SEED}
------END USER NKEY SEED------
"""


class Home:
    """A home directory with nats contexts in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.env = {"HOME": str(path)}

    def write(self, name: str, text: str) -> str:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, newline="")
        return str(file)

    def context(self, name: str, /, *, select: bool = True, **settings: Any) -> None:
        self.write(f".config/nats/context/{name}.json", json.dumps(settings))
        if select:
            self.write(".config/nats/context.txt", f"{name}\n")

    def resolve(self, env: Mapping[str, str] | None = None, /, **flags: Any) -> Profile:
        found = resolve(flags, {**self.env, **(env or {})})
        assert found is not None
        return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


# -- what decides --------------------------------------------------------------------------


def test_nothing_configured_is_none(home: Home) -> None:
    assert resolve({}, {}) is None
    assert resolve({"server": None, "tlsfirst": False}, home.env) is None
    assert resolve({"timeout": "2s"}, {**home.env, "NATS_TIMEOUT": "1s", "NATS_URL": ""}) is None


def test_a_flag_wins_over_a_variable_over_the_selected_context(home: Home) -> None:
    home.context("prod", url="nats://context:1")
    assert home.resolve() == Profile(("nats://context:1",), source="context prod")

    found = home.resolve({"NATS_URL": "variable:2"})
    assert found.servers == ("nats://variable:2",)
    assert found.source == "NATS_URL with context prod"

    found = home.resolve({"NATS_URL": "variable:2"}, server="flag:3")
    assert found.servers == ("nats://flag:3",)
    assert found.source == "--server with context prod"


def test_a_context_keeps_its_credentials_when_only_the_server_is_overridden(home: Home) -> None:
    home.context("prod", url="context", user="ann", password="secret")
    found = home.resolve(server="elsewhere")
    assert (found.user, found.password) == ("ann", "secret")


def test_a_context_can_be_named_or_left_out(home: Home) -> None:
    home.context("prod", url="prod")
    home.context("test", url="test", select=False)
    assert home.resolve(context="test").source == "context test"
    assert home.resolve({"NATS_CONTEXT": "test"}).servers == ("nats://test:4222",)
    assert resolve({"no_context": True}, home.env) is None
    assert home.resolve(no_context=True, server="here").source == "--server"


def test_credentials_alone_mean_the_default_server(home: Home) -> None:
    found = home.resolve({"NATS_TOKEN": "t"})
    assert found.servers == ("nats://127.0.0.1:4222",)
    assert found.source == "NATS_TOKEN"


def test_the_config_home_can_be_moved(home: Home, tmp_path: Path) -> None:
    home.write("xdg/nats/context/moved.json", json.dumps({"url": "moved"}))
    home.write("xdg/nats/context.txt", "moved")
    assert home.resolve({"XDG_CONFIG_HOME": f"{tmp_path}/xdg"}).source == "context moved"


def test_everything_that_can_be_set(home: Home) -> None:
    for name in ("cert.pem", "key.pem", "ca.pem"):
        home.write(name, "pem")
    home.context(
        "full",
        name="full",
        description="all of it",
        url="tls://a,tls://b:1",
        cert="~/cert.pem",
        key="$HOME/key.pem",
        ca="${HOME}/ca.pem",
        tls_first=True,
        inbox_prefix="_IN.me",
        jetstream_domain="hub",
        color_scheme="green",
        windows_ca_certs_match=None,
    )
    assert home.resolve(timeout="1m30s", connection_name="mine") == Profile(
        servers=("tls://a:4222", "tls://b:1"),
        cert=f"{home.path}/cert.pem",
        key=f"{home.path}/key.pem",
        ca=f"{home.path}/ca.pem",
        tls_first=True,
        inbox_prefix="_IN.me",
        jetstream_domain="hub",
        name="mine",
        timeout=90.0,
        source="context full",
    )


# -- contexts ------------------------------------------------------------------------------


def test_only_what_the_cli_lists_is_a_context(home: Home) -> None:
    home.context("b", url="b")
    home.context("a", url="a")
    home.write(".config/nats/context/empty.json", "")
    home.write(".config/nats/context/notes.txt", "{}")
    assert context_names(home.env) == ["a", "b"]
    assert selected_context(home.env) == "a"
    assert context_names({}) == []
    assert selected_context({}) == ""


@pytest.mark.parametrize("name", ["gone", "../context/prod", "empty"])
def test_an_unknown_context_lists_the_known(home: Home, name: str) -> None:
    home.context("prod", url="a")
    home.context("test", url="b")
    home.write(".config/nats/context/empty.json", "")
    with pytest.raises(InvalidProfile, match=r"unknown nats context .*; known: prod, test"):
        home.resolve(context=name)


def test_a_selected_context_that_is_gone_is_told(home: Home) -> None:
    home.write(".config/nats/context.txt", "gone")
    with pytest.raises(InvalidProfile, match="unknown nats context 'gone'; known: there are none"):
        home.resolve()


def test_a_context_can_be_a_file_anywhere(home: Home) -> None:
    file = home.write("elsewhere/mine.json", json.dumps({"url": "there"}))
    assert home.resolve(context=file).source == "context mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{\n"url": ', r"is not valid JSON \(line 2\)"),
        ("[1]", "is not a JSON object"),
        ('{"url": 4222}', "url must be text"),
        ('{"tls_first": "yes"}', "tls_first must be true or false"),
        ('{"windows_cert_store": "user"}', "no Windows certificate store"),
        ('{"socks_proxy": "socks5://here"}', "socks_proxy: write it as"),
        ('{"inbox_prefix": "_INBOX.>"}', "cannot begin inbox subjects"),
    ],
)
def test_a_context_that_cannot_be_used_says_why(home: Home, text: str, words: str) -> None:
    home.write(".config/nats/context/bad.json", text)
    with pytest.raises(InvalidProfile, match=words):
        home.resolve(context="bad")


# -- server URLs ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "servers"),
    [
        ("host", "nats://host:4222"),
        ("host:1", "nats://host:1"),
        ("nats://HOST/", "nats://host:4222"),
        ("tls://host", "tls://host:4222"),
        ("ws://host", "ws://host:80"),
        ("wss://host/nats", "wss://host:443/nats"),
        ("[::1]:1", "nats://[::1]:1"),
        ("nats://[fe80::1]", "nats://[fe80::1]:4222"),
        ("a, nats://b:2 ,,a", "nats://a:4222 nats://b:2"),
    ],
)
def test_how_servers_may_be_written(home: Home, given: str, servers: str) -> None:
    assert home.resolve(server=given).servers == tuple(servers.split())


@pytest.mark.parametrize(
    ("given", "login"),
    [
        ("nats://ann:p%40ss@host", ("ann", "p@ss", "")),
        ("ann:p%3Ass@host:1", ("ann", "p:ss", "")),
        ("ann:@host", ("ann", "", "")),
        ("t%2Fken@host", ("", "", "t/ken")),
        ("nats://ann:secret@a,b", ("ann", "secret", "")),
    ],
)
def test_credentials_in_a_url_are_taken_out_and_decoded(
    home: Home, given: str, login: tuple[str, str, str]
) -> None:
    found = home.resolve(server=given)
    assert (found.user, found.password, found.token) == login
    assert not any("@" in one for one in found.servers)


def test_credentials_in_a_url_win_over_those_beside_it(home: Home) -> None:
    found = home.resolve(server="token@host", user="ann", password="secret")
    assert (found.user, found.password, found.token) == ("", "", "token")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("http://host:8222", "write nats://host:4222"),
        ("https://user:secret@host", "write nats://host:4222"),
        ("ftp://host", "unknown server scheme ftp://"),
        ("nats://user:sec/ret@host", "percent-encoded"),
        ("nats://user:sec#ret@host", "percent-encoded"),
        ("nats://host:70000", "no usable host and port"),
        ("nats://:4222", "no usable host and port"),
        ("nats://::1", "in brackets"),
        ("nats://[::1", "in brackets"),
        ("ws://a,nats://b", "cannot be mixed"),
        ("x:secret@a,y:secret@b", "different credentials"),
    ],
)
def test_a_url_that_cannot_be_used_says_what_to_write(home: Home, given: str, words: str) -> None:
    with pytest.raises(InvalidProfile, match=words) as caught:
        home.resolve(server=given)
    assert "sec" not in str(caught.value)


# -- credentials ---------------------------------------------------------------------------


def test_a_user_without_a_password_is_a_token(home: Home) -> None:
    found = home.resolve({"NATS_USER": "t0ken"})
    assert (found.user, found.token) == ("", "t0ken")
    found = home.resolve({"NATS_USER": "ann"}, password="secret")
    assert (found.user, found.password, found.token) == ("ann", "secret", "")


def test_the_first_of_user_creds_nkey_and_jwt_is_used_and_a_token_beside_it(home: Home) -> None:
    creds = home.write("my.creds", CREDS)
    nkey = home.write("my.nk", SEED)
    every = {"creds": creds, "nkey": nkey, "jwt": JWT, "seed": SEED, "token": "t"}
    found = home.resolve(user="ann", password="secret", **every)
    assert (found.user, found.credentials, found.nkey_seed, found.token) == ("ann", "", "", "t")
    found = home.resolve(**every)
    assert JWT in found.credentials
    assert (found.nkey_seed, found.user_jwt, found.token) == ("", "", "t")
    found = home.resolve(**{**every, "creds": ""})
    assert (found.nkey_seed, found.credentials, found.user_jwt) == (SEED, "", "")
    found = home.resolve(jwt=JWT, seed=SEED)
    assert JWT in found.credentials
    assert SEED in found.credentials
    assert home.resolve(jwt=JWT).user_jwt == JWT


@pytest.mark.parametrize("text", [CREDS, CREDS.replace("\n", "\r\n"), CREDS.strip()])
def test_a_creds_file_is_read_whatever_its_line_ends(home: Home, text: str) -> None:
    home.write("my.creds", text)
    found = home.resolve(creds="~/my.creds").credentials
    lines = found.splitlines()
    assert lines[1] == JWT
    assert lines[lines.index("-----BEGIN USER NKEY SEED-----") + 1] == SEED
    assert "\r" not in found


ACCOUNT_SEED = nkeys.encode_seed(bytes(32), nkeys.PREFIX_BYTE_ACCOUNT).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no BEGIN NATS USER JWT block"),
        (CREDS[CREDS.index("*") :], "no BEGIN NATS USER JWT block"),
        (CREDS[: CREDS.index("*")], "no seed in it"),
        (CREDS.replace(SEED, ACCOUNT_SEED), "not a user's"),
        (CREDS.replace(SEED, SEED[:-1] + ("A" if SEED[-1] != "A" else "B")), "damaged"),
        (CREDS.replace(SEED, SEED[:-9]), "no seed in it"),
    ],
)
def test_a_creds_file_that_cannot_be_used_says_why(home: Home, text: str, words: str) -> None:
    creds = home.write("my.creds", text)
    with pytest.raises(InvalidProfile, match=words):
        home.resolve(creds=creds)


def test_a_file_that_is_not_there_or_not_text_is_told(home: Home) -> None:
    with pytest.raises(InvalidProfile, match=r"creds: there is no file '/nowhere/my\.creds'"):
        home.resolve(creds="/nowhere/my.creds")
    with pytest.raises(InvalidProfile, match="cannot be read"):
        home.resolve(creds=str(home.path))
    (home.path / "junk").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidProfile, match="it is not text"):
        home.resolve(nkey="~/junk")
    with pytest.raises(InvalidProfile, match="ca: there is no file"):
        home.resolve(tlsca="~/ca.pem")


def test_a_seed_given_as_a_path_is_not_repeated(home: Home) -> None:
    with pytest.raises(InvalidProfile, match="give the path of a file") as caught:
        home.resolve(nkey=SEED)
    assert SEED not in str(caught.value)


def test_secrets_may_be_references(home: Home) -> None:
    encoded = base64.b64encode(CREDS.encode()).decode()
    home.write("password", "from file\n")
    home.context("refs", user="ann", password="file://~/password", token="env://TOKEN")
    found = home.resolve({"TOKEN": "from variable"})
    assert (found.password, found.token) == ("from file", "from variable")
    assert JWT in home.resolve(no_context=True, creds=f"data:;base64,{encoded}").credentials
    assert home.resolve({"SEED": SEED}, no_context=True, nkey="env://SEED").nkey_seed == SEED


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"token": "env://UNSET"}, "token: the variable 'UNSET' is not set"),
        ({"creds": "op://vault/item/field"}, "needs the program op, which is not here"),
        ({"creds": "nsc://O/A/U"}, "needs the program nsc, which is not here"),
        ({"token": "data:;base64,%%%"}, "not base64"),
        ({"token": "data:text,abc"}, "write it as data:;base64"),
        ({"tlsca": "env://CA"}, "ca: it must be a file"),
        ({"server": "a", "timeout": "soon"}, "'soon' is not a duration: try 2 s"),
        ({"server": "a", "timeout": "0s"}, "longer than nothing"),
    ],
)
def test_a_setting_that_cannot_be_used_says_why(
    home: Home, flags: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidProfile, match=words):
        home.resolve(**flags)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("500ms", 0.5), ("5s", 5), ("1m30s", 90), ("1.5h", 5400), ("2", 2), (2.5, 2.5)],
)
def test_timeouts_are_read_as_seconds(home: Home, given: str | float, seconds: float) -> None:
    assert home.resolve(server="a", timeout=given).timeout == seconds


# -- the profile itself --------------------------------------------------------------------


def test_no_secret_is_in_the_repr_or_on_display() -> None:
    profile = Profile(
        servers=("nats://a:1", "nats://b:2"),
        user="ann",
        password="secret-password",
        token="secret-token",
        credentials="secret-creds",
        nkey_seed="secret-seed",
        user_jwt="secret-jwt",
    )
    assert "secret" not in repr(profile) + profile.display
    assert profile.display == "nats://a:1 (+1)"


def test_what_a_profile_tells_about_itself() -> None:
    local = Profile.local()
    assert local.source == "127.0.0.1:4222"
    assert not local.wants_tls
    assert not local.has_credentials
    assert local.jetstream_api == "$JS.API"
    assert Profile(("tls://a:1",)).wants_tls
    assert Profile(("nats://a:1",), ca="ca.pem").wants_tls
    assert Profile(("nats://a:1",), jetstream_domain="hub").jetstream_api == "$JS.hub.API"
    assert Profile(("nats://a:1",), jetstream_prefix="js.api.").jetstream_api == "js.api"


async def test_an_nkey_file_lets_in(home: Home) -> None:
    pair = nkeys.from_seed(bytearray(SEED.encode()))
    nkey = home.write("my.nk", f"-----BEGIN USER NKEY SEED-----\r\n{SEED}\r\n")
    config = f"authorization {{ users: [{{ nkey: {pair.public_key.decode()} }}] }}"
    async with EmbeddedServer(config=config) as server:
        profile = home.resolve(server=server.url, nkey=nkey)
        link = await nats.connect(list(profile.servers), nkeys_seed_str=profile.nkey_seed)
        assert link.is_connected
        await link.close()


# -- is a server there? --------------------------------------------------------------------


async def test_a_nats_server_answers() -> None:
    async with EmbeddedServer() as server:
        assert await answers("127.0.0.1", server.port)
    assert not await answers("127.0.0.1", server.port)


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"INFO {broken\r\n", b"INFO {", b""]
)
async def test_something_else_does_not(greeting: bytes) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        heard.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        assert not await answers("127.0.0.1", port, timeout=0.05)
        async with asyncio.timeout(5):
            while not heard:
                await asyncio.sleep(0)
    assert heard == [b""]


def test_the_environment_is_only_what_is_passed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_URL", "wrong")
    monkeypatch.setenv("HOME", str(home.path))
    home.context("prod", url="wrong")
    assert resolve({}, {}) is None


def test_the_local_server_has_two_addresses() -> None:
    assert Profile.local().servers == ("nats://127.0.0.1:4222",)
    assert Profile.local("::1").servers == ("nats://[::1]:4222",)
