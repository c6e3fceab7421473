"""Known secrets, what others may make of them, and every way out of natstap to look at."""

from __future__ import annotations

import base64
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nkeys
import pytest
from helpers.desk import Hand, until
from textual.widgets import Input

from engine.collection.files import InvalidCollection
from engine.commands.copyas import WAYS
from engine.drafts.draft import Draft
from engine.responders.recorded_reply import recorded_reply
from tui.burst.burst import BurstScreen
from tui.collection.save_as import SaveAs
from tui.compose.compose import Compose
from tui.compose.copy_as import CopyAs
from tui.history.history import HistoryScreen
from tui.inspect.inspect import Inspect

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4}){3,}")
SUBJECT = "door.echo"
SECRET = "vn7-Tz/4+q" + "hrYw9"
OTHERS = ("Kd3/" + "uE8+mXo-2Qa", "b5Rw+" + "Lj/9sHc-7Vt", "Ny-6Fg/" + "pZ+1iAe4Cx")
FOURTH, FIFTH = "Wq2+" + "sT/8kUb-4Jy", "h7Cz-" + "Ma+5vOd/9Pg"
PEM_LINE = "MC4CAQAwBQYDK2VwBCIEIJ" + "q7c1bT9s3yZkQ0dVw5mXh2"
PEM = f"-----BEGIN PRIVATE KEY-----\n{PEM_LINE}\n-----END PRIVATE KEY-----"
JWT = "eyJ0eXAiOiJKV1QifQ" + ".eyJqdGkiOiJzZWNyZXQifQ" + ".c2lnbmF0dXJlLW9mLWl0"
SEED = nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_USER).decode()
IN_JSON = '{"note": "say %s to them"}'


def body(written: str, **more: Any) -> Draft:
    return Draft(SUBJECT, written.encode(), timeout=10.0, **more)


def traces(secret: str) -> list[str]:
    """The secret as others may write it, and pieces of it that are long enough to be of use."""
    raw = secret.encode()
    forms = [secret, json.dumps(secret)[1:-1], quote(secret, safe=""), raw.hex(), raw.hex(" ")]
    forms += [base64.b64encode(raw).decode().rstrip("=")]
    return [*forms, secret[: len(secret) * 2 // 3], secret[len(secret) // 3 :]]


def assert_out(way: str, written: str, *secrets: str) -> None:
    plain = written.replace("&#160;", " ").replace("&#x27;", "'")
    for secret in secrets:
        for trace in traces(secret):
            assert trace not in plain, f"{way} holds {trace!r}:\n{written[:3000]}"


def assert_files_out(folder: Path, *secrets: str) -> list[Path]:
    """No file there holds it, nor do the names; base64 is looked into."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    for one in files:
        written = one.read_text(errors="surrogateescape")
        assert_out(str(one), written, *secrets)
        assert_out("a file's name", str(one.relative_to(folder)), *secrets)
        assert one.stat().st_mode & 0o077 == 0, f"{one} can be read by others"
        for word in BASE64.findall(written):
            decoded = base64.b64decode(word)
            assert not [secret for secret in secrets if secret.encode() in decoded]
    return files


class Ways:
    """Every way out, taken one after the other; each is looked at when it was taken."""

    def __init__(self, hand: Hand, *secrets: str) -> None:
        self.hand = hand
        self.app = hand.app
        self.secrets = secrets
        assert hand.app.session is not None
        self.session = hand.app.session

    def picture(self, of: str) -> None:
        assert_out(f"a picture of {of}", self.app.export_screenshot(), *self.secrets)

    async def send(self, draft: Draft) -> None:
        self.app.desk.query_one(Compose).load(draft)
        await self.hand.press("ctrl+j")
        await until(self.hand.pilot, lambda: self.app.desk.query_one(Inspect).number)
        await until(self.hand.pilot, lambda: self.hand.exchange.ended)

    async def save(self, name: str) -> None:
        await self.hand.press("ctrl+s")
        await until(self.hand.pilot, lambda: isinstance(self.app.screen, SaveAs))
        self.picture("Save as")
        self.app.screen.query_one("#save-name", Input).value = name
        await self.hand.press("enter")
        await until(self.hand.pilot, lambda: self.app.screen is self.app.desk)
        assert self.session.collection.read(name)

    async def copy(self, key: str) -> None:
        await self.hand.press(key)
        await until(self.hand.pilot, lambda: isinstance(self.app.screen, CopyAs))
        self.picture("Copy as")
        for way in WAYS:
            await self.hand.press(str(WAYS.index(way) + 1))
            copied = self.app.screen._copied  # what Enter copies
            assert copied is not None
            assert_out(f"{way}, copied with {key}", copied.text, *self.secrets)
        await self.hand.press("enter")
        await until(self.hand.pilot, lambda: self.app.screen is self.app.desk)
        assert_out(f"the clipboard after {key}", self.app.clipboard, *self.secrets)

    async def inspect(self) -> None:
        """Each page of Inspect, the bytes in hex among them."""
        await self.hand.press("ctrl+o", "3")
        for page in range(5):
            self.picture(f"page {page} of Inspect")
            await self.hand.press("x")
            self.picture(f"page {page} of Inspect in hex")
            await self.hand.press("x", "right_square_bracket")

    def respond(self) -> None:
        """As the exchange was answered; a responder with a secret is refused, not written."""
        draft = recorded_reply(self.app.journal, self.hand.exchange.number)
        try:
            self.session.collection.save("responder", draft)
        except InvalidCollection as error:
            assert_out("the refusal of a responder", str(error), *self.secrets)

    async def burst(self, draft: Draft) -> None:
        screen = BurstScreen(self.session, draft, ("3", "", "1", "10 s"))
        await self.app.push_screen(screen)
        await self.hand.see("Send many")
        await self.hand.press("ctrl+j")
        await until(self.hand.pilot, lambda: screen._burst and not screen.running)
        await self.hand.press("y")
        self.picture("a burst")
        assert "done" in self.app.clipboard
        assert_out("the report of a burst", self.app.clipboard, *self.secrets)
        await self.hand.press("escape")
        await until(self.hand.pilot, lambda: self.app.screen is self.app.desk)

    async def history(self) -> None:
        await until(self.hand.pilot, lambda: self.session.history.entries())
        await self.hand.press("ctrl+r")
        await until(self.hand.pilot, lambda: isinstance(self.app.screen, HistoryScreen))
        await self.hand.see("sent")
        assert_out("the history", self.hand.screen, *self.secrets)
        self.picture("the history")
        await self.hand.press("escape")
        await until(self.hand.pilot, lambda: self.app.screen is self.app.desk)

    def tell(self, caplog: pytest.LogCaptureFixture) -> None:
        """What natstap and its libraries log, and what it says before it ends by a fault."""
        for secret in self.secrets:
            failing = {"authorization": secret}
            logging.getLogger("natstap").warning("a handler failed at %s", failing)
        assert_out("the log", caplog.text, *self.secrets)
