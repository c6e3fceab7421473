"""What the settings say of bodies, what a user chooses by key, and programs that translate."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from helpers.waiting import until

from engine.content.by_subject import PerSide
from engine.content.content import Envelope
from engine.content.formats import command
from engine.content.reader import MAX_CHOSEN, BodyReader
from engine.content.reading import read
from engine.content.settings import read_tables

WRITTEN = """
[content]
"orders.>" = "msgpack"
"zipped" = "gzip>protobuf:shop.Order"
[protobuf]
files = ["a.proto"]
folders = ["."]
types = { "orders.*" = { request = "shop.Order", reply = "shop.Accepted" }, "x" = "shop.X" }
[avro]
"events.>" = "event.avsc"
[translate]
"legacy.>" = "tr a-z 'A Z'"
"list" = ["tr", "a", "b"]
[schemas]
"orders.create" = { reply = "accepted.json" }
"""
WRONG = """
[content]
"orders.>" = "msgpak"
"a..b" = "json"
"n" = 7
[protobuf]
file = "a.proto"
files = "a.proto"
[avro]
"events" = 7
[translate]
"a" = "unclosed '"
"b" = ""
"c" = 7
[schemas]
orders.create = "dotted.json"
"""


def test_the_tables_are_read() -> None:
    settings, problems = read_tables(tomllib.loads(WRITTEN))
    assert problems == []
    assert settings.contents.find("orders.new") == "msgpack"
    assert settings.types.find("orders.new") == PerSide("shop.Order", "shop.Accepted")
    assert settings.types.find("x") == PerSide("shop.X", "shop.X")
    assert settings.avro.find("events.a.b") == PerSide("event.avsc", "event.avsc")
    assert settings.commands.find("legacy.x") == ("tr", "a-z", "A Z")
    assert settings.commands.find("list") == ("tr", "a", "b")
    assert settings.schemas.find("orders.create") == PerSide("", "accepted.json")
    assert settings.protobuf.given


def test_what_is_wrong_in_them_is_told_and_stops_nobody() -> None:
    settings, problems = read_tables(tomllib.loads(WRONG))
    names = [name for name, _ in problems]
    assert names == [
        "protobuf.file",
        "protobuf.files",
        "content.orders.>",
        "content.a..b",
        "content.n",
        "avro.events",
        "translate.a",
        "translate.b",
        "translate.c",
        "schemas.orders",
    ]
    assert not settings.contents
    assert dict(problems)["content.orders.>"].startswith("'msgpak' is not a content: use one of")


def test_what_is_chosen_by_key_goes_before_the_settings() -> None:
    settings, _ = read_tables({"content": {"orders.>": "hex"}})
    reader = BodyReader(settings, {"orders.*": "text", "a": "nonsense", "b..c": "json"})
    body = b'{"a": 1}'
    here = "orders.new"
    assert reader.chosen == {"orders.*": "text"}
    assert reader.read(body, reader.envelope(here)).form == "text"
    reader.choose("orders.*", "")
    assert reader.read(body, reader.envelope(here)).form == "hex"
    reader.choose("orders.>", "json")
    chosen = reader.read(body, reader.envelope(here))
    assert (chosen.form, chosen.chosen, chosen.reason) == ("json", True, "you chose so")
    for number in range(MAX_CHOSEN + 1):
        reader.choose(f"s.{number}", "hex")
    assert len(reader.chosen) == MAX_CHOSEN


def reader_with(*words: str) -> BodyReader:
    settings, problems = read_tables({"translate": {"legacy.>": [sys.executable, "-c", *words]}})
    assert not problems
    return BodyReader(settings)


def test_a_command_makes_text_of_a_body() -> None:
    reader = reader_with(
        "import sys; print(sys.argv[1], sys.stdin.buffer.read().hex())", "{subject}"
    )
    here = reader.envelope("legacy.a")
    assert reader.takes_long(here)
    assert reader.read(b"\x01\x02", here).text == "legacy.a 0102\n"
    assert not reader.takes_long(reader.envelope("other"))
    assert reader.read(b"abc", here, "text").text == "abc"


def test_a_command_is_not_run_while_the_connection_is_read_only() -> None:
    reader = reader_with("print('ran')")
    reader.run_commands(False)
    here = reader.envelope("legacy.a")
    assert reader.read(b"abc", here).text == "abc"
    chosen = reader.read(b"abc", here, "command")
    assert "off while the connection is read-only" in str(chosen.error)
    reader.run_commands(True)
    assert reader.read(b"abc", reader.envelope("legacy.a")).text == "ran\n"


def test_a_command_that_fails_or_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = reader_with("import sys; sys.exit('no such order')")
    reading = failed.read(b"abc", failed.envelope("legacy.a"))
    assert str(reading.error).endswith("no such order")
    assert reading.text == "abc"
    monkeypatch.setattr(command, "TIMEOUT", 0.05)
    slow = reader_with("import time; time.sleep(60)")
    reading = slow.read(b"abc", slow.envelope("legacy.a"))
    assert "did not end within 0.05 s" in str(reading.error)
    settings, _ = read_tables({"translate": {"a": "/no/such/program"}})
    gone = BodyReader(settings)
    assert "No such file" in str(gone.read(b"x", gone.envelope("a")).error)
    assert "add one to [translate]" in str(gone.read(b"x", Envelope("b"), "command").error)


@pytest.mark.parametrize("where", ["", " >&2"])
def test_a_command_that_floods_is_ended_at_once(where: str) -> None:
    settings, _ = read_tables({"translate": {"a": ["sh", "-c", f"yes{where}"]}})
    reading = read(b"x", Envelope("a", settings=settings))
    assert "sh prints far more than 4 MiB" in str(reading.error)


async def test_nothing_that_a_command_began_is_left_running(tmp_path: Path) -> None:
    told = tmp_path / "child"
    script = f"sleep 600 & echo $! > {told}; echo done"
    settings, _ = read_tables({"translate": {"a": ["sh", "-c", script]}})
    assert read(b"x", Envelope("a", settings=settings)).text == "done\n"
    child = int(told.read_text())
    await until(lambda: not runs(child))


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


def test_a_command_may_answer_with_json() -> None:
    reader = reader_with("print('{\"a\": 1}')")
    assert reader.read(b"x", reader.envelope("legacy.a")).value() == {"a": 1}
