"""The folder that natstap was started in is gone: what needs none goes on, the rest says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.desk import asked, sitting_alone, until

from engine.journal import State
from engine.whole_file import whole_path


async def test_natstap_goes_on_where_its_folder_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(OSError):  # noqa: PT011
        Path.cwd()
    assert whole_path(Path("a")) == Path("a")
    async with sitting_alone() as hand:
        await asked(hand, "nobody.here", State.NO_RESPONDERS, "hello")
        for opens in (("c",), ("ctrl+r",), ("X",), ("alt+r",), ("K",), ("alt+s",)):
            await hand.press("escape", *opens)
            await hand.pilot.pause()
            await hand.press("escape")
            await until(hand.pilot, lambda: hand.app.screen is hand.app.desk)
        await hand.press("X")
        await hand.see("Export")
        await hand.press("ctrl+s")
        await hand.see("no such file")
