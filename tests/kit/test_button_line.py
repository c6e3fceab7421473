"""A line of buttons: what there is room for, and what gives way first."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.content import Content
from textual.geometry import Region

from tui.kit.button_line import ButtonLine, Form, Part, placed


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


class Asked(ButtonLine):
    """A line that tells what it wants painted; () for all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted: list[tuple[Region, ...]] = []

    def refresh(self, *regions: Region, **more: bool) -> Asked:
        self.wanted.append(regions)
        super().refresh(*regions, **more)
        return self


async def test_a_part_that_changes_is_painted_alone() -> None:
    line = Asked()
    async with App[None]().run_test(size=(60, 24)) as pilot:
        await pilot.app.mount(line)
        line.parts = LINE
        await pilot.pause()
        line.wanted.clear()
        line.parts = (*LINE[:1], part("how", (2, "● laggard")), *LINE[2:])
        assert line.wanted == [(Region(16, 0, 21, 1),)]  # what comes after it moves
        line.parts = tuple(line.parts)
        line.parts = (*line.parts[:2], part("why", (4, "~~server")))
        assert line.wanted[1:] == [(Region(27, 0, 8, 1),)]
