"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from engine.words import counted


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 replies"), (1, "1 reply"), (2, "2 replies"), (2000, "2,000 replies")]
)
def test_one_is_one_and_all_else_is_many(count: int, said: str) -> None:
    assert counted(count, "reply", "replies") == said
    assert counted(count, "note").endswith("s") is (count != 1)
