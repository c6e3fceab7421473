"""Subjects: what may be sent and listened on, what matches, what a template captures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidSubject
from engine.subject import (
    SubjectPattern,
    check_publish,
    check_queue,
    check_subscribe,
    covers,
    matches,
    overlaps,
)


@pytest.mark.parametrize("subject", ["a", "a.b.c", "$JS.API.INFO", "a*b", "a>b", "ü.😀", "\udcff"])
def test_a_good_subject_is_its_bytes(subject: str) -> None:
    raw = subject.encode("utf-8", "surrogateescape")
    assert check_publish(subject) == check_subscribe(subject) == raw


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("", "empty"),
        (" ", "space"),
        ("a b", "space"),
        ("a\tb", "control"),
        ("a\r\nPUB x 0", "control"),
        ("a\x00b", "control"),
        ("a\x1bb", "control"),
        ("a\x7f", "control"),
        (".", "dot"),
        ("a.", "dot"),
        (".a", "dot"),
        ("a..b", "dot"),
        ("a\ud800", "surrogate"),
    ],
)
def test_a_bad_subject_is_refused_with_the_reason(subject: str, why: str) -> None:
    for check in (check_publish, check_subscribe, SubjectPattern.parse):
        with pytest.raises(InvalidSubject, match=why) as caught:
            check(subject)
        assert caught.value.subject == subject
        assert why in caught.value.why


@pytest.mark.parametrize("subject", ["*", ">", "a.*", "a.*.b", "a.>"])
def test_wildcards_are_listened_on_but_not_sent_to(subject: str) -> None:
    assert check_subscribe(subject) == subject.encode()
    with pytest.raises(InvalidSubject, match="wildcard"):
        check_publish(subject)


@pytest.mark.parametrize("subject", [">.a", "a.>.b", ">.>"])
def test_the_rest_is_last(subject: str) -> None:
    with pytest.raises(InvalidSubject, match="last"):
        check_subscribe(subject)


@pytest.mark.parametrize("queue", ["q ", "q\n", "\x00", "\ud800"])
def test_a_bad_queue_group_is_refused(queue: str) -> None:
    with pytest.raises(InvalidSubject):
        check_queue(queue)


def test_a_queue_group_may_be_anything_else() -> None:
    assert check_queue("") == b""
    assert check_queue("a..b*") == b"a..b*"


# -- matching -----------------------------------------------------------------------------

tokens = st.text(alphabet="ab\n$+é(", min_size=1, max_size=2)
subjects = st.lists(tokens, min_size=1, max_size=4).map(".".join)
starred = st.lists(st.one_of(tokens, st.just("*")), min_size=1, max_size=4)
patterns = st.tuples(starred, st.booleans()).map(
    lambda made: ".".join([*made[0], ">"] if made[1] else made[0])
) | st.just(">")


def naive(pattern: str, subject: str) -> bool:
    """Token by token, as the documentation says it."""
    wanted, given = pattern.split("."), subject.split(".")
    for place, token in enumerate(wanted):
        if token == ">":
            return len(given) > place
        if place >= len(given) or token not in ("*", given[place]):
            return False
    return len(wanted) == len(given)


@given(patterns, subjects)
def test_a_pattern_matches_what_its_tokens_match(pattern: str, subject: str) -> None:
    assert matches(pattern, subject) == naive(pattern, subject)


@given(patterns, patterns, subjects)
def test_patterns_that_share_a_subject_overlap(one: str, other: str, subject: str) -> None:
    if naive(one, subject) and naive(other, subject):
        assert overlaps(one, other)
    assert overlaps(one, other) == overlaps(other, one)


@given(patterns, patterns)
def test_patterns_that_overlap_share_a_subject(one: str, other: str) -> None:
    if overlaps(one, other):
        assert naive(one, shared := meeting(one, other))
        assert naive(other, shared)


def meeting(one: str, other: str) -> str:
    """A subject in both: the concrete token wherever one has it."""
    left, right = one.split("."), other.split(".")
    size = max(len(left), len(right))
    left, right = stretched(left, size), stretched(right, size)
    return ".".join(b if a in "*>" else a for a, b in zip(left, right, strict=True)).translate(
        {ord("*"): "x", ord(">"): "x"}
    )


def stretched(tokens: list[str], size: int) -> list[str]:
    if tokens[-1] != ">":
        return tokens
    return tokens[:-1] + ["*"] * (size - len(tokens) + 1)


# -- templates ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "pattern", "subject", "captures"),
    [
        ("in.{name}.{id}", "in.*.*", "in.john.2", {"name": "john", "id": "2"}),
        ("{first}", "*", "x", {"first": "x"}),
        ("{name}.>", "*.>", "a.b.c", {"name": "a"}),
        ("*.{name}", "*.*", "a.b", {"name": "b"}),
        ("a.+.{name}", "a.+.*", "a.+.x", {"name": "x"}),
        ("{ü}.a", "*.a", "é.a", {"ü": "é"}),
        ("a.{{b}}.{c}", "a.{b}.*", "a.{b}.x", {"c": "x"}),
        ("plain.*", "plain.*", "plain.x", {}),
        ("{}.{a b}".replace(" ", "-"), "{}.{a-b}", "{}.{a-b}", {}),
        ("{name}", "*", "a\nb", {"name": "a\nb"}),
    ],
)
def test_a_template_captures(
    written: str, pattern: str, subject: str, captures: dict[str, str]
) -> None:
    template = SubjectPattern.parse(written)
    assert template.pattern == pattern
    assert template.names == tuple(captures)
    assert template.captures(subject) == captures
    assert matches(pattern, subject)


def test_a_template_captures_nothing_from_another_subject() -> None:
    assert SubjectPattern.parse("in.{name}").captures("out.x") == {}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("{a}.{a}", "twice"),
        ("in.{1}", "no name"),
        ("pre{name}", "whole token"),
        ("{a}{b}", "whole token"),
        ("{a}-x.*", "whole token"),
        ("*.x{a}", "whole token"),
    ],
)
def test_a_template_that_cannot_capture_is_refused(written: str, why: str) -> None:
    with pytest.raises(InvalidSubject, match=why) as caught:
        SubjectPattern.parse(written)
    assert caught.value.subject == written


@given(st.lists(tokens.filter(lambda token: "\n" not in token), min_size=1, max_size=5), st.data())
def test_a_template_captures_what_stands_there(made: list[str], data: st.DataObject) -> None:
    named = data.draw(st.sets(st.integers(0, len(made) - 1), min_size=1))
    written = ".".join(f"{{n{i}}}" if i in named else token for i, token in enumerate(made))
    captures = SubjectPattern.parse(written).captures(".".join(made))
    assert captures == {f"n{i}": made[i] for i in sorted(named)}


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("a", "a", True),
        ("a.*", "a.b", True),
        ("a.>", "a.b.c", True),
        ("a.>", "a.*", True),
        ("a.*", "a.>", False),
        ("a.b", "a.*", False),
        (">", "a.>", True),
        ("a.*", "a.b.c", False),
        ("*.b", "a.*", False),
    ],
)
def test_covers(wide: str, narrow: str, expected: bool) -> None:
    assert covers(wide, narrow) is expected
