"""The line of keys fills the room that is left, and never more."""

from __future__ import annotations

from helpers.desk import sitting

from tui.kit.key_line import KeyLine


async def shown(size: tuple[int, int]) -> list[str]:
    async with sitting(size) as hand:
        await hand.press("ctrl+j", "escape")
        await hand.see("F1 Help", "Palette")
        line = hand.app.desk.query_one(KeyLine)
        return [word.word for word in line.shown]


async def test_room_that_is_left_is_used_by_more_keys() -> None:
    narrow = await shown((120, 40))
    wide = await shown((200, 60))
    assert set(narrow) < set(wide)
    assert {"Failures", "Fold", "Copy body"} <= set(wide)
    assert wide[-1] == narrow[-1] == "Palette"
