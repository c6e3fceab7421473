"""A new content is one file, or a class of another package: what natstap does with it follows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from engine.content import formats, registry
from engine.content.content import CONTENTS, ContentBase, Document, Envelope, Guess
from engine.content.reading import read
from engine.errors import InvalidBody, InvalidInput
from engine.message import Headers


@pytest.fixture
def rot13(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One file more in the folder of contents."""
    folders = [*formats.__path__, str(Path(__file__).parent / "added")]
    monkeypatch.setattr(formats, "__path__", folders)
    registry.load()
    yield
    CONTENTS.remove("rot13")
    del sys.modules[f"{formats.__name__}.rot13"]


@pytest.mark.usefixtures("rot13")
def test_a_content_that_is_added_is_detected_chosen_and_written() -> None:
    guessed = read(b"ebg13: uryyb")
    assert (guessed.title, guessed.text, guessed.chosen) == ("ROT13", "rot13: hello", False)
    assert guessed.reason == "it begins with ebg13:"
    named = Envelope(headers=Headers([("content-type", "text/x-rot13")]))
    assert read(b"uryyb", named).text == "hello"
    assert read(b"uryyb", choice="rot13").text == "hello"
    content = CONTENTS.get("rot13")
    assert content is not None
    assert content.write("hello", Envelope()) == b"uryyb"


@pytest.mark.usefixtures("rot13")
def test_what_it_cannot_read_is_told_with_its_offset() -> None:
    reading = read(b"abc\xff", choice="rot13")
    assert str(reading.error) == "not ROT13 at byte 3: only ASCII can be moved"
    assert reading.form == "hex"


def test_another_package_adds_one_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (
        EntryPoint("mine", "engine.content.formats.hex_dump:HexDump", registry.GROUP),
        EntryPoint("broken", "no.such:Thing", registry.GROUP),
        EntryPoint("wrong", "builtins:dict", registry.GROUP),
    )
    monkeypatch.setattr(registry, "installed", lambda: found)
    monkeypatch.setattr(registry, "PROBLEMS", [])
    before = CONTENTS.get("hex")
    assert before is not None
    registry.load_from_packages()
    assert isinstance(CONTENTS.get("hex"), registry.GuardedContent)
    assert read(b"\0").title == "hex"
    CONTENTS.add(before)
    assert registry.PROBLEMS == [
        "the content broken cannot be used: No module named 'no'",
        "the content wrong cannot be used: builtins:dict is not a content",
    ]


class Broken(ContentBase):
    name = "broken"
    title = "Broken"
    writes = True

    def detect(self, body: bytes, envelope: Envelope) -> Guess | None:
        raise KeyError("detect")

    def read(self, body: bytes, envelope: Envelope) -> Document:
        if body == b"known":
            raise self.fail("it is known", 2)
        raise KeyError("read")

    def write(self, text: str, envelope: Envelope) -> bytes:
        raise KeyError("write")


def test_what_another_packages_content_raises_ends_in_a_sentence() -> None:
    broken = registry.GuardedContent(Broken())
    CONTENTS.add(broken)
    try:
        assert read(b"hello").title == "text"
        assert str(read(b"x", choice="broken").error) == "not Broken: its reader fails: 'read'"
        assert str(read(b"known", choice="broken").error) == "not Broken at byte 2: it is known"
        with pytest.raises(InvalidBody, match="the writer of Broken fails"):
            broken.write("x", Envelope())
    finally:
        CONTENTS.remove("broken")


def test_each_content_can_be_chosen_by_its_name_and_no_other() -> None:
    for content in CONTENTS:
        assert read(b"x", choice=content.name).chosen
    with pytest.raises(InvalidInput, match="'msgpak' is not a content: use one of json, jsonl"):
        read(b"x", choice="msgpak")
