"""Patterns found by the subjects that match them, against asking each of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.pattern_index import PatternIndex
from engine.subject import matches, overlaps

token = st.sampled_from(["a", "b", "é", "$x"])
literal = st.lists(token, min_size=1, max_size=4).map(".".join)
starred = st.lists(st.one_of(token, st.just("*")), min_size=1, max_size=4)
pattern = st.tuples(starred, st.booleans()).map(
    lambda made: ".".join([*made[0], ">"] if made[1] else made[0])
) | st.just(">")
many = st.lists(pattern, max_size=12)


def indexed(patterns: list[str]) -> PatternIndex[int]:
    index: PatternIndex[int] = PatternIndex()
    for place, written in enumerate(patterns):
        index.add(written, place)
    return index


@given(many, literal)
def test_it_finds_what_matches(patterns: list[str], subject: str) -> None:
    found = sorted(indexed(patterns).matching(subject))
    assert found == [place for place, one in enumerate(patterns) if matches(one, subject)]


@given(many, pattern)
def test_it_finds_what_overlaps(patterns: list[str], other: str) -> None:
    found = sorted(indexed(patterns).overlapping(other))
    assert found == [place for place, one in enumerate(patterns) if overlaps(one, other)]


@given(many, pattern)
def test_it_finds_what_is_the_same(patterns: list[str], other: str) -> None:
    found = indexed(patterns).at(other)
    assert found == [place for place, one in enumerate(patterns) if one == other]
