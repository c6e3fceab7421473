"""A known secret comes in through every door, and is in nothing that goes out.

The doors are where a user or a peer gives natstap a secret; the ways out are the files it
writes, what it copies, its pictures and its log. What is on the screen itself may be whole: that
is what the screen is for.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest
from helpers.desk import Hand, sitting, until
from helpers.planted import (
    IN_JSON,
    JWT,
    PEM,
    PEM_LINE,
    SECRET,
    SEED,
    SUBJECT,
    Ways,
    assert_files_out,
    body,
    headed,
)

from engine.drafts.draft import Draft
from engine.drafts.template import Context
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft


@dataclass(frozen=True)
class Door:
    """How a secret comes in, and the message that it then is in."""

    draft: Draft
    secret: str = SECRET
    environ: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    """Variables that are typed into an environment of the collection."""


DOORS = {
    "a variable of the process, named by the body": Door(
        body('{"a": "{{Var "token"}}", "id": "{{ID}}"}', templates=True),
        environ={"NATSTAP_VAR_TOKEN": SECRET},
    ),
    "a variable of the process, named by a header": Door(
        body("{}", headers=(("x-any", "{{token}}"),), templates=True),
        environ={"NATSTAP_VAR_TOKEN": SECRET},
    ),
    "a variable of the process, pasted as its value": Door(
        body(IN_JSON % SECRET), environ={"NATSTAP_VAR_TOKEN": SECRET}
    ),
    "a variable of the process with a plain name": Door(
        body('{"a": "{{deploy}}"}', templates=True), environ={"NATSTAP_VAR_DEPLOY": SECRET}
    ),
    "a variable of the process, in base64": Door(
        body(IN_JSON % base64.b64encode(f"ann:{SECRET}".encode()).decode()),
        environ={"NATSTAP_VAR_DEPLOY": SECRET},
    ),
    "a variable of the process, in a URL": Door(
        body(f"https://host/?q={quote(SECRET, safe='')}"), environ={"NATSTAP_VAR_DEPLOY": SECRET}
    ),
    "a variable of the process, in the subject": Door(
        Draft("{{where}}.echo", b"", timeout=10.0, templates=True),
        secret="door-behind-the-house",
        environ={"NATSTAP_VAR_WHERE": "door-behind-the-house"},
    ),
    "a variable that was typed": Door(
        body('{"a": "{{api_key}}"}', templates=True), typed={"api_key": SECRET}
    ),
    "NATS_PASSWORD": Door(body(IN_JSON % SECRET), environ={"NATS_PASSWORD": SECRET}),
    "a password in NATS_URL": Door(
        body(IN_JSON % SECRET), environ={"NATS_URL": f"nats://ann:{quote(SECRET, safe='')}@host"}
    ),
    "a header": Door(headed("authorization", SECRET)),
    "a bearer": Door(headed("x-forwarded", f"Bearer {SECRET}")),
    "a cookie": Door(headed("Cookie", f"session={SECRET}")),
    "a field of the body": Door(body(f'{{"user": "ann", "password": "{SECRET}"}}')),
    "a field of JSON in JSON": Door(body(json.dumps({"a": json.dumps({"password": SECRET})}))),
    "a form": Door(body(f"user=ann&client_secret={quote(SECRET)}"), secret=quote(SECRET)),
    "a JWT": Door(body(IN_JSON % JWT), secret=JWT),
    "an nkey seed": Door(body(IN_JSON % SEED), secret=SEED),
    "a key in PEM": Door(body(json.dumps({"note": PEM})), secret=PEM_LINE),
    "a key in PEM as a variable": Door(
        body("key: {{pem}}", templates=True),
        secret=PEM_LINE,
        environ={"NATSTAP_VAR_PEM": PEM},
    ),
    "bytes that are no text": Door(
        Draft(SUBJECT, b"\xff\xfe\x00" + SECRET.encode(), timeout=10.0),
        environ={"NATSTAP_VAR_DEPLOY": SECRET},
    ),
}


async def through(hand: Hand, door: Door, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ways = Ways(hand, door.secret)
    assert hand.app.session is not None
    for name in (SUBJECT, "*.echo"):
        await hand.app.session.add_responder(ReplyDraft(name, Recipe.ECHO, queue=name[0]))
    if door.typed:
        hand.app.session.collection.keep_variables("test", door.typed)
        hand.app.session.environment = "test"
    await ways.send(door.draft)
    ways.picture("the desk")
    await ways.save("composed")
    await ways.copy("f6")
    await ways.inspect()
    await hand.press("ctrl+o", "2", "e")
    await ways.save("again")
    await hand.press("ctrl+o", "2")
    await ways.copy("y")
    ways.respond()
    await ways.burst(door.draft)
    await ways.history()
    await until(hand.pilot, lambda: len(hand.app.session.history.entries()) >= 2)
    ways.tell(caplog)
    files = assert_files_out(tmp_path, door.secret)
    assert {"history.jsonl", "composed.toml", "again.toml"} <= {one.name for one in files}


@pytest.mark.parametrize("name", DOORS, ids=lambda name: name.replace(" ", "-").replace(",", ""))
async def test_a_secret_comes_in_and_is_in_nothing_that_goes_out(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    door = DOORS[name]
    for key, value in door.environ.items():
        monkeypatch.setenv(key, value)
    async with sitting() as hand:
        await through(hand, door, folder, caplog)


async def test_what_was_sent_gets_its_variable_back_when_it_is_composed_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATSTAP_VAR_TOKEN", SECRET)
    async with sitting() as hand:
        ways = Ways(hand, SECRET)
        await ways.session.add_responder(ReplyDraft(SUBJECT, Recipe.ECHO))
        draft = body('{"a": "{{Var "token"}}", "b": "{{"{{"}}", "id": "{{ID}}"}', templates=True)
        await ways.send(draft)
        sent = hand.app.journal.message(hand.exchange.number).body
        await hand.press("ctrl+o", "2", "e")
        await ways.save("again")
        again = ways.session.collection.read("again")
        assert isinstance(again, Draft)
        assert b'{{Var "token"}}' in again.body
        assert again.rendered(Context(variables={"token": SECRET})).body == sent
        monkeypatch.setenv("NATSTAP_VAR_TOKEN", "another-token-since")
        before = hand.exchange.number
        await hand.press("ctrl+o", "2", "r")
        await until(hand.pilot, lambda: hand.exchange.number > before)
        assert hand.app.journal.message(hand.exchange.number).body == sent
