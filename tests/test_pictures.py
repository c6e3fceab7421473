"""A screen that changed has a new picture, every screen has one, and each picture has its words."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from helpers.quick_paint import glance
from pictures.drawing import LIGHT, OUT, shop_folder, theme_mark
from pictures.reading import Line, differences, kept, lines_of
from pictures.scenes import ALONE, DESK, FLOWS, PICTURES, Picture, shop_app, until, walk
from textual.app import App
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.strip import Strip

import tui
from engine.guides.reading import own_guides
from tui.app import NatstapApp
from tui.guide.strip import Shown, put_strip, strip_of
from tui.kit.page import Dialog, Page
from tui.theme import NATSTAP, NATSTAP_LIGHT

WORDS = (OUT / "README.md").read_text(encoding="utf-8")
MAX_TOUR = 3_000_000
MAX_SECONDS = 22.0
SETTLED = 20.0
"""Seconds until a screen shows all that it asks for, on a busy machine."""
IN_LIGHT = frozenset(picture.name for picture in PICTURES[len(PICTURES) // 2 :])
"""Pictures that are compared in light colours: to change between them takes long."""


@pytest.mark.timeout(1800)  # sixty screens, each of which has its own deadline
async def test_the_pictures_show_what_the_screens_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change to a screen: `make screenshots`, or with the names of some."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(shop_folder(tmp_path))

    async def show(app: NatstapApp, pilot: Pilot[None], picture: Picture) -> None:
        app.theme = (NATSTAP_LIGHT if picture.name in IN_LIGHT else NATSTAP).name
        folder = OUT / LIGHT if picture.name in IN_LIGHT else OUT
        shown = picture_of(picture, folder)
        looked: list[Strip] = []
        differ: list[str] = []

        def same() -> bool:
            nonlocal looked, differ
            before, looked = looked, glance(app)
            if looked is not before:
                seen = lines_of(App.export_screenshot(app))
                both = shown_part(app, shown), shown_part(app, seen)
                differ = differences(*both, picture.varies)
            return not differ

        try:
            await until(pilot, same, SETTLED / (1 + len(wrong)))
        except TimeoutError:
            wrong[picture.name] = "\n  ".join((picture.name, *differ))

    wrong: dict[str, str] = {}
    await walk(show)
    assert not wrong, told(wrong)


def shown_part(app: NatstapApp, lines: list[Line]) -> list[Line]:
    """Of a dialog its own box: what is behind it is another picture."""
    boxes = app.screen.query(".dialog") if isinstance(app.screen, ModalScreen) else ()
    if not boxes:
        return lines
    box = boxes.first().region
    return [line.cut(box.x, box.right) for line in lines[box.y : box.bottom]]


def picture_of(picture: Picture, folder: Path = OUT) -> list[Line]:
    return lines_of((folder / f"{picture.name}.svg").read_text(encoding="utf-8"))


def test_light_pictures_show_the_same() -> None:
    for picture in (*PICTURES, *ALONE, *FLOWS):
        assert kept(picture_of(picture, OUT / LIGHT)) == kept(picture_of(picture)), picture.name


async def test_pictures_of_flows_show_the_strips_of_the_flows() -> None:
    """The rest of them is the desk, of which other pictures are compared."""
    wrong = {}
    async with shop_app() as (app, pilot):
        for guide, picture in zip(own_guides(), FLOWS, strict=True):
            steps = len(guide.steps)
            last = Shown(guide.title, steps, steps, guide.steps[-1].say, guide.steps[-1].keys)
            put_strip(app.desk, last)
            strip = strip_of(app.desk)
            strip.set_class(picture.screen not in (DESK, "StreamsScreen"), "-over")  # no dialogs
            await pilot.pause()
            rows = slice(strip.size.height)
            seen = lines_of(App.export_screenshot(app))[rows]
            if differ := differences(picture_of(picture)[rows], seen):
                wrong[picture.name] = "\n  ".join((picture.name, *differ))
    assert not wrong, told(wrong)


def told(wrong: dict[str, str]) -> str:
    return "\n".join((f"make screenshots ARGS='{' '.join(wrong)}'", *wrong.values()))


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
    assert screens <= {picture.screen for picture in (*PICTURES, *ALONE)}


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
    assert there == {f"{picture.name}.svg" for picture in (*PICTURES, *ALONE, *FLOWS)} | {
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
