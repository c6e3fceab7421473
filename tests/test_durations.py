"""Durations are read and written in one place."""

from __future__ import annotations

import pytest

from engine.durations import parse_duration, write_duration
from engine.errors import InvalidInput


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2 s", 2.0),
        ("500ms", 0.5),
        ("1m30s", 90.0),
        ("1 min 30 s", 90.0),
        (".5s", 0.5),
        ("7d", 604_800.0),
        ("1M", 2_592_000.0),
        ("20ns", 2e-8),
        ("1.5", 1.5),
        ("0", 0.0),
    ],
)
def test_what_people_and_the_cli_write_is_read(written: str, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("wrong", ["", "soon", "-1 s", "1e5", "1m 30", "٣ s", "9" * 400, "s"])
def test_what_is_not_a_duration_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput, match="is not a duration: try 2 s"):
        parse_duration(wrong)


def test_a_number_alone_can_be_refused() -> None:
    assert parse_duration("0", bare=False) == 0
    with pytest.raises(InvalidInput):
        parse_duration("5", bare=False)


@pytest.mark.parametrize("seconds", [0.0, 0.25, 1.0, 2.5, 90.0])
def test_what_is_written_is_read_back(seconds: float) -> None:
    assert parse_duration(write_duration(seconds)) == seconds
