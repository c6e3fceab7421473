"""Every ink that natstap uses can be read on every ground that it stands on, in every theme."""

from __future__ import annotations

import pytest
from helpers.desk import sitting
from hypothesis import given
from hypothesis import strategies as st
from textual._ansi_theme import ALABASTER, MONOKAI
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.theme import (
    COLOURED,
    OWN_THEMES,
    QUIET,
    TEXT,
    contrast,
    grounds,
    least_contrast,
    readable,
)

OTHERS = [theme for theme in BUILTIN_THEMES.values() if not theme.ansi]
ANSI = [theme for theme in BUILTIN_THEMES.values() if theme.ansi]
COLORS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def variables(theme: Theme) -> dict[str, str]:
    return readable(theme, {**theme.to_color_system().generate(), **theme.variables})


def named(theme: Theme) -> str:
    return theme.name


def test_the_contrast_is_that_of_wcag() -> None:
    black, white, grey = map(Color.parse, ("#000000", "#ffffff", "#767676"))
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(white, grey) == pytest.approx(4.54, abs=0.01)
    assert contrast(grey, grey) == 1


@pytest.mark.parametrize("theme", OWN_THEMES, ids=named)
def test_natstaps_own_themes_are_read_without_being_mended(theme: Theme) -> None:
    found = {**theme.to_color_system().generate(), **theme.variables}
    assert readable(theme, found) == found
    over = grounds(found)
    for name in ("foreground", *COLOURED):
        assert least_contrast(Color.parse(found[name]), over) >= TEXT, name
    assert least_contrast(Color.parse(found["foreground"]).with_alpha(0.6), over) >= QUIET
    footer = [Color.parse(found["footer-background"])]
    for name in ("footer-key-foreground", "footer-description-foreground"):
        assert least_contrast(Color.parse(found[name]), footer) >= TEXT, name
    for name in ("primary", "border"):
        assert least_contrast(Color.parse(found[name]), over[:3]) >= TEXT, name


@pytest.mark.parametrize("theme", OTHERS, ids=named)
def test_all_other_themes_can_be_read(theme: Theme) -> None:
    found = variables(theme)
    over = grounds(found)
    assert least_contrast(Color.parse(found["foreground"]), over) >= TEXT
    assert least_contrast(Color.parse(found["foreground"]).with_alpha(0.6), over) >= QUIET
    for name in COLOURED:
        assert least_contrast(Color.parse(found[name]), over) >= QUIET, name
    for name in ("primary", "border"):
        assert least_contrast(Color.parse(found[name]), over[:3]) >= QUIET, name
    footer = Color.parse(found["footer-background"])
    for name in ("footer-key-foreground", "footer-description-foreground"):
        ink = Color.parse(found[name])
        assert contrast(footer + ink, footer) >= QUIET, name


@pytest.mark.parametrize("theme", ANSI, ids=named)
def test_the_terminals_colours_can_be_read_as_terminals_have_them(theme: Theme) -> None:
    """By the palettes that Textual draws them with; a terminal may have its own."""
    found, palette = variables(theme), MONOKAI if theme.dark else ALABASTER
    ground = Color(*palette.background_color)
    for name in (*COLOURED[:2], *COLOURED[3:], "border", "footer-key-foreground", "text-warning"):
        ink = Color.parse(found[name])
        assert ink.ansi is not None, name
        assert contrast(Color(*palette.ansi_colors[ink.ansi]), ground) >= QUIET, name


@given(st.tuples(*[COLORS] * 4), st.booleans())
def test_an_ink_is_mended_whatever_the_theme(colors: tuple[str, ...], dark: bool) -> None:
    """On grounds that some ink can be read on: not on mid-grey with white beside it."""
    primary, error, foreground, _ = colors
    theme = Theme(
        "odd",
        primary=primary,
        error=error,
        foreground=foreground,
        background="#101010" if dark else "#f8f8f8",
        surface="#181818" if dark else "#f0f0f0",
        panel="#202020" if dark else "#e8e8e8",
        dark=dark,
    )
    found = variables(theme)
    over = grounds(found)
    for name in COLOURED:
        ink = Color.parse(found[name])
        assert least_contrast(ink, over[:3]) >= QUIET, name
    assert least_contrast(Color.parse(found["foreground"]), over[:3]) >= TEXT


@pytest.mark.parametrize("name", [theme.name for theme in [*OWN_THEMES, *OTHERS, *ANSI]])
def test_every_name_has_a_theme(name: str) -> None:
    from tui.app import NatstapApp

    assert name in NatstapApp({}, {}).available_themes


async def test_the_screen_is_drawn_with_the_mended_inks() -> None:
    async with sitting() as hand:
        hand.app.theme = "solarized-light"
        await hand.pilot.pause()
        found = hand.app.theme_variables
        assert found["foreground"] != BUILTIN_THEMES["solarized-light"].foreground
        assert hand.app.desk.styles.color == Color.parse(found["foreground"])
