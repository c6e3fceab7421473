"""Recording from the command line and by key: said before, marked while it runs, whole then."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.desk import asked, sitting_alone, until
from helpers.lens import FOREVER, put
from helpers.recordings import opened

from engine.errors import CannotRecord, InvalidInput
from engine.journal import Journal, State
from engine.recording.masked_frames import Secrets
from engine.statistics.statistics import Statistics
from tui.__main__ import parser
from tui.record_flags import read_record_flags, split_open
from tui.recording.record_dialog import RecordDialog
from tui.statistics.statistics import Parts, StatisticsScreen


def flags(*words: str) -> dict[str, object]:
    return vars(parser().parse_args(words))


def test_the_flags_say_what_is_recorded_and_where(tmp_path: Path) -> None:
    assert read_record_flags(flags()) is None
    path = tmp_path / "s.ndjson.gz"
    more = ("--record-size", "100MB", "--record-age", "1h", "--record-keep", "24")
    options = read_record_flags(flags("--record", str(path), "--record-secrets", "all", *more))
    assert options is not None
    assert (options.path, options.secrets) == (path, Secrets.ALL)
    limit = options.rotation
    assert (limit.max_bytes, limit.max_age, limit.keep) == (100 << 20, 3600.0, 24)
    assert "masked" in options.words
    with pytest.raises(InvalidInput):
        read_record_flags(flags("--record", str(path), "--record-size", "much"))
    path.write_text("mine")
    with pytest.raises(CannotRecord, match="already"):
        read_record_flags(flags("--record", str(path)))


def test_open_takes_files_and_the_desks_flags() -> None:
    assert split_open(["open", "a", "b", "--theme", "nord"]) == (["a", "b"], ["--theme", "nord"])
    assert split_open(["open"]) == ([], [])
    assert split_open(["--demo"]) == ([], ["--demo"])


async def test_a_key_begins_and_ends_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "s.ndjson.gz"
    async with sitting_alone() as hand:
        await hand.press("alt+r")
        await until(hand.pilot, lambda: isinstance(hand.app.screen, RecordDialog))
        await hand.see("Secrets that natstap knows are masked")
        await hand.press("home", "shift+end", "delete")
        await hand.write(str(path))
        await hand.press("ctrl+s")
        await hand.see("● REC")
        await asked(hand, "nobody.here", State.NO_RESPONDERS, "hello")
        await hand.press("alt+r")
        await until(hand.pilot, lambda: not hand.sees("● REC"))
        journal = opened(path)
        states = [journal.state(number) for number, _ in journal.heads()]
        assert State.NO_RESPONDERS in states
        assert hand.app.session is not None
        assert hand.app.session.recorder is not None
        assert not hand.app.session.recorder.trouble


async def test_a_key_counts_all_parts_of_a_large_recording() -> None:
    whole = Journal()
    for _ in range(7):
        put(whole, b"of.all.parts")

    async def count_all() -> Statistics:
        found = Statistics(whole)
        assert found.catch_up(FOREVER)
        return found

    async with sitting_alone() as hand:
        parts = Parts("part 1 of 2", count_all)
        await hand.app.push_screen(StatisticsScreen(Statistics(Journal()), parts))
        await hand.see("Statistics of part 1 of 2", "All parts")
        await hand.press("asterisk")
        await hand.see("Statistics of all parts", "of.all.parts", "7 exchanges")
        assert not hand.sees("* All parts")
