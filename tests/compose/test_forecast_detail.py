"""Below the forecast, where there is room: who listens by name, or where somebody does."""

from __future__ import annotations

import pytest
from helpers.desk import ask, sitting, until

from engine.audience.audience import Audience
from engine.clients.listeners import Listener
from tui.compose.forecast_detail import detail


def lines(audience: Audience, listened: tuple[str, ...] = (), height: int = 3) -> list[str]:
    return [line.plain for line in detail(audience, listened, 60, height)]


def test_who_listens_has_a_line_and_the_rest_is_counted() -> None:
    those = tuple(Listener(f"client-{n}", n, "s", "orders.>", queue="q") for n in range(5))
    told = lines(Audience("orders.create", those))
    assert len(told) == 3
    assert "client-0" in told[0]
    assert "queue q" in told[0]
    assert "3 more" in told[-1]
    assert len(lines(Audience("orders.create", those[:3]))) == 3


def test_where_nobody_listens_it_names_where_somebody_does() -> None:
    listened = tuple(f"subject.{n}" for n in range(40))
    told = lines(Audience("x"), listened)
    assert len(told) == 3
    assert "subject.0" in told[0]
    assert all(len(line) <= 60 for line in told)
    near = " ".join(lines(Audience("x", nearest=("subject.7",)), listened))
    assert "subject.7" in near
    assert "subject.0" not in near


def test_the_beginning_of_subjects_is_named_as_one() -> None:
    assert lines(Audience("x"), ("greet.", "plain")) == ["  listened on: greet.…, plain"]


def test_nothing_is_named_where_nobody_told_or_no_room_is_left() -> None:
    assert not lines(Audience("x", listeners_known=False), ("a", "b"))
    assert not lines(Audience("x"), ("a", "b"), 0)
    assert not lines(Audience("x", (Listener("c", 1, "s", "x"),)), height=0)


@pytest.mark.parametrize(
    ("size", "named"), [((80, 24), True), ((120, 40), True), ((120, 24), False)]
)
async def test_a_low_composer_keeps_its_lines_for_the_body(
    size: tuple[int, int], named: bool
) -> None:
    async with sitting(size) as hand:
        await ask(hand, "math.mul", "[6, 7]")
        await hand.press("ctrl+o", "1")
        forecast = hand.app.desk.composer.forecast
        await until(hand.pilot, lambda: forecast.audience and forecast.subject == "math.mul")
        await until(hand.pilot, lambda: ("math.*" in str(forecast.render())) is named)
        assert (forecast.size.height > 1) is named


async def test_who_listens_is_named_again_once_the_terminal_is_larger() -> None:
    async with sitting((120, 40)) as hand:
        await ask(hand, "math.mul", "[6, 7]")
        await hand.see("math.*")
        await hand.press("escape", "2")
        await hand.pilot.resize_terminal(80, 24)
        await until(hand.pilot, lambda: not hand.app.desk.composer.region)
        await hand.pilot.resize_terminal(200, 60)
        await hand.see("calculator  math.*")
