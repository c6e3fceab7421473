"""The command line: flags as the nats CLI has them, and words for what cannot be meant."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from engine.profile.profile import resolve
from tui.__main__ import main, parser


def told(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    with pytest.raises(SystemExit) as left:
        main(words)
    out, err = capsys.readouterr()
    return left.value.code, out + err


def test_help_names_every_flag(capsys: pytest.CaptureFixture[str]) -> None:
    code, words = told("--help", capsys=capsys)
    assert code == 0
    for flag in (
        "--demo",
        "--no-demo",
        "--watch",
        "--collection",
        "--environment",
        "--config",
        "--theme",
        "--server",
        "--tlsfirst",
    ):
        assert flag in words


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert told("--version", capsys=capsys) == (0, f"natstap {version('natstap')}\n")


@pytest.mark.parametrize("words", [("--serv", "a"), ("--nope",), ("--server",), ("extra",)])
def test_what_cannot_be_meant_is_refused_by_name(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = told(*words, capsys=capsys)
    assert code == 2
    assert (words[0] if words[0].startswith("-") else "a word that belongs to no flag") in said


@pytest.mark.parametrize("words", [("--password", "-Zk3"), ("-s", "--x"), ("--token",)])
def test_how_a_value_is_written_that_begins_as_a_flag_does(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = told(*words, capsys=capsys)
    flag = "--server" if words[0] == "-s" else words[0]
    assert code == 2
    assert f"a value that begins with - is written {flag}=VALUE" in said
    assert "Zk3" not in said


def test_a_command_that_is_mistyped_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told("watc", "orders.>", capsys=capsys)
    assert (code, "natstap watch?" in said) == (2, True)


def test_a_theme_that_is_not_there_is_refused_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, said = told("--theme", "natstap-lite", capsys=capsys)
    assert code == 2
    assert "natstap-light" in said


@pytest.mark.parametrize(
    ("flag", "value", "why"),
    [
        ("--watch", "orders..>", "two dots touch"),
        ("--watch", ">", "everybody's inbox"),
        ("--environment", "nope", "natstap/env.nope.toml: No such file"),
        ("--environment", "a/b", "cannot be an environment's name"),
    ],
)
def test_a_flag_that_no_server_can_make_right_is_refused_before_there_is_a_screen(
    flag: str,
    value: str,
    why: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = told(flag, value, capsys=capsys)
    assert code == 2
    assert f"{flag}: " in said
    assert why in said


def test_flags_say_where_to_connect() -> None:
    words = "-s nats://h:4333 --user ann --password secret --inbox-prefix _MINE --timeout 3s"
    flags = vars(parser().parse_args(words.split()))
    profile = resolve(flags, {})
    assert profile is not None
    assert (profile.servers, profile.user) == (("nats://h:4333",), "ann")
    assert (profile.password, profile.inbox_prefix, profile.timeout) == ("secret", "_MINE", 3.0)


@pytest.mark.parametrize(
    ("words", "demo"), [([], None), (["--demo"], True), (["--no-demo"], False)]
)
def test_the_demo_is_asked_for_refused_or_left_open(words: list[str], demo: bool | None) -> None:
    assert parser().parse_args(words).demo is demo


def test_subjects_to_watch_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATSTAP_COLLECTION", "mine")
    given = parser().parse_args(["-w", "a.>", "--watch", "b"])
    assert (given.watch, given.collection) == (["a.>", "b"], "mine")
