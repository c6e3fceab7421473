"""What the tests read on a shorter way is what Textual reads."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from helpers import quick_reads
from helpers.desk import sitting
from textual.dom import DOMNode, NoScreen
from textual.reactive import Reactive, ReactiveError
from textual.strip import Strip
from textual.widget import Widget

Read = tuple[str, object]


def reads(node: DOMNode) -> list[Read]:
    """Every reactive of a node, read as a test reads it and as Textual does."""
    found = {name for kind in type(node).__mro__ for name in kind.__dict__.get("_reactives", {})}
    return [(name, getattr(node, name)) for name in sorted(found)]


def textuals(node: DOMNode) -> list[Read]:
    return [
        (name, quick_reads.read(getattr(type(node), name), node, type(node)))
        for name, _ in reads(node)
    ]


async def test_what_a_widget_holds_is_what_textual_reads() -> None:
    async with sitting() as hand:
        await hand.press("ctrl+p")
        hand.app.desk.styles.opacity = 0.5  # is not of its style sheet
        for screen in hand.app.screen_stack:
            for node in screen.walk_children(with_self=True):
                assert reads(node) == textuals(node)
                assert node.screen is quick_reads.screen_of.__get__(node) is screen
                for rule in (*node.styles.get_rules(), "opacity", "offset"):
                    kept = node.styles.get_rule(rule, "none")
                    assert kept == quick_reads.rule(node.styles, rule, "none")


def test_what_is_computed_not_set_or_on_no_screen_is_left_to_textual() -> None:
    class Sum(Widget):
        one = Reactive(1)
        two = Reactive(0)
        more = 1  # nobody is told when this changes

        def compute_two(self) -> int:
            return self.one + self.more

    sum_ = Sum()
    assert (sum_.one, sum_.two) == (1, 2)
    sum_.one = 5
    assert (sum_.one, sum_.two) == (5, 6)
    sum_.more = 2
    assert (sum_.one, sum_.two) == (5, 7)
    assert isinstance(Sum.one, Reactive)
    with pytest.raises(NoScreen):
        _ = sum_.screen
    with pytest.raises(ReactiveError, match="missing data"):
        _ = object.__new__(Sum).one


def test_parameters_are_counted_as_textual_counts_them() -> None:
    class Some:
        def method(self, one: int, two: int = 0) -> None: ...

        def __call__(self, one: int) -> None: ...

    def free(*every: Any, **more: Any) -> None: ...

    some = Some()
    for what in (some.method, Some.method, some, free, partial(free, 1), partial(some.method, 1)):
        for _ in range(2):
            assert quick_reads._count_once(what) == quick_reads.count(what), what


def test_a_strip_makes_the_caches_that_it_needs() -> None:
    strip = Strip.blank(9)
    held = [name for name in Strip.__slots__ if name.endswith("_cache")]
    assert {name for name in held if name != "_render_cache"} == quick_reads._CACHES.keys()
    assert strip.crop(2, 5) is strip.crop(2, 5)
    textuals_own = object.__new__(Strip)
    quick_reads.make_strip(textuals_own, [])
    for name, size in quick_reads._CACHES.items():
        own = getattr(textuals_own, name)
        assert (size, type(own)) == (own._maxsize, type(getattr(strip, name)))
    with pytest.raises(AttributeError):
        _ = strip.other
