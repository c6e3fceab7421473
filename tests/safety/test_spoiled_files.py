"""Files and pastes that were right and are spoiled in a few places: each is read, or says what is
wrong with it, soon, and nothing else comes out. `make fuzz` tries many more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.spoiled import all_spoiled
from helpers.tried import tried

from engine.collection.collection import Collection
from engine.collection.last_environments import LastEnvironments
from engine.commands.paste import paste
from engine.drafts.draft import Draft, Kind
from engine.errors import InvalidInput
from engine.history.history import History
from engine.profile.known_places import Places
from engine.profile.read_context import load_context
from engine.responders.behaviour import Recipe
from engine.responders.reply import ReplyDraft
from tui.connect.context_labels import read_labels
from tui.keymap import read_keys
from tui.remembered import Remembered
from tui.settings import read_settings

COUNT = 40
SLOW = 2.0
"""Seconds of work that no file of this size is worth, on the slowest machine."""
DRAFT = Draft(
    "orders.create",
    b'{"item": "{{Name}}", "qty": 2}',
    Kind.MANY,
    headers=(("X-Who", "ann"), ("X-Who", "bob")),
    replies=3,
    timeout=2.5,
)
COMMANDS = (
    'nats req orders.create \'{"item": "tea"}\' -H X-Who:ann --timeout 3s --replies 2',
    "nats pub events.login ann --count 10 --sleep 100ms -H 'Nats-Msg-Id:{{ID}}'",
    "nats reply svc.echo --echo --queue q --sleep 1s",
    "printf 'a\\nb\\n' | nats pub kept.a -J --send-on newline",
    "nats --server nats://127.0.0.1:4222 --context prod req $'a\\x41' \"b $HOME\" --raw",
)

Reading = Callable[[Path], object]


def _context(path: Path) -> None:
    with suppress(InvalidInput):
        load_context(str(path), {})
    Places({}, {"XDG_CONFIG_HOME": str(path.parent)}).list()


def _thing(path: Path) -> None:
    loaded = Collection(path.parent).load()
    for saved in loaded.saved:
        saved.what.check()
    assert len(loaded.saved) + len(loaded.errors) == 1


def _environment(path: Path) -> None:
    collection = Collection(path.parent)
    with suppress(InvalidInput):
        collection.variables("dev", {})
    with suppress(InvalidInput):
        collection.missing_variables("dev")
    assert collection.environments() == ("dev",)


def _history(path: Path) -> None:
    history = History(path)
    for entry in history.entries():
        entry.matches(["ann"])
        with suppress(InvalidInput):
            entry.draft.size()


def _settings(path: Path) -> None:
    settings = read_settings(path)
    read_keys(settings)
    read_labels(settings)
    assert all("\x1b" not in problem for problem in map(ascii, settings.problems))


def _memory(path: Path) -> None:
    memory = Remembered(path)
    assert isinstance(memory.theme + memory.place, str)
    assert all(0 < share < 1 for share in memory.shares.values())
    for draft in memory.drafts("s"):
        with suppress(InvalidInput):
            Draft.from_dict(draft).size()
    assert all(isinstance(name, str) for name in (*memory.addresses, *memory.watched("s")))


def _environments(path: Path) -> None:
    assert isinstance(LastEnvironments(path).environment(path.parent), str)


def _saved(what: Draft | ReplyDraft, folder: Path) -> bytes:
    Collection(folder).save("it", what)
    return (folder / "it.toml").read_bytes()


def _sent(folder: Path) -> bytes:
    history = History(folder / "h.jsonl")
    for subject in ("a", "b.c"):
        history.add(replace(DRAFT, subject=subject))
    return (folder / "h.jsonl").read_bytes()


CONTEXT = json.dumps(
    {"description": "prod", "url": "nats://a:1,tls://b:2", "user": "u", "password": "p",
     "creds": "~/x.creds", "ca": "/x.pem", "jetstream_domain": "hub", "inbox_prefix": "_I",
     "tls_first": True, "socks_proxy": "socks5://127.0.0.1:1"}
).encode()  # fmt: skip
SETTINGS = b"""theme = "nord"
after_sending = "compose"
[keys]
"desk.send" = "ctrl+j,f5"
"desk.watch" = "w"
[contexts.prod]
color = "red"
read_only = true
"""
ENVIRONMENT = b'host = "a"\ntoken = "{{env}}"\nn = 7\n[deep]\nx = 1\n'
MEMORY = json.dumps(
    {"theme": "nord", "place": "prod", "addresses": {"nats://a:1": 1}, "borders": {"rows": 0.3},
     "drawer": False,
     "servers": {"s": {"watched": ["a.>"], "drafts": {"r": DRAFT.to_dict()}, "draft": {}}}}
).encode()  # fmt: skip
FILES: dict[str, tuple[Callable[[Path], bytes], Reading]] = {
    "odd.json": (lambda _: CONTEXT, _context),
    "it.toml": (lambda folder: _saved(DRAFT, folder), _thing),
    "canned.toml": (lambda folder: _saved(ReplyDraft("svc.a", Recipe.CANNED), folder), _thing),
    "env.dev.toml": (lambda _: ENVIRONMENT, _environment),
    "history.jsonl": (_sent, _history),
    "settings.toml": (lambda _: SETTINGS, _settings),
    "state.json": (lambda _: MEMORY, _memory),
    "environments.json": (lambda _: b'{"/a": "dev", "/b": "prod"}', _environments),
}


@pytest.mark.parametrize("name", FILES)
def test_a_spoiled_file_is_read_or_says_what_is_wrong(name: str, tmp_path: Path) -> None:
    write, read = FILES[name]
    (tmp_path / "right").mkdir()
    right = write(tmp_path / "right")
    folder = tmp_path / "spoiled"
    folder.mkdir()
    for content in all_spoiled(right, COUNT):
        (folder / name).write_bytes(content)
        began = time.process_time()
        read(folder / name)
        assert time.process_time() - began < SLOW, content[:200]
        tried("spoiled files")


def test_a_spoiled_paste_is_a_draft_or_says_why_not() -> None:
    for command in COMMANDS:
        for content in all_spoiled(command.encode(), COUNT // 2):
            for written in (content.decode("utf-8", "surrogateescape"), content.decode("latin-1")):
                began = time.process_time()
                with suppress(InvalidInput):
                    made = paste(written).what
                    if isinstance(made, Draft):
                        made.size()
                assert time.process_time() - began < SLOW, content[:200]
                tried("spoiled pastes")
