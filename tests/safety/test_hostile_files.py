"""Files that others wrote: whatever is in them, natstap says so or leaves it, and begins."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from helpers.hostile import BODIES, NAMES

from engine.collection.last_environments import LastEnvironments
from engine.drafts.draft import Draft
from engine.errors import InvalidInput, InvalidProfile
from engine.history.history import History
from engine.profile.known_places import Places
from engine.profile.profile import resolve
from engine.profile.read_context import load_context
from tui.settings import read_settings

DEEP = b"[" * 100_000
CONTENTS = [
    *BODIES, DEEP, b'{"url":' * 3000, b'{"url": 7}', b'{"url": null}', b'{"url": ["a"]}',
    b'{"url": "nats://a:99999"}', b'{"url": "nats://a b"}', b'{"url": "nats://\\ud83d:1"}',
    b'{"jetstream_domain": "a.b"}', b'{"jetstream_domain": "x\\r\\nPUB pwn 0"}',
    b'{"jetstream_api_prefix": "a b"}', b'{"inbox_prefix": "\\u0000"}', b'{"user": "\\ud83d"}',
    b'{"description": "\xff"}', b"\x00" * 1000, b'{"url": "' + b"x" * 2_000_000 + b'"}',
]  # fmt: skip


@pytest.mark.parametrize("content", CONTENTS, ids=lambda one: repr(one[:40]))
def test_a_context_is_read_or_says_why_not(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "nats" / "context"
    folder.mkdir(parents=True)
    (folder / "odd.json").write_bytes(content)
    env = {"XDG_CONFIG_HOME": str(tmp_path)}
    with suppress(InvalidInput):
        load_context("odd", env)
        resolve({"context": "odd"}, env)
    listed = Places({}, env).list()
    assert content == b"" or any(place.name == "context odd" for place in listed)


def test_a_context_that_is_nested_too_deeply_says_so(tmp_path: Path) -> None:
    file = tmp_path / "deep.json"
    file.write_bytes(DEEP)
    with pytest.raises(InvalidProfile, match="nested too deeply"):
        load_context(str(file), {})


@pytest.mark.parametrize("content", CONTENTS, ids=lambda one: repr(one[:40]))
def test_a_history_and_a_memory_are_read_as_far_as_they_go(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(content + b"\n" + content)
    assert list(History(file).entries()) == []
    chosen = tmp_path / "environments.json"
    chosen.write_bytes(content)
    assert LastEnvironments(chosen).environment(tmp_path) == ""


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_in_a_profile_is_a_name_or_refused(name: str) -> None:
    try:
        profile = resolve({"server": "nats://a:1", "js_domain": name}, {})
    except InvalidInput:
        return
    assert profile is not None
    assert profile.jetstream_api in ("$JS.API", f"$JS.{name}.API")
    assert profile.jetstream_api.count(".") <= 2


def test_settings_that_are_nested_too_deeply_are_said_to_be_broken(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("theme = " + "[" * 2000)
    settings = read_settings(file)
    assert settings.unread
    assert "not valid TOML" in settings.problems[0]


def test_half_of_a_character_in_a_kept_draft_is_said() -> None:
    with pytest.raises(InvalidInput, match="half of a character"):
        Draft.from_dict({"subject": "a", "body": "x\ud800"})
