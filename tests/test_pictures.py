"""A screen that changed has a new picture, and every picture has its words."""

from __future__ import annotations

import re
from pathlib import Path

from helpers.desk import sitting, until
from helpers.steady_screens import SIZE, STEADY, shown_text

PICTURES = Path(__file__).parent.parent / "screenshots"
WORDS = (PICTURES / "README.md").read_text(encoding="utf-8")
MAX_TOUR = 3_000_000
MAX_SECONDS = 22.0


async def test_the_pictures_show_what_the_screens_show() -> None:
    """After a change to one of these screens: `make screenshots`, or the names of some."""
    async with sitting(SIZE) as hand:
        await hand.press("ctrl+j")
        await hand.see("Answered in")
        for name, keys in STEADY.items():
            kept = (PICTURES / f"{name}.txt").read_text(encoding="utf-8")
            await hand.press("escape", *keys)
            await until(hand.pilot, lambda: hand.app.screen is not hand.app.desk)
            try:
                await until(hand.pilot, lambda kept=kept: shown_text(hand.app) == kept)
            except TimeoutError:
                assert shown_text(hand.app) == kept, f"make screenshots ARGS={name}"
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)


def test_every_picture_is_described_in_words_and_every_description_has_a_picture() -> None:
    described = dict(re.findall(r"!\[([^\]]{20,})\]\((\S+\.svg)\)", WORDS))
    there = {picture.name for picture in PICTURES.glob("*.svg")}
    assert set(described.values()) == there
    assert WORDS.count("\n\n") > len(there)


def test_the_moving_picture_is_small_and_short_and_stands_still_where_that_is_wanted() -> None:
    tour = (PICTURES / "tour.svg").read_text(encoding="utf-8")
    assert len(tour.encode()) < MAX_TOUR
    assert "<script" not in tour
    assert "prefers-reduced-motion" in tour
    seconds = {float(found) for found in re.findall(r"animation: k\d+ ([\d.]+)s", tour)}
    assert len(seconds) == 1
    assert 15 < seconds.pop() < MAX_SECONDS
    for title in ("it fails", "why", "its flow", "watch others"):
        assert (
            f"natstap:&#160;{title.replace(' ', '&#160;')}" in tour or f"natstap: {title}" in tour
        )
