"""A context's colour and its being read-only: from the user's settings into the profile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import Profile
from engine.errors import InvalidProfile
from engine.profile.known_places import Places
from engine.profile.label import Label, Labels
from engine.profile.profile import resolve
from tui.connect.context_labels import read_labels
from tui.settings import read_settings
from tui.theme import LABEL_COLORS, TEXT, contrast, label_style

GOOD = """\
[contexts.prod]
color = "red"
read_only = true

[contexts."eu.staging"]
color = "#3fb68b"
"""
PROD = Labels({"prod": Label("red", True)})


def labels(folder: Path, text: str) -> tuple[Labels, list[str]]:
    path = folder / "settings.toml"
    path.write_text(text)
    settings = read_settings(path)
    found, problems = read_labels(settings)
    return found, [*settings.problems, *problems]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """With contexts prod and staging."""
    folder = tmp_path / "nats" / "context"
    folder.mkdir(parents=True)
    for name in ("prod", "staging"):
        (folder / f"{name}.json").write_text(json.dumps({"url": f"nats://{name}"}))
    return {"XDG_CONFIG_HOME": str(tmp_path)}


def test_a_label_is_written_in_the_settings(tmp_path: Path) -> None:
    found, problems = labels(tmp_path, GOOD)
    assert problems == []
    assert found.of("prod") == Label("red", True)
    assert found.of("eu.staging") == Label("#3fb68b", False)
    assert found.of("other") == found.of("") == Label()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[contexts.prod]\ncolor = "reddish"', 2, "is not a colour: try red, orange"),
        ("[contexts.prod]\ncolour = 'red'", 2, "colour is not a setting of a context"),
        ("[contexts.prod]\nread_only = 'no'", 2, "taken as true"),
        ("contexts = 7", 1, "contexts is not a table"),
        ("[contexts]\nread_only = true", 2, "needs a context's name"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    _, problems = labels(tmp_path, text)
    assert len(problems) == 1
    assert f"line {line}: " in problems[0]
    assert words in problems[0]


@pytest.mark.parametrize(
    "text",
    ["[contexts.prod]\nread_only = 'no'", "[contexts.prod]\nread_only = 0", "[contexts.prod"],
)
def test_a_slip_of_the_pen_forbids_more_and_not_less(tmp_path: Path, text: str) -> None:
    assert labels(tmp_path, text)[0].of("prod").read_only


def test_settings_that_cannot_be_read_allow_nothing_anywhere(tmp_path: Path) -> None:
    found, problems = labels(tmp_path, "theme = [")
    assert found.of("").read_only
    assert "read-only until this file can be read" in problems[-1]
    assert read_labels(read_settings(tmp_path / "missing.toml"))[0].of("").read_only


def test_a_context_is_used_with_its_label(env: dict[str, str]) -> None:
    prod = resolve({"context": "prod"}, env, labels=PROD)
    staging = resolve({"context": "staging"}, env, labels=PROD)
    elsewhere = resolve({"context": "prod", "server": "other"}, env, labels=PROD)
    assert prod is not None
    assert staging is not None
    assert elsewhere is not None
    assert (prod.color, prod.read_only) == ("red", True)
    assert (staging.color, staging.read_only) == ("", False)
    assert elsewhere.read_only  # its credentials


def test_the_flag_holds_wherever_one_connects_but_on_natstaps_own_server(
    env: dict[str, str],
) -> None:
    places = Places({"read_only": True}, env)
    typed = places.take("nats://elsewhere:4222")
    listed = [place for place in places.list() if place.profile is not None]
    assert {place.name for place in listed} >= {"context prod", "local server", "typed here"}
    assert all(place.profile.read_only for place in (*listed, typed) if place.profile)
    assert Profile.local().read_only is False


def test_an_address_is_typed_with_it(env: dict[str, str]) -> None:
    place = Places({}, env).take("nats://elsewhere:4222 --read-only")
    assert place.profile is not None
    assert place.profile.read_only


def test_no_context_is_saved_that_would_lose_it(env: dict[str, str]) -> None:
    with pytest.raises(InvalidProfile, match="set read_only for it"):
        Places({}, env).save("new", "nats://elsewhere:4222 --read-only", "")


@pytest.mark.parametrize("name", [*LABEL_COLORS, "#000000", "#ffffff", "#777777"])
def test_a_name_can_be_read_on_its_colour(name: str) -> None:
    from textual.style import Style

    style = Style.parse(label_style(name))
    assert style.foreground is not None
    assert style.background is not None
    assert contrast(style.foreground, style.background) >= TEXT


@pytest.mark.parametrize("name", ["", "reddish", "#12345", "red on blue", "#zzzzzz"])
def test_what_is_no_colour_has_no_style(name: str) -> None:
    assert label_style(name) == ""
