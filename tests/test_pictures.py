"""A screen that changed has a new picture, every screen has one, and each picture has its words."""

from __future__ import annotations

import operator
import re
import shutil
import sys
from difflib import unified_diff
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from helpers.quick_paint import glance
from pictures.drawing import LIGHT, OUT, REQUESTS, theme_mark
from pictures.reading import kept, lines_of
from pictures.scenes import FLOWS, PICTURES, TROUBLE, Picture, until, walk
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.strip import Strip

import tui
from engine.guides.reading import own_guides
from tui.app import NatstapApp
from tui.kit.page import Dialog, Page

WORDS = (OUT / "README.md").read_text(encoding="utf-8")
MAX_TOUR = 3_000_000
MAX_SECONDS = 22.0
SETTLED = 20.0
"""Seconds until a screen shows all that it asks for, on a busy machine."""
UNPICTURED = {
    "Opening": "what is shown for a moment before the desk",
    "AcknowledgeScreen": "needs a message that a stream delivered to natstap",
}


async def test_the_pictures_show_what_the_screens_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change to a screen: `make screenshots`, or with the names of some."""
    shutil.copytree(REQUESTS, tmp_path / "shop" / "natstap")
    monkeypatch.chdir(tmp_path / "shop")

    async def show(app: NatstapApp, pilot: Pilot[None], picture: Picture) -> None:
        drawn = lines_of(OUT / f"{picture.name}.svg")

        looked: list[Strip] = []

        def pair() -> tuple[list[str], list[str]]:
            seen = [strip.text for strip in looked]
            both = kept(shown_part(app, seen)), kept(shown_part(app, drawn))
            return (both[0][-1:], both[1][-1:]) if picture.varies else both

        def same() -> bool:
            nonlocal looked
            before, looked = looked, glance(app)
            return looked is not before and operator.eq(*pair())

        try:
            await until(pilot, same, SETTLED)
        except TimeoutError:
            wrong[picture.name] = "\n".join(unified_diff(*reversed(pair()), lineterm="", n=0))

    wrong: dict[str, str] = {}
    await walk(show)
    assert not wrong, "\n".join((f"make screenshots ARGS='{' '.join(wrong)}'", *wrong.values()))


def shown_part(app: NatstapApp, lines: list[str]) -> list[str]:
    """Of a dialog its own box: what is behind it is another picture."""
    boxes = app.screen.query(".dialog") if isinstance(app.screen, ModalScreen) else ()
    if not boxes:
        return lines
    box = boxes.first().region
    return [line[box.x : box.right] for line in lines[box.y : box.bottom]]


def test_light_pictures_show_the_same() -> None:
    for picture in (*PICTURES, TROUBLE, *FLOWS):
        light = kept(lines_of(OUT / LIGHT / f"{picture.name}.svg"))
        assert light == kept(lines_of(OUT / f"{picture.name}.svg")), picture.name


def test_pictures_of_flows_say_what_the_flows_say() -> None:
    for guide, picture in zip(own_guides(), FLOWS, strict=True):
        shown = " ".join(" ".join(lines_of(OUT / f"{picture.name}.svg")[:3]).split())
        assert guide.steps[-1].say in shown, f"make screenshots ARGS={picture.name}"
        assert guide.title in shown


def test_the_pictures_have_the_colours_of_the_themes() -> None:
    assert theme_mark() in WORDS, "a theme has changed: make screenshots"


def test_every_screen_has_a_picture() -> None:
    for module in walk_packages(tui.__path__, "tui."):
        if module.name not in ("tui.__main__",):
            import_module(module.name)
    screens = {
        each.__name__
        for each in _below(Screen)
        if _is_of_natstap(each) and each not in (Page, Dialog)
    }
    assert screens - {picture.screen for picture in (*PICTURES, TROUBLE)} == set(UNPICTURED)


def _is_of_natstap(screen: type) -> bool:
    """Other tests make screens that say they are."""
    module = sys.modules.get(screen.__module__)
    named = getattr(module, screen.__name__, None)
    return screen.__module__.startswith("tui.") and named is screen


def _below(base: type) -> set[type]:
    found = set(base.__subclasses__())
    return found.union(*(_below(each) for each in found)) if found else found


def test_every_picture_is_described_in_words_and_every_description_has_a_picture() -> None:
    described = dict(re.findall(r"!\[([^\]]{20,})\]\((\S+\.svg)\)", WORDS))
    there = {picture.name for picture in OUT.glob("*.svg")}
    assert set(described.values()) == there
    assert there == {f"{picture.name}.svg" for picture in (*PICTURES, TROUBLE, *FLOWS)} | {
        "tour.svg"
    }
    assert {picture.name for picture in (OUT / LIGHT).glob("*.svg")} == there - {"tour.svg"}
    assert WORDS.count("\n\n") > len(there)


def test_the_moving_picture_is_small_and_short_and_stands_still_where_that_is_wanted() -> None:
    tour = (OUT / "tour.svg").read_text(encoding="utf-8")
    assert len(tour.encode()) < MAX_TOUR
    assert "<script" not in tour
    assert "prefers-reduced-motion" in tour
    seconds = {float(found) for found in re.findall(r"animation: k\d+ ([\d.]+)s", tour)}
    assert len(seconds) == 1
    assert 15 < seconds.pop() < MAX_SECONDS
    for title in ("it fails", "why", "its flow", "watch others"):
        assert f"natstap:\xa0{title.replace(' ', chr(160))}" in tour or f"natstap: {title}" in tour
