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
    FIFTH,
    FOURTH,
    JWT,
    OTHERS,
    PEM,
    PEM_LINE,
    SECRET,
    SEED,
    SUBJECT,
    Ways,
    assert_files_out,
    body,
)

from engine.drafts.draft import Draft
from engine.drafts.template import Context
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft


@dataclass(frozen=True)
class Doors:
    """How secrets come in, each through a door of its own, and the message that has them all."""

    draft: Draft
    secrets: tuple[str, ...]
    environ: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    """Variables that are typed into an environment of the collection."""


FIRST, SECOND, THIRD = OTHERS
BEHIND_A_USER = base64.b64encode(f"ann:{FIRST}".encode()).decode()
IN_A_URL = f"https://host/?q={quote(SECOND, safe='')}"
DOORS = {
    "variables of the process that a template names, in the subject too": Doors(
        Draft(
            "{{where}}.echo",
            b'{"a": "{{Var "token"}}", "b": "{{deploy}}", "id": "{{ID}}"}',
            headers=(("x-any", "{{key}}"),),
            timeout=10.0,
            templates=True,
        ),
        (SECRET, FIRST, SECOND, "door-behind-the-house"),
        {
            "NATSTAP_VAR_TOKEN": SECRET,
            "NATSTAP_VAR_DEPLOY": FIRST,
            "NATSTAP_VAR_KEY": SECOND,
            "NATSTAP_VAR_WHERE": "door-behind-the-house",
        },
    ),
    "values of variables and of a login, pasted as they are, in base64 and in a URL": Doors(
        body(
            json.dumps(
                {
                    "note": f"say {SECRET} to them",
                    "b": BEHIND_A_USER,
                    "c": IN_A_URL,
                    "d": f"say {FOURTH} to them",
                    "e": f"or {FIFTH}",
                }
            )
        ),
        (SECRET, FIRST, SECOND, FOURTH, FIFTH),
        {
            "NATSTAP_VAR_TOKEN": SECRET,
            "NATSTAP_VAR_DEPLOY": FIRST,
            "NATSTAP_VAR_WHERE": SECOND,
            "NATS_PASSWORD": FOURTH,
            "NATS_URL": f"nats://ann:{quote(FIFTH, safe='')}@host",
        },
    ),
    "a variable that was typed, and a key in PEM as one of the process": Doors(
        body("key: {{pem}}, not {{api_key}}", templates=True),
        (SECRET, PEM_LINE),
        {"NATSTAP_VAR_PEM": PEM},
        {"api_key": SECRET},
    ),
    "headers, and a form": Doors(
        body(
            f"user=ann&client_secret={quote(SECRET)}",
            headers=(
                ("authorization", FIRST),
                ("x-forwarded", f"Bearer {SECOND}"),
                ("Cookie", f"session={THIRD}"),
            ),
        ),
        (*OTHERS, quote(SECRET)),
    ),
    "what a body of JSON tells by its look": Doors(
        body(
            json.dumps(
                {
                    "password": SECRET,
                    "a": json.dumps({"password": FIRST}),
                    "b": f"say {JWT} to them",
                    "c": f"say {SEED} to them",
                    "d": PEM,
                }
            )
        ),
        (SECRET, FIRST, JWT, SEED, PEM_LINE),
    ),
    "bytes that are no text": Doors(
        Draft(SUBJECT, b"\xff\xfe\x00" + SECRET.encode(), timeout=10.0),
        (SECRET,),
        {"NATSTAP_VAR_DEPLOY": SECRET},
    ),
}


async def through(
    hand: Hand, doors: Doors, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ways = Ways(hand, *doors.secrets)
    assert hand.app.session is not None
    for name in (SUBJECT, "*.echo"):
        await hand.app.session.responders.add(ReplyDraft(name, Recipe.ECHO, queue=name[0]))
    if doors.typed:
        hand.app.session.collection.keep_variables("test", doors.typed)
        hand.app.session.environment.name = "test"
    await ways.send(doors.draft)
    ways.picture("the desk")
    await ways.save("composed")
    await ways.copy("f6")
    await ways.inspect()
    await hand.press("ctrl+o", "2", "e")
    await ways.save("again")
    await hand.press("ctrl+o", "2")
    await ways.copy("y")
    ways.respond()
    await ways.burst(doors.draft)
    await ways.history()
    await until(hand.pilot, lambda: len(hand.app.session.history.entries()) >= 2)
    ways.tell(caplog)
    files = assert_files_out(tmp_path, *doors.secrets)
    assert {"history.jsonl", "composed.toml", "again.toml"} <= {one.name for one in files}


@pytest.mark.parametrize("name", DOORS, ids=lambda name: name.replace(" ", "-").replace(",", ""))
async def test_secrets_come_in_and_are_in_nothing_that_goes_out(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    doors = DOORS[name]
    for key, value in doors.environ.items():
        monkeypatch.setenv(key, value)
    async with sitting() as hand:
        await through(hand, doors, folder, caplog)


async def test_what_was_sent_gets_its_variable_back_when_it_is_composed_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATSTAP_VAR_TOKEN", SECRET)
    async with sitting() as hand:
        ways = Ways(hand, SECRET)
        await ways.session.responders.add(ReplyDraft(SUBJECT, Recipe.ECHO))
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
