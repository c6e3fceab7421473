"""Drawing the pictures into their folder, dark and light, with their words."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from helpers.own_home import own_home
from textual import constants
from textual.app import App
from textual.pilot import Pilot

from engine.demo import demo
from tui.app import NatstapApp
from tui.theme import OWN_THEMES, readable

from .ink import SIZES, ink
from .moving import draw_tour
from .scenes import ALONE, FLOWS, PICTURES, Picture, walk, walk_flows
from .steady import steady

REQUESTS = Path(demo.__file__).parent / "requests"
"""The collection of the demo."""
OUT = Path(__file__).parents[2] / "screenshots"
LIGHT = "light"
"""The folder of the same pictures in light colours."""
SETTLED = 1.0
"""Seconds until what is asked for when a screen opens has come."""
TOUR = (
    "natstap in twenty seconds. A request is sent and answered with a service error. v shows the "
    "evidence. F draws the flow: pricing began it, and the gateway passed it on. w watches what "
    "other programs ask each other, one row for each exchange."
)
_ABOUT = """# Screens in pictures and in words

Made by `make screenshots` from the real app on its demo. Each picture is described below it; those
of [light](light) are the same in light colours. A test goes the same way through the app and
compares what it reads there with what is drawn here.

"""


def theme_mark() -> str:
    """A line of README.md that changes with the colours of the themes."""
    variables = (readable(each, each.to_color_system().generate()) for each in OWN_THEMES)
    colours = repr([sorted(each.items()) for each in variables])
    return f"<!-- themes {hashlib.sha256(colours.encode()).hexdigest()[:12]} -->"


async def draw(*names: str) -> None:
    """All pictures, or those with these names."""
    constants.TEXTUAL_ANIMATIONS = "none"  # a cursor that blinks is in half of the pictures
    (OUT / LIGHT).mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.gettempdir()) / "natstap-pictures"

    async def show(app: NatstapApp, pilot: Pilot[None], picture: Picture) -> None:
        if not names or picture.name in names:
            await draw_both(app, pilot, picture)

    os.chdir(shop_folder(home))
    with own_home():
        os.environ["HOME"] = str(home)
        await walk(show)
    if not names or any(picture.name in names for picture in FLOWS):
        with own_home():
            await walk_flows(show)
    if not names or "tour" in names:
        with own_home():
            await draw_tour(OUT)
    describe()
    for size in SIZES if not names or "ink" in names else ():
        with own_home():
            print(f"{size[0]}x{size[1]}: {await ink(size):.0%} of the desk's cells have ink")


async def draw_both(app: NatstapApp, pilot: Pilot[None], picture: Picture) -> None:
    await pilot.pause(SETTLED)
    dark, light = OWN_THEMES
    for theme, folder in ((light, OUT / LIGHT), (dark, OUT)):
        app.theme = theme.name
        await pilot.pause(SETTLED / 2)
        # Textual's own: natstap's dots out what might be a secret, and there is none here
        drawing = steady(App.export_screenshot(app, title="natstap"))
        (folder / f"{picture.name}.svg").write_text(drawing, encoding="utf-8")
    print(picture.name, flush=True)


def shop_folder(home: Path) -> Path:
    """Where natstap runs in the pictures, which show it: no folder of whoever makes them. It has
    the demo's collection.
    """
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(REQUESTS, home / "shop" / "natstap")
    return home / "shop"


def describe() -> None:
    """screenshots/README.md: every picture with its words."""
    parts = [_ABOUT + theme_mark(), f"![{TOUR}](tour.svg)\n\n{TOUR}\n"]
    parts += [
        f"## {each.name}\n![{each.says}]({each.name}.svg)\n\n{each.says}\n"
        for each in (*PICTURES, *ALONE, *FLOWS)
    ]
    (OUT / "README.md").write_text("\n\n".join(parts), encoding="utf-8")
