"""The palette: keys, and beside them what they do."""

from __future__ import annotations

import re

from helpers.desk import sitting, sizes


@sizes
async def test_the_longest_keys_are_apart_from_what_they_do(size: tuple[int, int]) -> None:
    async with sitting(size) as hand:
        await hand.press("ctrl+p", *"read", "space", *"body")
        await hand.see("Read body: Read the body")
        assert re.search(r"Alt\+V(, Shift\+F8)? {2,}Read body", hand.screen), hand.screen
