"""docs/content.md says what is so: its settings are read, its example works, its names are all."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from engine.content.content import CONTENTS, ContentBase, Envelope
from engine.content.reading import MAX_LAYERS
from engine.content.settings import read_tables
from engine.content.work import MAX_DEPTH, MAX_STEPS, MAX_UNPACKED
from engine.filter.lens import Lens
from engine.schemas.schemas import MAX_CHECKED

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "content.md").read_text()
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def test_every_content_is_in_the_table_and_no_other() -> None:
    table = DOCS.partition("## What is read")[2].partition("Layers are")[0]
    rows = [[cell.strip() for cell in row.split("|")] for row in table.splitlines()[4:] if row]
    named = {name.split(":")[0] for row in rows for name in re.findall(r"`([\w:.-]+)`", row[2])}
    assert named == {content.name for content in CONTENTS}


def test_each_extra_is_one_and_content_has_them_all() -> None:
    extras = {content.extra for content in CONTENTS if content.extra}
    whole = re.fullmatch(r"natstap\[(.*)\]", EXTRAS["content"][0])
    assert whole is not None
    assert set(whole[1].split(",")) == extras <= EXTRAS.keys()


def test_the_settings_are_read_as_they_stand() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    settings = [block for block in blocks if "entry-points" not in block]
    assert len(settings) == 4
    for block in settings:
        assert read_tables(tomllib.loads(block))[1] == []


def test_the_example_is_a_content() -> None:
    code = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(compile(code, "docs/content.md", "exec"), names)
    shout = names["Shout"]()
    assert isinstance(shout, ContentBase)
    assert shout.detect(b"SHOUT hello", Envelope()).confidence == 0.9
    assert shout.read(b"SHOUT HELLO", Envelope()).text == "shout hello"


def test_the_filters_and_the_limits_are_so() -> None:
    for written in re.findall(r"^\| `(~[^`]+)`", DOCS, re.MULTILINE):
        Lens.parse(written)
    limits = DOCS.partition("## Limits")[2]
    for said in (
        f"| {MAX_UNPACKED >> 20} MiB |",
        f"| {MAX_LAYERS} |",
        f"| {MAX_STEPS:,} |",
        f"| {MAX_DEPTH} |",
        f"schema | {MAX_CHECKED >> 10} KiB |",
    ):
        assert said in limits
