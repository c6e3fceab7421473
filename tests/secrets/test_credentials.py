"""What natstap itself logs in with is in nothing that goes out, and in no error about it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import nkeys
import pytest
from helpers.desk import Hand, sitting, until
from helpers.operator_mode import Operator, login
from helpers.planted import (
    IN_JSON,
    JWT,
    PEM,
    SECRET,
    SEED,
    SUBJECT,
    Ways,
    assert_files_out,
    assert_out,
    body,
)

from engine.errors import InvalidProfile
from engine.profile.known_places import Places
from engine.profile.profile import resolve
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from engine.secrets.known_secrets import KnownSecrets
from engine.server.server import EmbeddedServer
from tui.__main__ import parser


def write(name: str, secret: str) -> None:
    """A file with credentials, which is the user's own."""
    Path(name).write_text(secret)


def forget(folder: Path) -> None:
    for kept in folder.glob("user.*"):
        kept.unlink()


def toasts(hand: Hand) -> str:
    return " ".join(toast.message for toast in hand.app._notifications)


@asynccontextmanager
async def server_of(way: str) -> AsyncIterator[tuple[dict[str, str], str]]:
    """A server that wants this, the flags to connect with, and the secret in them."""
    user = nkeys.from_seed(bytearray(SEED.encode())).public_key.decode()
    operator = Operator()
    account = operator.account("ACC")
    config = {
        "token": f"authorization {{ token: {json.dumps(SECRET)} }}",
        "nkey": f"authorization {{ users: [{{ nkey: {user} }}] }}",
        "creds": operator.config(),
    }.get(way, f"authorization {{ users: [{{ user: ann, password: {json.dumps(SECRET)} }}] }}")
    async with EmbeddedServer(config=config, jetstream=False) as server:
        address = server.url.partition("://")[2]
        match way:
            case "creds":
                profile = login(server, account, "ann")
                write("user.creds", profile.credentials)
                seed = profile.credentials.split("SEED-----")[1].split()[0]
                flags, secret = {"server": server.url, "creds": "user.creds"}, seed
            case "nkey":
                write("user.nk", SEED)
                flags, secret = {"server": server.url, "nkey": "user.nk"}, SEED
            case "URL":
                flags = {"server": f"nats://ann:{quote(SECRET, safe='')}@{address}"}
                secret = SECRET
            case "token":
                flags, secret = {"server": server.url, "token": SECRET}, SECRET
            case _:
                flags = {"server": server.url, "user": "ann", "password": SECRET}
                secret = SECRET
        yield flags, secret


@pytest.mark.parametrize("way", ["password", "token", "URL", "nkey", "creds"])
async def test_what_natstap_logs_in_with_is_in_nothing_that_goes_out(
    way: str, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        server_of(way) as (flags, secret),
        sitting(demo=False, notifications=True, **flags) as hand,
    ):
        ways = Ways(hand, secret)
        await ways.session.responders.add(ReplyDraft(SUBJECT, Recipe.ECHO))
        forget(folder)
        await ways.send(body(IN_JSON % secret))
        ways.picture("the desk")
        await ways.copy("f6")
        await hand.press("ctrl+o", "2", "e")
        await ways.save("again")
        ways.respond()
        await ways.history()
        await hand.press("ctrl+o", "2", "C")
        await hand.see("Servers")
        ways.picture("Connect")
        ways.tell(caplog)
        hand.app.notify(f"cannot connect with {secret}")
        await until(hand.pilot, lambda: "cannot connect with" in toasts(hand))
        assert_out("a toast", toasts(hand), secret)
        assert_out("the session", repr((ways.session.profile, ways.session.secrets)), secret)
        assert_files_out(folder, secret)


@pytest.mark.parametrize(
    "door", ["password", "token", "user", "server", "creds", "nkey", "tlscert"]
)
@pytest.mark.parametrize("secret", [SECRET, JWT, SEED, PEM, f"nats://ann:{SECRET}@[host"])
def test_no_error_about_where_to_connect_repeats_a_secret(door: str, secret: str) -> None:
    flags = {"server": "nats://127.0.0.1:1", "tlskey": secret, door: secret}
    told = ""
    try:
        told = repr(resolve(flags, {}))
    except InvalidProfile as error:
        told = f"{error} {error!r}"
    if door != "user" and door != "server":
        assert_out("the error", told, secret)
    elif door == "server" and "@" in secret:
        assert_out("the error", told, SECRET)


def test_a_path_with_a_variable_is_quoted_as_it_was_written() -> None:
    with pytest.raises(InvalidProfile, match=r"\$KEYS/user\.nk") as caught:
        resolve({"server": "h", "nkey": "$KEYS/user.nk"}, {"KEYS": SECRET})
    assert_out("the error", str(caught.value), SECRET)


def test_a_flag_that_is_not_known_is_named_without_its_value(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words in (["--pasword", SECRET], [f"--pasword={SECRET}"], [SECRET]):
        with pytest.raises(SystemExit):
            parser().parse_args(words)
        said = capsys.readouterr().err
        assert "unrecognized" in said
        assert_out("the error", said, SECRET)


def test_every_profile_that_is_listed_or_typed_is_known(tmp_path: Path) -> None:
    contexts = tmp_path / "nats" / "context"
    contexts.mkdir(parents=True)
    (contexts / "shop.json").write_text(json.dumps({"url": "h", "user": "a", "password": SECRET}))
    known = KnownSecrets()
    places = Places({}, {"XDG_CONFIG_HOME": str(tmp_path)}, known.learn_profile)
    assert not known.holds(SECRET)
    assert SECRET not in repr(places.list())
    assert known.holds(f"x {SECRET} y")
    assert "typed-password" not in repr(places.take("host --user a --password typed-password"))
    assert known.holds("typed-password")
