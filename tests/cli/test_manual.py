"""The manual page and completion come from what `--help` is made of."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.guides.reading import own_guides
from tui.__main__ import DESK_COMMANDS, parser
from tui.cli.commands import COMMANDS
from tui.cli.completion import _flows, full_parser
from tui.cli.manual import manual
from tui.web_flags import web_parser

KEPT = Path(__file__).parents[2] / "man" / "natstap.1"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("NATSTAP_COLLECTION", raising=False)
    return manual(parser(), DESK_COMMANDS, web_parser())


def test_the_kept_page_is_the_one_that_would_be_written(page: str) -> None:
    """`make keys` writes it."""
    assert KEPT.read_text() == page


def test_every_command_and_flag_is_in_it(page: str) -> None:
    plain = page.replace("\\-", "-")
    for name in COMMANDS:
        assert f'.SH "NATSTAP {name.upper()}"' in plain
    for name in DESK_COMMANDS:
        assert f".B {name}\n" in plain
    for action in parser()._actions:
        assert all(flag in plain for flag in action.option_strings)
    assert "%(" not in page


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_it_without_complaint() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(KEPT)], capture_output=True, text=True, check=True
    )
    assert "queue group" in " ".join(done.stdout.split())
    assert not done.stderr


def test_commands_that_draw_are_completed_with_their_flags_and_the_names_of_flows() -> None:
    full = full_parser(parser(), DESK_COMMANDS)
    (places,) = (each for each in full._actions if isinstance(each, argparse._SubParsersAction))
    assert set(places.choices) == {*DESK_COMMANDS, *COMMANDS}
    assert "--theme" in places.choices["demo"]._option_string_actions
    names = _flows(argparse.Namespace(collection="natstap"))
    assert names == [guide.name for guide in own_guides()]
