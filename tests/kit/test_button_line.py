"""A line of buttons: what there is room for, and what gives way first."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from tui.kit.button_line import Form, Part, placed


def part(name: str, *forms: tuple[int, str]) -> Part:
    return Part(name, tuple(Form(rank, Content(words)) for rank, words in forms))


LINE = (
    part("where", (3, "127.0.0.1:4222"), (0, "local")),
    part("how", (2, "● connected"), (1, "●")),
    part("why", (4, "--server")),
)


def shown(room: int) -> str:
    return " ".join(each.words.plain for each in placed(LINE, room, 1))


def test_the_least_important_gives_way_first() -> None:
    assert shown(80) == "127.0.0.1:4222 ● connected --server"
    assert shown(34) == "127.0.0.1:4222 ● connected"
    assert shown(25) == "local ● connected"
    assert shown(16) == "local ●"
    assert shown(6) == shown(0) == "local"


parts = st.lists(
    st.builds(
        lambda ranks, words: part(
            words, *((rank, words[: max(1, rank)]) for rank in sorted(ranks, reverse=True))
        ),
        st.sets(st.integers(1, 9), min_size=1, max_size=3),
        st.text(st.sampled_from("abc◎漢"), min_size=1, max_size=12),
    ),
    max_size=8,
)


@given(parts, st.integers(0, 60), st.integers(0, 3))
def test_any_width_is_kept_in_order_without_overlap(line: list[Part], room: int, gap: int) -> None:
    found = placed(line, room, gap)
    assert all(each.end + gap == after.at for each, after in pairwise(found))
    assert not found or found[-1].end <= room
    names = [each.name for each in line]
    for each in found:
        names = names[names.index(each.name) + 1 :]


@given(parts, st.integers(0, 60))
def test_more_room_never_shows_less(line: list[Part], room: int) -> None:
    less, more = (
        sum(each.words.cell_length for each in placed(line, width, 2)) for width in (room, room + 1)
    )
    assert less <= more
